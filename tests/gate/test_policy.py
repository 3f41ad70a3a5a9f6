"""A policy file means exactly what it says, or is refused with the place and the way out."""

import json
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragtui.errors import UsageError
from ragtui.files.tomltable import line_of
from ragtui.gate.deciding.policy import Limit, Policy
from ragtui.gate.deciding.policyfile import parse_policy, read_policy, with_options
from ragtui.stats import Estimand
from ragtui.stats.means.claim import Mode

WHOLE = """
mode = "no-regression"
margin = 0.1
confidence = 0.9
estimand = "population"
coverage = 0.98
min_repeats = 3
require_not_worse = true
smallest_slice = 5
profile_days = 14

[metrics.faithfulness]
margin = 0.2
direction = "higher"
coverage = 1.0
mode = "superiority"

[metrics.toxicity]
direction = "lower"

[errors]
max = 0.02
margin = 0.01

[limits.latency]
max = 2.5
max_increase = 0.2

[items]
never_regress = ["018", "refund-*"]
most_regressed = 4

[[slices]]
by = "topic"

[[slices]]
name = "hard billing"
where = { topic = "billing", level = 3 }
margin = 0.3
"""


def test_every_key_is_read() -> None:
    policy = parse_policy(WHOLE, "gate.toml")
    assert (policy.mode, policy.margin, policy.confidence, policy.estimand) == (
        Mode.NO_REGRESSION, 0.1, 0.9, Estimand.POPULATION,
    )  # fmt: skip
    assert policy.alpha == pytest.approx(0.1)
    assert (policy.coverage, policy.min_repeats, policy.smallest_slice, policy.profile_days) == (0.98, 3, 5, 14.0)
    assert policy.margin_of("faithfulness") == 0.2
    assert policy.margin_of("toxicity") == 0.1
    assert policy.coverage_of("faithfulness") == 1.0
    assert policy.direction_of("toxicity") is False
    assert policy.direction_of("relevance") is None
    assert policy.mode_of("faithfulness") is Mode.SUPERIORITY
    assert policy.mode_of("toxicity") is Mode.NON_INFERIORITY, "require_not_worse turns the default mode"
    assert policy.limits == {"latency": Limit(most=2.5, increase=0.2)}
    assert (policy.errors.most, policy.errors.margin) == (0.02, 0.01)
    assert policy.items.most_regressed == 4
    assert [policy.items.protects(item) for item in ("018", "refund-7", "19")] == [True, True, False]
    assert [(rule.by, dict(rule.where), rule.name, rule.margin) for rule in policy.slices] == [
        ("topic", {}, "topic", None),
        ("", {"topic": "billing", "level": "3"}, "hard billing", 0.3),
    ]


def test_an_empty_file_is_the_default_policy() -> None:
    policy = parse_policy("", "gate.toml")
    assert policy == Policy(source="gate.toml")
    assert policy.gates("anything")
    assert policy.mode_of("anything") is Mode.NO_REGRESSION


def test_metrics_that_are_named_are_the_only_ones_gated() -> None:
    policy = parse_policy("[metrics.faithfulness]\n")
    assert policy.gates("faithfulness")
    assert not policy.gates("relevance")


@pytest.mark.parametrize(
    ("text", "place", "hint"),
    [
        ("margn = 0.1", "gate.toml:1: margn", "margin"),
        ("\n[metrics.f]\nmargn = 0.1", "gate.toml:3: metrics.f.margn", "margin"),
        ("[itmes]\nnever_regress = []", "gate.toml:1: itmes", "items"),
        ("[items]\nnever_regres = []", "gate.toml:2: items.never_regres", "never_regress"),
        ("[limits.latency]\nmaximum = 2", "gate.toml:2: limits.latency.maximum", "max"),
        ("[[slices]]\nbye = 'topic'", "gate.toml:2: slices.bye", "by"),
    ],
)
def test_an_unknown_key_names_file_line_key_and_nearest_key(text: str, place: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_policy(text, "gate.toml")
    assert place in caught.value.message
    assert f"Nearest known key: {hint}." in caught.value.hint


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("margin = '0.1'", "margin: is '0.1'"),
        ("margin = -1", "margin: is -1"),
        ("margin = nan", "margin: is nan"),
        ("margin = true", "margin: is True"),
        ("confidence = 1.0", "confidence: is 1"),
        ("coverage = 1.2", "coverage: is 1.2"),
        ("min_repeats = 0", "min_repeats: is 0"),
        ("min_repeats = 2.5", "min_repeats: is 2.5"),
        ("require_not_worse = 'yes'", "require_not_worse: is 'yes'"),
        ("mode = 'strict'", "mode: is 'strict'"),
        ("estimand = 1", "estimand: is 1"),
        ("metrics = ['a']", "metrics: is not a table"),
        ("[metrics]\na = 1", "metrics.a: is not a table"),
        ("[metrics.a]\ndirection = 'up'", "metrics.a.direction: is 'up'"),
        ("[items]\nnever_regress = '018'", "items.never_regress: is not a list of texts"),
        ("[items]\nnever_regress = []", "gate.toml:2: items.never_regress: names nothing"),
        ("[items]\nnever_regress = ['018', ' ']", "items.never_regress: holds an empty text"),
        ("[metrics.winner]\ngood = []", "gate.toml:2: metrics.winner.good: names nothing"),
        ("[limits.cost]", "limits.cost.max: is missing, and so is max_increase"),
        ("[limits]\ncost = {}", "limits.cost.max: is missing, and so is max_increase"),
        ("[items]\nmost_regressed = -1", "items.most_regressed: is -1"),
        ("slices = 3", "slices: is not a list of tables"),
        ("[[slices]]\nname = 'x'", "needs either `by` or `where`"),
        ("[[slices]]\nby = 'x'\nwhere = {a = 'b'}", "needs either `by` or `where`"),
        ("[[slices]]\nwhere = {a = [1]}", "slices.where.a: is not a plain value"),
        ("mode = 'non-inferiority'", "non-inferiority without a margin"),
        ("require_not_worse = true\nmargin = 0", "without a margin"),
        ("margin = ", "not valid TOML"),
    ],
)
def test_a_wrong_value_is_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_policy(text, "gate.toml")
    assert message in caught.value.message
    assert "gate.toml" in caught.value.message
    assert caught.value.hint


def test_a_missing_or_binary_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_policy(tmp_path / "none.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="not UTF-8"):
        read_policy(tmp_path / "binary.toml")


def test_command_line_words_are_checked_like_the_file() -> None:
    policy = with_options(parse_policy("margin = 0.1"), estimand="population", require_not_worse=True)
    assert policy.estimand is Estimand.POPULATION
    assert policy.mode_of("any") is Mode.NON_INFERIORITY
    with pytest.raises(UsageError, match="without a margin"):
        with_options(Policy(), estimand=None, require_not_worse=True)


@given(st.text(max_size=200))
def test_any_text_is_a_policy_or_a_usage_error(text: str) -> None:
    try:
        assert isinstance(parse_policy(text), Policy)
    except UsageError as error:
        assert error.message


KEYS = st.sampled_from(["mode", "margin", "items", "slices", "metrics", "errors", "x"])
VALUES = st.one_of(st.integers(), st.booleans(), st.lists(st.integers(), max_size=2), st.just("a"))


@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_any_toml_value_is_taken_or_refused(values: dict[str, object]) -> None:
    text = "\n".join(f"{key} = {json.dumps(value)}" for key, value in values.items())
    try:
        parse_policy(text)
    except UsageError as error:
        assert error.hint


@pytest.mark.parametrize("text", ["", "\n", " \t\r\n"])
def test_a_policy_that_was_cut_to_nothing_is_no_policy(text: str, tmp_path: Path) -> None:
    (tmp_path / "gate.toml").write_text(text)
    with pytest.raises(UsageError, match="the policy is empty"):
        read_policy(tmp_path / "gate.toml")
    (tmp_path / "gate.toml").write_text("# every quality metric, no margin\n")
    assert read_policy(tmp_path / "gate.toml").metrics == {}


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [
        ("[[budgets]]\nx = 1\n", ("budgets",), 1),
        ('[[slices]]\nby = "x"\n[[slices]]\nbyy = "y"\n', ("slices", 1, "byy"), 4),
        ("[[s]]\n[[s]]\n[s.where]\nb = [1]\n", ("s", 1, "where", "b"), 4),
        ("[a]\n[[a.d]]\ne = 1\n[[a.d]]\n[[a.d.f]]\ng = 1\n", ("a", "d", 1, "f", 0, "g"), 6),
        ("[only.inner]\nx = 1\n", ("only",), 1),
        ("x = [\n  {a = 1},\n  {bb = 2},\n]\n", ("x", 1, "bb"), 1),
        ('t = """\n[x]\ny = 1\n"""\ny = 2\n', ("y",), 5),
        ('t = """x""" # """\nz = 1\n', ("z",), 2),
        ('t = "a # [" # b\nz = 1\n', ("z",), 2),
        ("k = [\n  [1, 5],\n[3]\n]\ny = 3\n", ("y",), 5),
        ("k = [ # ]\n  '[x]',\n]\n[t]\ny = 3\n", ("t", "y"), 5),
        ('[metrics."in [brackets]"]\nx = 1\n', ("metrics", "in [brackets]", "x"), 2),
        ('["quo\\"te"]\nx = 1\n', ('quo"te', "x"), 2),
        ('a = "\u2028"\nb = 1\r\n\r\nc = 2\n', ("c",), 4),
        ("[ a . b ] # c\nz = 1\n", ("a", "b", "z"), 2),
        ("a = 1\n", ("b",), None),
    ],
)
def test_the_line_of_a_key(text: str, path: tuple[str | int, ...], line: int | None) -> None:
    tomllib.loads(text)
    assert line_of(text, path) == line
