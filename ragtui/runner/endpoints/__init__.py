"""Model endpoints: real, local and simulated; patience and limits."""
