"""Every Langfuse example of the manual, and of the commands' own help, is run against a server."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from langfuse_standin import StandIn
from langfuse_standin.store import iso
from publishing_kit import dataset_of, simple_run

from ragtui.cli.commands.hosted import publish, pull, seed, trace
from ragtui.cli.main import main
from ragtui.manual import pages
from ragtui.sources import write_dataset

MANUAL = {page.topic: page.text for page in pages()}
ITEMS, FEW = 20, 4
"""Items of the hosted datasets, item 018 among them; and of what is sent."""

DAY = 86_400.0


def examples() -> list[tuple[str, str]]:
    """Where a command stands first, and the command; each once."""
    first: dict[str, str] = {}
    for where, command in _written():
        first.setdefault(command, where)
    return [(where, command) for command, where in first.items()]


def _written() -> Iterator[tuple[str, str]]:
    """Whole lines of blocks, whole commands within sentences, and what the commands' own help shows."""
    for topic, text in MANUAL.items():
        blocks = re.findall(r"```(?:sh|bash)\n(.*?)```", text, re.DOTALL)
        lines = [line.partition("  #")[0].strip() for block in blocks for line in block.splitlines()]
        lines += re.findall(r"`(ragtui [^`]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
        yield from ((topic, line) for line in lines if _is_hosted(line))
    for module in (publish, pull, seed, trace):
        found = re.findall(r"^  (ragtui .*?)(?:\s{2,}.*)?$", module.EPILOG, re.MULTILINE)
        yield from ((module.__name__.rpartition(".")[2], line) for line in found)


def _is_hosted(line: str) -> bool:
    words = line.split()
    whole = words[:1] == ["ragtui"] and not re.search(r"\b[A-Z]{2,}\b", line)
    whole = whole and words[-1] not in ("--langfuse", "--where")
    return whole and ("langfuse" in line or words[1] in ("publish", "seed", "pull"))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the examples name: golden items, a plan, run folders."""
    folder = tmp_path_factory.mktemp("examples")
    write_dataset(folder / "golden.json", dataset_of(FEW, "support-docs"))
    (folder / "mine.py").write_text("def answer(item):\n    return item.question\n")
    (folder / "ragtui.toml").write_text(
        'name = "base"\ndataset = "golden.json"\nlexical = ["token_f1"]\nrepeats = 1\n'
        '[target]\nkind = "python"\ncall = "mine:answer"\n'
    )
    for name in ("rerank-v2-20261101-090000", "baseline-1"):
        simple_run(folder / "runs" / name, FEW, name=name)
    return folder


@pytest.fixture
def server(server: StandIn, tmp_path: Path, files: Path, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """The datasets and runs that the examples name; and a profile of the same project."""
    (tmp_path / "config.toml").write_text(
        f'[langfuse.staging]\nbase_url = "{server.url}"\npublic_key_env = "LANGFUSE_PUBLIC_KEY"\n'
        'secret_key_env = "LANGFUSE_SECRET_KEY"\n'
    )
    shutil.copytree(files, tmp_path / "work")
    monkeypatch.chdir(tmp_path / "work")
    now = server.clock()
    for dataset in ("docs", "support-docs"):
        # As seeded: ids are those of one project, names those of each dataset.
        known = {
            f"{dataset}-{number:03d}": {"input": f"Q{number}", "metadata": {"ragtui_item": f"{number:03d}"}}
            for number in range(ITEMS)
        }
        server.add_dataset(dataset, known)
        answers = {item: {"output": "A", "scores": {"quality": 1}} for item in known}
        for day, name in enumerate(("main #1", "main #2", "run-2", "pr-12"), start=1):
            metadata = {"ragtui_configuration": name.partition(" #")[0], "ragtui_repeat": name[-1]}
            server.add_run(dataset, name, answers, start=now - day * DAY, metadata=metadata)
    long_ago = now - 900 * DAY  # versions of the dataset go back further than the tests
    for record in server.store.items.records.values():
        record.value |= {"createdAt": iso(long_ago), "updatedAt": iso(long_ago)}
        record.history = [(long_ago, record.value)]
    return server


@pytest.mark.parametrize(("where", "command"), [pytest.param(*each, id=f"{each[0]}: {each[1]}") for each in examples()])
def test_an_example_does_what_it_says(
    where: str,
    command: str,
    server: StandIn,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = shlex.split(command)[1:]
    if "--profile" in words:
        monkeypatch.setenv("RAGTUI_CONFIG", str(tmp_path / "config.toml"))
    if words[0].startswith("langfuse:"):
        words = ["runs", *words]  # the app's list, without the app
    if "--resume" in words:
        assert main([word for word in words if word != "--resume"]) == 0
    code = main(words)
    shown = capsys.readouterr()
    assert code in ((0, 3) if words[0] in ("compare", "noise", "gate") else (0,)), shown.err
    assert "Traceback" not in shown.err


def test_the_manual_has_examples_of_every_hosted_command() -> None:
    said = [command for _, command in examples()]
    for word in ("seed", "publish", "pull", "trace", "run", "runs", "langfuse:"):
        assert any(command.startswith(f"ragtui {word}") for command in said), word


def test_the_gate_line_of_the_manual_finds_all_repeats_of_the_name(
    server: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (line,) = re.findall(r"`(--baseline langfuse:[^`]+)`", MANUAL["gate"])
    (tmp_path / "work" / ".git").mkdir()
    code = main(["gate", *line.split(), "--candidate", "langfuse:support-docs/pr-12", "--format", "json"])
    found = json.loads(capsys.readouterr().out)
    assert code != 2 and found["baseline"]["repeats"] == 2
