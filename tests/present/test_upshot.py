"""The sentence to paste: what moved, which items carry it, and what nothing can be said of."""

from __future__ import annotations

from stats_kit import cube

from ragtui.model import Kind, Metric
from ragtui.present.sentences.upshot import upshot
from ragtui.stats import Settings, compare

FAITH = Metric("faithfulness", Kind.ORDINAL, scale=(1, 5))
CALM = {f"{row:03}": [5, 4, 5, 5, 4, 5] if row % 5 == 0 else [4] * 6 for row in range(30)}


def test_a_loss_names_its_items() -> None:
    after = {**CALM, "003": [1] * 6}
    said = upshot(compare(cube({FAITH: CALM}), cube({FAITH: after})))
    assert "1 of 30 items is worse or failed: 003" in said
    assert "unknown" not in said


def test_items_that_failed_everywhere_are_counted_among_all() -> None:
    failed = {item: ["judge failed"] * 6 if int(item) >= 10 else scores for item, scores in CALM.items()}
    said = upshot(compare(cube({FAITH: failed}), cube({FAITH: failed})))
    assert "20 of 30 items are worse or failed: 010" in said, said


def test_items_of_unknown_noise_are_not_passed_over() -> None:
    once = {item: scores[:1] for item, scores in CALM.items()}
    lower = {**once, "003": [1]}
    said = upshot(compare(cube({FAITH: once}), cube({FAITH: lower}), Settings(borrow=False)))
    assert said.endswith("noise unknown for 1 cell that moved: repeats would tell"), said


def test_cells_outside_a_borrowed_band_are_counted() -> None:
    once = {item: scores[:1] for item, scores in CALM.items()}
    lower = {**once, "003": [1]}
    said = upshot(compare(cube({FAITH: once}), cube({FAITH: lower})))
    assert "1 outside a borrowed band" in said, said


def test_a_repeat_unlike_the_others_is_part_of_the_sentence() -> None:
    after = {item: [*scores[:5], max(1, scores[5] - 3)] for item, scores in CALM.items()}
    said = upshot(compare(cube({FAITH: CALM}), cube({FAITH: after})))
    assert said.endswith("candidate repeat run #6 is not like the others"), said


def test_one_shift_of_all_items_is_part_of_the_sentence() -> None:
    after = {item: [score - 1 for score in scores] for item, scores in CALM.items()}
    said = upshot(compare(cube({FAITH: CALM}), cube({FAITH: after})))
    assert "nearly all items moved alike on faithfulness: did the judge or its scale change?" in said, said
