"""Notes as values, and the words they become."""

from __future__ import annotations

import json

import pytest
from stats_kit import cube

from ragtui.model import About, DirectionFrom, Kind, Metric, Note, Weight
from ragtui.present.report import Subject, as_csv, as_json, as_markdown, as_text
from ragtui.present.sentences.notes import say_note, say_notes
from ragtui.stats import compare

FAITH = Metric("faithfulness", Kind.ORDINAL, scale=(1, 5), direction_from=DirectionFrom.GUESSED)
STEADY = {f"{row:03}": [5, 4, 5] if row % 5 == 0 else [4, 4, 4] for row in range(30)}


_SIZES = {About.WILD_REPEAT: 2, About.TELLING_GAP: 2, About.PEOPLE: 4, About.RATERS: 4}
_NAMES = {About.WILD_REPEAT: ("run #1", "tone"), About.APART_IN_TIME: ("tone", "style")}


@pytest.mark.parametrize("about", About)
def test_every_topic_has_words_and_no_jargon(about: About) -> None:
    words = say_note(
        Note(
            about,
            "base",
            "faithfulness",
            2,
            10,
            _NAMES.get(about, ("one", "two", "three")),
            "reason",
            (90.0, 0.5, 0.25, 0.125)[: _SIZES.get(about, 3)],
        )
    )
    assert words and not words.endswith(".")
    assert " df" not in words


def test_what_holds_for_several_metrics_is_said_once_and_doubts_come_first() -> None:
    notes = [
        Note(About.DRIFT, metric="a", count=4),
        Note(About.IDENTICAL, "baseline", "a"),
        Note(About.NO_REPEATS, metric="a"),
        Note(About.NO_REPEATS, metric="b"),
    ]
    said = say_notes(notes)
    assert said[0].startswith("a, b: no repeats")
    assert len(said) == 2
    assert "4 degrees of freedom" in say_notes(notes, least=Weight.DETAIL)[-1]
    many = say_notes([Note(About.NO_REPEATS, metric=name) for name in "abcdef"])
    assert many[0].startswith("a, b, c and 3 more: ")


def subject(*, blocked: bool = False) -> Subject:
    few = {name: [5, 4] for name in "xyz"}
    return Subject(
        compare(cube({FAITH: few}), cube({FAITH: {**few, "x": [1, 1]}})),
        "base", "cand", "faq@1", lambda item: "Why?",
        notes=(
            Note(About.PROBLEM, "cand", detail="scores.csv: the column 'ok' is taken as a pass rate"),
            Note(About.FEW_REPEATS, metric="faithfulness", count=6, total=10),
            Note(About.GUESSED_DIRECTIONS, names=("faithfulness",), detail="higher"),
        ),
        blockers=(Note(About.OTHER_JUDGE, names=("faithfulness",)),) if blocked else (),
        item_notes={"x": "asked the doc team"},
    )  # fmt: skip


FORMS = {"text": as_text, "markdown": as_markdown, "json": as_json}


@pytest.mark.parametrize("form", FORMS)
def test_warnings_and_a_persons_notes_travel_into_every_report(form: str) -> None:
    report = FORMS[form](subject())
    flat = report.replace("\\", "").replace("&#x27;", "'")
    for words in ("nothing can be proven", "is taken as a pass rate", "higher is better?", "asked the doc team"):
        assert words in flat, words
    assert "asked the doc team" in as_csv(subject())


def test_a_guessed_direction_is_marked_once() -> None:
    assert as_text(subject()).count("is better?") == 1


@pytest.mark.parametrize("form", FORMS)
def test_what_blocks_a_comparison_stands_apart_and_withholds_the_verdicts(form: str) -> None:
    report = FORMS[form](subject(blocked=True))
    assert "a different ruler" in report
    if form == "json":
        document = json.loads(report)
        assert document["comparable"] is False
        assert not any("ruler" in warning for warning in document["warnings"])
    elif form == "text":
        assert "NOT COMPARABLE: no verdict below may be used\n  the judge of" in report
        assert "(▽) x · faithfulness" in report
    else:
        assert "~~" in report and "no verdict below may be used" in report


def test_how_far_to_trust_the_proven_cells_is_said_in_words_and_the_number_is_in_json() -> None:
    changed = compare(cube({FAITH: STEADY}), cube({FAITH: {**STEADY, "001": [1, 1, 1], "002": [1, 1, 1]}}))
    whole = Subject(changed, "a", "b", "", lambda item: "")
    assert "2 cells proven (most likely none of them by chance)" in as_text(whole)
    assert 0 < json.loads(as_json(whole))["expected_false"] < 0.5
