"""Whole runs against the stand-in: what is written, resumed, refused, controlled and never written."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import pytest
from openai_standin import StandIn, standin
from runner_kills import differences, kill_and_resume, make_run, run_through
from runner_kit import ITEMS, essence, lay_out, records, summary
from waiting import eventually

from ragtui.cli.main import main
from ragtui.errors import RagtuiError
from ragtui.model import State
from ragtui.runner.launch import journal
from ragtui.runner.launch import prepare as launch_module
from ragtui.runner.launch.adding import add_scores
from ragtui.runner.launch.again import targeted
from ragtui.runner.launch.child import Worker, live_workers
from ragtui.runner.launch.prepare import Launch, Overrides, open_launch, prepare
from ragtui.runner.launch.rejudge import prepare_rejudge
from ragtui.runner.plan.planfile import read_plan
from ragtui.runner.work import station, tally
from ragtui.runner.work.worker import work
from ragtui.sources import open_source
from ragtui.sources.own import writer
from ragtui.tui.live import LiveRuns

CANDIDATE = '\n[candidate]\nname = "new"\n[candidate.target]\ntop_k = 1\n'


def launched(folder: Path, server: StandIn, plan: str = "", **how: Any) -> Launch:
    return prepare(read_plan(lay_out(folder, server.url, plan, **how)))


def test_a_run_holds_everything_and_loads(tmp_path: Path) -> None:
    with standin(nonsense=0.2) as server:
        done = work(launched(tmp_path, server, "repeats = 2\n" + CANDIDATE))
        assert server.keys == {os.environ["STANDIN_KEY"]}
    assert done.stop.ending == "complete"
    base, new = done.folders
    assert summary(base)["pipeline"]["top_k"] == 2 and summary(new)["pipeline"]["top_k"] == 1
    assert summary(base)["judges"] == summary(new)["judges"]
    assert summary(base)["results"] == summary(base)["expected_results"] == ITEMS * 2
    record = records(base)[0]
    assert record["output"] and len(record["contexts"]) == 2 and record["tokens"]["input"] > 0
    assert record["latency_s"] > 0 and record["scores"]["token_f1"]["judge"] == "lexical"
    source = open_source(base)
    loaded = source.load(base.name)
    states = loaded.scores.states_of("faithfulness")
    assert int((states == State.METRIC_ERROR).sum()) > 0
    assert int((states == State.SCORED).sum()) + int((states == State.METRIC_ERROR).sum()) == ITEMS * 2
    failed = [r["scores"]["faithfulness"] for r in records(base) if r["scores"]["faithfulness"].get("error")]
    assert all(score["value"] is None and score["raw"] for score in failed)


def test_the_key_is_in_no_file(tmp_path: Path, key: str) -> None:
    with standin(key="another") as server:  # the server even repeats the wrong key in its message
        done = work(launched(tmp_path, server))
    assert "Incorrect API key provided: ***" in done.stop.message
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or key.encode() not in path.read_bytes(), path


def test_a_missing_key_stops_before_anything_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STANDIN_KEY")
    with standin() as server:
        launch = launched(tmp_path, server)
        with pytest.raises(RagtuiError, match="STANDIN_KEY is not set"):
            work(launch)
        assert server.requests.total() == 0


def test_an_interrupted_run_equals_an_undisturbed_one(tmp_path: Path) -> None:
    with standin(latency_s=0.03) as server:
        undisturbed = make_run(tmp_path / "whole", server, items=10, repeats=2)
        run_through(undisturbed)
        run = make_run(tmp_path / "killed", server, items=10, repeats=2)
        hit = kill_and_resume(run, 4, seed=3)
    assert hit >= 2
    assert differences(run, undisturbed, 2) == []


def test_failed_results_are_retried_on_request_only(tmp_path: Path) -> None:
    with standin(server_error=0.35, nonsense=0.2) as server:
        launch = launched(tmp_path, server, "retries = 0\npatience_s = 0\nconcurrency = 2\n")
        work(launch)
        failed = {r["item"] for r in records(launch.lead) if r["error"]}
        assert failed
        server.faults.server_error = server.faults.nonsense = 0.0
        before = server.requests.total()
        work(open_launch(launch.lead))
        assert server.requests.total() == before
        done = work(open_launch(launch.lead), retry_failed=True)
    assert (done.progress["failed"], done.progress["unjudged"]) == (0, 0)
    again = {r["item"] for r in records(launch.lead) if r["attempt"] == 2}
    assert failed <= again
    assert (summary(launch.lead)["errors"], summary(launch.lead)["results"]) == (0, ITEMS)


def test_a_pipeline_that_changed_under_way_is_refused(tmp_path: Path) -> None:
    with standin() as server:
        launch = launched(tmp_path, server, "[budget]\ncalls = 4\n")
        work(launch)
        assert records(launch.lead)
        (tmp_path / "pages" / "thing-0.md").write_text("# Thing 0\nThing 0 is blue.\n")
        with pytest.raises(RagtuiError, match="pipeline setting corpus changed"):
            work(open_launch(launch.lead))


@pytest.mark.parametrize("broken", ["import no_such_module\n", "def ask(question): return question.no_such_thing\n"])
def test_code_that_never_answered_may_be_corrected_and_the_run_goes_on(broken: str, tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(broken)
    path = lay_out(tmp_path, "", '[target]\nkind = "python"\ncall = "own:ask"\n', rag=False, judges=False, items=3)
    launch = prepare(read_plan(path))
    work(launch)
    before = summary(launch.lead)["pipeline"]["code"]
    (tmp_path / "own.py").write_text("def ask(question): return 'red'\n")
    if records(launch.lead):
        with pytest.raises(RagtuiError, match="pipeline setting code changed") as refused:
            work(open_launch(launch.lead))
        assert "--retry-failed" in refused.value.hint
        assert summary(launch.lead)["pipeline"]["code"] == before
    assert work(open_launch(launch.lead), retry_failed=True).stop.ending == "complete"
    assert summary(launch.lead)["errors"] == 0 and summary(launch.lead)["pipeline"]["code"] != before
    (tmp_path / "own.py").write_text("def ask(question): return 'blue'\n")
    with pytest.raises(RagtuiError, match="pipeline setting code changed"):
        work(open_launch(launch.lead), retry_failed=True)


def corrected(tmp_path: Path, server: StandIn, more: str = "") -> tuple[Path, Launch]:
    """A run of which the judge `tone` gave nothing but errors, as its prompt asks for no verdict."""
    (tmp_path / "tone.md").write_text("Write a poem about {question} and {output}.")
    metrics = '\nmetrics = ["relevance"]\n[judges.tone]\nprompt = "tone.md"\n'
    path = lay_out(tmp_path, server.url, "retries = 0\n", items=3)
    path.write_text(path.read_text() + metrics + more)
    launch = prepare(read_plan(path))
    assert work(launch).progress["unjudged"] == 3
    return path, launch


def test_a_judge_that_gave_no_verdict_may_be_corrected_where_others_did(tmp_path: Path) -> None:
    with standin() as server:
        _, launch = corrected(tmp_path, server)
        (tmp_path / "tone.md").write_text("Score the tone of {output} from 1 to 5. Reply in JSON.")
        with pytest.raises(RagtuiError, match="judges setting tone changed") as refused:
            work(open_launch(launch.lead))
        assert "--retry-failed" in refused.value.hint
        before = server.requests.total()
        done = work(open_launch(launch.lead), retry_failed=True)
        assert done.progress["unjudged"] == 0 and server.requests.total() == before + 3
        (tmp_path / "tone.md").write_text("Score the tone of {output} from 1 to 5, strictly. Reply in JSON.")
        with pytest.raises(RagtuiError, match="judges setting tone changed") as stuck:
            work(open_launch(launch.lead), retry_failed=True)
        assert "must not mix" in stuck.value.hint
    last = records(launch.lead)[-1]["scores"]["tone"]["judge"]
    assert summary(launch.lead)["judges"]["tone"]["prompt_hash"] == last.partition("@")[2]


def test_a_judge_that_gave_no_verdict_is_added_anew_as_its_plan_says_now(tmp_path: Path) -> None:
    with standin() as server:
        path, launch = corrected(tmp_path, server)
        (tmp_path / "kind.md").write_text("Score the tone of {output} as 0 or 1. Reply in JSON.")
        path.write_text(path.read_text().replace('"tone.md"', '"kind.md"\nscale = [0, 1]'))
        with pytest.raises(RagtuiError, match="relevance: the run has it already"):
            add_scores(launch.lead, ["relevance"], read_plan(path))
        before = server.requests.total()
        assert main(["rejudge", str(launch.lead), "--add", "tone"]) == 0
        assert server.requests.total() == before + 3
        assert main(["run", str(launch.lead)]) == 0
    assert [entry["scale"] for entry in summary(launch.lead)["metrics"] if entry["name"] == "tone"] == [[0, 1]]
    assert {record["scores"]["tone"]["value"] for record in records(launch.lead)[-3:]} <= {0, 1}


@pytest.mark.parametrize("later", ["return 1.0", "return None"])
def test_an_evaluator_that_only_failed_may_be_corrected_and_one_that_scored_may_not(later: str, tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text("def ask(question): return 'red'\n")
    (tmp_path / "evals.py").write_text("def tone(output): raise KeyError('tone')\n")
    plan = '[target]\nkind = "python"\ncall = "own:ask"\n[[evaluators]]\ncall = "evals:tone"\n'
    launch = prepare(read_plan(lay_out(tmp_path, "", plan, rag=False, judges=False, items=3)))
    assert work(launch).progress["unjudged"] == 3
    (tmp_path / "evals.py").write_text(f"def tone(output): {later}\n")
    assert work(open_launch(launch.lead), retry_failed=True).progress["unjudged"] == 0
    (tmp_path / "evals.py").write_text("def tone(output): return 0.5\n")
    with pytest.raises(RagtuiError, match=r"judges setting evals:tone changed"):
        work(open_launch(launch.lead), retry_failed=True)


def test_adding_a_score_pays_for_that_score_alone_where_others_failed(tmp_path: Path) -> None:
    with standin(nonsense=1.0) as server:
        path = lay_out(tmp_path, server.url, "retries = 0\n", items=3)
        launch = prepare(read_plan(path))
        work(launch)
        before = server.requests.total()
        path.write_text(path.read_text().replace('["token_f1"]', '["token_f1", "exact_match"]'))
        done = work(add_scores(launch.lead, ["exact_match"], read_plan(path)))
        assert server.requests.total() == before and done.progress["unjudged"] == 3
        server.faults.nonsense = 0.0
        work(open_launch(launch.lead), retry_failed=True)
        assert server.requests.total() == before + 3 * 3
    last = {record["item"]: record["scores"] for record in records(launch.lead)}
    assert all("exact_match" in said and not any(one.get("error") for one in said.values()) for said in last.values())


def test_a_dataset_that_changed_under_way_is_told_and_the_copy_is_used(tmp_path: Path) -> None:
    with standin() as server:
        launch = launched(tmp_path, server)
        (tmp_path / "dataset.json").write_text(json.dumps([{"id": "other", "question": "?"}]))
        work(open_launch(launch.lead))
    assert {r["item"] for r in records(launch.lead)} == {f"q{n}" for n in range(ITEMS)}
    events = (launch.lead / "events.jsonl").read_text()
    assert "changed since the run began" in events


def test_a_budget_ends_the_run_and_keeps_what_is_finished(tmp_path: Path) -> None:
    with standin(latency_s=0.05) as server:
        launch = launched(tmp_path, server, "repeats = 9\nconcurrency = 2\n[budget]\ncalls = 40\n")
        done = work(launch)
    assert done.stop.ending == "budget" and "40 calls" in done.stop.message
    assert summary(launch.lead)["status"] == "cancelled"
    assert 0 < len(records(launch.lead)) < 9 * ITEMS


def test_a_full_disk_stops_the_run_and_loses_nothing(tmp_path: Path) -> None:
    limit = "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
    limit += "resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000)); "
    with standin() as server:
        launch = launched(tmp_path, server, "repeats = 2\n")
        code = limit + f"import sys; from ragtui.cli.main import main; sys.exit(main(['run', {str(launch.lead)!r}]))"
        ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert ended.returncode == 2, ended.stderr
        assert "cannot be written" in ended.stderr or "disk is full" in ended.stderr
        kept = essence(launch.lead)
        assert 0 < len(kept) < ITEMS * 2
        work(open_launch(launch.lead))
    whole = essence(launch.lead)
    assert len(whole) == ITEMS * 2
    assert all(whole[place] == said for place, said in kept.items())


def test_judges_that_never_answer_end_the_run_before_more_is_spent(tmp_path: Path) -> None:
    with standin(no_schema=True) as server:
        path = lay_out(tmp_path, server.url, "repeats = 20\nconcurrency = 4\n")
        text = path.read_text()
        path.write_text(text.replace("[judge]", '[judge]\nstructured = "json_schema"'))
        launch = prepare(read_plan(path))
        done = work(launch)
        assert done.stop.ending == "failed" and "response_format is not supported" in done.stop.message
        assert len(records(launch.lead)) < 40
        for weaker in ("none", "auto"):  # auto falls back by itself
            path.write_text(text.replace("[judge]", f'[judge]\nstructured = "{weaker}"').replace("= 20", "= 1"))
            assert work(prepare(read_plan(path))).progress["unjudged"] == 0


def test_copies_among_the_repeats_are_reported(tmp_path: Path) -> None:
    with standin(cached=True) as server:
        done = work(launched(tmp_path, server, "repeats = 3\n"))
    assert len(done.warnings) == 1 and "a cache answered" in done.warnings[0]
    with standin() as server:
        assert work(launched(tmp_path / "fresh", server, "repeats = 3\n")).warnings == ()


def test_embeddings_find_the_page(tmp_path: Path) -> None:
    with standin() as server:
        path = lay_out(tmp_path, server.url)
        text = path.read_text().replace("top_k = 2", 'top_k = 1\nretriever = "hybrid"')
        model = f'model = "e1"\nbase_url = "{server.url}"\napi_key_env = "STANDIN_KEY"\n'
        path.write_text(text.replace("[judge]", f"[target.embeddings]\n{model}[judge]"))
        launch = prepare(read_plan(path))
        work(launch)
    found = {r["item"]: r["contexts"][0]["id"] for r in records(launch.lead)}
    assert sum(found[f"q{n}"] == f"thing-{n}#1" for n in range(ITEMS)) >= ITEMS - 1


def test_only_the_chosen_items_run_again_on_both_sides(tmp_path: Path) -> None:
    with standin() as server:
        first = launched(tmp_path, server, "repeats = 2\n" + CANDIDATE)
        work(first)
        again = targeted(first.folders, ["q3", "q1"], 4).prepare()
        work(again)
    for old, new in zip(first.folders, again.folders, strict=True):
        said = summary(new)
        assert said["selection"] == ["q3", "q1"] and said["repeats"] == 4
        assert said["confirms"] == summary(old)["id"]
        assert said["pipeline"] == summary(old)["pipeline"] and said["judges"] == summary(old)["judges"]
        assert {r["item"] for r in records(new)} == {"q1", "q3"} and len(records(new)) == 8
        before = {r["output"] for r in records(old) if r["item"] == "q1"}
        assert before.isdisjoint(r["output"] for r in records(new) if r["item"] == "q1"), "fresh seeds, fresh answers"


def test_stored_answers_are_judged_again_and_not_made_again(tmp_path: Path) -> None:
    with standin() as server:
        first = launched(tmp_path, server, "repeats = 2\n")
        work(first)
        before = {(r["item"], r["repeat"]): r["output"] for r in records(first.lead)}
        calls = server.requests.total()
        again = prepare_rejudge(first.lead, 3)
        work(again)
        assert server.requests.total() - calls == ITEMS * 2 * 3 * 3
    said = summary(again.lead)
    assert said["rejudge_of"] == summary(first.lead)["id"]
    found = records(again.lead)
    assert {(r["repeat"], r["judging"]) for r in found} == {(r, j) for r in (1, 2) for j in (1, 2, 3)}
    assert all(r["output"] == before[r["item"], r["repeat"]] and "latency_s" not in r for r in found)
    labels = [repeat.label for repeat in open_source(again.lead).load(again.lead.name).scores.repeats]
    assert labels == ["1.1", "1.2", "1.3", "2.1", "2.2", "2.3"]


class Jumping(datetime):
    """A wall clock that is set a year back and forth with every look."""

    looks = 0

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        cls.looks += 1
        return datetime(2026 + cls.looks % 3, 1, 1, tzinfo=tz) + timedelta(seconds=cls.looks)


def test_a_wall_clock_that_jumps_changes_no_wait_and_no_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (station, journal, launch_module, tally, writer):
        monkeypatch.setattr(module, "datetime", Jumping)
    began = time.monotonic()
    with standin(first_too_many=4, retry_after="0.2") as server:
        launch = launched(tmp_path, server, "repeats = 2\nconcurrency = 4\ntimeout_s = 5.0\n")
        done = work(launch)
    assert Jumping.looks > 20
    assert (done.stop.ending, done.progress["failed"]) == ("complete", 0)
    assert len(essence(launch.lead)) == ITEMS * 2
    assert 0 <= summary(launch.lead)["duration_s"] <= time.monotonic() - began + 1
    assert all(0 <= record["latency_s"] < 5 for record in records(launch.lead))
    assert work(open_launch(launch.lead)).progress["done"] == ITEMS * 2, "and a resume finds nothing left to do"


def test_a_worker_is_paused_resumed_found_again_and_cancelled(tmp_path: Path) -> None:
    with standin(latency_s=0.05) as server:
        launch = launched(tmp_path, server, "repeats = 50\nconcurrency = 2\n")
        worker = Worker.start(launch)
        eventually(lambda: (worker.poll().progress.get("done") or 0) > 2)
        worker.pause()
        eventually(lambda: worker.poll().state == "paused" and worker.poll().progress["in_flight"] == 0)
        done = worker.poll().progress["done"]
        time.sleep(0.3)
        assert worker.poll().progress["done"] == done
        with pytest.raises(RagtuiError, match="another process is writing"):
            work(open_launch(launch.lead))
        other = Worker.attach(launch.lead)
        assert live_workers(tmp_path) == [launch.lead.resolve()]
        listed = LiveRuns((), lambda: launch.folders)
        assert [found.folder for found in listed.look()[0]] == [launch.lead.resolve()], "once, wherever it lies"
        other.set_concurrency(4)
        other.resume()
        eventually(lambda: other.poll().progress["done"] > done and other.poll().progress["ceiling"] == 4)
        other.cancel()
        eventually(lambda: not worker.poll().alive)
    assert worker.poll().state == "cancelled"
    assert summary(launch.lead)["status"] == "cancelled"
    kinds = [event["kind"] for event in Worker.attach(launch.lead).poll().events]
    assert kinds[0] == "start" and kinds[-1] == "finish"
    assert {"pause", "resume", "concurrency"} <= set(kinds)
    assert len(records(launch.lead)) == worker.poll().progress["done"]


def test_the_first_signal_finishes_what_is_under_way(tmp_path: Path) -> None:
    with standin(latency_s=0.1) as server:
        launch = launched(tmp_path, server, "repeats = 50\nconcurrency = 2\n")
        worker = Worker.start(launch)
        eventually(lambda: (worker.poll().progress.get("done") or 0) > 2)
        os.kill(worker.poll().progress["pid"], signal.SIGTERM)
        eventually(lambda: not worker.poll().alive)
    assert worker.poll().state == "interrupted"
    assert summary(launch.lead)["status"] == "partial"


def test_the_second_signal_does_not_wait(tmp_path: Path) -> None:
    with standin(hang=1.0) as server:
        launch = launched(tmp_path, server, "timeout_s = 300.0\n")
        worker = Worker.start(launch)
        eventually(lambda: (worker.poll().progress.get("in_flight") or 0) > 0)
        pid = worker.poll().progress["pid"]
        os.kill(pid, signal.SIGINT)
        eventually(lambda: worker.poll().state == "stopping")
        os.kill(pid, signal.SIGINT)
        eventually(lambda: not worker.poll().alive)
    assert records(launch.lead) == []
    assert worker.poll().state == "interrupted"


def test_a_killed_worker_is_seen_as_lost_and_what_it_spent_still_counts(tmp_path: Path) -> None:
    with standin(latency_s=0.1) as server:
        worker = Worker.start(launched(tmp_path, server, "repeats = 6\n"))
        eventually(lambda: (worker.poll().progress.get("done") or 0) > 2)
        worker.kill()
        assert worker.poll().state == "lost"
        spent = worker.poll().progress["calls"]
        server.faults.latency_s = 0.0
        again = Worker.start(open_launch(worker.folder))
        eventually(lambda: again.poll().state == "complete")
        eventually(lambda: not again.poll().alive)
        assert again.poll().progress["calls"] >= spent + (ITEMS * 6 - again.poll().progress["already"]) * 4
        nothing_left = Worker.start(open_launch(worker.folder))
        eventually(lambda: nothing_left.poll().state == "complete")
        eventually(lambda: not nothing_left.poll().alive)


def test_items_and_repeats_can_be_chosen(tmp_path: Path) -> None:
    with standin() as server:
        plan = read_plan(lay_out(tmp_path, server.url))
        launch = prepare(plan, overrides=Overrides(repeats=3, items=("q5",)))
        work(open_launch(launch.lead))
        with pytest.raises(RagtuiError, match="no item q99"):
            prepare(plan, overrides=Overrides(items=("q99",)))
    assert sorted((r["item"], r["repeat"]) for r in records(launch.lead)) == [("q5", 1), ("q5", 2), ("q5", 3)]
