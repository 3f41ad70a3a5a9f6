"""The work of a run, item by item."""
