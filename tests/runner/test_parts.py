"""Small parts by themselves: metrics, prompts, verdicts, answers, chunks, limits, order of work, estimates."""

from __future__ import annotations

import asyncio
import enum
import math
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragtui.errors import UsageError
from ragtui.model import Context, Dataset, Item, Metric
from ragtui.runner.endpoints.chance import seed_of
from ragtui.runner.endpoints.llm import Reply
from ragtui.runner.launch.estimate import estimate
from ragtui.runner.plan.metrics import LEXICAL
from ragtui.runner.plan.plan import BUILT_IN_JUDGES, EvaluatorSpec, JudgeSpec, ModelUse, Order
from ragtui.runner.plan.planfile import plan_of
from ragtui.runner.plan.prompting import Prompt, load_prompt
from ragtui.runner.scoring.evaluators import Evaluator, judgements
from ragtui.runner.scoring.judges import Judge
from ragtui.runner.targets.answers import answered
from ragtui.runner.targets.passages import BadAnswerError
from ragtui.runner.targets.rag import Corpus
from ragtui.runner.usercode.calls import UserFunction
from ragtui.runner.usercode.ragtui_host.shapes import plain
from ragtui.runner.work.pending import in_order, remaining
from ragtui.sources.own.progress import Progress

ITEM = Item("1", "What colour?", "The red one.")


@pytest.mark.parametrize(
    ("metric", "output", "value"),
    [
        ("exact_match", "the RED one", 1.0),
        ("exact_match", "red", 0.0),
        ("token_f1", "red", 2 / 3),
        ("token_f1", "", 0.0),
        ("context_recall", "anything", 0.5),
        ("grounding", "a red apple", 0.5),
    ],
)
def test_lexical_scores(metric: str, output: str, value: float) -> None:
    assert LEXICAL[metric][1](ITEM, output, [Context("1", "Red is here.")]) == pytest.approx(value)


def test_without_an_expected_answer_there_is_no_score() -> None:
    assert LEXICAL["token_f1"][1](Item("1", "What?"), "red", []) is None
    assert LEXICAL["exact_match"][1](Item("1", "What?"), "red", []) is None


@given(st.text(), st.text())
def test_lexical_scores_stay_between_0_and_1(expected: str, output: str) -> None:
    item = Item("1", "q", expected)
    for _, measure in LEXICAL.values():
        value = measure(item, output, [Context("1", output)])
        assert value is None or 0.0 <= value <= 1.0


def judge(name: str) -> Judge:
    return Judge.load(JudgeSpec(metric=BUILT_IN_JUDGES[name], use=ModelUse(model="m1")))


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("faithfulness", '{"rationale": "all there", "score": 5}', 5.0),
        ("faithfulness", 'Sure!\n```json\n{"score": 2, "rationale": ""}\n```', 2.0),
        ("context_precision", '{"score": 0}', 0.0),
        ("relevance", '{"score": 4.0}', 4.0),
    ],
)
def test_a_verdict_is_a_number(name: str, text: str, value: float) -> None:
    said = judge(name).read(Reply(text))
    assert (said.value, said.error) == (value, "")
    assert said.judge.startswith("m1@")


@pytest.mark.parametrize(
    ("text", "value", "how"),
    [
        ('{"rationale": "so", "score": 4}', 4, ""),
        ('<think>The user wants {"score": 1}? maybe.</think>\n{"rationale": "so", "score": 4}', 4, "thinking"),
        ('reasoning without a start tag {"score": 2}</think>{"score": 4}', 4, "thinking"),
        ('{"rationale": "so", "score": "4"}', 4, "as text"),
        ('{"score": "4/5"}', 4, "as text"),
        ('Sure!\n```json\n{"score": 4, "rationale": "so"}\n```\nBye.', 4, "within other text"),
        ('{"verdict": {"rationale": "so", "score": 4}}', 4, ""),
        ('{"Rationale": "so", "Score": 4}', 4, ""),
        ("4", 4, "a number alone"),
        ("4/5", 4, "a number alone"),
        ("The answer is supported.\n\nScore: 4", 4, "within prose"),
        ("**Score:** 4 out of 5", 4, "within prose"),
        ('{"score": 4, "rationale": "it goes on and', 4, "cut off"),
    ],
)  # fmt: skip
def test_a_verdict_is_read_wherever_it_stands_and_it_is_told_how(text: str, value: float, how: str) -> None:
    said = judge("faithfulness").read(Reply(text))
    assert (said.value, said.error) == (value, "")
    assert how in said.raw and bool(said.raw) == bool(how)


@pytest.mark.parametrize(
    "text",
    ["", "[5]", "It is a 5.", "5 4", '{"score": 6}', '{"score": 0}', '{"score": null}', '{"score": "high"}',
     '{"score": true}', '{"score": 3.5}', '{"score": NaN}', '{"score": 5', "{" * 5000, "Score from 1 to 5: good.",
     "The score is 4. On reflection, score: 2.", '{"score": 4} or rather {"score": 2}', "4/10", "Score: 1-5"],
)  # fmt: skip
def test_nonsense_is_an_error_with_its_text_never_a_number(text: str) -> None:
    said = judge("faithfulness").read(Reply(text))
    assert said.value is None
    assert said.error
    assert said.raw == text[:4000]


def test_a_refusal_is_an_error() -> None:
    said = judge("faithfulness").read(Reply("", refusal="I will not."))
    assert (said.value, said.error, said.raw) == (None, "the judge refused", "I will not.")


def test_what_is_filled_in_is_never_read_as_a_prompt() -> None:
    prompt = Prompt("Q {question} {{x}}", "here")
    assert prompt.fill({"question": "{output} {{"}) == "Q {output} {{ {x}"


def test_a_prompt_with_a_wrong_slot_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.md"
    path.write_text("{qestion} {output}")
    with pytest.raises(UsageError, match=r"unknown slot \{qestion\}"):
        load_prompt(path, "faithfulness", ())
    path.write_text("{question}")
    with pytest.raises(UsageError, match=r"\{output\} is missing"):
        load_prompt(path, "faithfulness", ("output",))


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("{answer} to { input }", "A to Q"),
        ("{{output}} to {{question}}, not {{reference}}", "A to Q, not E"),  # as Langfuse's prompts write it
        ('{context} {{"score": {output}}} {{{question}}}', 'P {"score": A} {Q}'),
        ("{output} {{other}}", "A {other}"),
    ],
)
def test_a_prompt_may_call_its_slots_as_other_tools_do(text: str, filled: str, tmp_path: Path) -> None:
    (tmp_path / "mine.md").write_text(text)
    values = {"question": "Q", "output": "A", "expected": "E", "contexts": "P"}
    assert load_prompt(tmp_path / "mine.md", "faithfulness", ("output",)).fill(values) == filled


def test_a_judge_with_another_prompt_is_another_judge(tmp_path: Path) -> None:
    path = tmp_path / "mine.md"
    path.write_text("{output} {contexts}")
    other = Judge.load(JudgeSpec(metric=BUILT_IN_JUDGES["faithfulness"], use=ModelUse(model="m1"), prompt=path))
    assert other.label != judge("faithfulness").label
    assert other.identity()["prompt_hash"] != judge("faithfulness").identity()["prompt_hash"]


@pytest.mark.parametrize(
    "value",
    [
        "red",
        ("red", ["page"]),
        ["red", ["page"]],
        {"output": "red", "contexts": [{"id": "a", "text": "page"}]},
        {"answer": "red", "documents": ["page"]},
    ],
)
def test_targets_may_answer_in_several_shapes(value: Any) -> None:
    found = answered(value)
    assert found.output == "red"
    assert [context.text for context in found.contexts] in ([], ["page"])


@pytest.mark.parametrize("value", [None, 5, {"colour": "red"}, {"output": 5}, {"output": "red", "contexts": [5]}])
def test_what_is_no_answer_is_refused(value: Any) -> None:
    with pytest.raises(BadAnswerError):
        answered(value)


class Pair(NamedTuple):
    """A score and words, by name."""

    score: float
    comment: str


class Level(enum.Enum):
    """A verdict out of a list; its name is no score."""

    HIGH = 3
    GOOD = "good"


@dataclass
class Evaluation:
    """The shape that Langfuse evaluators return."""

    name: str
    value: Any
    comment: str = ""
    metadata: Any = None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.5, {"f": 0.5}),
        (True, {"f": 1.0}),
        ({"a": 1, "b": 0.0}, {"a": 1.0, "b": 0.0}),
        (Evaluation("tone", 3), {"tone": 3.0}),
        ([Evaluation("tone", 3), Evaluation("length", 7)], {"tone": 3.0, "length": 7.0}),
        ({"name": "tone", "score": 2, "reason": "short"}, {"tone": 2.0}),
        ((0.7, "it says so"), {"f": 0.7}),
        (("good", True), {"f": 1.0}),
        (Pair(0.4, "named"), {"f": 0.4}),
        (Fraction(1, 4), {"f": 0.25}),
        (Decimal("0.35"), {"f": 0.35}),
        (Level.HIGH, {"f": 3.0}),
        ("0.75", {"f": 0.75}),
        ("85%", {"f": 0.85}),
        ("85.5 %", {"f": 0.855}),
        ("4/5", {"f": 0.8}),
        ({"name": "tone", "value": "3 out of 4", "comment": "one gap"}, {"tone": 0.75}),
        ({"passed": True, "reason": "fine"}, {"f": 1.0}),
        ({"precision": 0.5, "recall": 1, "reason": "both"}, {"precision": 0.5, "recall": 1.0}),
        ({"results": [{"key": "a", "score": 1}, {"key": "b", "score": 0}]}, {"a": 1.0, "b": 0.0}),
        ({"pass": False, "score": 0.2, "reason": "low"}, {"f": 0.2}),
    ],
)
def test_evaluators_may_score_in_several_shapes(value: Any, expected: dict[str, float]) -> None:
    found = judgements(plain(value), "f", "label")
    assert {name: said.value for name, said in found.items()} == expected


@pytest.mark.parametrize(
    ("value", "label", "why"),
    [
        (("polite", "no rude words"), "polite", "no rude words"),
        (("not at all", "it never names a source"), "not at all", "it never names a source"),
        (("It never names a source anywhere", "polite"), None, ""),
        (["a", "b"], None, ""),
    ],
)
def test_a_category_may_bring_its_reason(value: Any, label: str | None, why: str) -> None:
    (said,) = judgements(plain(value), "f", "label").values()
    assert (said.label or None, said.rationale, bool(said.error)) == (label, why, label is None)


@pytest.mark.parametrize(
    "value",
    [
        math.nan,
        math.inf,
        "nan",
        "inf",
        10**5000,
        [],
        {},
        [0.5, 0.6],
        {"reason": "who knows"},
        {"name": "f", "error": "no key"},
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_score_is_an_error(value: Any) -> None:
    found = judgements(plain(value), "f", "label")
    assert all(said.value is None and said.error for said in found.values())


class Saying:
    """A function that gives one answer, without a process."""

    def __init__(self, value: Any) -> None:
        self.value = value

    async def call(self, arguments: Any) -> Any:
        return self


@pytest.mark.parametrize(
    ("said", "scale", "expected"),
    [
        ("85%", (0.0, 100.0), 85.0),
        ("85%", (0.0, 1.0), 0.85),
        ("4/5", (1.0, 5.0), 4.0),
        ("4 out of 5", (0.0, 5.0), 4.0),
        ("4/5", (0.0, 1.0), 0.8),
        ("8/10", (0.0, 5.0), 4.0),
        ("0.5", (0.0, 100.0), 0.5),
        (3, (1.0, 5.0), 3.0),
        ("4/5", None, 0.8),
        ("85%", (1.0, 5.0), "from 1 to 5, the scale"),
        ("8/10", (1.0, 5.0), "from 1 to 5, the scale"),
        ("0/5", (1.0, 5.0), "from 1 to 5, the scale"),
        ("120%", (0.0, 1.0), "from 0 to 1, the scale"),
    ],
)
def test_a_share_is_put_on_the_scale_that_the_plan_declares(
    said: Any, scale: tuple[float, float] | None, expected: float | str
) -> None:
    spec = EvaluatorSpec(call="m:f", metrics=(Metric("f", scale=scale),))
    found = asyncio.run(Evaluator(spec, cast(UserFunction, Saying(said)), "").score(ITEM, "a", []))["f"]
    if isinstance(expected, str):
        assert found.value is None and expected in found.error and said in found.error
    else:
        assert found.value == pytest.approx(expected)


@pytest.mark.parametrize("word", ["7/5", "version 1/2", "about 85%", "24/7 support", "n/a"])
def test_what_only_looks_like_a_share_stays_a_word(word: str) -> None:
    assert judgements(word, "f", "label")["f"].label == word
    assert judgements({"value": "1/2", "data_type": "CATEGORICAL"}, "f", "label")["f"].label == "1/2"


@pytest.mark.parametrize(
    "value",
    [
        "good",
        Level.GOOD,
        {"label": "good", "explanation": "x"},
        {"name": "f", "value": "good"},
        Evaluation("f", "good"),
        {"value": "good", "data_type": "CATEGORICAL"},
    ],
)
def test_a_word_is_a_category_and_no_error(value: Any) -> None:
    found = judgements(plain(value), "f", "label")
    assert {name: (said.value, said.label, said.error) for name, said in found.items()} == {"f": (None, "good", "")}


@pytest.mark.parametrize("value", [None, {"name": "f", "value": None}])
def test_nothing_means_not_applicable(value: Any) -> None:
    found = judgements(plain(value), "f", "label")
    assert [(said.value, said.error, said.rationale) for said in found.values()] == [(None, "", "not applicable")]


def test_chunks_overlap_and_never_cross_a_heading() -> None:
    words = " ".join(f"w{n}" for n in range(25))
    chunks = Corpus((("page", f"# Top\nshort\n## Part\n{words}"),)).chunks(10, 3)
    assert [chunk.title for chunk in chunks] == ["Top"] + ["Top: Part"] * 4
    assert chunks[2].text.split()[:3] == chunks[1].text.split()[-3:]
    assert chunks[-1].text.split()[-1] == "w24"


@given(st.integers(5, 40), st.integers(0, 4), st.integers(1, 120))
def test_chunks_lose_no_word(size: int, overlap: int, count: int) -> None:
    words = [f"w{n}" for n in range(count)]
    chunks = Corpus((("page", " ".join(words)),)).chunks(size, overlap)
    assert set(words) == {word for chunk in chunks for word in chunk.text.split()}
    assert all(len(chunk.text.split()) <= size for chunk in chunks)


def test_sides_take_turns_and_each_goes_first_equally_often() -> None:
    items = [Item(str(n), "q") for n in range(4)]
    order = list(in_order(items, ["1", "2"], 2, Order.REPEATS))
    assert len({(item.id, label, side) for item, label, side in order}) == 16
    pairs = [order[n : n + 2] for n in range(0, 16, 2)]
    assert all(pair[0][0] == pair[1][0] and {pair[0][2], pair[1][2]} == {0, 1} for pair in pairs)
    assert sum(pair[0][2] for pair in pairs) == 4


def test_what_is_finished_is_not_done_again() -> None:
    items = [Item("a", "q"), Item("b", "q")]
    done = Progress(frozenset({("a", "1"), ("b", "1")}), frozenset({("b", "1")}), frozenset(), {("b", "1"): 2})
    assert remaining(items, ["1"], Order.REPEATS, [done], retry_failed=False) == []
    again = remaining(items, ["1"], Order.REPEATS, [done], retry_failed=True)
    assert [(unit.item.id, unit.attempt) for unit in again] == [("b", 3)]


def test_seeds_differ_by_name_and_stay() -> None:
    assert seed_of(1, "a", "1") == seed_of(1, "a", "1") != seed_of(1, "a", "2")
    assert 0 <= seed_of("x") < 2**31


def test_an_estimate_counts_calls_and_says_which_price_is_missing(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("# A\nred")
    document = {
        "name": "n", "dataset": "d", "repeats": 3, "judge": {"model": "j"},
        "prices": {"m": {"input": 1.0, "output": 2.0}},
        "target": {"kind": "rag", "corpus": "docs", "generator": {"model": "m", "base_url": "http://h"}},
        "candidate": {"name": "c"},
    }  # fmt: skip
    dataset = Dataset("d", (ITEM, Item("2", "q")))
    found = estimate(plan_of(document, "p", tmp_path), dataset)
    assert (found.answers, found.calls) == (12, 12 + 3 * 12)
    assert found.unpriced == ("j",) and found.cost_usd is None
    document["prices"]["j"] = {"input": 0.0}  # type: ignore[index]
    priced = estimate(plan_of(document, "p", tmp_path), dataset)
    assert priced.cost_usd is not None and priced.cost_usd > 0
