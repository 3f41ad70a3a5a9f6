"""Configuration differences as text."""

from __future__ import annotations

from collections.abc import Mapping

from rich.style import Style
from rich.text import Text

from ragtui.model import Configuration
from ragtui.present.clean import one_line
from ragtui.present.diff import setting_diff


def configuration_diff(before: Configuration, after: Configuration, styles: Mapping[str, Style]) -> Text:
    """Settings that differ, baseline's line above candidate's; says so when none does."""
    changes = setting_diff(before.flat(), after.flat())
    if not changes:
        return Text("same settings on both sides\n", styles["muted"])
    out = Text()
    for name, old, new in changes:
        out.append(f"{one_line(name)}\n", styles["muted"])
        if old is not None:
            out.append(f"  - {one_line(old)}\n", styles["removed"])
        if new is not None:
            out.append(f"  + {one_line(new)}\n", styles["added"])
    return out
