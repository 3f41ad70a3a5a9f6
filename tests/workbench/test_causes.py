"""Why items changed, from what their runs recorded, and nothing where nothing was recorded."""

from __future__ import annotations

from pathlib import Path

import pytest
from stats_kit import flagged_items

from ragtui.stats.why.causes import Cause, Causes
from ragtui.workbench import comparison, open_library, pick_sides
from ragtui.workbench.why.causes import find_causes, split_flicker

STEPS = (0.0, 0.02, -0.02, 0.01, -0.01)


def causes(folder: Path, answer: dict[str, str]) -> Causes:
    """Two tables of 30 items and 5 repeats; q0 loses .4. Answers by side, or none."""
    for side, fall in (("base", 0.0), ("cand", 0.4)):
        head = "item,repeat,faithfulness" + (",answer" if side in answer else "")
        lines = [
            f"q{item},{repeat + 1},{0.8 + step - (fall if item == 0 else 0):.3f}"
            + (f",{answer[side] if item == 0 else 'text'}" if side in answer else "")
            for item in range(30)
            for repeat, step in enumerate(STEPS[item % 5 :] + STEPS[: item % 5])
        ]
        (folder / f"{side}.csv").write_text("\n".join([head, *lines]) + "\n")
    runs = open_library([str(folder)])
    result = comparison(runs, *pick_sides(runs, runs.find("base"), runs.find("cand")))
    assert flagged_items(result.comparison) == ("q0",)
    if not answer:
        assert split_flicker(result.a) == {}
    return find_causes(result)


def test_scores_alone_give_no_cause(tmp_path: Path) -> None:
    assert causes(tmp_path, {}) == Causes({}), "two answers that were not recorded are not the same answer"


@pytest.mark.parametrize(
    ("answers", "cause"),
    [
        ({"base": "same", "cand": "same"}, Cause.JUDGE),
        ({"base": "text", "cand": ""}, Cause.ERROR),
        ({"base": "", "cand": ""}, Cause.UNTOLD),
        ({"base": "text"}, Cause.UNTOLD),
    ],
    ids=["same", "empty", "both empty", "one side only"],
)
def test_an_empty_answer_is_one_only_where_answers_are_recorded(
    tmp_path: Path, answers: dict[str, str], cause: Cause
) -> None:
    found = causes(tmp_path, answers)
    assert {one.reason.cause for one in found.cells.values()} <= {cause}
    assert bool(found.cells) is (cause is not Cause.UNTOLD)
