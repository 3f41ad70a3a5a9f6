"""Plans at hand: files here and in the opened folders, and the demo."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from ragtui.errors import RagtuiError
from ragtui.files.fields import text
from ragtui.places import real_path
from ragtui.runner.launch.launchfile import LAUNCH, base_of, read_launch

DEMO = "demo: simulated, no key, no network"
DEMO_FOLDER = "ragtui-demo"


_ABOVE = 3
"""Folders above an opened place that are looked into: a suite's plan lies beside the folder of its runs' folders."""
OTHER = "another plan: type its path"


def find_plans(places: Sequence[str], runs: Iterable[Path] = ()) -> list[Path]:
    """Plan files at hand, best first: `ragtui.toml` and `*.plan.toml` here, in the opened folders and above them.

    Args:
        runs: run folders; the plans that they were launched from are at hand too.
    """
    opened = [Path(place) for place in places if Path(place).exists()]
    above = [parent for place in opened for parent in real_path(place).parents[:_ABOVE]]
    folders = [Path(), *opened, *above]
    found = [path for folder in folders for path in (*folder.glob("ragtui.toml"), *folder.glob("*.plan.toml"))]
    found += [plan for run in runs if (plan := _plan_of(run)) is not None]
    return list(dict.fromkeys(real_path(path) for path in found))


def _plan_of(run: Path) -> Path | None:
    """The plan file a run was launched from, where it still is."""
    if not (run / LAUNCH).is_file():
        return None
    try:
        document = read_launch(run)
    except RagtuiError:
        return None
    path = base_of(document) / Path(text(document.get("source"))).name
    return path if path.suffix == ".toml" and path.is_file() else None
