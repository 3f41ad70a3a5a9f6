"""What is wrong with a hosted run is read where the run is used: in every form of a comparison, and in the list."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from langfuse_standin import StandIn
from langfuse_standin.examples import items, results
from langfuse_standin.otlp import Span

from ragtui.cli.main import main


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    for name in ("STATE", "CACHE"):
        monkeypatch.setenv(f"RAGTUI_{name}_DIR", str(tmp_path / name))
    monkeypatch.chdir(tmp_path)
    with StandIn("v4-old") as running:
        # Clients send items one by one: the two that the candidate lacks are a second younger than the rest.
        first = dict(list(items(12).items())[:10])
        running.add_dataset("qa", first)
        running.advance(1)
        running.add_dataset("qa", {key: item for key, item in items(12).items() if key not in first})
        running.add_run("qa", "base", results(12))
        start = running.clock() - 7200
        running.add_run("qa", "cand", results(6), start=start)
        running.add_run("qa", "cand", results(4, first=6), start=start + 60)
        for root in running.stored_items():
            attributes = {**root.attributes, "langfuse.observation.type": "evaluator"}
            broken = Span(root.trace_id, f"a{root.id[1:]}", root.id, "f_raise", root.start, root.end, attributes, {},
                          ("langfuse-sdk", "5.0.4"), "it always raises")  # fmt: skip
            running.store.put_span(broken)
        for name, value in running.env.items():
            monkeypatch.setenv(name, value)
        yield running


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
