"""Runs that change under the app: on every screen, in every way, with keys pressed meanwhile.

`python tests/bench/changing_run.py [SCREEN …]` tries the whole table; the suite takes a part of it. Asked is that
nothing is raised, the app goes on, what is shown of an item is of that item, and a text that can no longer be read is
said to be.
"""

from __future__ import annotations

import os
import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from builders import steady, write_run
from textual.widgets import Static
from tui.driving import go_to, opened, press

from ragtui.tui.app import RagtuiApp
from ragtui.tui.screens.item import ItemScreen

ITEMS = 8
RESULTS = "results.jsonl"


def lay_out(home: Path) -> None:
    """Two runs to compare, and one that stays as it is."""
    write_run(home / "base", steady(5, ITEMS, 3, i003=[5, 4, 5]))
    write_run(home / "worse", steady(5, ITEMS, 3, i003=[1, 1, 1], i005=[2, 2, 2]), day=2)
    write_run(home / "other", steady(4, ITEMS, 2), day=3)


def _instead(put: Callable[[Path], None]) -> Callable[[Path], None]:
    """Something else in the place of the results."""

    def change(folder: Path) -> None:
        (folder / RESULTS).unlink()
        put(folder / RESULTS)

    return change


def _rewritten(change: Callable[[list[str]], list[str]]) -> Callable[[Path], None]:
    def rewrite(folder: Path) -> None:
        lines = (folder / RESULTS).read_text("utf-8").splitlines(keepends=True)
        (folder / RESULTS).write_text("".join(change(lines)), "utf-8")

    return rewrite


def _shuffled(lines: list[str]) -> list[str]:
    return random.Random(1).sample(lines, len(lines))


def _swapped(lines: list[str]) -> list[str]:
    """Every record says it is another item, in exactly as many bytes, at the same place."""

    def other(found: re.Match[str]) -> str:
        return f"{found[1]}{ITEMS + 1 - int(found[2]):03d}"

    return [re.sub(r'("item": ?")(\d+)', other, line) for line in lines]


def _other_values(lines: list[str]) -> list[str]:
    """The same answers, judged otherwise, in exactly as many bytes."""
    return [re.sub(r'("value": ?|because )[1-5]', r"\g<1>3", line) for line in lines]


def _run_again(folder: Path) -> None:
    """The same items in as many repeats, answered and judged anew."""
    shutil.rmtree(folder)
    write_run(folder, steady(4, ITEMS, 3, i003=[2, 2, 2], i005=[4, 4, 4]), day=9, pipeline={"version": "again"})


def _loop(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.symlink_to(folder.name)


def _replaced_folder(folder: Path) -> None:
    """Another run under the same name, of other items."""
    shutil.rmtree(folder)
    write_run(folder, steady(3, ITEMS + 3, 2), day=9)


def _garbage(folder: Path) -> None:
    (folder / RESULTS).write_bytes(b"\xff\x00{[" * 3000)


def _no_summary(folder: Path) -> None:
    (folder / "summary.json").write_text("[1, 2", "utf-8")


CHANGES: dict[str, Callable[[Path], None]] = {
    "deleted": shutil.rmtree,
    "results deleted": lambda folder: (folder / RESULTS).unlink(),
    "emptied": _rewritten(lambda _lines: []),
    "cut within a line": _rewritten(lambda lines: ["".join(lines)[: len("".join(lines)) // 2]]),
    "shuffled": _rewritten(_shuffled),
    "other items in the same bytes": _rewritten(_swapped),
    "other values": _rewritten(_other_values),
    "garbage": _garbage,
    "appended to": _rewritten(lambda lines: [*lines, *lines[:3]]),
    "run again": _run_again,
    "another run": _replaced_folder,
    "no summary": _no_summary,
    "a pipe": _instead(os.mkfifo),
    "a device": _instead(lambda path: path.symlink_to("/dev/zero")),
    "a folder": _instead(lambda path: path.mkdir()),
    "a link to itself": _instead(lambda path: path.symlink_to(path.name)),
    "a folder that links to itself": _loop,
}
SCREENS = {
    "runs": (),
    "board": ("enter",),
    "item": ("enter", "enter"),
    "noise": ("r",),
    "noise of the board": ("enter", "r"),
    "trend": ("H",),
    "slices": ("enter", "F"),
    "plan": ("L",),
}
"""The keys from the list of runs to each screen."""
_MOVES = "down j n N up m s S pagedown home end"
_WALK = "right_square_bracket l n 5 N h 2 3 4 1 v m y Y w escape o e c escape enter escape left_square_bracket t escape"
KEYS = {
    "runs": f"enter escape {_MOVES} space z v P c i y R r escape H escape",
    "board": f"enter n escape {_MOVES} d f v i c y Y P x space t escape F escape",
    "item": _WALK,
    "noise": f"{_MOVES} y escape enter",
    "noise of the board": f"{_MOVES} y escape enter",
    "trend": f"{_MOVES} f enter escape m",
    "slices": f"enter {_MOVES} F f escape y n",
    "plan": "down enter escape R e escape enter",
}
"""What is pressed after the change; the suite presses the first few."""
FEW = 5


def wrong_texts(app: RagtuiApp) -> list[str]:
    """What the item screen shows of another item, or of another run than its numbers are of."""
    screen = app.screen
    if not isinstance(screen, ItemScreen):
        return []
    shown = {name: str(screen.query_one(name, Static).visual) for name in ("#question", "#answer-a", "#answer-b")}
    found = []
    for name, text in shown.items():
        others = set(re.findall(r"Question (\d+)\?", text)) - {str(int(screen.item))}
        found += [f"{screen.item} {name}: {number}" for number in others]
    scores = screen.result.b.scores
    of_item = scores.values[scores.row_of[screen.item], scores.column_of["quality"]]
    found += [
        f"{screen.item}: judged {judged}, and its scores are {of_item}"
        for judged in re.findall(r"because (\d)", shown["#answer-b"])
        if float(judged) not in of_item
    ]
    if "cannot be read any more" in shown["#answer-b"] and "changed on disk" not in shown["#question"]:
        found.append(f"{screen.item}: its text is gone, and nothing is said")
    return found


async def change_while_shown(screen: str, how: str, home: Path, *, quick: bool = False) -> list[str]:
    """One screen, one change; what was wrong."""
    lay_out(home)
    wrong: list[str] = []
    async with opened(home) as (app, pilot):
        await go_to(app, pilot, "worse")
        await press(pilot, *SCREENS[screen])
        CHANGES[how](home / "worse")
        for key in KEYS[screen].split()[: FEW if quick else None]:
            await press(pilot, key)
            wrong += [f"{key}: {found}" for found in wrong_texts(app)]
            wrong += [f"{key}: {fault!r}" for fault in app.faults]
            app.faults.clear()
            if not app.is_running:
                return [*wrong, f"{key}: the app is gone"]
    return list(dict.fromkeys(wrong))
