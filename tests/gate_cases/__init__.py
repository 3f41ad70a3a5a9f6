"""Sides, runs and policies for the gate's tests and its benchmark, in memory and on disk."""

from gate_cases.disk import write_run
from gate_cases.memory import MemoryRun, make_scores, side_from

__all__ = ["MemoryRun", "make_scores", "side_from", "write_run"]
