import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sources_kit import deflated, eval_entries, listed, log_head, only_run, said, sample, zstd_packed

from ragtui.errors import InputError
from ragtui.model import DirectionFrom, Role, RunStatus, State
from ragtui.sources import open_source

PACKED = pytest.mark.parametrize("pack", [deflated, zstd_packed])


@PACKED
def test_a_log_comes_back_with_epochs_as_repeats(tmp_path: Path, pack: object) -> None:
    samples = [sample(item, epoch) for epoch in (2, 1) for item in ("b", "a")]
    samples[0]["scores"]["match"]["value"] = "I"
    pack(tmp_path / "l.eval", eval_entries(samples, log_head(["a", "b"], epochs=2)))  # type: ignore[operator]
    run = only_run(tmp_path)
    header = run.header
    assert (header.name, header.format, header.status, header.dataset) == (
        "arithmetic level=2 small",
        "inspect",
        RunStatus.COMPLETE,
        "sums",
    )
    assert (header.items, header.repeats, header.results, header.expected_results, header.errors) == (2, 2, 4, 4, 0)
    assert (header.duration_s, header.metrics[0].mean, str(header.revision)) == (20.0, 0.5, "abc123 (dirty)")
    assert header.configuration.judges == {"match": {"location": "end"}}
    assert header.configuration.flat()["pipeline.generate.temperature"] == "0.5"
    assert "max_connections" not in str(header.configuration)
    assert run.scores.items == ("a", "b")
    assert run.scores.of("match").tolist() == [[1, 1], [1, 0]]
    assert {metric.name: metric.role for metric in run.scores.metrics} == {
        "match": Role.QUALITY,
        "latency": Role.RESOURCE,
        "tokens": Role.RESOURCE,
    }
    assert run.scores.of("latency")[0, 0] == 1.5
    result = run.result("b", "2")
    assert result is not None
    assert (result.output, result.judgements["match"].label, result.judgements["match"].value) == ("answer b", "I", 0.0)
    assert result.judgements["match"].rationale == "it matches"
    assert result.tokens == {"input": 10, "output": 5, "total": 15}
    assert (run.item("a").question, run.item("a").expected) == ("question a", "right")
    assert run.result("a", "3") is None


def test_a_json_log_is_the_same_run(tmp_path: Path) -> None:
    head = log_head()
    (tmp_path / "l.json").write_text(json.dumps({**head, "samples": [sample(1), sample(2)]}))
    run = only_run(tmp_path)
    assert run.scores.items == ("1", "2")
    assert run.scores.of("match").tolist() == [[1], [1]]
    assert run.result("2", "1") is not None


def test_the_head_of_a_long_json_log_is_read_without_its_samples(tmp_path: Path) -> None:
    samples = json.dumps([sample(1, metadata={"long": "x" * 2_000_000})])
    log = json.dumps(log_head([1]))[:-1] + f', "samples": {samples[:-1]}, BROKEN'
    (tmp_path / "l.json").write_text(log)
    (header,), problems = listed(tmp_path)
    assert header.items == 1
    assert not problems
    with pytest.raises(InputError, match="not valid JSON"):
        open_source(tmp_path).load(header.id)


@pytest.mark.parametrize(
    ("value", "state", "number"),
    [
        ("C", State.SCORED, 1.0),
        ("I", State.SCORED, 0.0),
        ("P", State.SCORED, 0.5),
        ("N", State.SCORED, 0.0),
        (True, State.SCORED, 1.0),
        (0.25, State.SCORED, 0.25),
        ("0.75", State.SCORED, 0.75),
        (float("nan"), State.NON_FINITE, None),
        (None, State.MISSING, None),
        ("splendid", State.METRIC_ERROR, None),
    ],
)
def test_what_a_score_may_be(tmp_path: Path, value: object, state: State, number: float | None) -> None:
    good = [sample(item) for item in (2, 3)]
    odd = sample(1, scores={"match": {"value": value}})
    deflated(tmp_path / "l.eval", eval_entries([odd, *good], log_head([1, 2, 3])))
    run = only_run(tmp_path)
    assert run.scores.states_of("match")[0, 0] == state
    result = run.result("1", "1")
    assert result is not None
    assert result.judgements["match"].value == number
    cell = run.scores.of("match")[0, 0]
    assert cell == number if number is not None else np.isnan(cell)


def test_objects_and_lists_of_scores_become_metrics(tmp_path: Path) -> None:
    scores = {"shape": {"value": {"chars": 12, "ok": "C"}}, "pair": {"value": [1, "I"]}}
    deflated(tmp_path / "l.eval", eval_entries([sample(1, scores=scores)], log_head([1])))
    run = only_run(tmp_path)
    quality = [metric.name for metric in run.scores.metrics if metric.role is Role.QUALITY]
    assert {name: run.scores.of(name)[0, 0] for name in quality} == {
        "shape.chars": 12,
        "shape.ok": 1,
        "pair.1": 1,
        "pair.2": 0,
    }
    result = run.result("1", "1")
    assert result is not None
    assert result.judgements["shape.chars"].judge == "shape"


def test_an_errored_sample_is_an_item_error(tmp_path: Path) -> None:
    failed = sample(2, scores={}, error="RuntimeError('down')")
    deflated(tmp_path / "l.eval", eval_entries([sample(1), failed], log_head()))
    run = only_run(tmp_path)
    assert run.scores.states_of("match").tolist() == [[State.SCORED], [State.ITEM_ERROR]]
    result = run.result("2", "1")
    assert result is not None
    assert result.error == "RuntimeError('down')"


def test_samples_that_were_never_run_are_missing(tmp_path: Path) -> None:
    deflated(tmp_path / "l.eval", eval_entries([sample(1)], {**log_head([1, 2, 3]), "status": "cancelled"}))
    run = only_run(tmp_path)
    assert run.header.status is RunStatus.CANCELLED
    assert run.scores.states_of("match").tolist() == [[State.SCORED], [State.MISSING], [State.MISSING]]


def test_a_crashed_log_is_read_from_its_journal(tmp_path: Path) -> None:
    head = log_head([1, 2, 3])
    full = eval_entries([sample(1), sample(2), sample(3)], None)
    full.pop("summaries.json")
    entries: dict[str, Any] = {"_journal/start.json": {"version": 2, "eval": head["eval"], "plan": head["plan"]}}
    entries["_journal/summaries/1.json"] = [sample(1)]
    entries["_journal/summaries/2.json"] = [sample(2)]
    zstd_packed(tmp_path / "l.eval", {**entries, **full})
    run = only_run(tmp_path)
    assert run.header.status is RunStatus.PARTIAL
    assert "the log was cut off before its end" in said(run)
    assert run.scores.of("match").tolist() == [[1], [1], [1]]


def test_a_sample_may_be_a_folder_of_entries(tmp_path: Path) -> None:
    entries = eval_entries([sample("x/1")], log_head(["x/1"]))
    full = entries.pop("samples/x/1_epoch_1.json")
    deflated(tmp_path / "l.eval", {**entries, "samples/x/1_epoch_1/sample.json": full})
    result = only_run(tmp_path).result("x/1", "1")
    assert result is not None
    assert result.output == "answer x/1"


def test_messages_pictures_and_attachments_become_text(tmp_path: Path) -> None:
    parts = [{"type": "text", "text": "attachment://abc"}, {"type": "image", "image": "data:"}, {"type": "reasoning"}]
    full = sample(
        1,
        input=[{"role": "system", "content": "be brief"}, {"role": "user", "content": parts}],
        target=["bike", "bicycle"],
        attachments={"abc": "a long question"},
        output={"completion": "attachment://abc"},
    )
    (tmp_path / "l.json").write_text(json.dumps({**log_head([1]), "samples": [full]}))
    run = only_run(tmp_path)
    assert run.item("1").question == "system: be brief\nuser: a long question\n[image]"
    assert run.item("1").expected == "bike | bicycle"
    result = run.result("1", "1")
    assert result is not None
    assert result.output == "a long question"


def test_a_log_without_samples_or_scores_says_so(tmp_path: Path) -> None:
    deflated(tmp_path / "totals.eval", {"header.json": log_head(), "summaries.json": []})
    assert "holds no samples, only totals" in said(only_run(tmp_path / "totals.eval"))
    deflated(tmp_path / "raw.eval", eval_entries([sample(1, scores={})], log_head([1])))
    assert "none of its samples was scored" in said(only_run(tmp_path / "raw.eval"))


def test_damaged_entries_are_named(tmp_path: Path) -> None:
    path = deflated(tmp_path / "l.eval", eval_entries([sample(1), sample(2)], log_head()))
    content = path.read_bytes()
    path.write_bytes(content.replace(b"summaries.json", b"summaries.xxxx"))
    run = only_run(tmp_path)
    assert run.scores.of("match").tolist() == [[1], [1]]
    start = content.index(b"samples/2_epoch_1.json") + 40
    path.write_bytes(content[:start] + b"\xff" * 20 + content[start + 20 :])
    run = only_run(tmp_path)
    with pytest.raises(InputError, match=r"entry samples/2_epoch_1\.json is damaged"):
        run.result("2", "1")
    assert run.result("1", "1") is not None


@PACKED
def test_a_log_cut_at_any_place_gives_one_message_or_opens(tmp_path: Path, pack: object) -> None:
    path = tmp_path / "l.eval"
    pack(path, eval_entries([sample(1)], log_head([1])))  # type: ignore[operator]
    content = path.read_bytes()
    for cut in range(0, len(content), 7):
        path.write_bytes(content[:cut])
        headers, problems = listed(path)
        assert (len(headers), len(problems)) == (0, 1)


def test_a_zip_that_is_no_log(tmp_path: Path) -> None:
    _, problems = listed(deflated(tmp_path / "l.eval", {"readme.json": {}}))
    assert problems[0].message == "holds no Inspect log"


def test_the_same_settings_have_the_same_fingerprint(tmp_path: Path) -> None:
    head = log_head([1], epochs=1)
    for name, changes in {"a": {}, "b": {"config": {"epochs": 5}}, "c": {"task_args": {"level": 3}}}.items():
        spec = {**head["eval"], "eval_id": name, **changes}
        deflated(tmp_path / f"{name}.eval", eval_entries([sample(1)], {**head, "eval": spec}))
    a, b, c = (header.configuration.fingerprint() for header in listed(tmp_path)[0])
    assert a == b != c


def test_a_task_argument_handed_on_to_the_scorer_is_no_other_judge(tmp_path: Path) -> None:
    for level, grader in ((1, "x"), (2, "x"), (2, "y")):
        arguments = {"level": level, "grader_model": grader}
        scorers = [{"name": "match", "options": {**arguments, "location": "end"}}]
        head = log_head([1], eval_id=f"{level}{grader}", task_args=arguments, scorers=scorers)
        deflated(tmp_path / f"{level}{grader}.eval", eval_entries([sample(1)], head))
    one, two, other = (header.configuration for header in listed(tmp_path)[0])
    assert one.fingerprint() != two.fingerprint()
    assert one.judges == two.judges == {"match": {"grader_model": "x", "location": "end"}}
    assert two.judge_fingerprint() != other.judge_fingerprint()


def test_a_number_that_is_none_and_a_log_that_is_cut_in_json(tmp_path: Path) -> None:
    """Python writes NaN as a bare word, which JSON does not know."""
    samples = [sample("a", scores={"match": {"value": float("nan")}}), sample("b")]
    whole = json.dumps({**log_head(["a", "b"]), "samples": samples})
    (tmp_path / "log.json").write_text(whole)
    run = only_run(tmp_path / "log.json")
    assert "NaN" in whole
    assert run.scores.states_of("match").ravel().tolist() == [State.NON_FINITE, State.SCORED]
    (tmp_path / "log.json").write_text(whole[: len(whole) // 2])
    assert "not valid JSON" in str(listed(tmp_path)[1])


@PACKED
def test_a_sample_stored_in_parts_is_put_together(tmp_path: Path, pack: object) -> None:
    summary = sample("a")
    shell = {**summary, "input": "attachment://1", "output": {"completion": "attachment://2"}}
    entries = {
        "header.json": log_head(["a"]),
        "summaries.json": [summary],
        "samples/a_epoch_1/sample.json": shell,
        "samples/a_epoch_1/metadata.json": {"topic": "long"},
        "samples/a_epoch_1/attachments/0.json": ["first", "the question"],
        "samples/a_epoch_1/attachments/2.json": ["the answer"],
        "samples/a_epoch_1/messages/0.json": [],
    }
    pack(tmp_path / "l.eval", entries)  # type: ignore[operator]
    run = only_run(tmp_path)
    result = run.result("a", "1")
    assert result is not None
    assert (run.item("a").question, result.output) == ("the question", "the answer")
    assert run.item("a").metadata == {"topic": "long"}


def test_parts_of_one_run_are_no_repeats(tmp_path: Path) -> None:
    for part in ("0", "1"):
        folder = tmp_path / "run.shards" / part
        folder.mkdir(parents=True)
        deflated(folder / "log.eval", eval_entries([sample(part)], log_head([part])))
    headers, problems = listed(tmp_path)
    assert headers == []
    assert "they are no repeats" in problems[0].message
    deflated(tmp_path / "run.eval", eval_entries([sample("0"), sample("1")], log_head(["0", "1"])))
    assert [header.items for header in listed(tmp_path)[0]] == [2]
    assert len(listed(tmp_path / "run.shards" / "0" / "log.eval")[0]) == 1


def test_an_invalidated_log_says_so(tmp_path: Path) -> None:
    deflated(tmp_path / "l.eval", eval_entries([sample(1)], {**log_head([1]), "invalidated": True}))
    assert "marked as invalidated" in str(listed(tmp_path)[0][0].problems)


@pytest.mark.integration
def test_inspects_own_reader_says_the_same() -> None:
    """Logs under RAGTUI_INSPECT_LOGS, with `inspect_ai` installed: every number of its samples is ours."""
    log = pytest.importorskip("inspect_ai.log")
    place = os.environ.get("RAGTUI_INSPECT_LOGS", "")
    paths = [path for path in Path(place).rglob("*") if path.suffix in (".eval", ".json")] if place else []
    if not paths:
        pytest.skip("RAGTUI_INSPECT_LOGS names no logs")
    for path in paths:
        theirs = log.read_eval_log(str(path))
        run = only_run(path)
        for entry in theirs.samples or ():
            for scorer, told in (entry.scores or {}).items():
                if isinstance(told.value, (int, float)) and scorer in run.scores.column_of:
                    row = run.scores.row_of[str(entry.id)]
                    layer = [repeat.label for repeat in run.scores.repeats].index(str(entry.epoch))
                    cell = run.scores.of(scorer)[row, layer]
                    assert np.isnan(cell) if entry.error else cell == pytest.approx(float(told.value)), path


@pytest.mark.parametrize("name", ["anything", "hallucination"])
def test_letters_say_which_way_is_better_whatever_the_scorer_is_called(tmp_path: Path, name: str) -> None:
    samples = [sample(n, scores={name: {"value": letter}, "other": {"value": n}}) for n, letter in enumerate("CIPN", 1)]
    run = only_run(deflated(tmp_path / "a.eval", eval_entries(samples, log_head([1, 2, 3, 4]))))
    by_name = {metric.name: metric for metric in run.scores.metrics}
    assert (by_name[name].higher_is_better, by_name[name].direction_from) == (True, DirectionFrom.FILE)
    assert by_name["other"].direction_from is DirectionFrom.UNKNOWN
    samples[0]["scores"][name]["value"] = 0.5  # a mixture says nothing
    mixed = only_run(deflated(tmp_path / "b.eval", eval_entries(samples, log_head([1, 2, 3, 4], eval_id="E2"))))
    assert not next(metric for metric in mixed.scores.metrics if metric.name == name).direction_known
