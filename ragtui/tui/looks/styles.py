"""Style names of `present.verdicts` as colours and weights of the theme in use."""

from __future__ import annotations

from typing import Any

from rich.style import Style
from textual.app import App
from textual.color import Color, ColorParseError

_PLAIN = {
    "improved": Style(bold=True),
    "regressed": Style(bold=True, reverse=True),
    "noise": Style(dim=True),
    "changed": Style(bold=True),
    "unproven": Style(bold=True),
    "borrowed": Style(italic=True),
    "unknown": Style(),
    "failed": Style(reverse=True),
    "only": Style(italic=True),
    "added": Style(bold=True),
    "removed": Style(dim=True),
    "muted": Style(dim=True),
    "accent": Style(bold=True),
    "warning": Style(bold=True),
    "title": Style(bold=True),
}

_COLOURS = {
    "noise": ("text-muted", Style()),
    "muted": ("text-muted", Style()),
    "improved": ("text-success", Style(bold=True)),
    "regressed": ("text-error", Style(bold=True)),
    "changed": ("text-accent", Style(bold=True)),
    "unproven": ("text-warning", Style()),
    "borrowed": ("text-secondary", Style(italic=True)),
    "failed": ("text-error", Style(reverse=True)),
    "only": ("text-accent", Style()),
    "added": ("text-success", Style()),
    "removed": ("text-error", Style()),
    "accent": ("text-accent", Style(bold=True)),
    "warning": ("text-warning", Style()),
    "title": ("text-primary", Style(bold=True)),
}


_SIXTEEN = {
    "improved": Style(color="green", bold=True),
    "regressed": Style(color="red", bold=True),
    "changed": Style(color="cyan", bold=True),
    "unproven": Style(color="yellow"),
    "borrowed": Style(color="blue", italic=True),
    "failed": Style(color="red", reverse=True),
    "added": Style(color="green"),
    "removed": Style(color="red"),
    "accent": Style(color="blue", bold=True),
    "title": Style(bold=True),
}
"""Colours of a terminal that has only its own 16: what is worse is red there, too."""


def styles_for(app: App[Any]) -> dict[str, Style]:
    """Every style name with its style; without colours when NO_COLOR is set.

    Shape and word carry the meaning, so nothing is lost where colours are.
    """
    styles = dict(_PLAIN)
    if app.no_color:
        return styles
    if app.theme.startswith("ansi"):
        return styles | _SIXTEEN | ({"unproven": Style(color="magenta")} if app.theme == "ansi-light" else {})
    variables = app.theme_variables
    for name, (variable, weight) in _COLOURS.items():
        try:
            colour = Color.parse(variables[variable]).rich_color
        except (KeyError, ColorParseError):
            continue
        styles[name] = Style(color=colour) + weight
    return styles
