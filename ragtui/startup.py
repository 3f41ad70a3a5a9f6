"""What comes before everything else: where this process finds modules, how often it looks for garbage.

Imports nothing that a project could replace.
"""

import gc
import os
import sys


def libraries_first() -> None:
    """Find the libraries before anything that PYTHONPATH names, and nothing in the current folder.

    ragtui is started inside projects, and PYTHONPATH often names them: their `queue.py`, `secrets.py` or `numpy.py`
    would otherwise stand in for the ones ragtui is made of. Where ragtui itself lies stays known, last: in a checkout
    that is the current folder, and processes that this one starts by `multiprocessing` are given this path.
    """
    named = _named_places()
    try:
        here = os.getcwd()
    except OSError:  # the folder is gone
        here = ""
    own = [place for place in sys.path if place not in ("", ".", here) and place not in named]
    found = own + [place for place in sys.path if place in named and place != here]
    home = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    sys.path[:] = found if home in found else [*found, home]


def collect_seldom() -> None:
    """Look for circles of garbage after 50 000 new objects in place of 700.

    Importing, opening a screen and reading records make hundreds of thousands that stay: walking over them again and
    again was a tenth of the time until the first frame and a third of the time from there to the list of runs.
    """
    gc.set_threshold(50_000, 10, 10)


def _named_places() -> set[str]:
    return {os.path.abspath(place) for place in os.environ.get("PYTHONPATH", "").split(os.pathsep) if place}
