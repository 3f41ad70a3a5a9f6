"""Plans at hand: files here and in the opened folders, and the demo."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

DEMO = "demo: simulated, no key, no network"
DEMO_FOLDER = "ragtui-demo"


def find_plans(places: Sequence[str]) -> list[Path]:
    """Plan files here and in the opened folders: ragtui.toml and *.plan.toml."""
    folders = [Path(), *(Path(place) for place in places if Path(place).is_dir())]
    found = [path for folder in folders for path in (*folder.glob("ragtui.toml"), *folder.glob("*.plan.toml"))]
    return list(dict.fromkeys(path.resolve() for path in found))
