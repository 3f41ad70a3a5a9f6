"""Equal ids are not always the same items, and the same items do not always have equal ids."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from ragtui.model import About
from ragtui.workbench import compare_sides, open_library, pick_sides
from ragtui.workbench.comparing import SideComparison

ASKED = [f"How deep is lock {name}?" for name in ("north", "south", "east", "west", "old", "new", "long", "small")]
Row = tuple[str, str, float]


def lines(path: Path, rows: Iterable[Row]) -> str:
    path.write_text("".join(
        json.dumps({"id": item, "question": asked, "answer": "…", "correctness": score}) + "\n"
        for item, asked, score in rows
    ))  # fmt: skip
    return str(path)


def compared(tmp_path: Path, base: Sequence[Row], cand: Sequence[Row]) -> SideComparison:
    library = open_library([lines(tmp_path / "base.jsonl", base), lines(tmp_path / "cand.jsonl", cand)])
    sides = pick_sides(library, library.find(str(tmp_path / "base.jsonl")), library.find(str(tmp_path / "cand.jsonl")))
    return compare_sides(*sides)


def about(result: SideComparison) -> list[About]:
    return [note.about for note in (*result.blockers, *result.warnings)]


def test_equal_ids_with_equal_questions_are_believed(tmp_path: Path) -> None:
    rows = [(f"lock-{n}", asked, 0.5) for n, asked in enumerate(ASKED)]
    result = compared(tmp_path, rows, rows[::-1])
    assert len(result.comparison.items) == 8
    assert not {About.OTHER_QUESTIONS, About.SOME_OTHER_QUESTIONS, About.MATCHED_BY_INPUT} & set(about(result))


def test_other_questions_under_equal_ids_are_not_comparable(tmp_path: Path) -> None:
    base = [(f"lock-{n}", asked, 0.5) for n, asked in enumerate(ASKED)]
    cand = [(f"lock-{n}", ASKED[(n + 1) % 8], 0.5) for n in range(8)]
    result = compared(tmp_path, base, cand)
    (blocker,) = result.blockers
    assert (blocker.about, blocker.count, blocker.total) == (About.OTHER_QUESTIONS, 8, 8)
    assert blocker.names == ("lock-0", ASKED[0], ASKED[1])


def test_a_few_other_questions_are_a_doubt(tmp_path: Path) -> None:
    base = [(f"lock-{n}", f"{asked} ({n})", 0.5) for n, asked in enumerate(ASKED * 5)]
    cand = [*base[:-1], ("lock-39", "Something else", 0.5)]
    result = compared(tmp_path, base, cand)
    assert not result.blockers
    (note,) = [note for note in result.warnings if note.about is About.SOME_OTHER_QUESTIONS]
    assert (note.count, note.total) == (1, 40)


@pytest.mark.parametrize("first", [0, 1])
def test_row_numbers_give_way_to_the_input(tmp_path: Path, first: int) -> None:
    base = [(str(n + first), asked, n / 10) for n, asked in enumerate(ASKED)]
    cand = [(str(n + first), asked, (7 - n) / 10) for n, asked in enumerate(ASKED[::-1])]
    result = compared(tmp_path, base, cand)
    assert not result.blockers and About.MATCHED_BY_INPUT in about(result)
    assert len(result.comparison.items) == 8
    assert result.comparison.metric("correctness").cells.delta.tolist() == pytest.approx([0] * 8)
    item = result.comparison.items[2]
    assert result.a.item(item).question == result.b.item(item).question == ASKED[2]
    found = result.b.result(item, result.b.scores.repeats[0])
    assert found is not None and found.item_id == item


def test_ids_of_events_give_way_to_the_input_and_their_rows_are_repeats(tmp_path: Path) -> None:
    def events(run: str) -> list[Row]:
        return [(f"{run}-{n}-{k}", asked, k) for n, asked in enumerate(ASKED) for k in range(3)]

    result = compared(tmp_path, events("a"), events("b"))
    assert about(result)[0] is About.MATCHED_BY_INPUT
    assert (len(result.comparison.items), len(result.a.scores.repeats)) == (8, 3)
    item, last = result.comparison.items[5], result.a.scores.repeats[2]
    found = result.a.result(item, last)
    assert found is not None and found.judgements["correctness"].value == 2


def test_without_common_ids_and_inputs_nothing_is_compared(tmp_path: Path) -> None:
    base = [(f"a{n}", asked, 1.0) for n, asked in enumerate(ASKED)]
    cand = [(f"b{n}", f"Other {n}?", 1.0) for n in range(8)]
    with pytest.raises(Exception, match="no items in common"):
        compared(tmp_path, base, cand)
