"""What happened on the server since: a run that was deleted, a dataset that was renamed, a page before it all."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from langfuse_standin import Fault, StandIn
from langfuse_standin.examples import items, listed, results
from langfuse_standin.store import Store
from publishing_kit import dataset_of, publish, simple_run

from ragtui.cli.main import main
from ragtui.errors import RemoteError, UsageError
from ragtui.langfuse.live.follow import following
from ragtui.langfuse.live.target import LiveTarget, remember_target
from ragtui.langfuse.read.source import LangfuseSource
from ragtui.langfuse.write.links import Links
from ragtui.langfuse.write.publish import Options
from ragtui.langfuse.write.publisher import Phase
from ragtui.sources import write_dataset
from ragtui.sources.base import Reading

Opener = Callable[..., LangfuseSource]
LOGIN = "<!DOCTYPE html><html><title>Sign in</title></html>"


@pytest.fixture(params=["v4-old"])
def server(server: StandIn, project: Path) -> StandIn:
    return server


@pytest.mark.parametrize("server", ["v3", "v4-legacy", "v4-dual", "v4-old", "v4"], indirect=True)
@pytest.mark.parametrize("hours", [0, 3])
def test_what_was_deleted_since_is_not_called_verified(server: StandIn, hours: int, tmp_path: Path) -> None:
    """Sent long ago and not there: it was deleted, and is sent again. Sent just now, it may be on its way."""
    run = simple_run(tmp_path / "run", 3)
    assert publish(server, run).phase is Phase.VERIFIED
    for shelf in ("spans", "scores", "runs", "run_items"):
        server.store.shelves()[shelf].records.clear()
    for path in (tmp_path / "run" / "langfuse").glob("*.outbox"):
        os.utime(path, (path.stat().st_mtime - hours * 3600,) * 2)
    again = publish(server, run, Options(wait_s=30))
    there = len(server.stored_items()) if server.kind.has_experiments else len(server.store.run_items)
    assert (again.phase, there) == ((Phase.VERIFIED, 3) if hours else (Phase.PARTIAL, 0))


def rename(server: StandIn, old: str, new: str) -> None:
    row = server.store.datasets.get(old)
    server.store.datasets.drop(old)
    server.store.datasets.put(new, {**row, "name": new})
    for shelf in (server.store.items, server.store.runs):
        for record in shelf.records.values():
            record.value["datasetName"] = new


@pytest.mark.parametrize("server", ["v3", "v4"], indirect=True)
@pytest.mark.parametrize("taken", [False, True])
def test_a_run_that_goes_on_after_its_dataset_was_renamed_publishes_on(
    server: StandIn, taken: bool, tmp_path: Path
) -> None:
    """Results that come after the renaming go to the same dataset; a new one that took the old name gets none."""
    run = tmp_path / "run"
    simple_run(run, 3)
    write_dataset(run / "dataset.json", dataset_of(3))
    remember_target(run, LiveTarget("support docs/v1"))
    told: list[str] = []
    with following([run], told.append, wait_s=60.0):
        pass
    assert "verified" in " ".join(told), told
    rename(server, "support docs/v1", "docs 2")
    if taken:
        server.add_dataset("support docs/v1")
    there = len(server.store.items), len(server.store.run_items), {span.trace_id for span in server.stored_spans()}
    told.clear()
    with following([run], told.append, wait_s=60.0) as (follower,):
        pass
    assert follower.verified != taken, told
    assert len(server.store.datasets) == 1 + taken
    after = len(server.store.items), len(server.store.run_items), {span.trace_id for span in server.stored_spans()}
    assert after == there
    if taken:
        assert "--langfuse 'docs 2'" in " ".join(told), told


@pytest.mark.parametrize("server", ["v3", "v4-old", "v4"], indirect=True)
def test_a_renamed_dataset_is_named_and_gets_no_item_twice(server: StandIn, tmp_path: Path) -> None:
    run = simple_run(tmp_path / "run", 3)
    assert publish(server, run).phase is Phase.VERIFIED
    rename(server, "support docs/v1", "docs 2")
    with pytest.raises(UsageError, match="in dataset 'docs 2'") as refused:
        publish(server, run, Options(resume=True))
    words = shlex.split(refused.value.hint.partition("with: ")[2].partition(". A second")[0])
    assert words[-3:] == ["--langfuse", "docs 2", "--resume"]
    assert publish(server, run, Options(dataset="docs 2", resume=True)).phase is Phase.VERIFIED
    assert len(server.store.datasets) == 1 and len({span.trace_id for span in server.stored_spans()}) == 3


@pytest.mark.parametrize(
    "words",
    [
        "runs langfuse:qa", "pull langfuse:qa kept", "seed golden.json", "seed langfuse:qa --to x.json", "publish run",
        "trace langfuse:qa/base i000", "gate --baseline langfuse:qa/base --candidate langfuse:qa/base",
    ],
)  # fmt: skip
@pytest.mark.parametrize("known", [False, True])
def test_a_login_page_is_no_empty_project(
    server: StandIn, words: str, known: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_dataset(tmp_path / "golden.json", dataset_of(2, "golden"))
    simple_run(tmp_path / "run", 2)
    if known:
        server.add_dataset("qa", items(2))
        server.add_run("qa", "base", results(2))
        assert main(["runs", "langfuse:qa", "--refresh"]) == 0
        capsys.readouterr()
    server.fail(Fault(status=200, times=-1, body=LOGIN))
    code = main(shlex.split(words))
    said = "".join(capsys.readouterr())
    assert "the answer is no JSON" in said and "no such dataset" not in said
    assert code == (0 if known and words.startswith("runs") else 2)


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("v4", "/v2/datasets"), ("v4", "/experiments"), ("v4", "/experiment-items"), ("v4", "/v3/scores"),
        ("v3", "/datasets/"), ("v3", "/dataset-run-items"), ("v3", "/v2/scores"), ("v2", "/traces"),
    ],
)  # fmt: skip
def test_what_is_no_listing_is_no_empty_one(
    kind: str, path: str, open_source_on: Callable[..., LangfuseSource]
) -> None:
    """A gateway that answers everything with its own JSON, from some moment on."""
    with StandIn(kind) as server:
        server.add_dataset("qa", items(2))
        server.add_run("qa", "base", results(2))
        source = open_source_on(server, "qa", reading=Reading.FRESH)
        headers, _ = listed(source)
        server.fail(Fault("GET", path, status=200, times=-1, body={"status": "ok"}))
        with pytest.raises(RemoteError, match="the answer is no listing"):
            listed(source)
            source.load(headers["base"].id)


@pytest.mark.parametrize("words", ["runs langfuse:qa", "seed golden.json", "publish run"])
def test_a_redirect_says_where_to(
    server: StandIn, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_dataset(tmp_path / "golden.json", dataset_of(2, "golden"))
    simple_run(tmp_path / "run", 2)
    server.fail(Fault(status=308, times=-1, body="", headers={"Location": "https://lf.test/api/public/projects"}))
    assert main(shlex.split(words)) == 2
    assert "The server redirects to https://lf.test" in capsys.readouterr().err


def test_a_day_of_rate_limit_is_not_waited_for(
    server: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_dataset(tmp_path / "golden.json", dataset_of(2, "golden"))
    server.fail(Fault("POST", "/dataset-items", status=429, times=-1, headers={"Retry-After": "86400"}))
    assert main(["seed", "golden.json", "--langfuse", "docs"]) == 2
    assert "429" in capsys.readouterr().err


def test_a_slash_in_front_means_the_plain_variables_wherever_a_run_is_named(server: StandIn, tmp_path: Path) -> None:
    name = "tëam/100% + #1, v1"
    simple_run(tmp_path / "run", 2)
    assert main(["publish", "run", "--langfuse", name, "--name", name]) == 0
    assert main(["pull", f"langfuse:/{name}/{name}", "kept"]) == 0
    assert len(list((tmp_path / "kept").iterdir())) == 1


def test_links_that_two_machines_made_at_once_are_counted_and_said(tmp_path: Path) -> None:
    """Each saw that nothing was linked, and linked: there is no way to see the other in time, or to take one back."""
    with StandIn("v3") as there:
        run, copy = simple_run(tmp_path / "run", 3), simple_run(tmp_path / "other" / "run", 3)
        assert publish(there, run).problems == []
        rows = [record.value for record in there.store.run_items.records.values()]
        # What a second machine posted between our look and our links.
        for row in rows[:2]:
            there.store.run_items.put(f"{row['id']}-2", {**row, "id": f"{row['id']}-2"})
        again = publish(there, copy)
        assert again.phase is Phase.VERIFIED
        assert any("2 items are linked twice there" in problem.message for problem in again.problems)


def test_a_link_that_two_pages_list_is_no_second_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages overlap where rows arrive while they are read."""
    rows = Links.rows
    monkeypatch.setattr(Links, "rows", lambda links, patience: [*(rows(links, patience) or [])] * 2)
    with StandIn("v3") as there:
        assert publish(there, simple_run(tmp_path / "run", 3)).problems == []


@pytest.mark.parametrize("server", ["v3", "v4-old", "v4"], indirect=True)
def test_keys_of_another_project_publish_into_that_one(server: StandIn, tmp_path: Path) -> None:
    """What lies in the first project is no copy there, and nothing of it could be resumed with these keys."""
    run = simple_run(tmp_path / "run", 3)
    assert publish(server, run).phase is Phase.VERIFIED
    first, server.store = server.store, Store("second", server.clock)
    server.project_id = "second"
    assert publish(server, run).phase is Phase.VERIFIED
    assert len(server.stored_scores()) == 6
    server.store, server.project_id = first, first.project_id
    again = publish(server, run, Options(resume=True))
    assert again.phase is Phase.VERIFIED and len(server.stored_scores()) == 6, "each project has its own outbox"
