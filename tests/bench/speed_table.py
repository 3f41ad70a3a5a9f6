"""ColumnTable beside Textual's DataTable, each in a fresh process under a pseudo-terminal.

`python -m bench.speed_table WIDGET ROWS RESULT` is the child; RESULT `-` leaves it running for keys from outside.
"""

from __future__ import annotations

import asyncio
import gc
import json
import resource
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import numpy as np
from bench.speed_report import print_table, ratio
from bench.speed_terminal import Terminal
from rich.text import Text
from textual.app import App, ComposeResult
from textual.widget import Widget
from textual.widgets import DataTable

from ragtui.tui.widgets.table.column_table import Column, ColumnTable

MEASURES = {
    "mount": ("shown", "s"),
    "memory": ("memory", "MB"),
    "key": ("cursor key", "ms"),
    "scroll": ("key that scrolls", "ms"),
    "page": ("page", "ms"),
    "sort": ("sort", "s"),
    "update": ("update a cell", "ms"),
}
SCORES = 8


def side_by_side(*, quick: bool) -> None:
    """Print CPU and memory of both tables by number of rows."""
    sizes = [1_000, 10_000] if quick else [1_000, 10_000, 100_000, 1_000_000]
    rows: list[list[str]] = []
    for size in sizes:
        ours = _child("column", size)
        stock = _child("data", size) if size < 1_000_000 else {}
        for name, found in (("ColumnTable", ours), ("DataTable", stock)):
            values = [f"{found[key]:.2f} {unit}" if key in found else "-" for key, (_, unit) in MEASURES.items()]
            rows.append([f"{size:,} {name}", *values])
        if ours and stock:
            rows.append(["  DataTable is", *(ratio(stock[key], ours[key]) for key in MEASURES)])
    if not quick:
        rows[-1][0] += ", not tried: minutes"
    print_table(
        "Tables: 10 columns, 120 x 36, CPU of one action until it is on the terminal",
        ["rows", *(title for title, _ in MEASURES.values())],
        rows,
        f"memory: what the table adds to {SCORES} arrays of numbers (61 MB at a million rows)",
    )


def end_to_end(*, quick: bool) -> None:
    """Print the time from a key written to a pseudo-terminal to the last byte that answers."""
    presses = 25 if quick else 100
    cases = [("data", 1_000), ("column", 1_000), ("column", 1_000_000)] + ([] if quick else [("data", 10_000)])
    rows = []
    for kind, size in cases:
        with Terminal(["-m", "bench.speed_table", kind, str(size), "-"]) as terminal:
            terminal.read_until_quiet(3.0 if kind == "column" else 8.0, at_most=120)
            times = {}
            for name, key in (("cursor", b"\x1b[B"), ("page", b"\x1b[6~")):
                taken = [terminal.answer_time(key) for _ in range(presses if name == "cursor" else presses // 3)]
                times[name] = [one * 1000 for one in taken if one]
        cells = [
            f"{median(one):.1f} / {quantiles(one, n=20)[-1]:.1f}" if len(one) > 2 else "-" for one in times.values()
        ]
        rows.append([f"{size:,} {'ColumnTable' if kind == 'column' else 'DataTable'}", *cells])
    print_table(
        f"A key through a pseudo-terminal: written to last byte out, ms, median / 95th percentile of {presses}",
        ["rows", "cursor key", "page key"],
        rows,
    )


def _child(kind: str, size: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        with Terminal(["-m", "bench.speed_table", kind, str(size), str(result)]) as terminal:
            terminal.wait(at_most=900)
        found: dict[str, float] = json.loads(result.read_text(encoding="utf-8")) if result.exists() else {}
        return found


# ---------------------------------------------------------------- the child


class TableApp(App[None]):
    """One table of made-up scores that measures itself, or waits for keys."""

    def __init__(self, kind: str, size: int, result: str) -> None:
        super().__init__()
        self.kind, self.size_, self.result = kind, size, result
        self.scores = np.random.default_rng(3).random((SCORES, size))

    def compose(self) -> ComposeResult:
        yield ColumnTable() if self.kind == "column" else DataTable[Any](cursor_type="row")

    def on_ready(self) -> None:
        if self.result == "-":
            self.fill()
        else:
            self.run_worker(self.measure())

    def fill(self) -> None:
        table: Widget
        if self.kind == "column":
            table = self.query_one(ColumnTable)
            table.set_data([*_words(), *(self._score(place) for place in range(SCORES))], self.size_)
        else:
            table = self.query_one(DataTable)
            for place in range(SCORES + 2):
                table.add_column(f"column {place}", width=10, key=str(place))
            columns = self.scores.T.tolist()
            table.add_rows(
                [f"item-{row}", Text(f"question {row}"), *(Text(f"{value:.3f}") for value in columns[row])]
                for row in range(self.size_)
            )
        table.focus()

    def _score(self, place: int) -> Column:
        values = self.scores[place]
        return Column(str(place), f"score {place}", 10, align="right", render=lambda row: Text(f"{values[row]:.3f}"),
                      sort_key=lambda: values)  # fmt: skip

    async def measure(self) -> None:
        """Do each action and note its CPU."""
        await settle()
        gc.collect()
        found, before = {}, memory()
        found["mount"] = await cpu_of(self.fill)
        found["memory"] = memory() - before
        found["key"] = 1000 * await self._presses("down", 20)
        await self._presses("down", 20)
        found["scroll"] = 1000 * await self._presses("down", 20)
        found["page"] = 1000 * await self._presses("pagedown", 10)
        found["update"] = 1000 * min([await cpu_of(self._update) for _ in range(3)])
        found["sort"] = await cpu_of(self._sort)
        Path(self.result).write_text(json.dumps(found), encoding="utf-8")
        self.exit()

    async def _presses(self, key: str, times: int) -> float:
        spent = time.process_time()
        for _ in range(times):
            self.simulate_key(key)
            await asyncio.sleep(0.05)
        await settle()
        return (time.process_time() - spent) / times

    def _update(self) -> None:
        if self.kind == "column":
            table = self.query_one(ColumnTable)
            self.scores[0, table.cursor_row or 0] += 0.001
            table.refresh_row(table.cursor_row or 0)
        else:
            stock = self.query_one(DataTable)
            key, _ = stock.coordinate_to_cell_key(stock.cursor_coordinate)
            stock.update_cell(key, "2", Text("0.001"))

    def _sort(self) -> None:
        if self.kind == "column":
            self.query_one(ColumnTable).sort("0", reverse=True)
        else:
            self.query_one(DataTable).sort("2", key=lambda cell: float(cell.plain), reverse=True)


def _words() -> list[Column]:
    return [
        Column("item", "item", 10, render=lambda row: f"item-{row}"),
        Column("question", "question", 10, render=lambda row: Text(f"question {row}")),
    ]


async def cpu_of(action: Callable[[], object] | Callable[[], Awaitable[object]]) -> float:
    """CPU seconds of an action and all that follows from it."""
    spent = time.process_time()
    action()
    await settle()
    return time.process_time() - spent


async def settle() -> None:
    """Wait until the process has nothing left to do."""
    idle = 0
    while idle < 3:
        spent = time.process_time()
        await asyncio.sleep(0.05)
        idle = idle + 1 if time.process_time() - spent < 0.002 else 0


def memory() -> float:
    """Memory of this process, MB; on systems without /proc the highest so far."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)
    # A child's peak starts at its parent's, so that the peak would hide what a table needs.
    return pages * resource.getpagesize() / (1024 * 1024)


if __name__ == "__main__":
    TableApp(sys.argv[1], int(sys.argv[2]), sys.argv[3]).run()
