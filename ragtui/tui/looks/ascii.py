"""The one place where signs become ASCII: every line of every widget passes here on its way to the terminal.

Screens draw with the signs they mean; where a terminal shows ASCII only, each sign is replaced by a twin of the same
width, so no layout changes. Two things are not characters for characters and are asked for by name instead: a sentence
(`RagtuiScreen.words`: "±" becomes "+/-") and drawn repeats, which are printed as scores (`rows.repeats`).
"""

from __future__ import annotations

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

TWINS = {
    "▲": "^", "▼": "v", "◌": "b", "△": "/", "▽": "\\", "·": ".", "−": "-", "●": "*", "○": "o", "◆": "*", "◂": "<",
    "▸": ">", "▾": "-", "▶": ">", "◀": "<", "░": ":", "│": "|", "→": ">", "←": "<", "↑": "^", "↓": "v", "⇄": "=",
    "›": ">", "‹": "<", "…": "~", "—": "-", "–": "-", "×": "x", "Δ": "d", "±": "~", "≤": "<", "≥": ">", "⏎": "<",
    "✓": "+",
    "✗": "x", "“": '"', "”": '"', "‘": "'", "’": "'", "▌": "|", "▐": "|", "┃": "|", "║": "|", "─": "-", "━": "-",
    "═": "-", "╸": "-", "╺": "-", "╴": "-", "╶": "-", "▔": "-", "▁": "_", "█": "#", "▉": "#", "▊": "#", "▋": "#",
    "▍": "|", "▎": "|", "▏": "|", "▂": "_", "▃": "_", "▄": "_", "▅": "#", "▆": "#", "▇": "#", "▀": "-", "■": "#",
    "□": "o", "•": "*", "◦": "o", "⧖": "~", "🔎": "/ ",
    **dict.fromkeys("╭╮╰╯┌┐└┘├┤┬┴┼╔╗╚╝", "+"),
}  # fmt: skip
"""Sign to twin. Writing of other languages is not ours to change and stays as it is."""

_TABLE = str.maketrans(TWINS)


class AsciiFilter(LineFilter):
    """Replaces the signs of a line by their twins."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments in ASCII."""
        return [
            segment if segment.text.isascii() else Segment(segment.text.translate(_TABLE), segment.style, None)
            for segment in segments
        ]
