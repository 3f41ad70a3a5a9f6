"""A comparison narrowed to some metrics and items: fewer lines, the same verdicts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from builders import dataset, steady, write_run

from ragtui.errors import UsageError
from ragtui.model import About
from ragtui.present.report.forms.compare import csv
from ragtui.stats import Verdict
from ragtui.workbench import SideComparison, comparison, open_library, pick_sides
from ragtui.workbench.reporting import subject_of
from ragtui.workbench.why.narrowing import items_where, narrowed

ITEMS = 24


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> SideComparison:
    """003 and 004 lost, 004 alone is about billing."""
    folder, golden = tmp_path_factory.mktemp("narrowing"), dataset(ITEMS)
    items = tuple(
        replace(item, metadata={"topic": "billing" if n == 3 else "rest"}) for n, item in enumerate(golden.items)
    )
    tagged = replace(golden, items=items)
    write_run(folder / "base", steady(5, ITEMS, 4), golden=tagged)
    write_run(folder / "cand", steady(5, ITEMS, 4, i003=[2, 2, 2, 2], i004=[2, 2, 2, 2]), golden=tagged, day=2)
    runs = open_library([str(folder)])
    return comparison(runs, *pick_sides(runs, runs.find("base"), runs.find("cand")))


def found(result: SideComparison, where: str, metric: str = "") -> list[str]:
    return items_where(result, where, metric, None, {"007": "odd"})


def test_a_filter_finds_items_by_field_verdict_note_and_numbers(compared: SideComparison) -> None:
    assert found(compared, "topic:billing") == ["004"]
    assert found(compared, "verdict:regressed") == ["003", "004"] == found(compared, "delta:<0", "quality")
    assert found(compared, "note:odd") == ["007"]
    assert found(compared, "topic:billing delta:0", "quality") == []


def test_means_and_verdicts_stay_and_the_rest_is_absent(compared: SideComparison) -> None:
    few = narrowed(compared, ["quality"], ["004"])
    before, after = compared.comparison.metric("quality"), few.comparison.metric("quality")
    assert after.aggregate is before.aggregate and [entry.metric.name for entry in few.comparison.metrics] == [
        "quality"
    ]
    assert after.cells.count(Verdict.REGRESSED) == 1 and after.cells.count(Verdict.ABSENT) == ITEMS - 1
    assert before.cells.count(Verdict.REGRESSED) == 2, "the whole is untouched"
    (note,) = [note for note in few.warnings if note.about is About.LISTED]
    assert note.count == 1 and note.names == (str(ITEMS),)


def test_a_report_lists_those_items_and_its_sentence_is_about_all(compared: SideComparison) -> None:
    few = replace(subject_of(narrowed(compared, [], ["004"])), whole=compared.comparison)
    assert {line.split(",")[0] for line in csv.write(few).splitlines()} == {"item", "004"}
    assert "2 of 24 items are worse" in few.upshot
    assert len(subject_of(compared).rows) == ITEMS


@pytest.mark.parametrize(
    ("where", "metric", "said"),
    [
        ("tpic:x", "", "did you mean topic"),
        ("delta:<0", "", "Add --metric"),
        ("delta:<x", "quality", "is not a number"),
    ],
)
def test_a_filter_that_cannot_be_judged_is_named(compared: SideComparison, where: str, metric: str, said: str) -> None:
    with pytest.raises(UsageError) as refused:
        found(compared, where, metric)
    assert said in f"{refused.value.message} {refused.value.hint}"


def test_metrics_and_items_that_are_not_there_are_named(compared: SideComparison) -> None:
    with pytest.raises(UsageError, match="no metric qualty"):
        narrowed(compared, ["qualty"], None)
    with pytest.raises(UsageError, match="no item 4"):
        narrowed(compared, [], ["4"])
