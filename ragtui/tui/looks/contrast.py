"""Colours that can be read: every text at least 4.5 : 1 against every ground it may stand on, in every theme.

The figure is that of WCAG 2.1, 1.4.3, for text of normal size. Themes are made by others; a colour that is too close to
its ground is moved towards black or white just as far as is needed, so that a theme keeps its look.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.color import Color, ColorParseError

LEAST = 4.5
_TEXTS = ("text-primary", "text-secondary", "text-warning", "text-error", "text-success", "text-accent", "foreground")
_STEPS = 40


def luminance(colour: Color) -> float:
    """Relative luminance of an opaque colour, 0 for black to 1 for white."""

    def linear(part: int) -> float:
        share = part / 255
        return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)

    return 0.2126 * linear(colour.r) + 0.7152 * linear(colour.g) + 0.0722 * linear(colour.b)


def ratio(one: Color, other: Color) -> float:
    """Contrast ratio of two opaque colours, 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def readable(colour: Color, grounds: Sequence[Color], least: float = LEAST) -> Color:
    """The colour, or the nearest one on the way to black or white that can be read on all grounds."""

    def worst(candidate: Color) -> float:
        return min(ratio(candidate, ground) for ground in grounds)

    if worst(colour) >= least:
        return colour
    ends = sorted((Color(0, 0, 0), Color(255, 255, 255)), key=worst)
    for step in range(1, _STEPS + 1):
        candidate = colour.blend(ends[-1], step / _STEPS)
        if worst(candidate) >= least:
            return candidate
    return ends[-1]


def grounds_of(variables: Mapping[str, str]) -> list[Color]:
    """Every ground that text stands on; none in a theme of terminal colours.

    The row under the cursor is tinted with the primary colour where the table has the focus (see `ColumnTable`).
    """
    try:
        background, surface, panel = (Color.parse(variables[name]) for name in ("background", "surface", "panel"))
        foreground, primary = Color.parse(variables["foreground"]), Color.parse(variables["primary"])
    except (KeyError, ColorParseError):
        return []
    if any(colour.ansi is not None for colour in (background, foreground, primary)):
        return []
    plain = [background, surface, panel]
    rows = [ground.blend(tint, part) for ground in plain[:2] for tint, part in ((primary, 0.22), (foreground, 0.10))]
    return plain + rows


def readable_variables(variables: Mapping[str, str]) -> dict[str, str]:
    """Theme variables with readable texts.

    A theme of a terminal's own 16 colours stays as it is: only the terminal knows how those look.
    """
    out, grounds = dict(variables), grounds_of(variables)
    if not grounds:
        return out
    for name in _TEXTS:
        if name in variables and not variables[name].startswith("auto"):
            out[name] = readable(Color.parse(variables[name]), grounds).hex
    muted = readable(Color.parse(out["foreground"]).blend(grounds[0], 0.4), grounds).hex
    # Quiet words of the toolkit's own widgets, such as an input's placeholder, are words to be read, too.
    out |= {"text-muted": muted, "text-disabled": muted, "foreground-muted": muted}
    chosen = Color.parse(variables.get("block-cursor-background", variables["primary"]))
    best = max((Color(0, 0, 0), Color(255, 255, 255)), key=lambda colour: ratio(colour, chosen))
    return out | {"block-cursor-foreground": best.hex}
