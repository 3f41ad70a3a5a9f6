"""A soak of the app: random keys, clicks, resizes and pastes over every screen, while runs arrive, change and vanish.

`python tests/tui/soak.py 20000 [SEED]` prints events, faults, memory and the slowest keys; the suite does a thousand.

Events are posted as the terminal's driver posts them and the next one follows as soon as every widget has emptied its
queue, without the fixed pauses of `Pilot.press` (two of 20 ms a key at least): that is quicker, and harder on the app,
whose workers are still busy when the next key comes. Every tenth event comes when the app is at rest, and is waited
for: that one's CPU is its own, where the others' is also that of the events before them.
"""

from __future__ import annotations

import asyncio
import gc
import mmap
import os
import random
import shutil
import sys
import tempfile
import time
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from builders import steady, write_run
from textual import events
from textual.keys import REPLACED_KEYS, _get_unicode_name_from_key
from textual.pilot import Pilot, WaitForScreenTimeout

from ragtui.tui.app import RagtuiApp

ITEMS = 14
KEYS = [
    *"abcdefghijklmnoprstuvwxyzABCDEFGHIJKMNOPRSTUVWXYZ0123456789",
    *("enter", "enter", "enter", "escape", "escape", "down", "down", "up", "left", "right", "pageup", "pagedown"),
    *("home", "end", "tab", "shift+tab", "space", "slash", "question_mark", "colon", "plus", "minus", "equals_sign"),
    "asterisk",
    *("less_than_sign", "greater_than_sign", "left_square_bracket", "right_square_bracket", "number_sign", "backspace"),
    *("ctrl+d", "ctrl+u", "ctrl+w", "ctrl+s", "f1", "n", "n", "enter", "escape"),
]  # fmt: skip
"""Every key but those that leave the app (q, ctrl+q, ctrl+z) and the one that launches (L)."""
SIZES = [(120, 36), (80, 24), (200, 50), (40, 10), (60, 20), (30, 8)]
PASTES = ["verdict:regressed", "\x1b[31m red", "x" * 5000, "", "ключ 鍵 🔑", "[bold]", "delta:>0.5 !x", "\n\n"]


@dataclass
class Soaked:
    """What came of it.

    Attributes:
        done: events of each kind.
        faults: exceptions that became messages.
        screens: how many events each screen got.
        slowest: CPU seconds of the interface's thread for the slowest events that came at rest, and which they were,
            slowest first; of keys, and of everything else.
        memory: resident kilobytes after each tenth, 0 where the system does not tell.
    """

    done: Counter[str] = field(default_factory=Counter)
    faults: list[Exception] = field(default_factory=list)
    screens: Counter[str] = field(default_factory=Counter)
    slowest: dict[bool, list[tuple[float, str]]] = field(default_factory=lambda: {True: [], False: []})
    memory: list[int] = field(default_factory=list)


def lay_out(home: Path) -> None:
    """A folder of runs that compare, with a damaged one beside them."""
    write_run(home / "base", steady(5, ITEMS, 4, i003=[5, 4, 5, 4]))
    write_run(home / "worse", steady(5, ITEMS, 4, i007=[2, 2, 2, 2], i011=[1, 1, 1, 1]), day=2)
    write_run(home / "better", steady(4, ITEMS, 3, i003=[5, 5, 5]), day=3)
    write_run(home / "alone", steady(5, ITEMS, 1), day=4)
    (home / "broken").mkdir()
    (home / "broken" / "summary.json").write_text("{", encoding="utf-8")


def disturb(home: Path, chance: random.Random) -> str:
    """Something that happens to a folder while it is looked at."""
    runs = [path for path in home.iterdir() if (path / "results.jsonl").exists()]
    name = f"new{chance.randrange(3)}"
    what = chance.choice(["delete", "truncate", "shuffle", "garbage", "add", "touch", "add"])
    if what == "add" or len(runs) < 3:
        shutil.rmtree(home / name, ignore_errors=True)
        write_run(home / name, steady(chance.choice([3, 4, 5]), ITEMS, 2), day=chance.randrange(5, 20))
        return "add"
    results = chance.choice(runs) / "results.jsonl"
    lines = results.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
    if what == "delete":
        shutil.rmtree(results.parent)
    elif what == "truncate":
        results.write_text("".join(lines)[: chance.randrange(200)], encoding="utf-8")
    elif what == "shuffle":
        chance.shuffle(lines)
        results.write_text("".join(lines), encoding="utf-8")
    elif what == "garbage":
        results.write_bytes(b"\xff\x00{" * 50)
    else:
        results.touch()
    return what


def key_event(key: str) -> events.Key:
    """A key as the terminal's driver sends it."""
    try:
        character: str | None = unicodedata.lookup(_get_unicode_name_from_key(REPLACED_KEYS.get(key, key)))
    except KeyError:
        character = key if len(key) == 1 else None
    return events.Key(key, character)


def click_events(x: int, y: int) -> list[events.MouseEvent]:
    """A button that goes down and up again; the app makes a click of it."""
    return [kind(None, x, y, 0, 0, 1, False, False, False, x, y) for kind in (events.MouseDown, events.MouseUp)]


async def soak(pilot: Pilot[None], home: Path, amount: int, seed: int) -> Soaked:
    """Send events, one at a time, and keep what goes wrong."""
    app, chance, out = pilot.app, random.Random(seed), Soaked()
    assert isinstance(app, RagtuiApp)
    app.open_url = lambda *_args, **_kwargs: None  # type: ignore[method-assign]
    leave, app.exit = app.exit, lambda *_args, **how: leave(**how) if how.get("return_code") else None  # type: ignore[method-assign]
    for number in range(amount):
        kind = chance.choices(["key", "click", "resize", "paste", "disturb"], [88, 6, 2, 2, 2])[0]
        measured = number % 10 == 0
        if measured:
            await _at_rest(pilot)
        screen = type(app.screen).__name__
        out.screens[screen] += 1
        before, label = time.thread_time(), kind
        if kind == "key":
            label = chance.choice(KEYS)
            app.post_message(key_event(label))
        elif kind == "click":
            width, height = app.size
            x, y = chance.randrange(width), chance.randrange(height)
            for event in click_events(x, y) * chance.choice([1, 2]):
                app.post_message(event)
        elif kind == "resize":
            await pilot.resize_terminal(*chance.choice(SIZES))
        elif kind == "paste":
            app.post_message(events.Paste(chance.choice(PASTES)))
        else:
            label = disturb(home, chance)
            before = time.thread_time()
        await pilot.pause(0)
        if measured:
            await _at_rest(pilot)
            took = (time.thread_time() - before, f"{label} on {screen} > {type(app.screen).__name__}")
            out.slowest[kind == "key"] = sorted([*out.slowest[kind == "key"], took], reverse=True)[:8]
        out.done[kind] += 1
        if number % max(1, amount // 10) == 0:
            gc.collect()
            out.memory.append(resident())
        if not app.is_running:
            break
    await pilot.pause(0.1)
    out.faults = list(app.faults)
    return out


async def _at_rest(pilot: Pilot[None]) -> None:
    """Wait until the app has nothing left to do, as long as it works: a machine with other work to do may give it less
    than a second of its time in the half minute that `pause` waits."""
    while True:
        before = time.process_time()
        try:
            await pilot.pause()
            return
        except WaitForScreenTimeout:
            if not 0.01 < time.process_time() - before < 20:  # nothing is done any more, or no end is found
                raise


def resident() -> int:
    """Kilobytes of this process in memory."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * mmap.PAGESIZE // 1024
    except OSError:
        return 0


async def _main(amount: int, seed: int) -> None:
    home = Path(tempfile.mkdtemp()) / "runs"
    lay_out(home)
    os.environ |= {"RAGTUI_STATE_DIR": str(home.parent / "state"), "EDITOR": "true"}
    os.chdir(home.parent)
    app = RagtuiApp([str(home)])
    gc.collect()
    gc.freeze()  # as `ragtui open` does
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.pause(1.0)
        out = await soak(pilot, home, amount, seed)
        alive = app.is_running
    print(f"seed {seed}: {dict(out.done)}, still running: {alive}")
    for of_keys, slowest in out.slowest.items():
        print(f"slowest {'keys' if of_keys else 'others'}, in ms CPU of the interface:")
        for seconds, label in slowest:
            print(f"  {seconds * 1000:.0f}  {label}")
    print(f"faults {len(out.faults)}")
    print(f"memory MB {[kilobytes // 1024 for kilobytes in out.memory]}")
    print(f"screens {dict(out.screens.most_common())}")
    import traceback

    for fault in out.faults:
        print("".join(traceback.format_exception(fault)[-6:]))


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1))
