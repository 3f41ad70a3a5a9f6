"""Which hosted runs are listed: by environment, tag and metadata, and from how long ago."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from langfuse_standin import StandIn
from langfuse_standin.examples import items, results

from ragtui.cli.main import main

DAY = 86_400.0


@pytest.fixture(params=["v4", "v4-legacy", "v3"])
def server(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    for name in ("STATE", "CACHE"):
        monkeypatch.setenv(f"RAGTUI_{name}_DIR", str(tmp_path / name))
    monkeypatch.chdir(tmp_path)
    with StandIn(request.param) as running:
        for name, value in running.env.items():
            monkeypatch.setenv(name, value)
        running.add_dataset("team/ü/v1", items(3))
        now = running.clock()
        for days, name, environment, tags, team in (
            (1, "one", "staging", ["nightly", "rag"], "search"),
            (2, "two", "production", ["nightly"], "chat"),
            (3, "three", "staging", [], "search"),
        ):
            running.add_run(
                "team/ü/v1", name, results(3, environment=environment, tags=tags), start=now - days * DAY,
                metadata={"team": team},
            )  # fmt: skip
        yield running


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
