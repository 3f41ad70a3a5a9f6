"""Every screen of the app while the run it shows changes in every way: see `tests/tui/changing.py`.

    python tests/bench/changing_run.py
    python tests/bench/changing_run.py item board

Prints what was wrong; exits 1 when anything was.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tui.changing import CHANGES, SCREENS, change_while_shown


async def main(screens: list[str]) -> int:
    """Try the table; 1 when something was wrong."""
    os.environ["EDITOR"] = "true"
    tried = bad = 0
    for screen in screens or SCREENS:
        for how in CHANGES:
            with tempfile.TemporaryDirectory() as place:
                os.environ["RAGTUI_STATE_DIR"] = str(Path(place) / "state")
                os.chdir(place)
                wrong = await change_while_shown(screen, how, Path(place) / "runs")
                os.chdir("/")
            tried += 1
            bad += bool(wrong)
            print(f"{'wrong' if wrong else 'right'}: {screen}, {how}", *wrong, sep="\n    ", flush=True)
    print(f"{tried} tried, {bad} wrong")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
