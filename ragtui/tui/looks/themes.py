"""Two themes whose verdict colours differ for every kind of colour vision (Okabe & Ito 2008: blue against orange)."""

from __future__ import annotations

from collections.abc import Mapping

from textual.theme import BUILTIN_THEMES, Theme

COLOUR_BLIND_DARK = Theme(
    name="ragtui-blue-orange-dark",
    primary="#56B4E9",
    secondary="#999999",
    accent="#CC79A7",
    success="#56B4E9",
    warning="#F0E442",
    error="#E69F00",
    foreground="#E4E4E4",
    background="#121212",
    surface="#1C1C1C",
    panel="#262626",
    dark=True,
    variables={"text-success": "#56B4E9", "text-error": "#E69F00", "text-warning": "#F0E442"},
)

COLOUR_BLIND_LIGHT = Theme(
    name="ragtui-blue-orange-light",
    primary="#0072B2",
    secondary="#666666",
    accent="#8F3F71",
    success="#0072B2",
    warning="#7A6A00",
    error="#B34700",
    foreground="#1A1A1A",
    background="#FAFAFA",
    surface="#F0F0F0",
    panel="#E4E4E4",
    dark=False,
    variables={"text-success": "#0072B2", "text-error": "#B34700", "text-warning": "#6B5D00"},
)


def theme_for(color_system: str | None, environment: Mapping[str, str]) -> str | None:
    """The theme that a terminal of 16 colours gets by itself; None where every theme can be shown.

    Args:
        color_system: "standard", "256", "truecolor" or None, as Rich finds out.
        environment: COLORFGBG, set by many terminals, ends in the number of the background's colour.
    """
    if color_system != "standard":
        return None
    ground = environment.get("COLORFGBG", "").rpartition(";")[2]
    return "ansi-light" if ground in ("7", "15") else "ansi-dark"


THEMES = (COLOUR_BLIND_DARK, COLOUR_BLIND_LIGHT)


def theme_names() -> list[str]:
    """Every theme by name: Textual's own and ours."""
    return sorted({*BUILTIN_THEMES, *(theme.name for theme in THEMES)})
