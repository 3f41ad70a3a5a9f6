"""What the server's own code does (4.16, read): pages that forget each other, ids that are split, lists in no order."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from langfuse_standin import Fault, StandIn, scores
from langfuse_standin.examples import items, listed, results
from langfuse_standin.store import iso

from ragtui.cli.main import main
from ragtui.langfuse.api.client import LangfuseHttp
from ragtui.langfuse.api.credentials import find_credentials
from ragtui.langfuse.api.rates import Rates, bucket_of
from ragtui.langfuse.read.behind.comments import observation_comments, trace_comments
from ragtui.langfuse.read.dataset import read_hosted_dataset
from ragtui.langfuse.read.source import LangfuseSource

Opener = Callable[..., LangfuseSource]
DAY = 86_400.0


@pytest.mark.parametrize("kind", ["v3", "v3-late", "v4-old", "v4"])
def test_a_score_sent_again_on_another_day_counts_as_dated_last(kind: str, open_source_on: Opener) -> None:
    """It has two rows, and the older one may come on a later page of one listing."""
    with StandIn(kind) as server:
        server.add_dataset("qa", items(60))
        server.add_run("qa", "base", results(60), start=server.clock() - 5 * DAY)
        for score in [one for one in server.stored_scores() if one["name"] == "faithfulness"]:
            scores.put(server.store, {**score, "value": 9, "timestamp": iso(server.clock() - DAY)})
        source = open_source_on(server, "qa")
        headers, _ = listed(source)
        run = source.load(headers["base"].id)
        assert set(run.scores.of("faithfulness").ravel()) == {9}


@pytest.mark.parametrize("identity", ["night, 1", " night"])
@pytest.mark.parametrize("kind", ["v4-dual", "v4-old", "v4"])
def test_an_id_of_ones_own_may_hold_a_comma(kind: str, identity: str, open_source_on: Opener) -> None:
    """The server splits a parameter at commas, trims the parts, and would give the scores of the run called "night"."""
    with StandIn(kind) as server:
        server.add_dataset("qa", items(4))
        server.add_run("qa", "base", results(4), experiment_id=identity, link=False, run_scores={"overall": 0.5})
        server.add_run("qa", "cand", results(4), experiment_id="night", link=False, run_scores={"overall": 0.9})
        source = open_source_on(server, "qa")
        headers, _ = listed(source)
        assert source.load(identity).scores.items == tuple(items(4))
        assert "run_scores" not in source.load(identity).header.extra
        assert source.load(headers["cand"].id).header.extra["run_scores"] == {"overall": 0.9}


@pytest.mark.parametrize("kind", ["v3-late", "v4-legacy"])
def test_a_trace_id_with_a_comma_keeps_its_scores(kind: str, open_source_on: Opener) -> None:
    """Traces of the older API have any id; scores of several at once are asked for with commas between."""
    with StandIn(kind) as server:
        server.add_dataset("qa", items(2))
        server.add_run("qa", "base", results(2), start=server.clock() - DAY)
        with server.lock:
            for shelf in (server.store.scores, server.store.run_items, server.store.spans):
                for record in shelf.records.values():
                    _rename(record)
        source = open_source_on(server, "qa")
        headers, _ = listed(source)
        assert source.load(headers["base"].id).scores.of("faithfulness").ravel().tolist() == [1, 2]


def _rename(record: object) -> None:
    from dataclasses import replace

    value = record.value  # type: ignore[attr-defined]
    if isinstance(value, dict):
        value["traceId"] = f"a,{value['traceId']}"
    else:
        record.value = replace(value, trace_id=f"a,{value.trace_id}")  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", ["v2", "v3-early", "v3", "v4-legacy"])
def test_one_trace_linked_twice_is_one_result(kind: str, open_source_on: Opener) -> None:
    """Every post of a link makes a row of its own; two publishers at once leave such rows."""
    with StandIn(kind) as server:
        server.add_dataset("qa", items(3))
        server.add_run("qa", "base", results(3), start=server.clock() - DAY)
        for record in list(server.store.run_items.records.values()):
            server.store.run_items.put(f"{record.value['id']}-2", {**record.value, "id": f"{record.value['id']}-2"})
        source = open_source_on(server, "qa")
        headers, _ = listed(source)
        run = source.load(headers["base"].id)
        assert not [problem for problem in run.problems if "more than once" in problem.message]
        assert len(run.attempts("i000")) == 1


def test_comments_are_in_the_order_they_were_written_and_told_where_they_cannot_be_read() -> None:
    said = [f"comment {n}" for n in range(7)]
    with StandIn("v4") as server, LangfuseHttp(find_credentials(environ=server.env), rates=Rates()) as http:
        server.comments = [
            {"id": f"c{n}", "objectType": kind, "objectId": where, "content": text, "createdAt": iso(1.7e9 + n)}
            for kind, where in (("TRACE", "t"), ("OBSERVATION", "o"))
            for n, text in enumerate(said)
        ]
        assert trace_comments(http, "t") == (tuple(said), "")
        assert observation_comments(http, ["o"]) == ({"o": tuple(said)}, "")
        server.fail(Fault("GET", "/comments", status=400, times=-1))
        assert "comments could not be read" in trace_comments(http, "t")[1]
        assert "comments could not be read" in observation_comments(http, ["o"])[1]


def test_metadata_of_an_item_may_be_any_json() -> None:
    given = {"list": ["x", "y"], "text": "word", "number": 5, "false": False, "deep": {"k": [1, None]}, "null": None}
    with StandIn("v4") as server:
        server.add_dataset("qa", {key: {"input": "q", "metadata": value} for key, value in given.items()})
        read = {i.id: dict(i.metadata) for i in read_hosted_dataset("langfuse:qa", environ=server.env).items}
    assert read == {
        "list": {"metadata": ["x", "y"]}, "text": {"metadata": "word"}, "number": {"metadata": 5},
        "false": {"metadata": False}, "deep": {"k": [1, None]}, "null": {},
    }  # fmt: skip


def test_prompts_have_no_rate_limit() -> None:
    assert [bucket_of(path) for path in ("/v2/prompts/a", "/v3/scores", "/dataset-items")] == [
        "prompts",
        "general",
        "datasets",
    ]


@pytest.mark.parametrize(
    ("address", "wanted"),
    [
        (
            "langfuse:empty",
            ["dataset 'empty' has no runs yet", "It has 2 items", "ragtui seed langfuse:empty --to FILE"],
        ),
        ("langfuse:bare", ["dataset 'bare' has no runs yet", "no items either"]),
        ("langfuse:qa/nightly", ["dataset 'qa' has no run whose name begins with 'nightly'", "It has base"]),
    ],
)
@pytest.mark.parametrize("kind", ["v3-early", "v4-dual", "v4"])
def test_an_address_that_means_no_run_says_why(
    kind: str,
    address: str,
    wanted: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("STATE", "CACHE"):
        monkeypatch.setenv(f"RAGTUI_{name}_DIR", str(tmp_path / name))
    monkeypatch.chdir(tmp_path)
    with StandIn(kind) as server:
        for name, value in server.env.items():
            monkeypatch.setenv(name, value)
        server.add_dataset("empty", {"a": {"input": "q"}, "b": {"input": "r"}})
        server.add_dataset("bare")
        server.add_dataset("qa", items(2))
        server.add_run("qa", "base", results(2))
        assert main(["pull", address, "kept"]) == 2
        said = capsys.readouterr().err
        assert all(words in said for words in wanted), said
        assert main(["runs", address, "-f", "json"]) == 0
        found = capsys.readouterr()
        assert json.loads(found.out)["groups"] == [] and wanted[0] in found.err
        assert main(["seed", "langfuse:empty", "--to", "golden.json"]) == 0
