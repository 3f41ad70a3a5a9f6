"""Hosted runs beside the local ones they are copies of: one dataset, every repeat once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from builders import dataset, steady, write_run
from langfuse_standin import StandIn
from langfuse_standin.examples import results

from ragtui.cli.main import main
from ragtui.langfuse.write.seeding.seedplan import body_of
from ragtui.sources import write_dataset

ITEMS = 12
KINDS = ("v4-old", "v4-dual", "v4-legacy", "v3")
PIPELINE = {"model": {"name": "m1", "temperature": 0.5}, "top_k": "4", "reranker": None, "flags": {"a.b": True}}


@pytest.fixture(params=KINDS)
def server(server: StandIn, project: Path) -> StandIn:
    golden = dataset(ITEMS)
    for name, repeats in (("baseline", 4), ("run-1", 1), ("run-2", 1)):
        scores = steady(5, ITEMS, repeats, i003=[5, 4, 3, 5][:repeats])
        write_run(project / "runs" / name, scores, pipeline=PIPELINE, golden=golden)
    server.forget_after_days = 0.0
    for name in ("baseline", "run-1", "run-2"):
        assert main(["publish", f"runs/{name}", "--langfuse", "other name"]) == 0
    return server


PLACES = ["--in", "langfuse:other name", "--in", "runs"]


@pytest.mark.parametrize(
    "sides",
    [
        ["langfuse:other name/run-1", "--vs", "runs/run-1"],
        ["langfuse:other name/run-1", "--vs", "runs/run-2"],
        ["run-1", "--vs", "langfuse:other name/run-2"],
        ["langfuse:other name/run-1", "--vs", "langfuse:other name/run-2"],
        ["run-1", "--vs", "run-2"],
    ],
    ids=["same run", "hosted v local", "local v hosted", "hosted", "local"],
)
def test_other_repeats_are_counted_once(server: StandIn, sides: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["compare", *sides, *PLACES]) == 0
    shown = capsys.readouterr().out
    found = re.search(r"from (\d+) other repeats", shown)
    assert found and int(found[1]) == (5 if sides[-1] == "runs/run-1" else 4), shown
    assert "different datasets" not in shown


def test_a_dataset_under_another_name_is_the_same_by_what_it_asks(
    server: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run that ragtui did not write, on items that were seeded from the file of a local run."""
    golden = dataset(ITEMS)
    server.add_dataset("seeded", {f"s-{item.id}": body_of(item) for item in golden.items})
    rows = list(results(ITEMS, scores={"quality": 4.0}).values())
    server.add_run("seeded", "theirs", {f"s-{item.id}": row for item, row in zip(golden.items, rows, strict=True)})
    words = ["gate", "--baseline", "runs/baseline", "--candidate", "langfuse:seeded/theirs"]
    capsys.readouterr()
    main(words)
    assert "ifferent datasets" not in capsys.readouterr().out
    first = next(iter(server.dataset_items("seeded")))
    server.store.items.get(first)["input"] = "Something else?"
    for span in server.stored_items():
        if span.experiment_attribute("item.id") == first:
            span.attributes["langfuse.observation.input"] = "Something else?"
    if not server.kind.has_experiments:
        return
    assert main(words) == 5, capsys.readouterr().out


def test_a_seeded_file_and_the_published_runs_items_are_one(server: StandIn, tmp_path: Path) -> None:
    write_dataset(tmp_path / "golden.json", dataset(ITEMS))
    assert main(["seed", "golden.json", "--langfuse", "other name"]) == 0
    assert len(server.dataset_items("other name")) == ITEMS
