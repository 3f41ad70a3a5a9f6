"""One line on why the items of a comparison changed."""

from __future__ import annotations

from ragtui.present.sentences.causes import say_cause, say_causes, say_reason
from ragtui.stats import Verdict
from ragtui.stats.why.causes import Cause, Causes, CellCause, Ground, Reason


def cell(item: str, verdict: Verdict, cause: Cause, ground: Ground) -> CellCause:
    return CellCause(item, "quality", verdict, False, Reason(cause, ground, 5, 5, hits_b=5), ())


def test_what_failed_is_not_called_regressed() -> None:
    judged = cell("a", Verdict.REGRESSED, Cause.JUDGE, Ground.SAME_ANSWER)
    failed = cell("b", Verdict.ERROR, Cause.ERROR, Ground.FAILED)
    assert say_causes(Causes({("b", "quality"): failed})) == "1 failed"
    both = {("a", "quality"): judged, ("b", "quality"): failed}
    assert say_causes(Causes(both)) == "1 regressed: 1 is the judge; 1 failed"
    assert say_causes(Causes({})) == ""


def test_a_cause_that_cannot_be_told_is_not_announced_twice() -> None:
    untold = say_cause(cell("a", Verdict.REGRESSED, Cause.UNTOLD, Ground.NO_RECORDS))
    assert say_reason(untold) == "cannot tell why: no answers were recorded"
    told = say_cause(cell("a", Verdict.REGRESSED, Cause.GENERATION, Ground.OTHER_ANSWER))
    assert say_reason(told) == f"why: {told}"
