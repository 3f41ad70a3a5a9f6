"""Whatever can slice a suite: values of fields, and the items that have them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from builders import dataset, steady, write_run

from ragtui.errors import UsageError
from ragtui.present.slices import as_text
from ragtui.workbench import SideComparison, comparison, open_library, pick_sides
from ragtui.workbench.why.causes import find_causes
from ragtui.workbench.why.columns import columns, language, metadata
from ragtui.workbench.why.slices import slices

ITEMS = 24


def compared(folder: Path) -> SideComparison:
    """Items of two tags, of which 003 lost, and one repeat of 009 failed."""
    golden = dataset(ITEMS)
    tags: tuple[list[str], ...] = (["billing", "tax"], ["billing"], [])
    items = tuple(
        replace(item, metadata={"tags": tags[n % 3], "id": item.id, "long": f"{n} of many"})
        for n, item in enumerate(golden.items)
    )
    tagged = replace(golden, items=items)
    write_run(folder / "base", steady(5, ITEMS, 4), golden=tagged)
    worse = steady(5, ITEMS, 4, i003=[2, 2, 2, 2])
    failing: list[list[float | str]] = [list(repeat) for repeat in worse]
    failing[0][8] = "timed out: 30 s"
    write_run(folder / "cand", failing, golden=tagged, day=2)
    runs = open_library([str(folder)])
    return comparison(runs, *pick_sides(runs, runs.find("base"), runs.find("cand")))


def test_each_tag_is_a_value(tmp_path: Path) -> None:
    found = metadata(compared(tmp_path))
    assert {tag: len(items) for tag, items in found["tags"].items()} == {"billing": 16, "tax": 8}


def test_verdicts_causes_errors_and_lengths_slice_as_well(tmp_path: Path) -> None:
    result = compared(tmp_path)
    found = columns(result, find_causes(result))
    assert found["verdict"]["regressed"] == ["003"]
    assert [items for value, items in found["why"].items() if value != "not flagged"] == [["003"]]
    assert found["error"]["timed out"] == ["009"] and "009" not in found["error"]["none"]
    assert sum(len(items) for items in found["length"].values()) == ITEMS
    assert "judge" not in found, "one judge tells no items apart"
    for field in ("error", "verdict"):
        assert {part.value for part in slices(result, field, found)} == set(found[field])
    metrics = {entry.metric.name: entry.metric for entry in result.comparison.metrics}
    shown = as_text({"verdict": slices(result, "verdict", found)}, None, metrics)
    assert "chosen by these very scores" in shown


def test_reading_can_be_given_up(tmp_path: Path) -> None:
    found = columns(compared(tmp_path), stop=lambda: True)
    assert {"tags", "verdict"} <= set(found) and "length" not in found


def test_an_unknown_field_names_those_there_are(tmp_path: Path) -> None:
    result = compared(tmp_path)
    with pytest.raises(UsageError, match="no field 'topic'") as refused:
        slices(result, "topic", columns(result))
    assert "tags" in refused.value.hint and "verdict" in refused.value.hint


@pytest.mark.parametrize(
    ("text", "spoken"), [("What is the price of it?", "English"), ("Wie kann ich das machen?", "German"), ("42", "")]
)
def test_a_question_in_a_language_is_known_by_its_small_words(text: str, spoken: str) -> None:
    assert language(text) == spoken
