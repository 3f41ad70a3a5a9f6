"""A verdict's sign: shape first, word second, colour last."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sign:
    """How a verdict looks.

    Attributes:
        glyph: one cell.
        ascii: its twin where only ASCII can be shown.
        word: what it means.
        style: name that a theme turns into colour and weight.
    """

    glyph: str
    ascii: str
    word: str
    style: str

    def shown(self, *, ascii_only: bool) -> str:
        """The glyph that this terminal can show."""
        return self.ascii if ascii_only else self.glyph
