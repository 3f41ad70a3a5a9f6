"""Reports of many cells list the first of each verdict and say how many more there are."""

from __future__ import annotations

import numpy as np
from stats_kit import cube, cube_of

from ragtui.model import Kind, Metric
from ragtui.present.report import Subject, as_json, as_markdown, as_text
from ragtui.stats import Comparison, Verdict, compare

QUALITY = Metric("quality", Kind.ORDINAL, scale=(1, 5))


def fallen(items: int) -> Comparison:
    rng = np.random.default_rng(1)
    base = np.where(rng.random((2 * items, 3)) < 0.1, 4.0, 5.0)
    worse = np.where(rng.random((2 * items, 3)) < 0.1, 4.0, 5.0)
    worse[:items] = 1
    return compare(cube_of(base, QUALITY), cube_of(worse, QUALITY, "cand"))


def test_forty_lines_a_section_unless_all_are_asked_for() -> None:
    result = fallen(60)
    subject = Subject(result, "a", "b", "d", lambda item: "")
    proven = result.metric("quality").cells.count(Verdict.REGRESSED)
    assert proven == 60
    for brief, whole, mark in (
        (as_text(subject), as_text(subject, every=True), ": regressed."),
        (as_markdown(subject), as_markdown(subject, every=True), "→ 1.00"),
    ):
        assert (brief.count(mark), whole.count(mark)) == (40, 60)
        assert "20 more" in brief
        assert "20 more" not in whole
    assert as_json(subject).count('"regressed"') >= 60


def test_cells_that_moved_alike_are_one_line() -> None:
    rng = np.random.default_rng(1)
    base = rng.uniform(0.3, 0.9, (80, 1)) + rng.normal(0, 0.004, (80, 3))
    moved = base[:, :1] - 0.2 + rng.normal(0, 0.004, (80, 3))
    unit = Metric("groundedness", Kind.UNIT)
    result = compare(cube_of(base, unit), cube_of(moved, unit, "cand"))
    proven = result.metric("groundedness").cells.count(Verdict.REGRESSED)
    assert proven >= 70
    subject = Subject(result, "a", "b", "d", lambda item: "")
    brief, whole = as_text(subject), as_text(subject, every=True)
    assert "of groundedness moved alike" in brief and "of groundedness moved alike" not in whole
    assert brief.count(": regressed.") <= 3 and whole.count(": regressed.") == proven


def test_what_is_said_of_an_item_is_said_once() -> None:
    """Its question stood under every metric it fell on."""
    rng = np.random.default_rng(1)
    base, fallen = (np.where(rng.random((20, 4)) < 0.1, 4.0, 5.0) for _ in range(2))
    fallen[0] = 1
    metrics = [Metric(name, Kind.ORDINAL, scale=(1, 5)) for name in ("faithfulness", "relevance")]
    a, b = (
        cube({metric: {f"{row:03}": list(x) for row, x in enumerate(side)} for metric in metrics})
        for side in (base, fallen)
    )
    report = as_text(Subject(compare(a, b), "a", "b", "d", lambda item: f"Question {item}?"))
    assert report.count("▼ 000") == 2
    assert report.count("Question 000?") == 1
