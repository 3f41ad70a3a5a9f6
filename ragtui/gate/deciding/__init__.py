"""From a case and a policy to a verdict."""
