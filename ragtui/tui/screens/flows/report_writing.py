"""Write the comparison on screen to a file: format, then name, then done."""

from __future__ import annotations

import re
from pathlib import Path

from ragtui.errors import InputError
from ragtui.files.atomic import write_named
from ragtui.places import user_path
from ragtui.present.report.registry import form, form_names
from ragtui.tui.dialogs.ask import Confirm, TextPrompt
from ragtui.tui.dialogs.picker import Picker
from ragtui.tui.screens.base import RagtuiScreen
from ragtui.workbench import SideComparison
from ragtui.workbench.reporting import subject_of

_PICTURE = "SVG of the screen"


def formats() -> dict[str, str]:
    """What can be written, by its title, with the suffix of its file; what a pull request takes comes first."""
    forms = sorted(map(form, form_names()), key=lambda one: one.SUFFIX != ".md")
    return {one.TITLE: one.SUFFIX for one in forms} | {_PICTURE: ".svg"}


def write_report(screen: RagtuiScreen, result: SideComparison) -> None:
    """Ask for format and file, then write; an existing file is asked about."""
    name = re.sub(r"[^\w.-]+", "-", f"{result.a.label}-vs-{result.b.label}").strip("-.") or "comparison"

    def picked(choice: str | None) -> None:
        if choice is not None:
            target = f"{name}{formats()[choice]}"
            screen.app.push_screen(TextPrompt("Write to", target), lambda path: named(choice, path))

    def named(choice: str, path: str | None) -> None:
        if not path:
            return
        target = user_path(path)
        if not target.exists():
            write(choice, target)
            return
        screen.app.push_screen(
            Confirm(f"{target} exists. Replace it?"), lambda yes: write(choice, target) if yes else None
        )

    def write(choice: str, target: Path) -> None:
        try:
            write_named(target, render(screen, result, choice).encode("utf-8", "replace"))
        except InputError as error:
            screen.say(error.message, warning=True)
        else:
            screen.say(f"written: {target}")

    screen.app.push_screen(Picker("Report as", list(formats())), picked)


def render(screen: RagtuiScreen, result: SideComparison, choice: str) -> str:
    """The comparison in one of `formats`."""
    subject = subject_of(result, screen.session.state.item_notes(), screen.session.causes(result))
    if choice == _PICTURE:
        return screen.app.export_screenshot(title="ragtui")
    return next(one for one in map(form, form_names()) if choice == one.TITLE).write(subject)
