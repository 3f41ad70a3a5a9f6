"""The filter line: what it lets through, what it never hides by accident."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragtui.present.filters import Filter, parse_filter, unknown_field, unknown_value, without_last

ROW = {
    "dataset": "support-faq",
    "Verdict": "regressed",
    "delta": -0.52,
    "base": 0.9333,
    "noise": float("nan"),
    "repeats": 5,
    "note": "",
    "took": timedelta(seconds=90),
    "age": 6.5,
    "flaky": True,
    "tags": ["refund", "eu"],
    "owner": None,
}
TEXT = "faq-0042 How do I cancel an annual plan? http://docs/annual"


@pytest.mark.parametrize(
    ("line", "through"),
    [
        ("", True),
        ("annual", True),
        ("ANNUAL cancel", True),
        ("annual refundable", False),
        ('"annual plan"', True),
        ('"plan annual"', False),
        ("!refundable", True),
        ("!annual", False),
        ("dataset:FAQ", True),
        ("dataset:=faq", False),
        ("dataset:=support-faq", True),
        ("!dataset:faq", False),
        ("verdict:improved,regressed", True),
        ("verdict:improved,unproven", False),
        ('verdict:"improved,regressed"', False),
        ("delta:<-0.5", True),
        ("delta:<=-.52", True),
        ("delta:>0", False),
        ("base:>=0.5 delta:<0", True),
        ("base:>=0.5 delta:>0", False),
        ("base:0.93", True),
        ("base:0.94", False),
        ("base:=0.93", False),
        ("base:>=90%", True),
        ("repeats:5", True),
        ("repeats:4", False),
        ("age:<7d", True),
        ("age:<1w", True),
        ("age:<150h", False),
        ("took:<2m", True),
        ("took:>60s", True),
        ("took:>2m", False),
        ("noise:<0.5", False),
        ("noise:>=0.5", False),
        ("!noise:<0.5", True),
        ("noise:missing", True),
        ("owner:missing", True),
        ("note:none", True),
        ("base:missing", False),
        ("flaky:yes", True),
        ("flaky:no", False),
        ("tags:refund", True),
        ("tags:us", False),
        ("http://docs", True),
        ("nosuchfield:x", False),
        ("!nosuchfield:x", True),
    ],
)
def test_what_a_line_lets_through(line: str, through: bool) -> None:
    assert parse_filter(line).matches(ROW, TEXT) is through


@pytest.mark.parametrize("half", ["dataset:", "delta:<", "delta:>=", "!", '"', "verdict:="])
def test_half_typed_conditions_hide_nothing(half: str) -> None:
    found = parse_filter(half)
    assert found.matches(ROW, TEXT)
    assert not found


def test_a_limit_that_is_no_number_is_said_and_ignored() -> None:
    found = parse_filter("delta:>high annual")
    assert found.problem == "high is not a number"
    assert found.matches(ROW, TEXT)
    assert not found.matches(ROW, "another row")


def test_text_stays_as_typed() -> None:
    assert parse_filter("  dataset:FAQ ").text == "dataset:FAQ"
    assert Filter().text == ""


@pytest.mark.parametrize(
    ("line", "left"),
    [("a b:c", "a"), ("a", ""), ("", ""), ('a "b c"', "a"), ("a !b:<7d  ", "a"), ('a "half open', "a")],
)
def test_peeling_takes_the_last_condition(line: str, left: str) -> None:
    assert without_last(line) == left


@given(st.text(max_size=60))
def test_any_line_can_be_typed(line: str) -> None:
    found = parse_filter(line)
    assert found.matches(ROW, TEXT) in (True, False)
    assert len(without_last(line)) <= len(line)


@given(
    st.text(alphabet=st.characters(exclude_characters='!":', exclude_categories=("Z", "C")), min_size=1, max_size=12)
)
def test_inverting_a_word_inverts_the_answer(word: str) -> None:
    found, inverted = parse_filter(word), parse_filter(f"!{word}")
    assert found.matches({}, TEXT) is not inverted.matches({}, TEXT)


@given(st.text(max_size=40))
def test_peeling_ends(line: str) -> None:
    for _ in range(len(line) + 1):
        line = without_last(line)
    assert not parse_filter(line).terms


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("verdct:improved", "no field verdct; did you mean verdict?"),
        ("p:<0.05", "no field p; fields are delta, item, verdict"),
        ("!verdct:same", "no field verdct; did you mean verdict?"),
        ("Verdict:same delta:<0 refund", ""),
        ("http://host/x", ""),
        ('"note: later"', ""),
        ("12:30", "no field 12; fields are delta, item, verdict"),
    ],
)
def test_a_field_that_no_row_has_is_said_with_the_nearest(text: str, said: str) -> None:
    assert unknown_field(parse_filter(text), ["verdict", "delta", "Item"]) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("verdict:regresed", "verdict is never regresed; did you mean regressed?"),
        ("verdict:improved,regresed", "verdict is never regresed; did you mean regressed?"),
        ("!verdict:xyz", "verdict is never xyz; they are regressed, improved"),
        ("verdict:reg verdict:=improved verdict:none", ""),
        ("item:regresed delta:>1", ""),
        ('verdict:"regressed,improved"', "verdict is never regressed,improved; did you mean regressed?"),
    ],
)
def test_a_value_that_a_field_never_has_is_said_with_the_nearest(text: str, said: str) -> None:
    assert unknown_value(parse_filter(text), {"verdict": ("regressed", "improved")}) == said


@pytest.mark.parametrize(("text", "left"), [("verdict:", "verdict:"), ("a !", "!"), ('x:"" b', 'x:""'), ("a b:c", "")])
def test_a_condition_without_a_value_is_known(text: str, left: str) -> None:
    assert parse_filter(text).half_typed == left
