"""Widgets of the screens; each knows nothing of runs, metrics or verdicts."""
