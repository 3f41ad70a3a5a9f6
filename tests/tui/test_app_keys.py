"""Keys as data: every one has an id and a word, none is said twice, all can be remapped and found in the palette."""

from pathlib import Path

import pytest
from textual.binding import Binding
from textual.command import DiscoveryHit
from textual.screen import Screen
from tui.driving import ROOT, SAMPLES, SMALL, compare, go_to, opened, press, runs, settled, until
from tui.frames import frame

from ragtui.present.confirming import standing
from ragtui.present.verdicts import VERDICTS
from ragtui.stats import Verdict
from ragtui.tui.app import RagtuiApp
from ragtui.tui.dialogs.help import HelpScreen, describe_keys
from ragtui.tui.palette import ScreenActions
from ragtui.tui.screens.base import RagtuiScreen
from ragtui.tui.screens.compare import CompareScreen
from ragtui.tui.screens.item import ItemScreen
from ragtui.tui.screens.launch import LaunchScreen
from ragtui.tui.screens.noise import NoiseScreen
from ragtui.tui.screens.progress import ProgressScreen
from ragtui.tui.screens.runs import RunsScreen
from ragtui.tui.screens.slices import SlicesScreen
from ragtui.tui.screens.trace import TraceScreen
from ragtui.tui.screens.trend import TrendScreen

SCREENS = (
    RunsScreen, CompareScreen, ItemScreen, NoiseScreen, LaunchScreen, ProgressScreen, TrendScreen, SlicesScreen,
    TraceScreen,
)  # fmt: skip


def bindings_of(kind: type[Screen[None]]) -> list[Binding]:
    return list(Binding.make_bindings(kind.BINDINGS))


@pytest.mark.parametrize("kind", SCREENS)
def test_every_key_has_an_id_a_word_and_an_action(kind: type[RagtuiScreen]) -> None:
    taken: dict[str, str] = {}
    common = [*bindings_of(RagtuiScreen), *Binding.make_bindings(RagtuiApp.BINDINGS)]
    for binding in (*bindings_of(kind), *common):
        assert binding.id, binding
        assert binding.description, binding
        assert taken.setdefault(binding.key, binding.action) == binding.action, (
            f"{binding.key} twice on {kind.__name__}"
        )
        name = f"action_{binding.action.partition('(')[0]}"
        assert hasattr(kind, name) or hasattr(RagtuiApp, name), name


def test_ids_name_one_action_each() -> None:
    actions: dict[str, str] = {}
    for kind in (*SCREENS, RagtuiScreen):
        for binding in bindings_of(kind):
            assert actions.setdefault(str(binding.id), binding.action) == binding.action


async def test_help_lists_every_binding_of_the_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    async with opened(SAMPLES) as (app, pilot):
        listed = {key.id for _, keys in describe_keys(app.screen) for key in keys}
        assert {binding.id for binding in bindings_of(RunsScreen)} <= listed
        await press(pilot, "question_mark", "slash", *"baseline")
        assert isinstance(app.screen, HelpScreen)
        shown = " ".join(line.text for line in app.screen.lines["keys"])
        assert "runs.baseline" in shown
        assert "runs.fold" not in shown


async def test_help_scrolls_at_once_and_runs_the_key_of_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    async with opened(SAMPLES) as (app, pilot):
        await go_to(app, pilot, "regressed")
        await press(pilot, "question_mark")
        help_screen = app.screen
        assert isinstance(help_screen, HelpScreen)
        lines = help_screen.lines["keys"]
        place = next(place for place, line in enumerate(lines) if line.press == "r")
        await press(pilot, *["down"] * place, "enter")
        assert isinstance(app.screen, NoiseScreen)


async def test_tab_leads_to_the_words_where_one_list_holds_both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    async with opened(SAMPLES, size=SMALL) as (app, pilot):
        await press(pilot, "question_mark", "tab")
        assert "Signs: shape first" in frame(app) and "▼ regressed" in frame(app)
        await press(pilot, "tab")
        assert "compare this line with the baseline" in frame(app)


async def test_help_explains_every_sign_and_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever can stand on a screen beside a name or a number."""
    monkeypatch.chdir(ROOT)
    async with opened(SAMPLES) as (app, pilot):
        await press(pilot, "question_mark")
        assert isinstance(app.screen, HelpScreen)
        lefts = " | ".join(line.left for line in app.screen.lines["words"])
        for shown in VERDICTS.values():
            assert shown.sign.word == "no score" or f"{shown.sign.glyph} {shown.sign.word}" in lefts
        words = {standing(before, fresh) for before in Verdict for fresh in Verdict}
        for word in (*words - {"", "failed"}, "B", "C", "▶", "=", "!", "x differs", "●", "flaky", "simulated"):
            assert word in lefts, word


async def test_a_key_that_does_nothing_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    async with opened(SAMPLES) as (app, pilot):
        await press(pilot, "6")
        assert "6 does nothing here" in frame(app)


def test_a_key_means_one_thing_on_every_screen() -> None:
    """The word beside a key; those that differ have nothing in common that could be confused."""
    meant: dict[str, set[str]] = {}
    for kind in SCREENS:
        for binding in bindings_of(kind):
            if not binding.action.endswith("(-1)"):
                meant.setdefault(binding.key, set()).add(binding.description.split()[0])
    alike = {
        "enter": "opens, or starts, what the screen is about",
        "n": "the next of what is looked for",
        "space": "marks; on a run under way there is nothing to mark, it pauses",
        "v": "the other view of the pane",
        "plus": "more", "equals_sign": "more", "minus": "fewer",
        "right_square_bracket": "the next of several", "f": "which of them are shown", "z": "fold",
        "y": "copies", "Y": "copies", "e": "the editor", "o": "the browser", "R": "reads again", "u": "undo",
        "t": "runs again", "c": "settings", "a": "note", "down": "down", "up": "up", "j": "down", "k": "up",
        "h": "left", "l": "right", "left": "left", "right": "right",
    }  # fmt: skip
    for key, words in meant.items():
        assert len(words) == 1 or key in alike, (key, words)
    assert meant["n"] == {"next"} and meant["a"] == {"note"} and meant["t"] == {"repeat"} and meant["r"] == {"noise"}


async def test_keys_can_be_remapped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[keys]\n"runs.noise" = "ctrl+n"\n', encoding="utf-8")
    monkeypatch.setenv("RAGTUI_CONFIG", str(config))
    monkeypatch.chdir(ROOT)
    async with opened(SAMPLES) as (app, pilot):
        await go_to(app, pilot, "regressed")
        await press(pilot, "r")
        assert isinstance(app.screen, RunsScreen)
        await press(pilot, "ctrl+n")
        assert isinstance(app.screen, NoiseScreen)


@pytest.mark.parametrize(
    ("content", "said"),
    [("theme = [", "config.toml"), ("thme = 'nord'", "Nearest known key: theme"), ("[keys]\na = 1", "keys.a: is 1")],
)
async def test_a_broken_configuration_is_named_and_not_used(
    content: str, said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(content, encoding="utf-8")
    monkeypatch.setenv("RAGTUI_CONFIG", str(config))
    monkeypatch.chdir(ROOT)
    async with opened(SAMPLES) as (app, _pilot):
        assert said in app.config_problem
        assert runs(app).rows


async def test_the_palette_runs_any_action(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    async with opened(SAMPLES) as (app, pilot):
        provider = ScreenActions(app.screen)
        names = {hit.display for hit in [hit async for hit in provider.discover()] if isinstance(hit, DiscoveryHit)}
        assert {"compare", "baseline", "noise", "undo"} <= {str(name) for name in names}
        await go_to(app, pilot, "regressed")
        hits = [hit async for hit in ScreenActions(app.screen).search("compare this")]
        await hits[0].command()
        await press(pilot)
        await until(pilot, lambda: isinstance(app.screen, CompareScreen))
        await settled(pilot)
        assert compare(app).result is not None
