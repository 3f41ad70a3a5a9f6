"""The whole way from a request to a record: look up, compare, decide, repeat if asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ragtui.errors import UsageError
from ragtui.gate.baselines import Baselines
from ragtui.gate.deciding.case import Case
from ragtui.gate.deciding.policy import Policy
from ragtui.gate.deciding.verdict import decide
from ragtui.gate.gathering import by_policy, case_of, setting_of
from ragtui.gate.record import GateRecord
from ragtui.gate.recording import Setting, write_record
from ragtui.gate.references import baseline_reference, headers_of, run_reference
from ragtui.gate.sequential import until_decided
from ragtui.model import RunHeader
from ragtui.workbench import Asked, Library, Side, SideComparison, comparison, leave_out, side_of
from ragtui.workbench.recipe import project_folder, project_profiles


@dataclass(frozen=True)
class GateRequest:
    """What the command line asks.

    Attributes:
        baseline, candidate: words that mean runs.
        places: where names are looked up.
        policy: what is asked of the candidate.
        pool: one word may mean runs of several configurations.
        profile: noise profile to use; None looks in the project's own folder when a side has one run.
        without: repeats that a person leaves out (see `leave_out`).
        budget: most further repeats; None decides on what is there.
        now: moment of the decision; None is the clock.
    """

    baseline: Sequence[str]
    candidate: Sequence[str]
    places: Sequence[str] = ()
    policy: Policy = field(default_factory=Policy)
    pool: bool = False
    profile: Path | None = None
    without: tuple[str, ...] = ()
    budget: int | None = None
    now: datetime | None = None


Repeat = Callable[[RunHeader], str]
"""Makes one further repeat of a run; returns the place of the new run."""


def judge(
    request: GateRequest,
    open_library: Callable[[Sequence[str]], Library],
    repeat: Repeat | None = None,
    project: Path | None = None,
) -> GateRecord:
    """Decide a request.

    Args:
        request: what is asked.
        open_library: opens places as a library.
        repeat: how further repeats are made; needed with a budget.
        project: folder of the blessed baselines; None looks upwards from here.

    Raises:
        RagtuiError: something is missing or unusable; nothing was decided, so the caller must not pass.
    """
    with closing(_Bench(request, open_library, project or project_folder())) as bench:
        if request.budget is None:
            case = bench.measure()
            return write_record(case, request.policy, decide(case, request.policy), bench.setting())
        if repeat is None:
            raise UsageError("further repeats cannot be launched here", "Leave --until-decided out.")
        decided = until_decided(bench.measure, lambda: bench.add(repeat), request.policy, request.budget)
        setting = replace(bench.setting(), looks=decided.looks)
        return write_record(decided.case, request.policy, decided.verdict, setting)


class _Bench:
    """The sides as they stand, measured again whenever the candidate has grown."""

    def __init__(self, request: GateRequest, open_library: Callable[[Sequence[str]], Library], project: Path) -> None:
        self._request, self._open, self._project = request, open_library, project
        self._now = request.now or datetime.now(UTC)
        baselines = Baselines(project)
        self._first = [baseline_reference(word, baselines, request.places) for word in request.baseline]
        self._second = [run_reference(word, request.places) for word in request.candidate]
        self._library: Library | None = None
        self._result: SideComparison | None = None

    def close(self) -> None:
        """Let go of files and connections; texts cannot be read any more."""
        if self._library is not None:
            self._library.close()

    def measure(self) -> Case:
        """Open everything and compare."""
        request = self._request
        references = (*self._first, *self._second)
        places = [*request.places, *(place for reference in references for place in reference.places)]
        self.close()
        library = self._library = self._open(list(dict.fromkeys(places)))
        blessed = self._first[0].word if self._first[0].blessing else ""
        a = _labelled(side_of(library, headers_of(library, self._first, pool=request.pool)), blessed)
        b = side_of(library, headers_of(library, self._second, pool=request.pool))
        a, b = leave_out((("baseline", a), ("candidate", b)), request.without)
        a, b, settings = by_policy(request.policy, a, b)
        asked = Asked(
            settings,
            profile=request.profile,
            profiles=project_profiles(self._project),
            oldest=timedelta(days=request.policy.profile_days),
            now=self._now,
        )
        self._result = comparison(library, a, b, asked)
        return case_of(self._result, request.policy)

    def add(self, repeat: Repeat) -> None:
        """One further repeat of the candidate; never of the baseline, whose code is no longer what is checked out."""
        assert self._result is not None
        self._second.append(run_reference(repeat(self._result.b.headers[0])))

    def setting(self) -> Setting:
        """Words around the last measurement."""
        assert self._result is not None
        return setting_of(self._result, self._now)


def _labelled(side: Side, label: str) -> Side:
    return replace(side, label=f"{label} ({side.label})") if label and label != side.label else side
