"""Publishing through faults: nothing lost, nothing doubled, wherever a retry or a resume can survive."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from langfuse_standin import Fault, StandIn
from publishing_kit import abilities, publish, sending_to, simple_run

from ragtui.errors import RagtuiError, RemoteError, UsageError
from ragtui.langfuse.write.publish import Options, publish_run
from ragtui.langfuse.write.publisher import Phase

OTLP, SCORES, LINK = "/otel", "/scores", "/dataset-run-items"
RATE_LIMITED = {"Retry-After": "30"}


@pytest.fixture(autouse=True)
def state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAGTUI_STATE_DIR", str(tmp_path / "state"))


@dataclass(frozen=True)
class Stored:
    """What the server ended up with; a double is a record beyond the first of one item or score."""

    items: int
    scores: int
    doubles: int


def stored(server: StandIn) -> Stored:
    roots, scores = server.stored_items(), server.stored_scores()
    items = {span.attributes["langfuse.experiment.item.id"] for span in roots}
    names = {(score["traceId"], score["name"]) for score in scores}
    links = [record.value["traceId"] for record in server.store.run_items.records.values()]
    doubles = len(roots) - len(items) + len(scores) - len(names) + len(links) - len(set(links))
    return Stored(len(items), len(names), doubles)


SURVIVED = {
    "otlp 429, wait 1": Fault("POST", OTLP, status=429, headers={"Retry-After": "1"}),
    "otlp 429, wait 30": Fault("POST", OTLP, status=429, times=3, headers=RATE_LIMITED),
    "otlp 503": Fault("POST", OTLP, status=503, times=2),
    "otlp 500": Fault("POST", OTLP, status=500, times=7),
    "otlp 524, applied": Fault("POST", OTLP, status=524, times=2, apply=True),
    "otlp hang": Fault("POST", OTLP, hang=60),
    "otlp hang, applied": Fault("POST", OTLP, hang=60, apply=True),
    "otlp dropped": Fault("POST", OTLP, drop=True, times=2),
    "otlp dropped, applied": Fault("POST", OTLP, drop=True, times=2, apply=True),
    "otlp accepted and lost": Fault("POST", OTLP, lose=True),
    "otlp 413": Fault("POST", OTLP, status=413, times=1),
    "otlp 400 once": Fault("POST", OTLP, status=400, times=1),
    "scores 429, wait 30": Fault("POST", SCORES, status=429, times=2, headers=RATE_LIMITED),
    "scores 500": Fault("POST", SCORES, status=500, times=7),
    "scores 524, applied": Fault("POST", SCORES, status=524, apply=True),
    "scores hang": Fault("POST", SCORES, hang=60),
    "scores dropped, applied": Fault("POST", SCORES, drop=True, apply=True),
    "scores accepted and lost": Fault("POST", SCORES, lose=True),
    "projects 500": Fault("GET", "/projects", status=500, times=2),
    "projects hang": Fault("GET", "/projects", hang=60),
    "items 500": Fault("GET", "/experiment-items", status=500, times=4),
    "scores cannot be read": Fault("GET", "/v3/scores", status=500, times=4),
    "item create 524, applied": Fault("POST", "/dataset-items", status=524, apply=True),
}


@pytest.mark.parametrize("name", SURVIVED)
def test_a_passing_fault_costs_nothing(tmp_path: Path, name: str) -> None:
    fault = SURVIVED[name]
    run = simple_run(tmp_path / "run", 5)
    with StandIn("v4") as server:
        server.fail(Fault(**{**vars(fault), "hits": 0}))
        outcome = publish(server, run, timeout=3.0 if fault.hang else 60.0)
        assert server.faults[0].hits > 0
        assert outcome.phase is Phase.VERIFIED, outcome.experiments[0].line()
        assert stored(server) == Stored(5, 10, 0)


LINK_FAULTS = {
    "link 429": Fault("POST", LINK, status=429, times=2, headers={"Retry-After": "3"}),
    "link 524, applied": Fault("POST", LINK, status=524, times=2, apply=True),
    "link 500": Fault("POST", LINK, status=500, times=2),
    "second link hangs, applied": Fault("POST", LINK, hang=60, skip=1, apply=True),
    "first link dropped, applied": Fault("POST", LINK, drop=True, apply=True),
    "first link dropped": Fault("POST", LINK, drop=True),
}


@pytest.mark.parametrize("kind", ["v3", "v4-legacy"])
@pytest.mark.parametrize("name", LINK_FAULTS)
def test_links_are_made_once_whatever_the_answer_was(tmp_path: Path, name: str, kind: str) -> None:
    fault = LINK_FAULTS[name]
    run = simple_run(tmp_path / "run", 5)
    with StandIn(kind) as server:
        server.delays["run_items"] = 6
        server.fail(Fault(**{**vars(fault), "hits": 0}))
        outcome = publish(server, run, timeout=3.0 if fault.hang else 60.0)
        assert server.faults[0].hits > 0
        assert outcome.phase is Phase.VERIFIED, outcome.experiments[0].line()
        assert len(server.store.run_items) == 5 and len(server.store.runs) == 1
        assert stored(server).scores == 10 and stored(server).doubles == 0


def test_a_lasting_outage_of_scores_is_partial_and_resume_finishes(tmp_path: Path) -> None:
    run = simple_run(tmp_path / "run", 5)
    with StandIn("v4") as server:
        server.fail(Fault("POST", SCORES, status=500, times=-1))
        outcome = publish(server, run)
        assert outcome.phase is Phase.PARTIAL
        assert (
            "items sent 5 of 5, visible 5 of 5; scores sent 0 of 10, visible 0 of 10" in outcome.experiments[0].line()
        )
        server.faults.clear()
        assert publish(server, run, Options(resume=True)).phase is Phase.VERIFIED
        assert stored(server) == Stored(5, 10, 0)
        assert len(server.asked("POST", OTLP)) == 1


@pytest.mark.parametrize("asks", ["0", "1", "600"])
@pytest.mark.parametrize(
    "kind, method, path", [("v4", "GET", "/experiment-items"), ("v4", "POST", SCORES), ("v3", "GET", LINK)]
)
def test_a_limit_that_never_ends_ends_a_publication_in_its_time(
    tmp_path: Path, kind: str, method: str, path: str, asks: str
) -> None:
    """The look before the first byte had the patience of the work and no end: "again at once" held it for an hour."""
    run = simple_run(tmp_path / "run", 2)
    with StandIn(kind) as server:
        server.fail(Fault(method, path, status=429, times=-1, headers={"Retry-After": asks}))
        with sending_to(server) as http:
            outcome = publish_run(run, http, abilities(server), Options(wait_s=60))
            assert http.clock.now() <= 60 + 60 + 90 + 60, "sending, looking before, reading, looking after"
        assert outcome.phase is Phase.PARTIAL
        server.faults.clear()
        assert publish(server, run, Options(resume=True)).phase is Phase.VERIFIED
        assert stored(server) == Stored(2, 4, 0)


def test_a_lasting_outage_of_everything_is_failed_and_resume_finishes(tmp_path: Path) -> None:
    run = simple_run(tmp_path / "run", 5)
    with StandIn("v4") as server:
        server.fail(Fault("POST", OTLP, status=500, times=-1))
        assert publish(server, run).phase is Phase.FAILED
        assert stored(server) == Stored(0, 0, 0), "scores of items that never arrived would be orphans"
        server.faults.clear()
        assert publish(server, run, Options(resume=True)).phase is Phase.VERIFIED
        assert stored(server) == Stored(5, 10, 0)


@pytest.mark.parametrize("wait_s, expected", [(100.0, Phase.PARTIAL), (720.0, Phase.VERIFIED)])
def test_what_becomes_visible_late_is_waited_for_and_counted(tmp_path: Path, wait_s: float, expected: Phase) -> None:
    run = simple_run(tmp_path / "run", 5)
    seen: list[int] = []
    with StandIn("v4") as server:
        server.delays["spans"] = 60
        server.delays["scores"] = 590
        outcome = publish(server, run, Options(wait_s=wait_s), report=lambda p: seen.append(p.items.visible))
        assert outcome.phase is expected
        assert (0 in seen) and (5 in seen)
        assert stored(server) == Stored(5, 10, 0)
        if expected is Phase.PARTIAL:
            assert "visible 0 of 10" in outcome.experiments[0].line()
            server.advance(600)
            sent = len(server.asked("POST"))
            assert publish(server, run, Options(resume=True)).phase is Phase.VERIFIED
            assert len(server.asked("POST")) == sent, "nothing but reading was left to do"


def test_a_listing_that_lags_is_not_taken_for_a_loss(tmp_path: Path) -> None:
    """The spans are there (real-time path), the experiment lists them only after minutes: nothing is resent."""
    run = simple_run(tmp_path / "run", 5)
    with StandIn("v4") as server:
        server.fail(Fault("GET", "/experiment-items", status=200, times=9, body={"data": [], "meta": {}}))
        assert publish(server, run).phase is Phase.VERIFIED
        assert len(server.asked("POST", OTLP)) == 1
        assert server.asked("GET", "/v2/observations")


@pytest.mark.parametrize("kind", ["v4", "v4-old"])
def test_one_poisoned_item_is_found_and_the_others_arrive(tmp_path: Path, kind: str) -> None:
    run = simple_run(tmp_path / "run", 9)
    with StandIn(kind) as server:
        server.fail(Fault("POST", OTLP, status=400, times=-1, contains="Question 6?", body={"message": "bad span"}))
        outcome = publish(server, run)
        assert outcome.phase is Phase.PARTIAL
        assert "items sent 8 of 9, visible 8 of 9, refused 1" in outcome.experiments[0].line()
        assert any("bad span" in problem.message for problem in outcome.problems)
        assert stored(server) == Stored(8, 16, 0)


def test_an_item_the_server_chokes_on_does_not_hold_up_the_others(tmp_path: Path) -> None:
    run = simple_run(tmp_path / "run", 9)
    with StandIn("v4") as server:
        server.fail(Fault("POST", OTLP, status=500, times=-1, contains="Question 6?"))
        outcome = publish(server, run)
        assert outcome.phase is Phase.PARTIAL
        assert stored(server) == Stored(8, 16, 0)


def test_a_result_whose_item_the_dataset_refuses_is_not_called_published(tmp_path: Path) -> None:
    run = simple_run(tmp_path / "run", 4)
    with StandIn("v4") as server:
        server.fail(Fault("POST", "/dataset-items", status=400, times=-1, contains="Question 2?"))
        outcome = publish(server, run)
        assert outcome.phase is Phase.PARTIAL and outcome.left_out == 1
        assert any("item 002 is not in the dataset there" in problem.message for problem in outcome.problems)
        assert stored(server) == Stored(3, 6, 0)
        server.faults.clear()
        assert publish(server, run, Options(resume=True)).phase is Phase.VERIFIED
        assert stored(server) == Stored(4, 8, 0)


def test_a_refused_score_in_a_list_is_found_by_halving(tmp_path: Path) -> None:
    """A real 207: the server takes a list and refuses some of it without saying which."""
    run = simple_run(tmp_path / "run", 8)
    with StandIn("v4") as server:
        body = {"accepted": 7, "rejected": 1, "errors": [{"message": "name too long"}]}
        server.fail(Fault("POST", SCORES, status=207, times=-1, contains="because 003", body=body, apply=False))
        outcome = publish(server, run)
        assert outcome.phase is Phase.PARTIAL
        assert "scores sent 14 of 16, visible 14 of 16, refused 2" in outcome.experiments[0].line()
        assert any("name too long" in problem.message for problem in outcome.problems)
        assert stored(server) == Stored(8, 14, 0)


@pytest.mark.parametrize("stop_at", range(1, 12))
@pytest.mark.parametrize(("kind", "applied"), [("v4", False), ("v4", True), ("v3", True)])
def test_interrupted_anywhere_and_run_again_ends_in_the_same_state(
    tmp_path: Path, kind: str, stop_at: int, applied: bool
) -> None:
    run = simple_run(tmp_path / "run", 3)
    with StandIn(kind) as server:
        outage = Fault(skip=stop_at, times=-1, drop=True, apply=applied)
        server.fail(outage)
        try:
            publish(server, run, Options(wait_s=20))
        except RagtuiError as error:
            assert server.secret_key not in str(error)
        outage.times = 0
        assert publish(server, run).phase is Phase.VERIFIED
        found = stored(server)
        assert (found.scores, found.doubles) == (6, 0)
        assert len(server.stored_spans()) == len({(span.trace_id, span.id) for span in server.stored_spans()})


def test_a_slow_server_gets_everything(tmp_path: Path) -> None:
    """A small copy of 1,500 items at 2 s an answer: more requests than threads, each of them slow."""
    run = simple_run(tmp_path / "run", 350)
    with StandIn("v4") as server:
        server.fail(Fault("POST", OTLP, delay=0.3, times=-1))
        assert publish(server, run).phase is Phase.VERIFIED
        assert stored(server) == Stored(350, 700, 0)
        assert len(server.asked("POST", OTLP)) == 4


def test_a_rate_limit_stretches_the_publication_and_loses_nothing(tmp_path: Path) -> None:
    """A small copy of 1,000 scores at 30 requests a minute, one score a request: more than one wait."""
    run = simple_run(tmp_path / "run", 220)
    with StandIn("v4-old") as server:
        server.limits = {"general": 30}
        first = publish(server, run)
        assert first.phase is Phase.PARTIAL
        sent = first.experiments[0].scores.sent
        assert 100 < sent < 440 and f"scores sent {sent} of 440, visible" in first.experiments[0].line()
        assert first.experiments[0].scores.visible > 0
        assert publish(server, run, Options(resume=True)).phase is Phase.VERIFIED
        assert stored(server) == Stored(220, 440, 0)


def test_keys_that_are_refused_midway_end_it_at_once_and_a_resume_finishes(tmp_path: Path) -> None:
    run = simple_run(tmp_path / "run", 5)
    with StandIn("v4") as server:
        server.fail(Fault("POST", SCORES, status=401, times=-1, body={"message": "Invalid credentials"}))
        with pytest.raises(RemoteError) as caught:
            publish(server, run)
        assert server.secret_key not in str(caught.value)
        server.faults.clear()
        assert publish(server, run, Options(resume=True)).phase is Phase.VERIFIED
        assert stored(server) == Stored(5, 10, 0)


def test_a_name_that_another_run_holds_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    first, second = simple_run(tmp_path / "one", 3), simple_run(tmp_path / "two", 3)
    with StandIn("v4") as server:
        publish(server, first)
        sent = len(server.asked("POST"))
        with pytest.raises(UsageError, match="already holds 3 items"):
            publish(server, second)
        assert len(server.asked("POST")) == sent
        assert publish(server, second, Options(name="second")).phase is Phase.VERIFIED
        assert len(server.stored_items()) == 6


def test_there_is_nothing_to_resume_before_a_first_publication(tmp_path: Path) -> None:
    run = simple_run(tmp_path / "run", 2)
    with StandIn("v4") as server, pytest.raises(UsageError, match="to resume"):
        publish(server, run, Options(resume=True))


def test_two_publications_of_one_run_at_once_are_refused(tmp_path: Path) -> None:
    run = simple_run(tmp_path / "run", 2)
    with StandIn("v4") as server, sending_to(server) as http:

        def again(progress: object) -> None:
            with pytest.raises(RagtuiError, match="another process"):
                publish(server, run)
            again.hits += 1  # type: ignore[attr-defined]

        again.hits = 0  # type: ignore[attr-defined]
        reported = iter([again])
        publish_run(run, http, abilities(server), report=lambda p: next(reported, lambda p: None)(p))
        assert again.hits == 1  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", ["/experiment-items", "/v3/scores", "/dataset-items"])
def test_a_listing_that_never_ends_does_not_hold_up_reading_back(tmp_path: Path, path: str) -> None:
    run = simple_run(tmp_path / "run", 2)
    with StandIn("v4") as server:
        page = {"data": [{"id": "a"}], "meta": {"cursor": "again", "totalPages": 99_999}}
        server.fail(Fault("GET", path, status=200, times=-1, body=page))
        if path == "/dataset-items":
            with pytest.raises(RagtuiError, match="does not end"):
                publish(server, run)
        else:
            assert publish(server, run, Options(wait_s=0)).phase.value == "partial"
        assert len(server.asked("GET", path)) < 20
