"""Servers, and proxies before them, that keep what they are given in a form of their own."""

import json
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from langfuse_standin import StandIn
from publishing_kit import publish, result_for, sending_to, write_run

from ragtui.cli.main import main
from ragtui.langfuse.api.patience import Patience
from ragtui.langfuse.write.publisher import Phase
from ragtui.langfuse.write.seeding.remote import ensure_dataset, project_id_of
from ragtui.langfuse.write.seeding.seed import Salts, Seeder, SeedReport
from ragtui.langfuse.write.seeding.seedplan import Action
from ragtui.model import Dataset, Item

PATIENCE = Patience(tries=2)
GOLDEN = Dataset(
    "docs",
    (
        Item("000", " Padded question? \n", "answer ", {"tags": ["z", "a"], "none": None, "object": {}, "list": []}),
        Item("001", "Line\r\nbreak, cafe\u0301?", "x\r\n", {"score": 1.0, "deep": {"none": None, "tags": ["b", "a"]}}),
        Item("002", "Plain?", "   ", {}),
    ),
    "v1",
)


def everywhere(change: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def rewritten(value: Any) -> Any:
        value = change(value)
        if isinstance(value, dict):
            return {key: rewritten(held) for key, held in value.items()}
        return [rewritten(held) for held in value] if isinstance(value, list) else value

    return rewritten


def texts(change: Callable[[str], str]) -> Callable[[Any], Any]:
    return everywhere(lambda value: change(value) if isinstance(value, str) else value)


def _sorted(value: Any) -> Any:
    words = isinstance(value, list) and all(isinstance(each, str) for each in value)
    return sorted(value) if words else value


FORMS: dict[str, Callable[[Any], Any]] = {
    "trims": texts(str.strip),
    "one line end": texts(lambda text: text.replace("\r\n", "\n")),
    "one spelling": texts(lambda text: unicodedata.normalize("NFC", text)),
    "sorts tags": everywhere(_sorted),
    "drops null": everywhere(
        lambda value: (
            {key: held for key, held in value.items() if held is not None}
            if isinstance(value, dict) and "datasetName" not in value
            else value
        )
    ),
    "empty is null": everywhere(lambda value: None if value in ([], {}) else value),
    "whole numbers": everywhere(lambda value: int(value) if isinstance(value, float) and value.is_integer() else value),
}


def seed(server: StandIn, dataset: Dataset, state: Path) -> SeedReport:
    with sending_to(server) as http:
        remote = ensure_dataset(http, dataset, dataset.name, project_id_of(http, PATIENCE), PATIENCE)
        salts = Salts.for_dataset(state, http.server, remote)
        return Seeder(http, remote, salts, patience=PATIENCE).apply(dataset)


@pytest.mark.parametrize("form", FORMS)
def test_what_is_held_in_another_form_is_seeded_once(form: str, tmp_path: Path) -> None:
    """It was "not as sent" for ever, with exit 4 and one more version of each such item a time."""
    with StandIn("v4") as server:
        server.rewrites = FORMS[form]
        first, again = seed(server, GOLDEN, tmp_path), seed(server, GOLDEN, tmp_path)
        assert first.verified and again.verified
        assert (first.sent, again.sent) == (3, 0)
        told = [problem.message for problem in again.problems]
        assert form == "whole numbers" or any("in a form of the server's own" in message for message in told)
        # What a person changed goes there, be it white space alone.
        padded = Dataset("docs", (Item("000", "Padded question?", "answer"), *GOLDEN.items[1:]), "v2")
        assert seed(server, padded, tmp_path).plan.count(Action.UPDATE) == 1


@pytest.mark.parametrize("lost", [texts(str.lower), texts(lambda text: text[:8])], ids=["lower case", "cut"])
def test_what_says_something_else_is_not_as_sent(lost: Callable[[Any], Any], tmp_path: Path) -> None:
    with StandIn("v4") as server:
        seed(server, Dataset("docs", ()), tmp_path)
        server.rewrites = lambda body: {**body, "input": lost(body["input"])} if "input" in body else body
        report = seed(server, GOLDEN, tmp_path)
        assert not report.verified and any("not as sent" in problem.message for problem in report.problems)


def test_what_somebody_edits_there_is_no_form_of_the_server(tmp_path: Path) -> None:
    with StandIn("v4") as server:
        server.rewrites = FORMS["trims"]
        seed(server, GOLDEN, tmp_path)
        row = next(row for row in server.dataset_items("docs").values() if row["input"] == "Plain?")
        row["input"] = "Plainer?"
        assert seed(server, GOLDEN, tmp_path).plan.count(Action.UPDATE) == 1


@pytest.mark.parametrize("form", ["trims", "one spelling"])
def test_a_copy_in_another_form_is_the_same_dataset(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RAGTUI_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("RAGTUI_CACHE_DIR", str(tmp_path / "cache"))
    with StandIn("v4") as server:
        for name, value in server.env.items():
            monkeypatch.setenv(name, value)
        server.rewrites = FORMS[form]
        local = Dataset("here", GOLDEN.items, "v1")
        runs = [write_run(tmp_path / name, local, [result_for(item) for item in local.items], name=name)
                for name in ("one", "two")]  # fmt: skip
        seed(server, GOLDEN, tmp_path)
        main(["publish", str(tmp_path / "two"), "--langfuse", "docs"])
        capsys.readouterr()
        code = main(["compare", str(tmp_path / "one"), "--vs", "langfuse:docs/two", "--format", "json"])
        assert code == 0 and json.loads(capsys.readouterr().out)["metrics"]
        assert publish(server, runs[0]).phase is Phase.VERIFIED
