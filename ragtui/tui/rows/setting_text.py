"""Configuration differences as text."""

from __future__ import annotations

from collections.abc import Mapping

from rich.style import Style
from rich.text import Text

from ragtui.model import Configuration
from ragtui.present.clean import clean, one_line
from ragtui.present.diff import TextChange, setting_diff, word_diff
from ragtui.present.sentences.settings import version_of


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


def changed_prompts(before: Configuration, after: Configuration) -> list[tuple[str, str, str]]:
    """Managed prompts that are another version on either side: setting, and both as "answer@3"."""
    changes = setting_diff(before.flat(), after.flat())
    return [
        (name, old, new)
        for name, old, new in changes
        if old and new and name.rpartition(".")[2] == "prompt" and version_of(old) and version_of(new)
    ]


def prompt_diff(name: str, versions: str, before: str, after: str, styles: Mapping[str, Style]) -> Text:
    """What changed in a prompt's text, word by word; removed and added words carry signs beside their colour."""
    out = Text()
    out.append(f"\n{one_line(name)}  {one_line(versions)}\n", styles["title"])
    if before == after:
        out.append("the same text\n", styles["muted"])
        return out
    for piece in word_diff(clean(before), clean(after)):
        if piece.change is TextChange.SAME:
            out.append(piece.text)
        elif piece.change is TextChange.REMOVED:
            out.append(f"[-{piece.text}-]", styles["removed"])
        else:
            out.append(f"{{+{piece.text}+}}", styles["added"])
    out.append("\n")
    return out
