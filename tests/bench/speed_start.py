"""CPU and modules until the first frame, in a fresh process under a pseudo-terminal.

`python -m bench.speed_start KIND RESULT` is the child: it opens an app, writes what it measured and ends.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.speed_report import print_table
from bench.speed_terminal import TESTS, Terminal

SAMPLES = TESTS.parent / "sample_runs"
HEAVY = ("langfuse", "openai", "aiohttp", "httpx", "httpx2", "pydantic", "opentelemetry", "scipy", "pandas", "requests")
KINDS = {
    "bare": "Textual, an empty app",
    "first": "ragtui, first frame",
    "list": "ragtui, runs listed",
    "eager": "empty app importing langfuse and openai",
}


def first_frame(*, quick: bool) -> None:
    """Print CPU, wall time and modules of each kind of start."""
    rounds = 3 if quick else 7
    rows, bare = [], 0.0
    for kind, title in KINDS.items():
        measured = [found for found in (_child(kind) for _ in range(rounds + 1)) if found][1:]  # one compiles
        if not measured:
            rows.append([title, "-", "-", "-", "-", "-"])
            continue
        found = measured[0]
        cpu, wall = (min(one[key] for one in measured) for key in ("cpu", "wall"))
        bare = bare or cpu
        rows.append(
            [
                title,
                f"{cpu * 1000:.0f}",
                f"{cpu / bare:.2f}",
                f"{wall * 1000:.0f}",
                str(found["modules"]),
                ", ".join(found["heavy"]) or "none",
            ]
        )
    print_table(
        f"First frame: fresh process, pseudo-terminal, least of {rounds}",
        ["start", "CPU ms", "of an empty app", "wall ms", "modules", "heavy libraries loaded"],
        rows,
        f"looked for: {', '.join(HEAVY)}",
    )


def _child(kind: str) -> dict[str, Any] | None:
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        with Terminal(["-m", "bench.speed_start", kind, str(result)]) as terminal:
            started = time.time()
            terminal.wait(at_most=60)
        if not result.exists():
            return None
        found: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
        found["wall"] = found.pop("at") - started
        return found


def _measure(kind: str, result: Path) -> None:
    def write() -> None:
        found = {
            "cpu": time.process_time(),
            "at": time.time(),
            "modules": len(sys.modules),
            "heavy": sorted(name for name in HEAVY if name in sys.modules),
        }
        result.write_text(json.dumps(found), encoding="utf-8")

    if kind in ("bare", "eager"):
        if kind == "eager":
            import langfuse  # noqa: F401
            import openai  # noqa: F401
        from textual.app import App

        class Bare(App[None]):
            def on_ready(self) -> None:
                write()
                self.exit()

        Bare().run()
        return

    from ragtui.startup import collect_seldom

    collect_seldom()
    import ragtui.tui.app
    from ragtui.tui.app import RagtuiApp

    class Timed(RagtuiApp):
        CSS_PATH = str(Path(ragtui.tui.app.__file__).with_name("ragtui.tcss"))

        def on_ready(self) -> None:
            if kind == "first":
                write()
                self.exit()
            else:
                self.set_interval(0.02, self._look)

        def _look(self) -> None:
            if getattr(self.screen, "rows", None):
                write()
                self.exit()

    Timed([str(SAMPLES)]).run()


if __name__ == "__main__":
    _measure(sys.argv[1], Path(sys.argv[2]))
