"""Where ragtui keeps things and which of its own variables it reads: the only place that knows either.

| variable | meaning |
|---|---|
| `RAGTUI_CONFIG` | the configuration file, instead of `config.toml` in the platform's folder; it must be there |
| `RAGTUI_STATE_DIR` | the state folder: decisions, trust, outboxes of runs that lie where nothing may be written |
| `RAGTUI_CACHE_DIR` | the cache folder: what can be read again |
| `RAGTUI_ASCII` | draw with ASCII characters |

All folders are asked of platformdirs without an author, so each is the same one on every system for every part of
ragtui. (With its default, Windows would get `ragtui\\ragtui` from one caller and `ragtui` from the other.)
"""

from __future__ import annotations

import os
from pathlib import Path

PATH_VARIABLE, SAFE_VARIABLE, KEPT_VARIABLE = "PYTHONPATH", "PYTHONSAFEPATH", "RAGTUI_PYTHONPATH"
"""The last one carries the first to the user's own code past processes that must not see it."""
RUN_VARIABLE = "RAGTUI_RUN"
"""Tells the user's code, in a worker process, which run folder it works for."""

TRACER_VARIABLE = "RAGTUI_TRACER"
"""Tells worker processes which function ("module:name") opens a span around each item."""


def config_file() -> Path:
    """The user's configuration: theme, keys, Langfuse profiles, metrics."""
    return _chosen("RAGTUI_CONFIG") or Path(_platform("user_config_dir")) / "config.toml"


def config_is_named() -> bool:
    """Whether a variable names the configuration: then it has to be there."""
    return _chosen("RAGTUI_CONFIG") is not None


def state_folder() -> Path:
    """What is worth keeping and nobody's document: decisions, trust, outboxes, item ids found taken."""
    return _chosen("RAGTUI_STATE_DIR") or Path(_platform("user_state_dir"))


def cache_folder() -> Path:
    """What may be deleted at any time, because it can be read again."""
    return _chosen("RAGTUI_CACHE_DIR") or Path(_platform("user_cache_dir"))


def wants_ascii() -> bool:
    """Whether the environment asks for ASCII signs."""
    return bool(os.environ.get("RAGTUI_ASCII"))


def user_path(word: str) -> Path:
    """A path as a person typed it, with ~ for the home folder; one of an unknown user is taken as it stands."""
    try:
        return Path(word).expanduser()
    except RuntimeError:
        return Path(word)


def real_path(path: str | os.PathLike[str]) -> Path:
    """A path with all links followed, absolute; what cannot be followed (a link that leads to itself) stays as it is.

    `Path.resolve` raises a RuntimeError there before Python 3.13, which no caller who expects an OSError catches.
    """
    return Path(os.path.realpath(path))


def _chosen(variable: str) -> Path | None:
    named = os.environ.get(variable, "").strip()
    return user_path(named) if named else None


def _platform(folder: str) -> str:
    import platformdirs

    found: str = getattr(platformdirs, folder)("ragtui", appauthor=False)
    return found


def clean_environment() -> dict[str, str]:
    """The environment for a process of ragtui's own, which finds its libraries before a project's files.

    The user's code that such a process starts gets its PYTHONPATH back.
    """
    found = {name: value for name, value in os.environ.items() if name != PATH_VARIABLE}
    kept = os.environ.get(KEPT_VARIABLE, os.environ.get(PATH_VARIABLE, ""))
    return {**found, KEPT_VARIABLE: kept, SAFE_VARIABLE: "1"}


def users_environment() -> dict[str, str]:
    """The environment as the user has it, for his own code and commands."""
    found = dict(os.environ)
    kept = found.pop(KEPT_VARIABLE, None)
    if kept is not None:
        found.pop(SAFE_VARIABLE, None)
    return {**found, PATH_VARIABLE: kept} if kept else found
