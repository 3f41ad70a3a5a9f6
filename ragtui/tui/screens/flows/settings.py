"""What was changed between two sides: settings at once, texts of managed prompts as soon as they are read."""

from __future__ import annotations

from ragtui.errors import RagtuiError
from ragtui.present.clean import one_line
from ragtui.tui.dialogs.message import MessageScreen
from ragtui.tui.loading import in_background
from ragtui.tui.rows.setting_text import changed_prompts, configuration_diff, prompt_diff
from ragtui.tui.screens.base import RagtuiScreen
from ragtui.workbench import SideComparison


def show_settings(screen: RagtuiScreen, result: SideComparison) -> None:
    """Open the dialog, and read prompts that changed on a hosted run, each once."""
    styles, library = screen.cell_styles(), screen.session.library
    before, after = result.a.configuration, result.b.configuration
    body = configuration_diff(before, after, styles)
    hosted = next(
        (run.header.uid for run in (*result.b.runs, *result.a.runs) if library.has_traces(run.header.uid)), ""
    )
    changed = changed_prompts(before, after) if hosted else []
    if not changed:
        screen.app.push_screen(MessageScreen("Changed settings", body, wide=True))
        return
    waiting = body.copy()
    waiting.append("\nreading the prompts …\n", styles["muted"])
    dialog = MessageScreen("Changed settings", waiting, wide=True)
    screen.app.push_screen(dialog)

    def read() -> list[tuple[str, str, str, str]]:
        return [(name, f"{old} → {new}", library.prompt(hosted, old), library.prompt(hosted, new))
                for name, old, new in changed]  # fmt: skip

    def came(found: list[tuple[str, str, str, str]]) -> None:
        for name, versions, old, new in found:
            body.append_text(prompt_diff(name, versions, old, new, styles))
        dialog.show_body(body)

    def failed(error: RagtuiError) -> None:
        body.append(f"\nthe prompts cannot be read: {one_line(error.message)}\n", styles["warning"])
        dialog.show_body(body)

    in_background(screen, read, came, failed, group="prompts")
