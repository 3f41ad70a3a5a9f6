"""Pairwise judges: both orders, an opponent that is there, what the order decided, and nothing that was not said."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai_standin import standin
from runner_kit import ITEMS, lay_out, records, summary

from ragtui.errors import UsageError
from ragtui.model import Item, Judgement
from ragtui.runner.launch.adding import add_scores
from ragtui.runner.launch.again import targeted, whole
from ragtui.runner.launch.edited import edits_since, follow
from ragtui.runner.launch.estimate import estimate
from ragtui.runner.launch.first.checking import check_plan
from ragtui.runner.launch.identity import code_hash
from ragtui.runner.launch.prepare import Launch, open_launch, prepare
from ragtui.runner.launch.rejudge import prepare_rejudge
from ragtui.runner.plan.plan import BUILT_IN_JUDGES, JudgeSpec, ModelUse
from ragtui.runner.plan.planfile import plan_of, read_plan
from ragtui.runner.scoring.judges import Judge
from ragtui.runner.scoring.pairwise import Opponent, Pair, preference
from ragtui.runner.scoring.verdicts import NoVerdictError
from ragtui.runner.scoring.winners import FIRST, SECOND, TIE, read_winner
from ragtui.runner.work.engine import Ending
from ragtui.runner.work.trying import try_plan
from ragtui.runner.work.worker import Finished, work
from ragtui.sources import read_dataset

CODE = """
def answer(item, settings):
    if item.id == settings.get("broken"):
        raise ValueError("no idea")
    return f"{'good' if item.id in settings['good'] else 'poor'} answer to {item.id}"
"""
JUDGE = '[judges.preference]\nagainst = "baseline"\nmodel = "m1"\nbase_url = "{url}"\napi_key_env = "STANDIN_KEY"\n'
SIDES = """
[target]
kind = "python"
call = "own:answer"
[target.settings]
good = ["q0", "q1"]
[candidate]
name = "cand"
[candidate.target.settings]
good = ["q1", "q2"]
"""


def laid_out(folder: Path, url: str, plan: str = "", judge: str = JUDGE, sides: str = SIDES) -> Path:
    path = lay_out(folder, url, plan, rag=False, judges=False, items=4)
    (folder / "own.py").write_text(CODE)
    path.write_text(path.read_text() + sides + judge.replace("{url}", url))
    return path


def done(path: Path) -> tuple[Launch, Finished]:
    launch = prepare(read_plan(path))
    return launch, work(launch)


def scores(folder: Path, metric: str = "preference") -> dict[tuple[str, str], Any]:
    """The latest score of each item and repeat."""
    return {
        (record["item"], ".".join(str(record[key]) for key in ("repeat", "judging") if key in record)): said
        for record in records(folder)
        if (said := record["scores"].get(metric)) is not None
    }


@pytest.mark.parametrize(
    ("text", "which", "how"),
    [
        ('{"rationale": "x", "winner": "first"}', FIRST, ""),
        ('{"winner": "SECOND"}', SECOND, ""),
        ('{"verdict": "tie", "reason": "alike"}', TIE, ""),
        ('```json\n{"winner": "B"}\n```', SECOND, "JSON within other text"),
        ("<think>is it {first}?</think>{\"winner\": \"first\"}", FIRST, "after thinking aloud, JSON within other text"),
        ("first", FIRST, "a word alone"),
        ("**B**", SECOND, "a word alone"),
        ("After all, [[C]]", TIE, "brackets within prose"),
        ("My final verdict is: [[A]]", FIRST, "brackets within prose"),
        ("Both are fine. Winner: second.", SECOND, "a winner within prose"),
        ("The winner is a tie", TIE, "a winner within prose"),
        ("Verdict: A", FIRST, "a winner within prose"),
    ],
)  # fmt: skip
def test_a_winner_is_read_where_it_is(text: str, which: int, how: str) -> None:
    found = read_winner(text)
    assert (found.which, found.how) == (which, how)


@pytest.mark.parametrize(
    "text",
    [
        "", "Well.", "The verdict is a close call", '{"winner": "third"}', '{"winner": null}', '{"winner": ["first"]}',
        '{"score": 1}', "[[A]] or [[B]]", "Winner: first. Winner: second.", '{"winner": "first"} {"winner": "second"}',
        "The winner is answer", "Choice: Apples",
    ],
)  # fmt: skip
def test_what_is_no_winner_is_none(text: str) -> None:
    with pytest.raises(NoVerdictError):
        read_winner(text)


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        assert read_winner(text).which in (FIRST, TIE, SECOND)
    except NoVerdictError as error:
        assert str(error)


def pair(straight: int | None, swapped: int | None) -> Pair:
    def said(which: int | None) -> Judgement:
        return Judgement(error="not a verdict", raw="?") if which is None else Judgement(float(which))

    return Pair(said(straight), said(swapped))


@pytest.mark.parametrize(
    ("straight", "swapped", "outcome", "orders", "bias"),
    [
        (SECOND, FIRST, 1.0, 1.0, 0.0),  # itself, wherever it stands
        (FIRST, SECOND, 0.0, 1.0, 0.0),  # its opponent, wherever it stands
        (TIE, TIE, 0.5, 1.0, 0.0),
        (FIRST, FIRST, 0.5, 0.0, 1.0),  # whatever stands first
        (SECOND, SECOND, 0.5, 0.0, -1.0),
        (SECOND, TIE, 0.5, 0.5, -0.5),
        (TIE, FIRST, 0.5, 0.5, 0.5),
        (FIRST, TIE, 0.5, 0.5, 0.5),
    ],
)
def test_both_orders_make_a_preference(straight: int, swapped: int, outcome: float, orders: float, bias: float) -> None:
    one = pair(straight, swapped)
    assert (one.outcome, one.both_orders, one.bias, one.error) == (outcome, orders, bias, "")


def test_one_order_alone_is_no_preference() -> None:
    told = preference("p", [pair(FIRST, None)], "m")
    assert set(told) == {"p"}
    assert told["p"].value is None
    assert told["p"].error == "one of the orders: not a verdict"
    assert told["p"].raw == "?"
    assert preference("p", [pair(None, None)], "m")["p"].error.startswith("both orders")


@pytest.mark.parametrize(
    ("outcomes", "value"),
    [((1.0, 1.0, 0.0), 1.0), ((1.0, 0.0), 0.5), ((0.5, 0.0), 0.0), ((0.5, 0.5, 1.0), 1.0), ((1.0, None), 1.0)],
)
def test_a_panel_decides_by_majority(outcomes: tuple[float | None, ...], value: float) -> None:
    said = {1.0: (SECOND, FIRST), 0.5: (TIE, TIE), 0.0: (FIRST, SECOND), None: (None, None)}
    told = preference("p", [pair(*said[outcome]) for outcome in outcomes], "m")["p"]
    assert told.value == value
    assert told.label == {1.0: "win", 0.5: "tie", 0.0: "lose"}[value]
    assert ("1 of 2 judges gave no verdict" in told.rationale) == (None in outcomes)


def test_each_side_is_held_against_the_baseline_and_the_baseline_against_itself(tmp_path: Path) -> None:
    with standin() as server:
        launch, finished = done(laid_out(tmp_path, server.url, "repeats = 2\n"))
        asked = server.requests.total()
    assert finished.stop.ending is Ending.COMPLETE
    assert asked == 2 * 4 * 2 * 2 == finished.progress["calls"]  # orders, items, repeats, sides
    candidate = scores(launch.folders[1])
    assert {place: (said["value"], said["label"]) for place, said in candidate.items()} == {
        (f"q{n}", repeat): {"q0": (0, "lose"), "q2": (1, "win")}.get(f"q{n}", (0.5, "tie"))
        for n in range(4)
        for repeat in ("1", "2")
    }
    assert {said["value"] for said in scores(launch.lead).values()} == {0.5}
    assert scores(launch.folders[1], "preference_position_bias")["q1", "1"]["value"] == 1  # both good: the first wins
    assert scores(launch.folders[1], "preference_both_orders")["q2", "1"]["value"] == 1
    assert finished.notes == (
        "preference: base (against itself): 0 won, 8 tied, 0 lost; in 8 of 8 pairs the order of the answers decided: "
        "the first was favoured in 8, the second in 0",
        "preference: cand: 2 won, 4 tied, 2 lost; in 4 of 8 pairs the order of the answers decided: "
        "the first was favoured in 4, the second in 0",
    )
    roles = {entry["name"]: entry["role"] for entry in summary(launch.lead)["metrics"]}
    assert roles["preference"] == "quality"
    assert roles["preference_position_bias"] == roles["preference_both_orders"] == "resource"


def test_with_one_repeat_the_baseline_has_nobody_to_be_held_against(tmp_path: Path) -> None:
    with standin() as server:
        launch, finished = done(laid_out(tmp_path, server.url))
        assert work(open_launch(launch.lead)).progress["calls"] == finished.progress["calls"]  # nothing is left to do
    assert not scores(launch.lead)
    assert len(scores(launch.folders[1])) == 4


def test_without_an_opponent_there_is_no_win_and_it_is_asked_when_there_is_one(tmp_path: Path) -> None:
    path = laid_out(tmp_path, "{url}", sides=SIDES.replace('"q1"]', ']\nbroken = "q1"') + 'broken = ""\n')
    with standin() as server:
        path.write_text(path.read_text().replace("{url}", server.url))
        launch, finished = done(path)
        said = scores(launch.folders[1])["q1", "1"]
        assert said["value"] is None
        assert said["error"] == "nothing to hold it against: the baseline's repeat 1 has no answer to it"
        assert finished.progress["unjudged"] == 1
        (tmp_path / "own.py").write_text(CODE.replace("if item.id ==", "if not item.id and"))
        for folder in launch.folders:  # as if the cause lay outside of the code, which would be another pipeline
            text = (folder / "summary.json").read_text()
            (folder / "summary.json").write_text(text.replace(summary(folder)["pipeline"]["code"], code_now(path)))
        again = work(open_launch(launch.lead), retry_failed=True)
    assert again.stop.ending is Ending.COMPLETE
    assert (again.progress["failed"], again.progress["unjudged"]) == (0, 0)
    assert scores(launch.folders[1])["q1", "1"]["value"] == 1


def code_now(path: Path) -> str:
    return code_hash("own:answer", path.parent)


def test_a_stored_run_is_an_opponent_for_every_side(tmp_path: Path) -> None:
    with standin() as server:
        first, _ = done(laid_out(tmp_path / "first", server.url, judge="", sides=SIDES.partition("[candidate]")[0]))
        judge = JUDGE.replace('"baseline"', f'"{first.lead}"')
        launch, finished = done(laid_out(tmp_path / "then", server.url, "repeats = 2\n", judge))
        assert [said["value"] for place, said in sorted(scores(launch.folders[1]).items())] == [
            0, 0, 0.5, 0.5, 1, 1, 0.5, 0.5
        ]  # fmt: skip
        assert {said["value"] for said in scores(launch.lead).values()} == {0.5}
        assert "cand: 2 won" in finished.notes[1]
        assert summary(launch.lead)["judges"]["preference"]["against"] == summary(first.lead)["id"]


def test_stored_answers_are_judged_again_against_the_same_opponents(tmp_path: Path) -> None:
    with standin() as server:
        launch, _ = done(laid_out(tmp_path, server.url))
        again = prepare_rejudge(launch.folders[1], 2)
        assert work(again).stop.ending is Ending.COMPLETE
        assert summary(again.lead)["judges"] == summary(launch.lead)["judges"]
    found = {place: said["value"] for place, said in scores(again.lead).items()}
    assert found["q2", "1.1"] == found["q2", "1.2"] == 1
    assert len(found) == 8


def test_a_pairwise_judge_is_added_to_a_run_that_is_there(tmp_path: Path) -> None:
    with standin() as server:
        path = laid_out(tmp_path, server.url, judge="")
        launch, _ = done(path)
        assert not server.requests.total()
        path.write_text(path.read_text() + JUDGE.replace("{url}", server.url))
        assert work(add_scores(launch.lead, ["preference"], read_plan(path))).stop.ending is Ending.COMPLETE
        assert server.requests.total() == 8
    assert Counter(said["label"] for said in scores(launch.folders[1]).values()) == {"tie": 2, "win": 1, "lose": 1}


def test_a_stopped_run_judges_its_pairs_when_it_goes_on(tmp_path: Path) -> None:
    with standin() as server:
        path = laid_out(tmp_path, server.url, "concurrency = 1\n")
        path.write_text(path.read_text() + "[budget]\ncalls = 4\n")
        launch, finished = done(path)
        assert finished.stop.ending is Ending.BUDGET
        assert len(scores(launch.folders[1])) == 2
        path.write_text(path.read_text().replace("calls = 4", "calls = 40"))
        resumed = open_launch(launch.lead)
        assert work(follow(resumed, edits_since(resumed))).stop.ending is Ending.COMPLETE
        assert server.requests.total() == 8
    assert len(scores(launch.folders[1])) == 4


def test_fresh_repeats_need_the_baseline_beside_them(tmp_path: Path) -> None:
    with standin() as server:
        launch, _ = done(laid_out(tmp_path, server.url))
        with pytest.raises(UsageError, match="which is not run with it") as refused:
            whole(launch.folders[1], 1)
        assert f"ragtui run {launch.lead} --repeats 2" in refused.value.hint
        fresh = targeted(launch.folders, ["q2"], 1).prepare()
        work(fresh)
    assert scores(fresh.folders[1])["q2", "1"]["label"] == "win"


def test_a_try_asks_in_both_orders_and_shows_the_question(tmp_path: Path) -> None:
    with standin() as server:
        plan = read_plan(laid_out(tmp_path, server.url))
        trial = try_plan(plan, read_dataset(plan.dataset), "q2")
        assert server.requests.total() == 2
    base, candidate = trial.sides
    assert "preference" not in base.asked
    assert "poor answer to q2" in candidate.asked["preference"].partition("<second>")[0]
    assert candidate.result.judgements["preference"].label == "win"


def test_the_estimate_counts_both_orders(tmp_path: Path) -> None:
    for repeats, sides in ((1, 1), (3, 2)):
        plan = read_plan(laid_out(tmp_path, "http://127.0.0.1:1/v1", f"repeats = {repeats}\n"))
        entry = estimate(plan, read_dataset(plan.dataset)).models[0]
        assert entry.calls == 2 * 4 * repeats * sides


def test_a_panel_of_pairwise_judges_shows_its_agreement(tmp_path: Path) -> None:
    judge = JUDGE.replace('model = "m1"', 'panel = ["m1", "m2"]')
    with standin() as server:
        launch, finished = done(laid_out(tmp_path, server.url, judge=judge))
        assert finished.progress["calls"] == 16
    assert {said["value"] for said in scores(launch.folders[1], "preference_agreement").values()} == {1}
    said = scores(launch.folders[1])["q2", "1"]
    assert said["label"] == "win"
    assert said["judge"].startswith("m1+m2@")
    assert [line[:2] for line in said["rationale"].splitlines() if "@" in line] == ["m1", "m2"]


@pytest.mark.parametrize(
    ("judge", "said"),
    [
        ({"against": "baseline", "scale": [1, 5]}, "scale: stands beside against"),
        ({"against": "baseline", "kind": "ordinal"}, "kind: stands beside against"),
        ({"against": 3}, "against: is 3"),
    ],
)
def test_what_a_pairwise_judge_cannot_have_is_refused(judge: dict[str, Any], said: str) -> None:
    document = {
        "name": "base", "dataset": "d.json", "target": {"kind": "python", "call": "a:b"},
        "judges": {"preference": {"model": "m", **judge}},
    }  # fmt: skip
    with pytest.raises(UsageError, match=said):
        plan_of(document, "p.toml", Path("/base"))


def test_nobody_to_be_held_against_is_said_before_anything_is_spent(tmp_path: Path) -> None:
    alone = SIDES.partition("[candidate]")[0]
    with pytest.raises(UsageError, match="nobody to hold it against"):
        check_plan(read_plan(laid_out(tmp_path, "http://h/v1", sides=alone)))
    with pytest.raises(UsageError, match="is no run folder"):
        check_plan(read_plan(laid_out(tmp_path, "http://h/v1", judge=JUDGE.replace("baseline", "runs/x"))))


def test_the_prompt_has_both_answers_in_the_order_asked(tmp_path: Path) -> None:
    mine = tmp_path / "mine.md"
    mine.write_text("Q {question} F {first} S {second}")
    spec = JudgeSpec(metric=BUILT_IN_JUDGES["relevance"], use=ModelUse(model="m"), prompt=mine, against="baseline")
    judge = Judge.load(spec)
    assert judge.question(Item("1", "Why?"), "mine {first}", (), Opponent("theirs")) == "Q Why? F theirs S mine {first}"
    mine.write_text("only {first}")
    with pytest.raises(UsageError, match=r"slot \{second\} is missing"):
        Judge.load(spec)
    mine.write_text("{first} {second} {output}")
    with pytest.raises(UsageError, match=r"unknown slot \{output\}"):
        Judge.load(spec)


def test_simulated_pairs_follow_quality_and_lean_to_what_they_read_first(tmp_path: Path) -> None:
    path = lay_out(tmp_path, "http://127.0.0.1:1/v1", "repeats = 3\n", judges=False)
    path.write_text(
        path.read_text() + '[candidate]\n[candidate.target]\ntop_k = 1\n'
        '[judges.preference]\nagainst = "baseline"\n[simulated]\nseed = 4\nlatency_s = 0.0\n'
    )  # fmt: skip
    launch, finished = done(path)
    assert finished.stop.ending is Ending.COMPLETE
    assert len(scores(launch.folders[1])) == ITEMS * 3
    assert "the first was favoured" in finished.notes[1]


def test_a_judge_that_fails_leaves_an_error_and_no_number(tmp_path: Path) -> None:
    with standin(nonsense=1.0) as server:
        launch, finished = done(laid_out(tmp_path, server.url))
    assert finished.progress["unjudged"] == 4
    assert {(said["value"], said["error"]) for said in scores(launch.folders[1]).values()} == {
        (None, "both orders: not a verdict")
    }
