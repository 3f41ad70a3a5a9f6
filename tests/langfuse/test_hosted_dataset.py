"""A hosted dataset as the dataset of a plan: the same items, of now or of then, or one clear refusal."""

from __future__ import annotations

from pathlib import Path

import pytest
from langfuse_standin import Fault, StandIn
from langfuse_standin.store import iso
from publishing_kit import dataset_of, sending_to

from ragtui.errors import InputError, RemoteError, UsageError
from ragtui.langfuse.api.patience import Patience
from ragtui.langfuse.read.dataset import read_hosted_dataset
from ragtui.langfuse.write.seeding.remote import ensure_dataset
from ragtui.langfuse.write.seeding.seed import Salts, Seeder
from ragtui.model import Dataset

NAME = "team/ü, 100 %/v1"


def read(server: StandIn, address: str) -> Dataset:
    return read_hosted_dataset(address, environ=server.env, config=Path("no such file"))


@pytest.mark.parametrize("kind", ["v4", "v4-legacy", "v3"])
def test_what_was_seeded_is_the_dataset_of_the_file(kind: str) -> None:
    with StandIn(kind) as server:
        local = dataset_of(12, NAME)
        with sending_to(server) as http:
            remote = ensure_dataset(http, local, NAME, server.store.project_id, Patience())
            assert Seeder(http, remote, Salts(None)).apply(local).verified
        found = read(server, f"langfuse:{NAME}")
        assert (found.name, found.items) == (NAME, local.items)
        assert found.content_hash() == local.content_hash()


def test_a_version_is_read_as_it_was_then() -> None:
    with StandIn("v4") as server:
        server.add_dataset("docs", {"a": {"input": "old"}})
        then = iso(server.clock() + 30)
        server.advance(60)
        server.add_dataset("docs", {"a": {"input": "new"}, "b": {"input": "later"}})
        assert [item.question for item in read(server, "langfuse:docs").items] == ["new", "later"]
        assert [item.question for item in read(server, f"langfuse:docs@{then}").items] == ["old"]
        with pytest.raises(InputError, match="no active items of 2020"):
            read(server, "langfuse:docs@2020-01-01")


def test_a_name_with_an_at_sign_is_a_name() -> None:
    with StandIn("v4") as server:
        server.add_dataset("docs@2026-01-01", {"a": {"input": {"question": "q", "lang": "de"}}})
        (item,) = read(server, "langfuse:docs@2026-01-01").items
        assert (item.question, item.metadata) == ("q", {"input": {"question": "q", "lang": "de"}})


@pytest.mark.parametrize("address", ["langfuse:", "langfuse:doc", "langfuse:docs/", "langfuse:docs@soon"])
def test_what_is_not_there_is_refused_by_name(address: str) -> None:
    with StandIn("v4") as server:
        server.add_dataset("docs", {"a": {"input": "q"}})
        with pytest.raises(InputError, match="no such dataset on"):
            read(server, address)


def test_no_answer_and_no_keys_are_no_empty_dataset(tmp_path: Path) -> None:
    with StandIn("v4") as server:
        server.add_dataset("docs", {"a": {"input": "q"}})
        server.fail(Fault("GET", "/dataset-items", status=403, times=-1))
        with pytest.raises(RemoteError):
            read(server, "langfuse:docs")
    with pytest.raises(UsageError, match="LANGFUSE_SECRET_KEY"):
        read_hosted_dataset("langfuse:docs", environ={"LANGFUSE_PUBLIC_KEY": "pk"}, config=tmp_path / "none")
