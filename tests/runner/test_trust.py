"""What is executed when: a run folder that came from elsewhere runs nothing before somebody agreed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from runner_kit import lay_out, lay_out_doubts, records

from ragtui.cli.main import main
from ragtui.errors import InputError, RagtuiError
from ragtui.exits import Exit
from ragtui.places import state_folder
from ragtui.runner.launch.again import targeted, whole
from ragtui.runner.launch.child import Worker
from ragtui.runner.launch.launchfile import LAUNCH
from ragtui.runner.launch.prepare import Launch, Overrides, change_launch, open_launch, prepare
from ragtui.runner.launch.rejudge import prepare_rejudge
from ragtui.runner.launch.trust import STORE, UntrustedError, allow, execution_of, is_trusted, require
from ragtui.runner.plan.planfile import read_plan
from ragtui.runner.work.worker import work

SIMULATED = {"latency_s": 0.0}


@pytest.fixture
def full(tmp_path: Path) -> Launch:
    """Two finished sides without a model, see `lay_out_doubts`."""
    launch = prepare(read_plan(lay_out_doubts(tmp_path, items=6)), overrides=Overrides(repeats=1))
    work(launch)
    return launch


def change(folder: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    document = json.loads((folder / LAUNCH).read_text())
    edit(document)
    (folder / LAUNCH).write_text(json.dumps(document))


def strange(full: Launch, mark: Path, *, lie: bool = False) -> tuple[Path, Path]:
    """Both folders of the launch as a stranger hands them on: the target is a command that leaves a mark."""
    command = {"kind": "command", "command": ["sh", "-c", f"echo x >> {mark}; echo done"]}

    def edit(document: dict[str, Any]) -> None:
        plan = document["plan"]
        plan.pop("candidate", None)
        plan.pop("target", None)
        plan["sides"] = [{"name": name, "target": command} for name in ("base", "cand")]
        if lie:
            plan["simulated"] = SIMULATED

    found = []
    for folder in full.folders:
        copy = folder.parent / f"copy-{folder.name}"
        shutil.copytree(folder, copy)
        found.append(copy)
    for copy in found:
        change(copy, edit)
        change(copy, lambda document: document.update(folders=[f"../{other.name}" for other in found]))
    return found[0], found[1]


def ways(base: Path, cand: Path) -> dict[str, Callable[[], object]]:
    """Every way in which the library executes a run folder."""
    return {
        "resume": lambda: work(open_launch(base)),
        "retry": lambda: work(open_launch(base), retry_failed=True),
        "grow": lambda: change_launch(base, Overrides(repeats=2)),
        "worker of the app": lambda: Worker.start(open_launch(base)),
        "repeat a configuration": lambda: whole(cand, 1).prepare(),
        "repeat items": lambda: targeted([base, cand], ["q1"], 1).prepare(),
        "judge again": lambda: prepare_rejudge(base, 1),
    }


@pytest.mark.parametrize("lie", [False, True], ids=["plain", "labelled simulated"])
def test_no_way_in_executes_a_strangers_folder(full: Launch, tmp_path: Path, lie: bool) -> None:
    mark = tmp_path / "PWNED"
    base, cand = strange(full, mark, lie=lie)
    before = sorted(base.parent.iterdir())
    for name, way in ways(base, cand).items():
        with pytest.raises(UntrustedError) as refused:
            way()
        assert "sh -c" in refused.value.message and "--trust" in refused.value.hint, name
    assert not mark.exists()
    assert sorted(base.parent.iterdir()) == before, "and nothing was made"


COMMANDS: dict[str, Callable[[str, str], list[str]]] = {
    "run": lambda base, cand: ["run", base],
    "run --retry-failed": lambda base, cand: ["run", base, "--retry-failed"],
    "run --repeats": lambda base, cand: ["run", base, "--repeats", "4"],
    "rejudge": lambda base, cand: ["rejudge", base, "--times", "1"],
    "confirm": lambda base, cand: ["confirm", base, "--vs", cand, "--items", "q1", "--times", "1"],
    "gate": lambda base, cand: [
        "gate", "--baseline", base, "--candidate", cand, "--policy", "gate.toml", "--until-decided", "--budget", "1"
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_executes_it_without_a_terminal(
    name: str, full: Launch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mark = tmp_path / "PWNED"
    base, cand = strange(full, mark, lie=True)
    (tmp_path / "gate.toml").write_text('mode = "superiority"\n')
    monkeypatch.chdir(tmp_path)
    assert main(COMMANDS[name](str(base), str(cand))) == Exit.ERROR
    assert not mark.exists()
    said = capsys.readouterr().err
    assert "the command" in said and "sh -c" in said


def test_trust_lets_it_through_once_and_is_remembered_by_content(full: Launch) -> None:
    change(full.lead, lambda document: document.update(source="elsewhere.toml"))
    assert main(["run", str(full.lead), "--repeats", "2"]) == Exit.ERROR
    assert main(["run", str(full.lead), "--repeats", "2", "--trust"]) == Exit.OK
    assert main(["run", str(full.lead), "--repeats", "3"]) == Exit.OK
    change(full.lead, lambda document: document["plan"].update(timeout_s=7))
    assert main(["run", str(full.lead)]) == Exit.ERROR, "another content is another question"


def test_code_that_changes_after_the_question_is_asked_about_again(full: Launch) -> None:
    change(full.lead, lambda document: document.update(source="elsewhere.toml"))
    found = execution_of(open_launch(full.lead))
    assert not is_trusted(found)
    allow(found)
    require(open_launch(full.lead))
    (full.plan.base / "own.py").write_text("def answer(item, settings):\n    return 'other'\n")
    with pytest.raises(UntrustedError, match="own:answer"):
        require(open_launch(full.lead))


def test_another_interpreter_is_asked_about_again(full: Launch) -> None:
    python = full.plan.base / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\n")
    change(full.lead, lambda document: document["plan"].update(python=".venv/bin/python"))
    change(full.folders[1], lambda document: document["plan"].update(python=".venv/bin/python"))
    allow(execution_of(open_launch(full.lead)))
    require(open_launch(full.lead))
    python.write_text("#!/bin/sh\nrm -rf .\n")
    with pytest.raises(UntrustedError, match=r"under .*python"):
        require(open_launch(full.lead))


def test_our_own_folders_are_never_asked_about(full: Launch, tmp_path: Path) -> None:
    assert execution_of(open_launch(full.lead)).own
    moved = tmp_path / "moved"
    shutil.copytree(full.lead.parent, moved)
    require(open_launch(moved / full.lead.name))
    link = tmp_path / "link"
    link.symlink_to(full.lead)
    require(open_launch(link))
    assert main(["run", str(full.lead), "--repeats", "2"]) == Exit.OK
    require(open_launch(full.lead))


def test_a_strangers_folder_does_not_borrow_the_trust_of_ours(full: Launch, tmp_path: Path) -> None:
    """It came back from somebody who has seen ours, and names ours as launched together with it."""
    mark = tmp_path / "PWNED"
    base, cand = strange(full, mark)
    ours = [f"../{folder.name}" for folder in full.folders]
    before = {folder: (folder / "results.jsonl").read_bytes() for folder in full.folders}
    for folders in (ours, [ours[0], f"../{base.name}"], [f"../{base.name}", ours[1]]):
        change(base, partial(dict.update, folders=folders))
        for name, way in ways(base, cand).items():
            with pytest.raises(RagtuiError):
                way()
            assert not mark.exists(), name
        assert main(["run", str(base)]) == main(["run", str(base), "--trust"]) == Exit.ERROR
    assert not mark.exists()
    assert before == {folder: (folder / "results.jsonl").read_bytes() for folder in full.folders}


def test_a_folder_that_is_not_among_those_it_names_is_not_taken_for_one_of_them(full: Launch) -> None:
    change(full.lead, lambda document: document.update(folders=[f"../{full.folders[1].name}"]))
    for way in (lambda: open_launch(full.lead), lambda: whole(full.lead, 1)):
        with pytest.raises(InputError, match="not among the folders it was launched with"):
            way()


def test_another_user_is_asked(full: Launch, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    script = "import sys; from ragtui.cli import main; sys.exit(main(sys.argv[1:]))"
    other = {**os.environ, "RAGTUI_STATE_DIR": str(tmp_path / "another-home")}
    words = [sys.executable, "-c", script, "run", str(full.lead), "--repeats", "2"]
    done = subprocess.run(words, env=other, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == Exit.ERROR and "own:answer" in done.stderr and str(full.plan.base) in done.stderr


@pytest.mark.parametrize("content", [b"\xff\xfe", b"own\n", b"\n" * 5, b""])
def test_a_damaged_store_trusts_nobody_and_is_written_to(content: bytes, full: Launch) -> None:
    change(full.lead, lambda document: document.update(source="x"))
    (state_folder() / STORE).write_bytes(content)
    with pytest.raises(UntrustedError):
        require(open_launch(full.lead))


def test_a_launch_file_that_is_a_pipe_is_named_and_not_waited_for(full: Launch) -> None:
    (full.lead / LAUNCH).unlink()
    os.mkfifo(full.lead / LAUNCH)
    assert main(["run", str(full.lead)]) == Exit.ERROR


def test_what_is_shown_names_addresses_keys_and_documents(tmp_path: Path, key: str) -> None:
    path = lay_out(tmp_path, "http://127.0.0.1:9/v1")
    launch = prepare(read_plan(path))
    shown = "\n".join(execution_of(launch).lines())
    assert "http://127.0.0.1:9/v1 with the value of STANDIN_KEY" in shown
    assert f"documents of {tmp_path / 'pages'}" in shown
    assert key not in shown


def test_a_worker_does_not_import_from_the_project(tmp_path: Path) -> None:
    for name in ("secrets", "queue", "numpy", "orjson"):
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('the project stands in for a library')\n")
    (tmp_path / "helper.py").write_text("def word():\n    return 'helped'\n")
    (tmp_path / "own.py").write_text(
        "import queue, secrets\nimport helper\ndef answer(item):\n    return helper.word() + secrets.token_hex(1)[:0]\n"
    )
    plan = lay_out(tmp_path, "http://127.0.0.1:9/v1", rag=False, judges=False, items=2)
    plan.write_text(plan.read_text() + '[target]\nkind = "python"\ncall = "own:answer"\n')
    launch = prepare(read_plan(plan))
    worker = Worker.start(launch)
    assert worker._process is not None
    worker._process.wait(60)
    log = (launch.lead / "worker.log").read_text()
    assert worker.poll().state == "complete", log
    assert [record["output"] for record in records(launch.lead)] == ["helped"] * 2


@pytest.mark.parametrize("name", ["x" * 300, "a\0b", "../gone"], ids=["too long", "a NUL", "not there"])
@pytest.mark.parametrize("field", ["folders", "rejudge"])
def test_a_folder_that_no_system_names_is_refused_in_a_message(full: Launch, field: str, name: str) -> None:
    change(full.lead, lambda found: found.update({field: [name] if field == "folders" else {"run": name}}))
    if field == "rejudge" and "\0" not in name:
        assert open_launch(full.lead).rejudging is not None  # whether that run is there is asked when it is read
        return
    with pytest.raises(InputError, match=r"missing|no folder's name"):
        open_launch(full.lead)
