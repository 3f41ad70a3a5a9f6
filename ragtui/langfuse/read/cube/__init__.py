"""From what was read of a run to arrays, metrics and problems."""
