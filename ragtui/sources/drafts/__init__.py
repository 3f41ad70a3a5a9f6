"""From what a tool wrote to runs: what every reader shares."""
