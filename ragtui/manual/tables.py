"""The tables of the manual that are made from what is registered, so that a page never lags behind the program."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ragtui.sources.format import Format
from ragtui.sources.registry import registry

_TABLES = re.compile(r"(?:^\|.*\n)+(?:\n(?:^\|.*\n)+)*", re.MULTILINE)


def filled(text: str) -> str:
    """The page on files with the tables of this installation, formats of other packages included.

    The copy in the file is for readers of the repository.
    """
    return _TABLES.sub(lambda _: format_tables(registry().formats), text, count=1)


def format_tables(formats: list[Format]) -> str:
    """The two tables of the manual's page on files: what becomes what, and how a file is recognised."""
    becomes = [
        (f"**{known.tool}** `{known.name}`", known.item, known.repeat, known.configuration, known.error)
        for known in formats
    ]
    told = [(f"`{known.name}`", known.files, known.told_by, known.directions) for known in formats]
    return "\n".join(
        [
            *_rows(("format", "item", "repeat", "configuration", "error"), becomes),
            "",
            *_rows(("format", "files", "recognised by", "which way a metric is better"), told),
            "",
        ]
    )


def _rows(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    lines = [head, ("---",) * len(head), *rows]
    return ["| " + " | ".join(cell.replace("|", "/") for cell in line) + " |" for line in lines]
