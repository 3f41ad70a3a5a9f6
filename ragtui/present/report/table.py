"""Columns of text for a terminal or a pipe."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from ragtui.present.clean import flat


def table(head: Sequence[str], rows: Sequence[Sequence[str]], align: str) -> str:
    """Columns as wide as their widest cell, two spaces apart; `align` holds l or r a column."""
    lines = [head, *([flat(cell) for cell in row] for row in rows)]
    widths = [max(cell_len(line[column]) for line in lines) for column in range(len(head))]

    def pad(text: str, column: int) -> str:
        space = " " * (widths[column] - cell_len(text))
        return space + text if align[column] == "r" else text + space

    return "\n".join("  ".join(pad(text, column) for column, text in enumerate(line)).rstrip() for line in lines)
