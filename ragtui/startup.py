"""What comes before everything else: where this process finds modules. Imports nothing that a project could replace."""

import os
import sys

PATH_VARIABLE, SAFE_VARIABLE, KEPT_VARIABLE = "PYTHONPATH", "PYTHONSAFEPATH", "RAGTUI_PYTHONPATH"
"""The last one carries the first to the user's own code past processes that must not see it."""


def libraries_first() -> None:
    """Find the libraries before anything that PYTHONPATH names, and nothing in the current folder.

    ragtui is started inside projects, and PYTHONPATH often names them: their `queue.py`, `secrets.py` or `numpy.py`
    would otherwise stand in for the ones ragtui is made of.
    """
    named = _named_places()
    try:
        here = os.getcwd()
    except OSError:  # the folder is gone
        here = ""
    own = [place for place in sys.path if place not in ("", ".", here) and place not in named]
    sys.path[:] = own + [place for place in sys.path if place in named and place != here]


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


def _named_places() -> set[str]:
    return {os.path.abspath(place) for place in os.environ.get(PATH_VARIABLE, "").split(os.pathsep) if place}
