"""What is said beforehand: a trial's measures, and what follows from them for the whole run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from openai_standin import standin
from runner_kit import lay_out

from ragtui.model import Dataset, Item
from ragtui.runner.endpoints.calling import ReplyTokens, Usage
from ragtui.runner.launch.estimate import ItemMeasure, estimate
from ragtui.runner.launch.prepare import prepare
from ragtui.runner.plan.plan import Plan
from ragtui.runner.plan.planfile import plan_of, read_plan
from ragtui.runner.plan.prompting import Prompt
from ragtui.runner.work.trying import try_plan
from ragtui.runner.work.worker import work
from ragtui.sources import read_dataset
from ragtui.workbench.starting.trial_text import trial_text

ITEMS = tuple(Item(f"q{n}", "What is it?", "It is red.") for n in range(10))
HELD = {("judge faithfulness", "j"): ReplyTokens(1, 300, 20)}


def plan(tmp_path: Path, **changes: Any) -> Plan:
    document = {
        "name": "n", "dataset": "d", "repeats": 2, "concurrency": 4,
        "judge": {"model": "j", "base_url": "http://h", "metrics": ["faithfulness"]},
        "prices": {"j": {"input": 1.0, "output": 10.0}},
        "target": {"kind": "http", "url": "http://127.0.0.1:1/ask"}, **changes,
    }  # fmt: skip
    return plan_of(document, "p", tmp_path)


def measured(unit_s: float = 2.0, **changes: Any) -> ItemMeasure:
    return ItemMeasure(ITEMS[0], 400, 40, HELD, unit_s, **changes)


def test_a_trial_tells_tokens_as_the_server_counts_them_and_the_rest_follows(tmp_path: Path) -> None:
    found = estimate(plan(tmp_path), Dataset("d", ITEMS), [measured()])
    (entry,) = found.models
    assert (entry.calls, entry.input_tokens, entry.output_tokens) == (20, 20 * 300, 20 * 20)
    assert found.cost_usd == pytest.approx(20 * (300 * 1.0 + 20 * 10.0) / 1e6)
    assert (found.addresses, found.contexts_unknown) == (20, False)


def test_an_item_that_was_cut_off_and_asked_again_tells_what_both_replies_took(tmp_path: Path) -> None:
    usage = Usage()
    usage.count_reply("judge faithfulness", "j", 300, 20)
    usage.count_reply("judge faithfulness, longer", "j", 300, 80)
    twice = ItemMeasure(ITEMS[0], 400, 40, usage.asked, 2.0)
    (entry,) = estimate(plan(tmp_path), Dataset("d", ITEMS), [twice]).models
    assert (entry.calls, entry.input_tokens, entry.output_tokens) == (20, 20 * 600, 20 * 100)


@pytest.mark.parametrize(
    ("lanes", "seconds"),
    [({}, 10.0), ({"endpoint 0": (4, 1.0)}, 10.0), ({"evaluator own:slow": (1, 1.5)}, 30.0)],
)
def test_the_slowest_of_places_endpoints_and_functions_decides_how_long_it_takes(
    tmp_path: Path, lanes: dict[str, tuple[int, float]], seconds: float
) -> None:
    found = estimate(plan(tmp_path), Dataset("d", ITEMS), [measured(lanes=lanes)])
    assert found.seconds == pytest.approx(seconds)
    late = estimate(plan(tmp_path), Dataset("d", ITEMS), [measured(lanes=lanes, startup_s=5.0)])
    assert late.seconds == pytest.approx(seconds + 5.0)


def test_what_was_not_tried_has_no_time_and_neither_has_a_batch_queue(tmp_path: Path) -> None:
    data = Dataset("d", ITEMS)
    assert estimate(plan(tmp_path), data).seconds is None
    batch = plan(tmp_path, judge={"model": "j", "base_url": "http://h", "metrics": ["faithfulness"], "batch": True})
    queued, at_once = (estimate(one, data, [measured()]) for one in (batch, plan(tmp_path)))
    assert queued.seconds is None
    assert queued.cost_usd == pytest.approx((at_once.cost_usd or 0.0) / 2), "the queue is half the price"


def test_sides_with_few_and_many_passages_are_each_estimated_with_their_own(tmp_path: Path) -> None:
    both = plan(tmp_path, candidate={"name": "c", "target": {"url": "http://127.0.0.1:1/other"}})
    short, long = (
        measured(),
        ItemMeasure(ITEMS[0], 4000, 40, {("judge faithfulness", "j"): ReplyTokens(1, 1200, 20)}, 2.0),
    )
    found = estimate(both, Dataset("d", ITEMS), [short, long])
    assert found.models[0].input_tokens == pytest.approx(20 * (300 + 1200), rel=0.01)
    assert estimate(both, Dataset("d", ITEMS), [short, None]).contexts_unknown, "one side is not known"


def test_what_the_targets_own_code_says_it_uses_is_counted_apart(tmp_path: Path) -> None:
    found = estimate(plan(tmp_path), Dataset("d", ITEMS), [measured(tokens=900, cost_usd=0.01)])
    assert (found.own_tokens, found.own_cost_usd) == (18_000, pytest.approx(0.2))
    assert "18,000 tokens, $0.20 for answers, by what your own code says" in found.in_words()


def test_the_length_of_a_filled_prompt_is_known_without_filling_it() -> None:
    prompt = Prompt("{{braces}} {question} and {question} of {output}", "here")
    values = {"question": "four", "output": "seven!!"}
    assert prompt.length({name: len(text) for name, text in values.items()}) == len(prompt.fill(values))


def test_what_was_counted_elsewhere_is_added_once() -> None:
    there, here = Usage(), Usage()
    there.count_reply("generate", "m", 10, 2)
    there.estimated_calls, there.faults["timeout"] = 1, 3
    here.add(there.taken())
    here.add(there.taken())
    assert (here.tokens, here.estimated_calls, here.faults["timeout"], there.tokens) == (12, 1, 3, 0)


def test_a_trial_against_a_server_says_what_the_run_then_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STANDIN_KEY", "sk-standin-secret")
    with standin(letters_a_token=2.5, words=30) as server:
        read = read_plan(lay_out(tmp_path, server.url, "repeats = 2\n"))
        dataset = read_dataset(read.dataset)
        trial = try_plan(read, dataset)
        took = work(prepare(read)).progress
    said = trial.estimate
    assert said.calls == took["calls"]
    assert said.tokens == pytest.approx(took["tokens"], rel=0.25)
    assert said.seconds is not None and "; about " in trial_text(trial)
