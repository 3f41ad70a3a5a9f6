"""What was read before decides nothing in silence: changed scores, a server that is down, a cache that is accepted."""

from __future__ import annotations

from pathlib import Path

import pytest
from langfuse_standin import Fault, StandIn, scores
from langfuse_standin.examples import items, results

from ragtui.cli.main import main

BASE, CAND = "langfuse:qa/base", "langfuse:qa/cand"


@pytest.fixture(params=["v4-old"])
def server(server: StandIn, project: Path) -> StandIn:
    server.add_dataset("qa", items(24))
    for name in ("base", "base #2", "cand"):
        start = server.clock() - 3 * 86_400
        server.add_run("qa", name, results(24), metadata={"ragtui_configuration": name[:4]}, start=start)
    return server


def worsen(server: StandIn, experiment: str = "0000000000000003") -> None:
    """Every faithfulness score of the candidate becomes 1, under the id and date it had."""
    traces = {span.trace_id for span in server.stored_items(experiment)}
    for score in server.stored_scores():
        if score["name"] == "faithfulness" and score["traceId"] in traces:
            scores.put(server.store, {**score, "value": 1})


def gate(*more: str) -> int:
    return main(["gate", "--baseline", BASE, "--candidate", CAND, *more])


def said(capsys: pytest.CaptureFixture[str]) -> str:
    captured = capsys.readouterr()
    return captured.out + captured.err


def test_a_gate_sees_scores_that_changed_since_they_were_read(
    server: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    assert gate() != 1
    worsen(server)
    assert gate() == 1, said(capsys)


def test_compare_sees_them_too(server: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    main(["compare", BASE, "--vs", CAND])
    worsen(server)
    said(capsys)
    main(["compare", BASE, "--vs", CAND])
    shown = said(capsys)
    assert "cached" not in shown
    assert next(line for line in shown.splitlines() if line.startswith("faithfulness")).split()[2] == "1.000"


@pytest.mark.parametrize(
    "command",
    [
        ["gate", "--baseline", BASE, "--candidate", CAND],
        ["bless", BASE, "-r", "x"],
        ["confirm", BASE, "--vs", CAND, "--dry-run"],
        ["publish", CAND, "--verdicts", BASE],
        ["pull", CAND, "kept"],
    ],
    ids=lambda words: words[0],
)
def test_with_the_server_down_nothing_is_decided_on_what_was_read_before(
    server: StandIn, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    gate()
    server.fail(Fault(status=503, times=-1, headers={"Retry-After": "0"}))
    said(capsys)
    assert main(command) == 2
    shown = said(capsys)
    assert "cannot be read now" in shown and "min ago" in shown and "--as-of cache" in shown
    main([*command, "--as-of", "cache"])
    assert "cannot be read now" not in said(capsys), "the way out that is named leads out"


def test_a_gate_does_not_go_on_where_only_the_results_cannot_be_read(
    server: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    """The listing answers, and what was read before of the runs is at hand."""
    gate()
    for path in ("/experiment-items", "/v3/scores"):
        server.fail(Fault("GET", path, status=503, times=-1, headers={"Retry-After": "0"}))
    said(capsys)
    assert gate() == 2
    shown = said(capsys)
    assert "cannot be read now" in shown and "min ago" in shown


def test_a_gate_does_not_decide_on_the_scores_that_stand_beside_items(
    server: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without the scores' own listing there are fifty an item at most, and none that was given days later."""
    server.fail(Fault("GET", "/v3/scores", status=502, times=-1, body="<html>Bad Gateway</html>"))
    assert main(["compare", BASE, "--vs", CAND]) == 0
    assert "read beside the items" in said(capsys)
    assert gate() == 2
    assert "cannot be read now" in said(capsys)
    server.faults.clear()
    main(["compare", BASE, "--vs", CAND])
    assert "read beside the items" not in said(capsys), "what could not be read is read the next time"


def test_a_cache_that_is_accepted_is_used_and_named_without_asking(
    server: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    before = gate()
    worsen(server)
    asked = len(server.requests)
    said(capsys)
    assert gate("--as-of", "CACHE") == before
    assert "cached" in said(capsys) and len(server.requests) == asked


def test_confirm_doubts_what_the_server_says_now(server: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["confirm", BASE, "--vs", CAND, "--dry-run"]
    assert main(words) == 0
    assert "nothing is in doubt" in said(capsys)
    worsen(server)
    assert main(words) == 2, "there is doubt now, and a hosted run alone names no plan to repeat"
    shown = said(capsys)
    assert "langfuse:qa/base is a hosted run" in shown and "in doubt are i0" in shown
    assert main([*words, "--as-of", "cache"]) == 2, "what was read by the try before this one is the cache"


@pytest.mark.parametrize(
    "command",
    [["compare", BASE, "--vs", CAND], ["explain", "i003", BASE, "--vs", CAND], ["noise", BASE], ["trend", BASE]],
)
def test_looking_goes_on_without_the_server_and_says_how_old_it_is(
    server: StandIn, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    main(command)
    said(capsys)
    server.fail(Fault(status=503, times=-1, headers={"Retry-After": "0"}))
    main(command)
    shown = said(capsys)
    assert "cached" in shown and "as of " in shown
    server.faults.clear()
    main([*command, "--refresh"])
    assert "cached" not in said(capsys)


def test_runs_says_that_its_means_are_from_before(server: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    main(["compare", BASE, "--vs", CAND])
    worsen(server)
    said(capsys)
    main(["runs", "langfuse:qa"])
    assert "as of " in said(capsys)
    main(["runs", "langfuse:qa", "--refresh"])
    shown = said(capsys)
    assert "faithfulness 1.00" in shown


def test_an_empty_cache_is_no_answer(server: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    assert gate("--as-of", "cache") == 2
    assert not server.requests


def test_a_name_means_all_its_repeats_wherever_a_run_is_named(
    server: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in (1, 2, 3):
        metadata = {"ragtui_configuration": "main", "ragtui_repeat": str(number)}
        server.add_run("qa", f"main #{number}", results(24), metadata=metadata)
    for command in (
        ["gate", "--baseline", "langfuse:qa/main", "--candidate", CAND],
        ["gate", "--baseline", "main", "--candidate", CAND, "--in", "langfuse:qa"],
        ["compare", "langfuse:qa/main", "--vs", CAND],
        ["compare", "main", "--vs", "cand", "--in", "langfuse:qa"],
        ["noise", "langfuse:qa/main"],
        ["bless", "langfuse:qa/main", "--reason", "shipped"],
    ):
        code = main(command)
        shown = said(capsys)
        assert code != 2 and "3 repeats" in shown, (command, shown)


@pytest.mark.parametrize("command", [["gate", "--baseline"], ["noise"], ["trend"]])
def test_repeats_of_a_run_that_says_nothing_of_its_settings_are_found_as_well(
    command: list[str], server: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    """A harness that records no pipeline publishes `main #1` to `main #3` as well: rows of one run are its repeats."""
    for number in (1, 2, 3):
        metadata = {"ragtui_run": {"id": "main-1"}, "ragtui_repeat": str(number)}
        server.add_run("qa", f"main #{number}", results(24), metadata=metadata)
    code = main([*command, "langfuse:qa/main", *(["--candidate", CAND] if "gate" in command else [])])
    shown = said(capsys)
    assert code != 2, shown
    assert "3 repeats" in shown or "trend" in command, shown


def test_waiting_for_a_rate_limit_is_said_with_a_countdown(server: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    for path, words in (
        ("/v3/scores", ["compare", BASE, "--vs", CAND]),
        ("/dataset-items", ["seed", "langfuse:qa", "--to", "items.json"]),
    ):
        server.fail(Fault("GET", path, status=429, headers={"Retry-After": "2"}))
        main(words)
        assert "Langfuse asked for a pause: 2 s" in capsys.readouterr().err, words


def test_a_score_on_one_side_only_is_shown_and_not_gated(
    server: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for span in server.stored_items("0000000000000003"):
        scores.put(server.store, {"name": "human_ok", "value": 1, "traceId": span.trace_id, "observationId": span.id})
    assert gate() != 4
    assert "human_ok is scored on the candidate only" in said(capsys)
    (tmp_path / "gate.toml").write_text('[metrics.human_ok]\ndirection = "higher"\n')
    assert gate("--policy", "gate.toml") == 4
