"""Seeding a dataset: twice changes nothing, whatever the server did the first time."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langfuse_standin import KINDS, Fault, StandIn
from langfuse_standin.jsonb import stored_field
from publishing_kit import dataset_of, sending_to

from ragtui.errors import InputError, RemoteError
from ragtui.langfuse.api.patience import Patience
from ragtui.langfuse.write import ids
from ragtui.langfuse.write.seeding.remote import ensure_dataset, project_id_of
from ragtui.langfuse.write.seeding.seed import Salts, Seeder, SeedReport
from ragtui.langfuse.write.seeding.seedplan import HASH, KEY, Action, body_of, content_hash, plan_seed
from ragtui.model import Dataset, Item

PATIENCE = Patience(tries=4)


def seed(server: StandIn, dataset: Dataset, state: Path, name: str = "", timeout: float = 10.0) -> SeedReport:
    with sending_to(server, timeout=timeout) as http:
        project = project_id_of(http, PATIENCE)
        remote = ensure_dataset(http, dataset, name or dataset.name, project, PATIENCE)
        salts = Salts.for_dataset(state, http.server, remote)
        return Seeder(http, remote, salts, patience=PATIENCE).apply(dataset)


def held(server: StandIn, name: str) -> dict[str, dict[str, Any]]:
    """Active items by the local id they were made from."""
    rows = server.dataset_items(name).values()
    return {row["metadata"][KEY]: row for row in rows if row["status"] == "ACTIVE"}


def writes(server: StandIn) -> int:
    return len(server.asked("POST"))


@pytest.mark.parametrize("kind", [name for name in KINDS if name != "v2"])
def test_seeding_twice_changes_nothing_on_any_server(tmp_path: Path, kind: str) -> None:
    dataset = dataset_of(5)
    with StandIn(kind) as server:
        first = seed(server, dataset, tmp_path)
        after_first = writes(server)
        second = seed(server, dataset, tmp_path)
        assert first.verified and second.verified
        assert first.sent == 5 and second.sent == 0
        assert writes(server) == after_first
        assert first.item_ids == second.item_ids
        row = held(server, dataset.name)["003"]
        assert (row["input"], row["expectedOutput"]) == ("Question 3?", "Answer 3.")
        assert row["metadata"][HASH] == dataset.items[3].content_hash()


def test_only_what_changed_is_sent_and_what_is_gone_is_archived(tmp_path: Path) -> None:
    dataset = dataset_of(6)
    with StandIn() as server:
        seed(server, dataset, tmp_path)
        before = writes(server)
        edited = replace(dataset.items[2], expected="Another answer.")
        changed = replace(dataset, items=(*dataset.items[:2], edited, *dataset.items[3:5], Item("new", "New?")))
        report = seed(server, changed, tmp_path)
        assert report.verified and report.sent == 3
        assert writes(server) - before == 3
        assert sorted(held(server, dataset.name)) == ["000", "001", "002", "003", "004", "new"]
        assert held(server, dataset.name)["002"]["expectedOutput"] == "Another answer."
        gone = server.dataset_items(dataset.name)[ids.dataset_item_id("test-project", report.dataset.id, "005")]
        assert gone["status"] == "ARCHIVED"
        again = seed(server, dataset, tmp_path)
        assert again.verified and sorted(held(server, dataset.name)) == [f"{n:03d}" for n in range(6)]


def test_an_emptied_field_is_emptied_there_although_null_would_keep_it(tmp_path: Path) -> None:
    dataset = dataset_of(1)
    with StandIn() as server:
        seed(server, dataset, tmp_path)
        assert seed(server, replace(dataset, items=(Item("000", "Question 0?", ""),)), tmp_path).verified
        row = held(server, dataset.name)["000"]
        assert row["expectedOutput"] is None and "section" not in row["metadata"]


def test_an_edit_made_on_the_server_is_noticed_although_the_noted_hash_is_unchanged(tmp_path: Path) -> None:
    dataset = dataset_of(2)
    with StandIn() as server:
        report = seed(server, dataset, tmp_path)
        server.store.items.get(report.item_ids["001"])["expectedOutput"] = "edited by hand"
        again = seed(server, dataset, tmp_path)
        assert again.sent == 1 and held(server, dataset.name)["001"]["expectedOutput"] == "Answer 1."


def test_items_of_other_origin_are_neither_changed_nor_archived(tmp_path: Path) -> None:
    dataset = dataset_of(2)
    with StandIn() as server:
        server.add_dataset(dataset.name, {"by-hand": {"input": "hm"}, "001": {"input": {"q": "own shape"}}})
        report = seed(server, dataset, tmp_path)
        assert report.verified and report.sent == 1
        assert report.plan.foreign == 1 and report.plan.count(Action.ADOPT) == 1
        assert report.item_ids["001"] == "001"
        assert server.dataset_items(dataset.name)["001"]["input"] == {"q": "own shape"}
        assert server.dataset_items(dataset.name)["by-hand"]["status"] == "ACTIVE"


@pytest.mark.parametrize("kind", ["v4", "v3"])
@pytest.mark.parametrize("deleted", [False, True], ids=["bound", "tombstone"])
def test_an_id_bound_to_another_dataset_is_salted_and_remembered(tmp_path: Path, kind: str, deleted: bool) -> None:
    dataset = dataset_of(3)
    with StandIn(kind) as server:
        home = server.add_dataset(dataset.name)
        taken = ids.dataset_item_id("test-project", home, "001")
        server.add_dataset("other", {taken: {"input": "somebody else's"}})
        if deleted:
            server.store.tombstones[taken] = server.store.items.get(taken)["datasetId"]
            server.store.items.drop(taken)
        report = seed(server, dataset, tmp_path)
        assert report.verified and report.item_ids["001"] == f"{taken}-1"
        before = writes(server)
        assert seed(server, dataset, tmp_path).verified and writes(server) == before
        # Even without the local note the salted item is recognised by what it says of itself.
        assert seed(server, dataset, tmp_path / "elsewhere").verified and writes(server) == before


@pytest.mark.parametrize(
    "fault",
    [
        Fault("POST", "/dataset-items", status=500, times=2),
        Fault("POST", "/dataset-items", status=524, times=1, apply=True),
        Fault("POST", "/dataset-items", status=429, times=1, headers={"Retry-After": "30"}),
        Fault("POST", "/dataset-items", times=2, drop=True),
        Fault("POST", "/dataset-items", times=2, drop=True, apply=True),
        Fault("POST", "/dataset-items", times=1, hang=60, apply=True),
        Fault("POST", "/dataset-items", status=409, times=1, body={"message": "Item was modified concurrently"}),
        Fault("POST", "/dataset-items", status=404, times=1, apply=True, body={"message": "Dataset item not found"}),
        Fault("GET", "/dataset-items", status=500, times=2),
        Fault("POST", "/v2/datasets", status=524, times=1, apply=True),
        Fault("POST", "/dataset-items", times=1, lose=True),
    ],
    ids=["500", "524-applied", "429", "dropped", "dropped-applied", "hang-applied", "concurrent", "404-applied",
         "listing-500", "dataset-524", "accepted-and-lost"],
)  # fmt: skip
def test_faults_end_in_the_same_state(tmp_path: Path, fault: Fault) -> None:
    dataset = dataset_of(5)
    with StandIn() as server:
        server.fail(fault)
        report = seed(server, dataset, tmp_path, timeout=3 if fault.hang else 60)
        if fault.lose:
            assert not report.verified and report.problems[0].count == 1
            report = seed(server, dataset, tmp_path)
        assert fault.hits > 0
        assert report.verified
        assert sorted(held(server, dataset.name)) == [f"{n:03d}" for n in range(5)]
        assert len(server.dataset_items(dataset.name)) == 5


@pytest.mark.parametrize("stop_at", range(12))
@pytest.mark.parametrize("applied", [False, True])
def test_interrupted_anywhere_and_run_again_ends_in_the_same_state(tmp_path: Path, stop_at: int, applied: bool) -> None:
    """The server goes away for good after `stop_at` requests; the next run finds it back."""
    dataset = dataset_of(4)
    with StandIn() as server:
        outage = Fault(skip=stop_at, times=-1, drop=True, apply=applied)
        server.fail(outage)
        try:
            seed(server, dataset, tmp_path)
        except RemoteError as error:
            assert server.secret_key not in str(error)
        outage.times = 0
        assert seed(server, dataset, tmp_path).verified
        assert sorted(held(server, dataset.name)) == ["000", "001", "002", "003"]
        assert len(server.dataset_items(dataset.name)) == 4


def test_a_refused_item_is_named_and_the_others_are_there(tmp_path: Path) -> None:
    dataset = dataset_of(4)
    with StandIn() as server:
        server.fail(Fault("POST", "/dataset-items", status=400, times=-1, contains="Question 2?",
                          body={"message": "Invalid request data", "error": [{"message": "too long"}]}))  # fmt: skip
        report = seed(server, dataset, tmp_path)
        assert not report.verified and list(report.rejected) == ["002"]
        assert "too long" in report.rejected["002"]
        assert sorted(held(server, dataset.name)) == ["000", "001", "003"]


def test_a_dataset_with_one_id_twice_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    dataset = replace(dataset_of(2), items=(Item("a"), Item("b"), Item("a")))
    with StandIn() as server, pytest.raises(InputError, match="'a'"):
        seed(server, dataset, tmp_path)
    assert not server.asked("POST", "/dataset-items")


def test_without_a_project_id_nothing_is_sent(tmp_path: Path) -> None:
    with StandIn() as server:
        server.fail(Fault("GET", "/projects", status=500, times=-1))
        with pytest.raises(RemoteError, match="HTTP 500"):
            seed(server, dataset_of(2), tmp_path)
        assert not server.asked("POST")


def test_wrong_keys_are_refused_without_showing_them(tmp_path: Path) -> None:
    with StandIn() as server:
        server.fail(Fault(status=401, times=-1, body={"message": f"Invalid {server.secret_key}"}))
        with pytest.raises(RemoteError) as caught:
            seed(server, dataset_of(2), tmp_path)
        assert server.secret_key not in str(caught.value) and server.public_key not in str(caught.value)


AWKWARD = (
    Item("no answer", "No expected at all?"),
    Item("no question", "", "An answer."),
    Item("only metadata", "", "", {"topic": "t"}),
    Item("empty things", "q", "e", {"text": "", "null": None, "object": {}, "list": [], "deep": {"a": {"b": [None]}}}),
    Item(
        "numbers", "q", "e", {"one": 1.0, "big": 2**60, "small": 1e-9, "huge": 10**400, "minus": -0.0, "nan": math.nan}
    ),
    Item("keys", "q", "e", {"zz": 1, "a": 2, "ä": 3, "longer key": 4}),
    Item("signs", "NUL \x00 and \x1b[31m red \x85", "half \ud800 emoji", {"k\x00": "v\x07"}),
    Item("lines", "a\r\nb\tc", "  spaces  ", {}),
    Item("date", "2026-11-01T09:00:00Z", "2026-11-01", {"at": datetime(2026, 11, 1, tzinfo=UTC)}),
    Item("long", "x" * 300_000, "y" * 300_000),
    Item("json", '{"a": 1}', "null", {"said": "true"}),
)


@pytest.mark.parametrize("kind", ["v4", "v4-old", "v4-legacy", "v3"])
def test_whatever_the_server_normalises_seeding_ends_verified_and_stays_so(tmp_path: Path, kind: str) -> None:
    dataset = Dataset("awkward", AWKWARD)
    with StandIn(kind) as server:
        assert seed(server, dataset, tmp_path).verified
        before = writes(server)
        again = seed(server, dataset, tmp_path)
        assert again.verified and again.sent == 0 and writes(server) == before
        row = held(server, "awkward")["empty things"]
        assert (row["metadata"]["text"], row["metadata"]["null"], row["metadata"]["object"]) == ("", None, {})


@pytest.mark.parametrize("gone", ["question", "expected", "metadata"])
def test_a_field_that_left_the_file_is_emptied_once(tmp_path: Path, gone: str) -> None:
    dataset = dataset_of(3)
    emptied: dict[str, Any] = {gone: {} if gone == "metadata" else ""}
    cleared = replace(dataset.items[1], **emptied)
    changed = replace(dataset, items=(dataset.items[0], cleared, dataset.items[2]))
    with StandIn("v4-old") as server:
        seed(server, dataset, tmp_path)
        assert (report := seed(server, changed, tmp_path)).verified and report.sent == 1
        assert (again := seed(server, changed, tmp_path)).verified and again.sent == 0


def test_two_seeders_at_once_make_every_item_once(tmp_path: Path) -> None:
    """Baseline and candidate of one plan; the server keeps two current rows of what is written twice at once."""
    dataset = dataset_of(8)
    with StandIn("v4-old") as server:
        server.add_dataset(dataset.name)
        server.pace = 0.02
        with ThreadPoolExecutor(2) as pool:
            reports = list(pool.map(lambda _: seed(server, dataset, tmp_path), range(2)))
        assert all(report.verified for report in reports)
        assert len(server.asked("POST", "/dataset-items")) == 8 and not server.store.doubled


def test_what_a_race_has_left_is_found_and_mended(tmp_path: Path) -> None:
    dataset = dataset_of(4)
    with StandIn("v4-old") as server:
        report = seed(server, dataset, tmp_path)
        server.store.doubled.update(list(report.item_ids.values())[:2])
        mended = seed(server, dataset, tmp_path)
        assert mended.verified and "mended" in str(mended.problems[0]) and not server.store.doubled
        again = seed(server, dataset, tmp_path)
        assert again.verified and again.sent == 0 and not again.problems


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.floats(allow_nan=False, width=32) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
items = st.builds(Item, st.text(min_size=1), st.text(), st.text(), st.dictionaries(st.text(), json_values, max_size=3))


@settings(max_examples=60, deadline=None)
@given(st.lists(items, unique_by=lambda item: item.id, max_size=6))
def test_what_was_planned_and_applied_plans_no_further_change(golden: list[Item]) -> None:
    dataset = Dataset("d", tuple(golden))
    created = plan_seed(dataset, [], "p", "d1", {})
    rows = [
        {"id": change.remote_id, **{field: stored_field(value) for field, value in change.body.items()}}
        for change in created.changes
    ]
    assert all(change.action is Action.CREATE for change in created.changes)
    again = plan_seed(dataset, rows, "p", "d1", {})
    assert not again.pending and not again.foreign
    assert [change.remote_id for change in again.changes] == [change.remote_id for change in created.changes]


def test_content_hash_sees_every_field_and_one_number_in_two_spellings() -> None:
    item = Item("a", "q", "e", {"n": 1.0})
    wanted = content_hash(body_of(item))
    assert wanted == content_hash({**body_of(item), "metadata": {"n": 1, KEY: "a"}})
    for other in (replace(item, question="Q"), replace(item, expected=""), replace(item, metadata={"n": 2})):
        assert content_hash(body_of(other)) != wanted
