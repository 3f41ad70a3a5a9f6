"""ragtui tells signal from noise in RAG and LLM evaluation runs.

From Python:

    import ragtui

    runs = ragtui.open_runs("runs")                            # what is there, newest first
    result = ragtui.compare("runs/main", "runs/pr-12")         # the comparison of the app, to the digit
    with ragtui.Recorder("runs/mine", name="mine") as run:     # write a run from any harness
        run.add("018", output="…", scores={"faithfulness": 5})

Names are resolved when they are used first: importing ragtui loads neither numpy nor a screen.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ragtui.version import __version__

if TYPE_CHECKING:
    from ragtui.api.comparing import Compared as Compared
    from ragtui.api.comparing import ComparedCell as ComparedCell
    from ragtui.api.comparing import ComparedMetric as ComparedMetric
    from ragtui.api.comparing import compare as compare
    from ragtui.api.recording import Recorder as Recorder
    from ragtui.api.runs import Run as Run
    from ragtui.api.runs import open_runs as open_runs
    from ragtui.errors import InputError as InputError
    from ragtui.errors import NotComparable as NotComparable
    from ragtui.errors import RagtuiError as RagtuiError
    from ragtui.errors import UsageError as UsageError

_HOMES = {
    "Compared": "ragtui.api.comparing",
    "ComparedCell": "ragtui.api.comparing",
    "ComparedMetric": "ragtui.api.comparing",
    "InputError": "ragtui.errors",
    "NotComparable": "ragtui.errors",
    "RagtuiError": "ragtui.errors",
    "Recorder": "ragtui.api.recording",
    "Run": "ragtui.api.runs",
    "UsageError": "ragtui.errors",
    "compare": "ragtui.api.comparing",
    "open_runs": "ragtui.api.runs",
}

__all__ = ["__version__", *_HOMES]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'ragtui' has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
