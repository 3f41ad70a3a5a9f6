"""What is wrong with a hosted run is read where the run is used: in every form of a comparison, and in the list."""

from __future__ import annotations

from pathlib import Path

import pytest
from langfuse_standin import StandIn
from langfuse_standin.examples import items, results
from langfuse_standin.otlp import Span

from ragtui.cli.main import main


@pytest.fixture(params=["v4-old"])
def server(server: StandIn, project: Path) -> StandIn:
    # Clients send items one by one: the two that the candidate lacks are a second younger than the rest.
    first = dict(list(items(12).items())[:10])
    server.add_dataset("qa", first)
    server.advance(1)
    server.add_dataset("qa", {key: item for key, item in items(12).items() if key not in first})
    server.add_run("qa", "base", results(12))
    start = server.clock() - 7200
    server.add_run("qa", "cand", results(6), start=start)
    server.add_run("qa", "cand", results(4, first=6), start=start + 60)
    for root in server.stored_items():
        attributes = {**root.attributes, "langfuse.observation.type": "evaluator"}
        broken = Span(root.trace_id, f"a{root.id[1:]}", root.id, "f_raise", root.start, root.end, attributes, {},
                      ("langfuse-sdk", "5.0.4"), "it always raises")  # fmt: skip
        server.store.put_span(broken)
    return server


@pytest.mark.parametrize(
    "command",
    [
        ["compare", "langfuse:qa/base", "--vs", "langfuse:qa/cand", "--format", form]
        for form in ("text", "markdown", "json", "html", "csv")
    ]
    + [
        ["gate", "-b", "langfuse:qa/base", "-c", "langfuse:qa/cand", "--format", form]
        for form in ("text", "markdown", "json", "html", "junit", "github", "sarif")
    ]
    + [["runs", "langfuse:qa", "--refresh", "--problems"]],
    ids=lambda words: f"{words[0]} {words[-1]}",
)
def test_missing_items_broken_evaluators_and_fragments_are_named(
    server: StandIn, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    main(command)
    captured = capsys.readouterr()
    said = (captured.out + captured.err).replace("\\", "")
    assert "evaluator f_raise failed on 10 of 10 items" in said
    assert "2 of 12 items are missing: i010, i011" in said
    assert "assembled from 2 parts" in said


def test_a_listing_says_what_was_wrong_with_runs_that_were_read_before(
    server: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    """It showed the means of the last reading and kept its problems to itself: the runs looked sound."""
    main(["compare", "langfuse:qa/base", "--vs", "langfuse:qa/cand"])
    capsys.readouterr()
    main(["runs", "langfuse:qa", "--problems"])
    said = capsys.readouterr().err
    assert "evaluator f_raise failed on 10 of 10 items" in said and "2 of 12 items are missing" in said
    server.store.spans.records = {
        key: one for key, one in server.store.spans.records.items() if one.value.name != "f_raise"
    }
    main(["runs", "langfuse:qa", "--problems", "--refresh"])
    said = capsys.readouterr().err
    assert "f_raise" not in said and said.count("2 of 12 items are missing") == 1
