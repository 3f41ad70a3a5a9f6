"""What is hosted, on disk: runs as folders, datasets as files, traces as trees."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from langfuse_standin import Fault, StandIn
from publishing_kit import dataset_of, load, simple_run

from ragtui.cli.main import main
from ragtui.errors import InputError
from ragtui.langfuse.read.behind.trace import shown_text
from ragtui.model import Dataset, Item
from ragtui.sources import read_dataset, write_dataset


@pytest.fixture(params=["v4-old", "v4-legacy"])
def server(server: StandIn, project: Path) -> StandIn:
    simple_run(project / "run", 4, repeats=2)
    assert main(["publish", "run", "--langfuse", "team/docs"]) == 0
    return server


def test_a_pulled_run_is_the_run_that_was_published(
    server: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(["pull", "langfuse:team/docs/baseline", "kept"]) == 0
    folders = [Path(line.rpartition(": ")[0]) for line in capsys.readouterr().out.splitlines()]
    assert len(folders) == 2
    local = load(tmp_path / "run")
    for folder in folders:
        pulled = load(folder)
        assert pulled.header.configuration.pipeline == local.header.configuration.pipeline
        for metric in ("faithfulness", "relevance"):
            assert pulled.scores.of(metric)[:, 0].tolist() == local.scores.of(metric)[:, 0].tolist()
        result, item = pulled.result("002", pulled.scores.repeats[0].label), pulled.item("002")
        assert result is not None and result.output == "It is 2." and result.contexts[0].text == "text"
        assert result.judgements["relevance"].rationale == "because 002 «ü»"
        assert (item.question, item.expected) == ("Question 2?", "Answer 2.")
    assert main(["pull", "run", "kept"]) == 2
    server.fail(Fault(status=503, times=-1, headers={"Retry-After": "0"}))
    assert main(["pull", "langfuse:team/docs/baseline", "late"]) == 2


def test_a_hosted_dataset_goes_to_a_file_and_back_without_a_change(
    server: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_dataset(tmp_path / "golden.json", dataset_of(12, "golden"))
    assert main(["seed", "golden.json", "--langfuse", "golden"]) == 0
    assert main(["seed", "langfuse:golden", "--to", "back.json"]) == 0
    assert read_dataset(tmp_path / "back.json").items == dataset_of(12, "golden").items
    capsys.readouterr()
    assert main(["seed", "back.json", "--langfuse", "golden"]) == 0
    assert "0 of 0 changes sent; verified" in capsys.readouterr().out
    assert main(["seed", "langfuse:nothing", "--to", "x.json"]) == 2
    assert main(["seed", "golden.json", "--to", "x.json"]) == 2


def test_an_item_that_asks_nothing_goes_to_a_file_and_back_too(
    server: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run refuses to ask nothing; a copy of what a server holds leaves nothing out for that."""
    write_dataset(tmp_path / "odd.json", Dataset("odd", (Item("a", "Why?", "So."), Item("b", "", "Yes."))))
    for words in (["odd.json", "--langfuse", "odd"], ["langfuse:odd", "--to", "back.json"]):
        assert main(["seed", *words]) == 0
    capsys.readouterr()
    assert main(["seed", "back.json", "--langfuse", "odd"]) == 0
    assert "0 of 0 changes sent; verified" in capsys.readouterr().out
    with pytest.raises(InputError, match="item 2 has no question"):
        read_dataset(tmp_path / "back.json")


def test_a_trace_is_a_tree_with_texts_in_full_and_is_read_once(
    server: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["trace", "langfuse:team/docs/baseline #1", "002"]
    capsys.readouterr()
    assert main(words) == 0
    shown = capsys.readouterr().out
    lines = shown.splitlines()
    root = next(place for place, line in enumerate(lines) if line.strip().startswith("span ragtui-item"))
    retrieval = next(place for place, line in enumerate(lines) if line.strip().startswith("retriever retrieval"))
    assert len(lines[retrieval]) - len(lines[retrieval].lstrip()) > len(lines[root]) - len(lines[root].lstrip())
    assert "in: Question 2?" in shown and "out: It is 2." in shown and "74 tokens" in shown
    before = len(server.asked("GET", "/v2/observations")) + len(server.asked("GET", "/traces/"))
    assert main([*words, "--tree"]) == 0
    assert "in:" not in capsys.readouterr().out
    assert main([*words, "--format", "json", "--as-of", "cache"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["traces"][0]["observations"][0]["name"] == "ragtui-item"
    after = len(server.asked("GET", "/v2/observations")) + len(server.asked("GET", "/traces/"))
    assert after == before or server.kind.mode == "legacy"
    assert main(["trace", "langfuse:team/docs/baseline #1", "999"]) == 2


def test_texts_of_a_trace_are_readable_in_every_language() -> None:
    """The SDK writes JSON with escapes; what is no JSON, or breaks when it is taken apart, stays as it is."""
    read = {
        '{"q": "\\u00fc 集 \\u96c6", "n": 1.0}': '{"q": "ü 集 集", "n": 1.0}',
        '{"path": "C:\\\\users"}': '{"path": "C:\\\\users"}',
        "plain \\u00fc": "plain \\u00fc",
        '{"half": "\\ud83d"}': '{"half": "?"}',
        "[1,  2]": "[1,  2]",
    }
    assert {text: shown_text(text) for text in read} == read
