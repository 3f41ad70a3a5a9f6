"""A dataset that was edited: what its items asked at the time of a run is what counts, and what was missing then."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from langfuse_standin import Fault, StandIn, datasets
from langfuse_standin.examples import items, listed, results
from langfuse_standin.store import iso

from ragtui.cli.main import main
from ragtui.errors import InputError, RemoteError
from ragtui.langfuse.read.dataset import read_hosted_dataset
from ragtui.langfuse.read.source import LangfuseSource
from ragtui.model import About, Note
from ragtui.sources.base import Reading
from ragtui.workbench import compare_sides, open_library, pick_sides

Opener = Callable[..., LangfuseSource]
DAY = 86_400.0
KEEPING = ("v3-late", "v4-legacy", "v4-dual", "v4")


@pytest.fixture
def server(server: StandIn, project: Path) -> StandIn:
    server.advance(-9 * DAY)
    return server


def edit(server: StandIn, item: str, **fields: object) -> None:
    datasets.put_item(server.store, server.kind, {"datasetName": "qa", "id": item, **fields})


def run(server: StandIn, name: str, count: int, version: str = "", without: str = "") -> None:
    """A run of today, on the items of today, pinned to a version or not."""
    found = {item: {**one, "version": version or None} for item, one in results(count).items() if item != without}
    server.add_run("qa", name, found, metadata={"ragtui_configuration": name}, start=server.clock())
    server.advance(DAY)


def notes() -> tuple[tuple[Note, ...], tuple[Note, ...]]:
    """Blockers and warnings of the comparison of base and cand."""
    library = open_library(["langfuse:qa"])
    try:
        sides = pick_sides(library, library.find("langfuse:qa/base"), library.find("langfuse:qa/cand"))
        result = compare_sides(*sides)
    finally:
        library.close()
    return result.blockers, result.warnings


@pytest.mark.parametrize("server", KEEPING, indirect=True)
@pytest.mark.parametrize("pinned", [False, True])
def test_an_answer_edited_between_two_runs_is_another_dataset(server: StandIn, pinned: bool) -> None:
    server.add_dataset("qa", items(8))
    server.advance(DAY)
    first = iso(server.clock())
    if not pinned:
        run(server, "base", 8)
    edit(server, "i003", expectedOutput="another answer")
    server.advance(DAY)
    if pinned:
        run(server, "base", 8, first)
        run(server, "cand", 8, iso(server.clock() - DAY))
    else:
        run(server, "cand", 8)
    (blocker,), _ = notes()
    assert (blocker.about, blocker.count, blocker.total) == (About.EDITED_ITEMS, 1, 8)
    assert blocker.names[0] == "i003" and len(blocker.names) == (3 if pinned else 1)
    assert main(["gate", "--baseline", "langfuse:qa/base", "--candidate", "langfuse:qa/cand"]) == 5
    assert main(["compare", "langfuse:qa/base", "--vs", "langfuse:qa/cand", "--as-of", "cache"]) == 5


def test_one_edited_item_of_many_is_a_doubt(server: StandIn) -> None:
    server.add_dataset("qa", items(40))
    server.advance(DAY)
    run(server, "base", 40)
    edit(server, "i003", input={"question": "Something else?"})
    server.advance(DAY)
    run(server, "cand", 40)
    blockers, warnings = notes()
    (note,) = [note for note in warnings if note.about is About.SOME_EDITED_ITEMS]
    assert not blockers and (note.count, note.total) == (1, 40)


@pytest.mark.parametrize("server", KEEPING, indirect=True)
def test_two_moments_of_the_same_items_are_a_remark(server: StandIn) -> None:
    """Somebody who pins every run to the moment of its start still compares like with like; new items are no edit."""
    server.add_dataset("qa", items(8))
    server.advance(DAY)
    run(server, "base", 8, iso(server.clock()))
    edit(server, "i099", input="added")
    edit(server, "i003", metadata={"topic": "renamed"})
    server.advance(DAY)
    run(server, "cand", 8, iso(server.clock()))
    blockers, warnings = notes()
    (note,) = [note for note in warnings if note.about is About.OTHER_MOMENT]
    assert not blockers and note.total == 8 and len(set(note.names)) == 2


def test_versions_that_the_server_does_not_give_are_not_compared(
    server: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    server.add_dataset("qa", items(4))
    for name, day in (("base", 20), ("cand", 19)):
        run(server, name, 4, iso(server.clock() - day * DAY))
    (blocker,), _ = notes()
    assert blocker.about is About.OTHER_VERSION and len(set(blocker.names)) == 2
    assert main(["compare", "langfuse:qa/base", "--vs", "langfuse:qa/cand"]) == 5
    said = capsys.readouterr().out
    assert "different versions of the dataset" in said and "which the server does not give" in said


@pytest.mark.parametrize("server", KEEPING, indirect=True)
def test_an_edit_neither_hides_nor_makes_a_missing_item(server: StandIn, open_source_on: Opener) -> None:
    """The date of an item is that of its last version, so an edited item looks as if it was added."""
    server.add_dataset("qa", items(6))
    server.advance(DAY)
    run(server, "base", 6, without="i002")
    edit(server, "i002", input={"question": "edited"})
    edit(server, "i004", input={"question": "edited"})
    edit(server, "i099", input="added")
    edit(server, "i005", status="ARCHIVED")
    source = open_source_on(server, "qa")
    headers, _ = listed(source)
    loaded = source.load(headers["base"].id)
    assert loaded.missing == ("i002",) and loaded.scores.items == tuple(f"i{n:03d}" for n in range(6))
    source.close()
    again = open_source_on(server, "qa")
    kept = again.load_cached(headers["base"].id)
    assert kept is not None and kept.missing == ("i002",) and kept.asked == loaded.asked


@pytest.mark.parametrize("server", ["v2", "v3-early", "v3"], indirect=True)
def test_an_old_server_is_not_believed_to_have_gone_back(server: StandIn) -> None:
    """It ignores the parameter and would give the items of today for those of then."""
    server.add_dataset("qa", items(2))
    server.advance(DAY)
    then = iso(server.clock())
    server.advance(DAY)
    edit(server, "i000", input={"question": "edited"})
    with pytest.raises(InputError, match="does not give datasets as they were"):
        read_hosted_dataset(f"langfuse:qa@{then}", environ=server.env, config=Path("none"))


def test_items_that_cannot_be_read_are_said_and_decide_nothing(server: StandIn, open_source_on: Opener) -> None:
    """A whole project is listed without asking for items; they are asked for with a run."""
    server.add_dataset("qa", items(4))
    run(server, "base", 4, without="i003")
    server.fail(Fault("GET", "/dataset-items", status=503, times=-1, headers={"Retry-After": "0"}))
    source = open_source_on(server, "")
    headers, _ = listed(source)
    (problem, *_) = [p for p in source.load(headers["base"].id).problems if "items of its dataset" in p.message]
    assert problem.hint == "Which items are missing is not known."
    strict = open_source_on(server, "", reading=Reading.FRESH)
    listed(strict)
    with pytest.raises(RemoteError, match="cannot be read now"):
        strict.load(headers["base"].id)
