"""Plain tables of the speed benchmark, and its ways of timing."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Spent:
    """Seconds of one call: of the processor, and on the clock."""

    cpu: float
    wall: float


def best_of(rounds: int, call: Callable[[], object]) -> Spent:
    """The least CPU and wall seconds of several calls."""
    spent = [_once(call) for _ in range(rounds)]
    return Spent(min(one.cpu for one in spent), min(one.wall for one in spent))


def _once(call: Callable[[], object]) -> Spent:
    cpu, wall = time.process_time(), time.perf_counter()
    call()
    return Spent(time.process_time() - cpu, time.perf_counter() - wall)


def print_table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]], *notes: str) -> None:
    """A table with its first column left-aligned, and notes below."""
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]
    print(f"\n{title}")
    for row in [header, ["-" * width for width in widths], *rows]:
        cells = [
            f"{row[0]:<{widths[0]}}",
            *(f"{cell:>{width}}" for cell, width in zip(row[1:], widths[1:], strict=True)),
        ]
        print("  " + "  ".join(cells))
    for note in notes:
        print(f"  {note}")


def ratio(slow: float, fast: float) -> str:
    """How many times slower, as text."""
    return f"{slow / fast:.1f}x" if fast > 0 else "-"
