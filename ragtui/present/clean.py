"""Text from runs is untrusted: what a terminal would obey is made visible or dropped before it is shown."""

from __future__ import annotations

import re

# C0 and C1 controls, bidirectional overrides, zero-width and other invisible format characters, lone surrogates.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb"
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


_ASCII = str.maketrans(
    {"→": "->", "−": "-", "±": "+/-", "×": "x", "÷": "/", "≤": "<=", "≥": ">=", "Δ": "delta", "…": "...", "—": "-",
     "·": "-", "▲": "^", "▼": "v", "△": "/", "▽": "\\", "“": '"', "”": '"'}
)  # fmt: skip


def ascii_signs(text: str) -> str:
    """A sentence of ours with its signs as ASCII; writing of other languages stays."""
    return text.translate(_ASCII)
