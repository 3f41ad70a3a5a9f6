"""The user's configuration file: theme, keys, signs. Read, never written."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

KNOWN = ("theme", "ascii", "keys", "langfuse")


@dataclass(frozen=True, slots=True)
class Config:
    """Settings of the app.

    Attributes:
        theme: name of a theme; "" for Textual's default.
        ascii_only: draw with ASCII characters.
        keys: binding id to keys, for example {"compare.next_flagged": "n"}.
        problem: what is wrong with the file; "" when nothing is.
    """

    theme: str = ""
    ascii_only: bool = False
    keys: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""


def config_path() -> Path:
    """RAGTUI_CONFIG, else config.toml in the platform's configuration folder."""
    chosen = os.environ.get("RAGTUI_CONFIG")
    if chosen:
        return Path(chosen)
    import platformdirs

    return Path(platformdirs.user_config_dir("ragtui")) / "config.toml"


def read_config() -> Config:
    """The configuration; a broken file costs its settings, not the app, and is named."""
    path = config_path()
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Config()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return Config(problem=f"{path}: {error}; its settings are not used")
    for key in raw:
        if key not in KNOWN:
            near = get_close_matches(key, KNOWN, n=1)
            hint = f"; did you mean {near[0]}?" if near else f"; known are {', '.join(KNOWN)}"
            return Config(problem=f"{path}: unknown setting {key!r}{hint}")
    keys = raw.get("keys", {})
    if not isinstance(keys, dict) or not all(isinstance(value, str) for value in keys.values()):
        return Config(problem=f'{path}: [keys] must hold lines such as "compare.next_flagged" = "n"')
    return Config(str(raw.get("theme", "")), bool(raw.get("ascii", False)), keys)
