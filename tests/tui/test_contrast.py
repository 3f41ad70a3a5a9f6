"""Every word on every screen can be read in every theme; 16 colours get a theme of their own."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.color import Color
from textual.screen import Screen
from textual.theme import BUILTIN_THEMES
from tui.driving import ROOT, SAMPLES, go_to, opened, press, settled

from ragtui.model import Observation, Trace
from ragtui.runner.launch.child import Worker
from ragtui.tui.app import RagtuiApp
from ragtui.tui.live import LiveRun
from ragtui.tui.looks.contrast import LEAST, grounds_of, ratio, readable, readable_variables
from ragtui.tui.looks.styles import styles_for
from ragtui.tui.looks.themes import THEMES, theme_for
from ragtui.tui.screens.progress import ProgressScreen
from ragtui.tui.screens.trace import TraceScreen
from ragtui.tui.session import Session
from ragtui.tui.shell import Traced

ALL = [*(name for name in BUILTIN_THEMES if not name.startswith("ansi")), *(theme.name for theme in THEMES)]
COLOURS = st.builds(Color, st.integers(0, 255), st.integers(0, 255), st.integers(0, 255))


def unreadable(app: RagtuiApp) -> set[tuple[str, str, str, float]]:
    """Words on the screen whose contrast is too low: text, colour, ground, ratio."""
    found = set()
    boxes = [
        *app.screen.query(".dialog, .dialog-box"),
        *app.screen.query("CommandPalette > Vertical"),
    ]  # the rest is veiled
    box = boxes[0].region if boxes else app.screen.region
    for strip in app.screen._compositor.render_strips()[box.y : box.bottom]:
        for segment in strip.crop(box.x, box.right):
            style = segment.style
            if style is None or not any(character.isalnum() for character in segment.text):
                continue
            if style.color is None or style.bgcolor is None:
                continue
            front, ground = Color.from_rich_color(style.color), Color.from_rich_color(style.bgcolor)
            if style.dim:
                front = front.blend(ground, 0.5)
            contrast = ratio(front, ground)
            if contrast < LEAST - 0.05:  # colours are rounded to whole steps on their way to the terminal
                found.add((segment.text.strip()[:30], front.hex, ground.hex, round(contrast, 2)))
    return found


WALK = {
    "runs": (), "help": ("question_mark",), "words": ("tab",), "manual": ("m", *["down"] * 7),
    "palette": ("escape", "escape", "colon"), "trend": ("escape", "H"), "noise": ("escape", "r"),
    "themes": ("escape", "T"), "launch": ("escape", "L"),
    "before and after": ("escape", "V"), "board": ("escape", "enter"), "flagged": ("f",), "detail": ("d",),
    "filter": ("d", "slash"), "why": ("escape", "i"), "slices": ("escape", "F"), "columns": ("f",),
    "settings": ("escape", "escape", "c"), "repeat": ("escape", "t"), "item": ("escape", "enter"), "note": ("a",),
    "passages": ("escape", "enter"), "trace": ("escape",), "progress": ("escape",),
}  # fmt: skip
"""Every screen and dialog that opens from the samples, by the keys that lead there from the one before."""
EVERYWHERE = ("runs", "board", "item")
"""Stops looked at in every theme; the rest draw with the same variables, so a dark and a light one speak for all."""
ENDS = ("textual-light", "textual-dark")
REOPENED = {"settings": "c", "passages": "enter"}
"""Messages whose colours are those of the theme they were opened in."""


def a_trace(session: Session) -> TraceScreen:
    """One with everything that has a colour of its own."""
    screen = TraceScreen(session, "031", [Traced("u", "cand #1"), Traced("u", "cand #2")], 0)
    spans = [
        Observation(level or "a", "call", "llm", level=level, comments=("why?",)) for level in ("", "WARNING", "ERROR")
    ]
    screen.traces[0] = Trace("4bf92f3577b34da6", tuple(spans), ("see ticket 7",))
    return screen


def a_progress(session: Session) -> ProgressScreen:
    """A run that fails now and then."""
    side = {"name": "base", "folder": "", "done": 3, "total": 9, "repeats": {"1": 3}}
    said = {"done": 3, "total": 9, "failed": 1, "unpriced_calls": 2, "message": "waits for the server", "sides": [side]}
    run = LiveRun(Worker(Path("run")), "run", said, "running")
    run.events.extend(
        ({"kind": "item", "item": "001"}, {"kind": "retry", "message": "429"}, {"kind": "bug", "error": "x"})
    )
    return ProgressScreen(session, run)


OPENED: dict[str, Callable[[Session], Screen[None]]] = {"trace": a_trace, "progress": a_progress}
"""Screens that no key opens from the samples."""


async def test_every_text_can_be_read_in_every_theme(monkeypatch: pytest.MonkeyPatch) -> None:
    """One app, one walk; themes are set and painted on each stop."""
    monkeypatch.chdir(ROOT)
    wrong, seen = {}, set()
    async with opened(SAMPLES) as (app, pilot):
        await go_to(app, pilot, "regressed")
        for stop, keys in WALK.items():
            await press(pilot, *keys)
            if stop in OPENED:
                assert app.session is not None
                app.push_screen(OPENED[stop](app.session))
                await settled(pilot)
            seen.add(type(app.screen).__name__)
            for theme in ALL if stop in EVERYWHERE else ENDS:
                app.theme = theme
                await settled(pilot)
                if stop in REOPENED:
                    await press(pilot, "escape", REOPENED[stop])
                if found := unreadable(app):
                    wrong[stop, theme] = sorted(found)[:4]
    assert not wrong, wrong
    assert len(seen) >= 13, seen


@pytest.mark.parametrize("theme", ALL)
def test_verdicts_are_told_apart_and_read_on_the_cursor_row(theme: str) -> None:
    app = RagtuiApp([])
    app.theme = theme
    variables = app.get_css_variables()
    styles = styles_for(app)
    grounds = grounds_of(variables)
    assert len({styles[name] for name in ("improved", "regressed", "unproven", "muted")}) == 4
    for name, style in styles.items():
        if style.color is not None and not style.reverse:
            assert min(ratio(Color.from_rich_color(style.color), ground) for ground in grounds) >= LEAST - 0.05, name


@given(COLOURS, st.lists(COLOURS, min_size=1, max_size=1))
def test_a_colour_is_moved_until_it_can_be_read(colour: Color, grounds: list[Color]) -> None:
    assert min(ratio(readable(colour, grounds), ground) for ground in grounds) >= LEAST


def test_terminal_themes_are_left_to_the_terminal() -> None:
    variables = BUILTIN_THEMES["ansi-dark"].to_color_system().generate()
    assert readable_variables(variables)["text-success"] == variables["text-success"]


@pytest.mark.parametrize(
    ("system", "environment", "theme"),
    [
        ("standard", {}, "ansi-dark"),
        ("standard", {"COLORFGBG": "0;15"}, "ansi-light"),
        ("standard", {"COLORFGBG": "15;0"}, "ansi-dark"),
        ("256", {}, None),
        ("truecolor", {}, None),
        (None, {}, None),
    ],
)
def test_sixteen_colours_get_a_theme_of_their_own(
    system: str | None, environment: dict[str, str], theme: str | None
) -> None:
    assert theme_for(system, environment) == theme


@pytest.mark.parametrize("theme", ["ansi-dark", "ansi-light"])
def test_no_meaning_is_inverted_in_sixteen_colours(theme: str, tmp_path: Path) -> None:
    app = RagtuiApp([str(tmp_path)])
    app.theme = theme
    app.get_css_variables()
    styles = styles_for(app)
    assert styles["regressed"].color is not None and styles["regressed"].color.name == "red"
    assert styles["improved"].color is not None and styles["improved"].color.name == "green"
    assert styles["unproven"].color not in (styles["regressed"].color, styles["improved"].color)
