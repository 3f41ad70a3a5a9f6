"""Which hosted runs are listed: by environment, tag and metadata, and from how long ago."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from langfuse_standin import Fault, StandIn
from langfuse_standin.examples import items, results

from ragtui.cli.main import main
from ragtui.langfuse.api.rates import Rates

DAY = 86_400.0


@pytest.fixture(params=["v4", "v4-legacy", "v3"])
def server(server: StandIn, project: Path) -> StandIn:
    server.add_dataset("team/ü/v1", items(3))
    now = server.clock()
    for days, name, environment, tags, team in (
        (1, "one", "staging", ["nightly", "rag"], "search"),
        (2, "two", "production", ["nightly"], "chat"),
        (3, "three", "staging", [], "search"),
    ):
        server.add_run(
            "team/ü/v1", name, results(3, environment=environment, tags=tags), start=now - days * DAY,
            metadata={"team": team},
        )  # fmt: skip
    return server


def listed(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[list[str], str]:
    capsys.readouterr()
    assert main(["runs", "langfuse:team/ü/v1", "--format", "json", *words]) == 0
    shown = capsys.readouterr()
    return [run["name"] for group in json.loads(shown.out)["groups"] for run in group["runs"]], shown.err


def test_runs_are_chosen_by_what_langfuse_knows_of_them(server: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    assert sorted(listed(capsys, "--where", "meta.team:search")[0]) == ["one", "three"], "known from the listing"
    server.add_run("team/ü/v1", "bare", results(3), start=server.clock() - 4 * DAY)
    assert "1 hosted run without metadata" in listed(capsys, "--where", "meta.team:search")[1]
    server.store.spans.records = {key: kept for key, kept in server.store.spans.records.items()
                                  if kept.value.experiment_attribute("name") != "bare"}  # fmt: skip
    for key in [key for key in server.store.runs.records if key[1] == "bare"]:
        server.store.runs.drop(key)
    names, said = listed(capsys, "--where", "env:staging")
    assert names == [] and "3 hosted runs never read" in said, "what is not known is not taken for another"
    for where, expected in (
        ("env:staging", ["one", "three"]),
        ("environment:=production", ["two"]),
        ("tag:nightly", ["one", "two"]),
        ("tag:nightly,rag !env:production", ["one"]),
        ("tag:missing", ["three"]),
        ("age:<1.5 meta.team:search", ["one"]),
        ("two", ["two"]),
        ("env:development", []),
    ):
        names, said = listed(capsys, "--refresh", "--where", where)
        assert (sorted(names), "never read" in said) == (expected, False), where
    assert sorted(listed(capsys, "--where", "env:staging")[0]) == ["one", "three"], "what was read once stays known"


def test_a_filter_that_cannot_be_judged_is_refused(server: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    for where in ("enviroment:staging", "faithfulness:>high"):
        assert main(["runs", "langfuse:team/ü/v1", "--where", where]) == 2, where
        assert "--where" in capsys.readouterr().err


def test_runs_of_so_many_days_are_listed_and_it_is_said(server: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    names, said = listed(capsys, "--days", "2")
    if server.kind.has_experiments:
        assert names == ["one"] and "only runs of the last 2 days are listed" in said
    else:
        assert "one" in names, "the older listing has no window to ask for"


@pytest.mark.parametrize(
    "command",
    [
        ["compare", "langfuse:team/ü/v1/two", "--vs", "langfuse:team/ü/v1/one"],
        ["gate", "--baseline", "langfuse:team/ü/v1/two", "--candidate", "langfuse:team/ü/v1/one"],
        ["noise", "langfuse:team/ü/v1/two"], ["trend", "langfuse:team/ü/v1/two"],
        ["bless", "langfuse:team/ü/v1/two", "-r", "x"], ["pull", "langfuse:team/ü/v1/two", "kept"],
        ["trace", "langfuse:team/ü/v1/two", "i000"], ["convert", "langfuse:team/ü/v1/two", "kept"],
        ["explain", "i000", "langfuse:team/ü/v1/two", "--vs", "langfuse:team/ü/v1/one"],
        ["slices", "langfuse:team/ü/v1/two", "--vs", "langfuse:team/ü/v1/one"],
        ["confirm", "langfuse:team/ü/v1/two", "--vs", "langfuse:team/ü/v1/one", "--dry-run"],
        ["publish", "langfuse:team/ü/v1/one", "--verdicts", "langfuse:team/ü/v1/two"],
    ],
    ids=lambda words: words[0],
)  # fmt: skip
def test_every_command_that_lists_hosted_runs_takes_the_days(
    command: list[str], server: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run of two days ago is not among those of the last day, and the way further back is said."""
    if not server.kind.has_experiments:
        pytest.skip("the older listing has no window to ask for")
    main([*command, "--days", "5"])
    assert "no run is called" not in capsys.readouterr().err
    assert main([*command, "--days", "1"]) == 2
    said = capsys.readouterr().err
    assert "only runs of the last 1 days are listed" in said and "--days N" in said


def test_a_folder_of_datasets_is_an_address_and_versions_stand_in_the_list(
    server: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    server.add_dataset("team/other", {"x1": {"input": "x"}})
    server.add_dataset("else", {"y1": {"input": "y"}})
    now = server.clock()
    pinned = {"version": "2026-11-01T12:00:30Z"}
    server.add_run("team/other", "there", {"x1": {"output": "x", **pinned}}, start=now - DAY)
    server.add_run("else", "elsewhere", {"y1": {"output": "y"}}, start=now - DAY)
    for words in (["langfuse:team/"], ["langfuse:team"], ["langfuse:team", "--refresh"]):
        assert main(["runs", *words, "--format", "json"]) == 0
        groups = json.loads(capsys.readouterr().out)["groups"]
        found = {run["name"]: (run["dataset"], run["dataset_version"]) for group in groups for run in group["runs"]}
        assert set(found) == {"one", "two", "three", "there"}, words
        assert found["one"] == ("team/ü/v1", "")
        if server.kind.has_experiments:
            assert found["there"] == ("team/other", "2026-11-01T12:00Z")
    assert main(["runs", "langfuse:team/"]) == 0
    shown = capsys.readouterr().out
    assert "team/ü/v1" in shown and "elsewhere" not in shown
    assert not server.kind.has_experiments or "team/other@2026-11-01T12:00Z" in shown
    assert main(["runs", "langfuse:te"]) == 2, "half a word is no folder"


@pytest.mark.parametrize("limit", [None, 30])
def test_a_listing_looks_into_few_runs_and_into_each_once(
    limit: int | None, open_source_on: Callable[..., Any]
) -> None:
    """What no listing says is asked for run by run; a plan of 30 calls a minute must stay usable, and errors cost
    nothing but the version."""
    with StandIn("v4") as server:
        server.add_dataset("qa", {"x1": {"input": "x"}})
        for number in range(24):
            start, pinned = server.clock() - (number + 1) * DAY, {"version": "2026-11-01T12:00:30Z"}
            server.add_run("qa", f"run {number}", {"x1": {"output": "x", **pinned}}, start=start)
        now = [0.0]
        limits = {} if limit is None else {"general": limit}
        rates = Rates(limits, clock=lambda: now[0], nap=lambda seconds: now.append(now.pop() + seconds))
        source = open_source_on(server, "qa", rates=rates)

        def looked() -> int:
            before = len(server.requests)
            list(source.headers())
            return sum("experimentId" in asked.query for asked in server.requests[before:])

        server.fail(Fault("GET", "/experiment-items", status=500, times=1))
        assert looked() == 1, "an error ends it"
        found = [looked() for _ in range(6)]
        assert found == ([20, 4, 0, 0, 0, 0] if limit is None else [5, 5, 5, 5, 4, 0])
        assert {header.dataset_version for header in source.headers()} == {"2026-11-01T12:00Z"}


def test_scores_of_a_run_as_a_whole_are_listed_and_stand_beside_the_means(
    server: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, days in (("with", 1), ("without", 2)):
        own = {"verdict": "ship", "mean_faithfulness": 0.9} if name == "with" else {}
        server.add_run("team/ü/v1", name, results(3), start=server.clock() - days * DAY, run_scores=own)
    main(["compare", "langfuse:team/ü/v1/without", "--vs", "langfuse:team/ü/v1/with"])
    said = capsys.readouterr().out
    assert "with: scored as a whole: " in said and "verdict ship" in said and "mean_faithfulness 0.9" in said
    assert "the mean of its items is 2" in said
    main(["runs", "langfuse:team/ü/v1", "--format", "json", "--refresh"])
    runs = [run for group in json.loads(capsys.readouterr().out)["groups"] for run in group["runs"]]
    assert {run["name"]: run["run_scores"] for run in runs}["with"] == {"verdict": "ship", "mean_faithfulness": 0.9}


def test_what_was_changed_stands_at_the_head_of_a_comparison_with_the_text_of_its_prompt(
    server: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    if not server.kind.has_experiments:
        pytest.skip("prompts of observations are listed by v4 alone")
    for version, text in ((3, "Be brief. Answer in German."), (4, "Be brief. Cite sources. Answer in German.")):
        server.prompts.append({"name": "answer", "version": version, "labels": [], "type": "text", "prompt": text})
        call: dict[str, Any] = {"model": "gpt-x", "prompt": ("answer", version)}
        call["parameters"] = {"temperature": version / 10}
        server.add_run("team/ü/v1", f"v{version}", results(3, **call), start=server.clock() - DAY)
    words = ["compare", "langfuse:team/ü/v1/v3", "--vs", "langfuse:team/ü/v1/v4", "--format"]
    for form in ("text", "markdown", "html"):
        main([*words, form])
        said = capsys.readouterr().out.replace("\u200b", "").replace("\\", "")
        assert "prompt answer@3 → 4" in said and "Cite sources" in said and "temperature 0.3 → 0.4" in said, form
    main([*words, "json"])
    changes = {change["name"]: change for change in json.loads(capsys.readouterr().out)["changes"]}
    change = changes["pipeline.llm.prompt"]
    assert (change["before"], change["after"]) == ("answer@3", "answer@4") and "{+" in change["diff"]
    asked = len(server.asked("GET", "/v2/prompts/answer"))
    main([*words, "text"])
    assert len(server.asked("GET", "/v2/prompts/answer")) == asked == 2, "a version is read once"
    server.prompts.clear()
    server.add_run("team/ü/v1", "v5", results(3, **{**call, "prompt": ("answer", 5)}), start=server.clock() - DAY)
    main(["compare", "langfuse:team/ü/v1/v3", "--vs", "langfuse:team/ü/v1/v5"])
    said = capsys.readouterr().out
    assert "answer@3 → 5: the texts cannot be read (answer@5: no such prompt" in said, "and the rest is shown"
