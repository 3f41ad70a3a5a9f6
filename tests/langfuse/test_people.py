"""Who scored is part of a metric: people, a judge on the server, the program; and people's scores judge the judge."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from langfuse_standin import StandIn, scores
from langfuse_standin.examples import items

from ragtui.cli.main import main
from ragtui.langfuse.api.shapes.rows import direction_said
from ragtui.stats.labels.agreement import agreement, among_raters

BASE, CAND = "langfuse:qa/base", "langfuse:qa/cand"


@pytest.fixture(params=["v4", "v3"])
def server(server: StandIn, project: Path) -> StandIn:
    """Two runs; of the candidate's 24 answers people rated eight, and find two worse than was scored."""
    server.add_dataset("qa", items(24))
    start = server.clock() - 3 * 86_400
    for name in ("base", "cand"):
        given = {"quality": (4.0, "because"), "tone": "kind"}
        answers = {key: {"output": f"{name} {key}", "scores": dict(given)} for key in items(24)}
        server.add_run("qa", name, answers, start=start)
    for span in server.stored_spans():
        item = str(span.attribute("langfuse.observation.output", ""))
        if not item.startswith("cand") or int(item[-3:]) >= 8 or span.parent_id:
            continue
        number = int(item[-3:])
        body = {"traceId": span.trace_id, "source": "ANNOTATION"}
        scores.put(server.store, {**body, "name": "quality", "value": 2 if number < 2 else 4})
        scores.put(server.store, {**body, "name": "tone", "value": "rude" if number < 1 else "kind"})
        scores.put(server.store, {**body, "name": "quality", "value": 5, "source": "EVAL"})
    return server


def test_three_rulers_are_three_metrics_and_people_judge_the_other_two(
    server: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["compare", BASE, "--vs", CAND, "--format", "json", "--all"])
    shown = json.loads(capsys.readouterr().out)
    names = {metric["name"] for metric in shown["metrics"]}
    assert {"quality", "quality (human)", "quality (judge)", "tone", "tone (human)"} <= names
    notes = json.dumps(shown, ensure_ascii=False)
    assert "people rated 8 of these answers as well and say the same of 6 (75 %, 95 % interval 41 % to 93 %)" in notes
    assert "theirs are 0.5 lower on average" in notes, "against the program's scores"
    assert "say the same of 0 (0.0 %, 95 % interval 0.0 % to 32 %); theirs are 1.5 lower" in notes, (
        "against the judge's"
    )
    assert "say the same of 7" in notes, "labels are compared as labels"


def test_what_people_said_stands_with_the_item_in_every_report(
    server: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["explain", "i000", BASE, "--vs", CAND])
    said = capsys.readouterr().out
    assert "quality: people say 2, scored 4" in said and "tone: people say rude, scored kind" in said
    main(["compare", BASE, "--vs", CAND, "--all", "--format", "csv"])
    assert "people say 2, scored 4" in capsys.readouterr().out


def test_a_sample_rated_by_people_decides_nothing_unless_the_policy_says_so(
    server: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both sides were annotated, each a few items of its own."""
    for span in server.stored_spans():
        if str(span.attribute("langfuse.observation.output", "")) in ("base i020", "base i021") and not span.parent_id:
            body = {"traceId": span.trace_id, "source": "ANNOTATION", "name": "quality", "value": 1}
            scores.put(server.store, body)
    main(["gate", "--baseline", BASE, "--candidate", CAND, "--format", "json"])
    assert "quality (human) is scored" not in capsys.readouterr().out
    (tmp_path / "gate.toml").write_text('[metrics."quality (human)"]\ndirection = "higher"\n')
    assert main(["gate", "--baseline", BASE, "--candidate", CAND, "--policy", "gate.toml"]) == 4
    assert "quality (human)" in capsys.readouterr().out


def test_a_pulled_run_keeps_who_scored(server: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for word in (BASE, CAND):
        assert main(["pull", word, str(tmp_path / "kept")]) == 0
    base, cand = sorted((tmp_path / "kept").iterdir())
    capsys.readouterr()
    main(["compare", str(base), "--vs", str(cand)])
    assert "people rated 8 of these answers" in capsys.readouterr().out


def rate(server: StandIn, run: str, given: dict[str, dict[int, list[object]]]) -> None:
    """Several people rate the first items of a run: by metric and number of the item what each of them gave."""
    for span in server.stored_spans():
        output = str(span.attribute("langfuse.observation.output", ""))
        if not output.startswith(f"{run} i") or span.parent_id:
            continue
        for metric, items_rated in given.items():
            for rater, value in enumerate(items_rated.get(int(output[-3:]), ())):
                body = {"traceId": span.trace_id, "name": metric, "value": value, "source": "ANNOTATION"}
                scores.put(server.store, {**body, "authorUserId": f"user-{rater}", "comment": f"said {value}"})


def test_several_people_are_no_repeats_and_none_is_overwritten(
    server: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of base's answers two or three people rated five; they differ on two numbers, and evenly on one label."""
    rate(server, "base", {
        "quality": {0: [2, 4], 1: [4, 4], 2: [4, 4, 1], 3: [5, 5], 4: [4]},
        "tone": {0: ["kind", "rude"], 1: ["kind", "kind"], 2: ["rude", "rude", "kind"]},
        "fine": {0: ["pass", "fail"], 1: ["pass", "pass"]},
    })  # fmt: skip
    assert main(["pull", BASE, str(tmp_path / "kept")]) == 0
    for base in (BASE, str(tmp_path / "kept" / "base")):
        capsys.readouterr()
        main(["compare", CAND, "--vs", base, "--all", "--format", "json"])
        shown = json.loads(capsys.readouterr().out)
        notes = json.dumps(shown, ensure_ascii=False)
        assert "several people rated 4 of these answers and all say the same of 2 (50 %" in notes, notes
        assert "several people rated 3 of these answers and all say the same of 1 (33 %" in notes
        assert "on 1 as many say one thing as another" in notes
        assert "people rated 4 of these answers as well and say the same of 3 (75 %" in notes, (
            "0 is left out, 3 differs"
        )
        main(["explain", "i000", CAND, "--vs", base])
        said = capsys.readouterr().out
        assert "quality: people say 2 and 4, scored 4" in said, said
        assert "tone: people say kind and rude, scored kind" in said and "fine: people say fail and pass" in said


def test_whoever_rates_again_corrects_themselves(server: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    rate(server, "base", {"quality": {0: [1]}})
    server.advance(60)
    rate(server, "base", {"quality": {0: [5]}})
    main(["explain", "i000", CAND, "--vs", BASE])
    assert "people say 5, scored 4" in capsys.readouterr().out


def test_agreement_of_many_is_what_the_textbook_says() -> None:
    """Krippendorff 2011, section C: four observers, twelve units, missing data; nominal 0.743, interval 0.849."""
    observed = [
        (1, 1, 1), (2, 2, 3, 2), (3, 3, 3, 3), (3, 3, 3, 3), (2, 2, 2, 2), (1, 2, 3, 4), (4, 4, 4, 4), (1, 1, 2, 1),
        (2, 2, 2, 2), (5, 5, 5), (1, 1), (3,),
    ]  # fmt: skip
    answers = [np.array(unit, float) for unit in observed]
    nominal, interval = among_raters(answers, labels=True), among_raters(answers)
    assert nominal is not None and interval is not None
    assert (nominal.alpha, interval.alpha) == (pytest.approx(0.743, abs=5e-4), pytest.approx(0.849, abs=5e-4))
    assert (nominal.answers, nominal.alike) == (11, 8)
    assert among_raters([np.ones(1)]) is None
    same = among_raters([np.ones(2)])
    assert same is not None and same.alpha is None


def test_the_project_says_range_labels_and_in_words_the_direction(
    server: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    """A configuration has no field for direction; a name that scores do not refer to is not forced upon them."""
    server.score_configs = [
        {"id": "c1", "name": "quality", "dataType": "NUMERIC", "minValue": 0, "maxValue": 1},
        {"id": "c2", "name": "blurb", "dataType": "NUMERIC", "minValue": 0, "maxValue": 10,
         "description": "How much is made up. Lower is better."},
        {"id": "c3", "name": "blurb", "dataType": "NUMERIC", "minValue": 0, "maxValue": 3, "isArchived": True},
    ]  # fmt: skip
    for number, span in enumerate(s for s in server.stored_spans() if not s.parent_id):
        scores.put(server.store, {"name": "blurb", "value": number % 3, "traceId": span.trace_id, "configId": "c2"})
    main(["compare", BASE, "--vs", CAND, "--format", "json"])
    shown = json.loads(capsys.readouterr().out)
    blurb = next(metric for metric in shown["metrics"] if metric["name"] == "blurb")
    assert blurb["higher_is_better"] is False
    assert "quality: 24 of 24 scores are outside 0 to 1" in json.dumps(shown)


@pytest.mark.parametrize(
    ("words", "higher"),
    [
        ("Lower is better", False), ("0 = bad, 1 = good; higher values are better.", True), ("higher = worse", False),
        ("Higher is not better", None), ("", None), ("fewer is better here, higher is worse", False),
        ("lower is better for cost, higher is better for trust", None), ("How good it is", None),
    ],
)  # fmt: skip
def test_a_direction_is_read_only_where_a_description_says_it(words: str, higher: bool | None) -> None:
    assert direction_said(words) is higher


def test_agreement_is_what_the_textbook_says() -> None:
    """Cohen's example of two raters and fifty answers: 20 and 15 alike, kappa 0.4."""
    judge = np.array([1.0] * 25 + [0.0] * 25 + [np.nan])
    people = np.array([1.0] * 20 + [0.0] * 5 + [1.0] * 10 + [0.0] * 15 + [1.0])
    found = agreement(judge, people)
    assert found is not None and (found.answers, found.alike) == (50, 35)
    assert found.kappa == pytest.approx(0.4)
    assert (found.low, found.high) == pytest.approx((0.5625, 0.8090), abs=1e-4)
    assert (found.bias, found.distance) == pytest.approx((-0.1, 0.3))
    assert agreement(judge, np.full(51, np.nan)) is None
    same = agreement(np.ones(3), np.ones(3), labels=True)
    assert same is not None and (same.kappa, same.bias, same.alike) == (None, None, 3)
