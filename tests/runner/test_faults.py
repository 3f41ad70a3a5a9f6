"""Every bad day of the table, quickly: nothing lost, nothing twice, an error is an error."""

from __future__ import annotations

from pathlib import Path

import pytest
from openai_standin import standin
from runner_cases import CASES, REPEATS, Case, play
from runner_kit import ITEMS


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_nothing_is_lost_and_nothing_is_there_twice(case: Case, tmp_path: Path) -> None:
    with standin(**case.knobs) as server:
        found = play(case, tmp_path, server)
    assert (found.lost, found.duplicated, found.finished) == (0, 0, ITEMS * REPEATS)
    assert found.last == "complete"
    assert found.errors <= case.errors
    if case.mend is not None:
        assert found.first == "failed", "what every item would fail on must stop the run, not fail the items"
        assert found.errors == 0
    if case.call and case.errors:
        assert found.errors == case.errors, "only the item that did it"
    if "nonsense" in case.knobs or "refusal" in case.knobs:
        assert found.unscored > 0
