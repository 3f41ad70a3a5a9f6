"""ragtui tells signal from noise in RAG and LLM evaluation runs.

From Python:

    import ragtui

    runs = ragtui.open_runs("runs")                            # what is there, newest first
    result = ragtui.compare("runs/main", "runs/pr-12")         # the comparison of the app, to the digit
    with ragtui.Recorder("runs/mine", name="mine") as run:     # write a run from any harness
        run.add("018", output="…", scores={"faithfulness": 5})

Names are resolved when they are used first: importing ragtui loads neither numpy nor a screen.
"""

from ragtui.lazy import lazily
from ragtui.version import __version__

# No library is imported here: this runs before `ragtui.startup` sees to it that a project's `typing.py` is none.
TYPE_CHECKING = False
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
    "ragtui.api.comparing": ("Compared", "ComparedCell", "ComparedMetric", "compare"),
    "ragtui.api.recording": ("Recorder",),
    "ragtui.api.runs": ("Run", "open_runs"),
    "ragtui.errors": ("InputError", "NotComparable", "RagtuiError", "UsageError"),
}
__all__ = ["__version__", *sorted(name for names in _HOMES.values() for name in names)]
__getattr__ = lazily(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
