"""Text from runs is untrusted: what a terminal would obey is made visible or dropped before it is shown."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable

# C0 and C1 controls, bidirectional overrides, zero-width and other invisible format characters, lone surrogates, and
# what is no character at all: XML (JUnit, SVG) must not hold U+FFFE and U+FFFF in any form.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\U000e0000-\U000e007f\ud800-\udfff]"
)
_ESCAPE = re.compile("(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b\\][^\x07\x1b]*(?:\x07|\x1b\\\\)?|\x1b.?")


def clean(text: str, *, tab: int = 4) -> str:
    """Text without escape sequences, control characters and direction overrides; newlines stay.

    Args:
        text: anything read from a run.
        tab: width of a tab in spaces.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _UNSAFE.sub("", _ESCAPE.sub("", text)).expandtabs(tab)


def one_line(text: str) -> str:
    """Clean text with every run of white space as one space."""
    return " ".join(clean(text).split())


_SERVICE = re.compile(r"##(\w*)\[")
_COMMAND = re.compile(r"(?m)^([^\S\n]*)::")


def flat(text: str) -> str:
    """Clean text on one line, its spaces as they are: a cell of a table, whose indent means something."""
    return clean(text).replace("\n", " ")


def for_log(text: str) -> str:
    """Clean text for stdout, which in CI is read by the runner: no line of it is a workflow command.

    GitHub obeys lines that begin with `::` (white space before it does not matter) and `##[` anywhere in a line, Azure
    Pipelines `##vso[`, TeamCity `##teamcity[`. A name that wraps or begins so would otherwise set outputs, hide values
    or fake annotations and tests.
    """
    return no_commands(clean(text))


def no_commands(text: str) -> str:
    """Text that is clean already, without lines that a CI job's runner obeys (see `for_log`)."""
    return _COMMAND.sub(r"\1: :", _SERVICE.sub(r"## \1[", text))


def for_markdown(text: str) -> str:
    """Untrusted text that Markdown and HTML leave alone, within one table cell; no mention of anybody either."""
    text = flat(text)
    for raw, safe in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(raw, safe)
    for mark in "\\`*_[]|~#!":
        text = text.replace(mark, "\\" + mark)
    return text.replace("@", "@\u200b")


def json_text(document: str) -> str:
    """JSON in which everything a terminal would obey is written as an escape: the same document, byte-safe to print."""
    safe = _UNSAFE.sub(lambda found: json.dumps(found[0])[1:-1], document)
    return _SERVICE.sub(r"##\1\\u005b", safe)


def csv_text(rows: Iterable[Iterable[object]]) -> str:
    """Rows as CSV that neither a spreadsheet nor a terminal obeys.

    Text is on one line, and a text that a spreadsheet would take for a formula gets an apostrophe in front. Numbers
    are written as they are. A reader who needs names unchanged takes JSON.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for row in rows:
        writer.writerow([cell if isinstance(cell, int | float) else _no_formula(one_line(str(cell))) for cell in row])
    return out.getvalue()


def _no_formula(text: str) -> str:
    if text[:1] not in _BEGINS_FORMULA or _NUMBER.fullmatch(text):
        return text
    return f"'{text}"


_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r", ":", "＝", "＋", "－", "＠")
"""Spreadsheets of East Asia take the wide signs for the narrow ones."""
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?(e[+-]?\d+)?")

_ASCII = str.maketrans(
    {"→": "->", "−": "-", "±": "+/-", "×": "x", "÷": "/", "≤": "<=", "≥": ">=", "Δ": "delta", "…": "...", "—": "-",
     "·": "-", "▲": "^", "▼": "v", "△": "/", "▽": "\\", "“": '"', "”": '"'}
)  # fmt: skip


def ascii_signs(text: str) -> str:
    """A sentence of ours with its signs as ASCII; writing of other languages stays."""
    return text.translate(_ASCII)
