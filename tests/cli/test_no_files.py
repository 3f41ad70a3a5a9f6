"""Pipes, devices, sockets and folders in place of the files that ragtui keeps: no command waits, or decides on them."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from builders import steady, write_run
from runner_kit import lay_out_doubts
from sources.test_strangers import KINDS
from tui.driving import opened

from ragtui.cli import main
from ragtui.exits import Exit
from ragtui.places import cache_folder, config_file, state_folder
from ragtui.runner.launch.trust import STORE
from ragtui.workbench import StateFile

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
DECIDED = {Exit.OK, Exit.REGRESSION, Exit.CANNOT_TELL}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project with runs, a blessed baseline, a profile and a launched run; whatever waits is ended."""

    def waited(*_: object) -> None:
        raise AssertionError("it waited")

    monkeypatch.chdir(tmp_path)
    write_run(tmp_path / "runs" / "base", steady(5, 8, 3, i003=[5, 4, 5]), pipeline={"k": 1})
    write_run(tmp_path / "runs" / "worse", steady(2, 8, 3, i003=[2, 3, 2]), day=2, pipeline={"k": 2})
    (tmp_path / "made").mkdir()
    plan = lay_out_doubts(tmp_path / "made", items=2)
    assert main(["bless", "runs/base", "-r", "x"]) == main(["noise", "runs/base", "--save", "n.json"]) == Exit.OK
    assert main(["run", str(plan), "--repeats", "1", "--out", "made/runs"]) == Exit.OK
    before = signal.signal(signal.SIGALRM, waited)
    signal.alarm(100)
    yield tmp_path
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def in_place_of(path: Path, make: Callable[[Path], Path]) -> None:
    if path.is_symlink() or path.is_file():
        path.unlink()
    path.parent.mkdir(parents=True, exist_ok=True)
    make(path)


@pytest.mark.parametrize(("make", "kind"), KINDS, ids=[kind for _, kind in KINDS])
def test_no_command_waits_for_what_is_no_file(
    make: Callable[[Path], Path], kind: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """File after file, and what is said once each of them is none: a decision where it has no part in it."""
    launched = sorted((project / "made" / "runs").iterdir())[0]
    gate = "gate -b runs/base -c runs/worse"
    table: tuple[tuple[Path, str, set[Exit]], ...] = (
        (StateFile(["runs"]).path, "runs runs", DECIDED),
        (state_folder() / STORE, gate, DECIDED),
        (cache_folder() / "langfuse", gate, DECIDED),
        (project / "n.json", f"{gate} --noise n.json", {Exit.ERROR}),
        (project / ".ragtui" / "noise" / "x.json", gate, {*DECIDED, Exit.ERROR}),
        (project / ".ragtui" / "baselines.jsonl", "gate -b main -c runs/worse", {Exit.ERROR}),
        (project / ".ragtui" / "baselines.jsonl", "bless runs/base -r y", {Exit.ERROR}),
        (project / ".ragtui" / "baselines.jsonl", "bless --list", {Exit.ERROR}),
        (project / "gate.toml", f"{gate} -p gate.toml", {Exit.ERROR}),
        (project / "made" / "ragtui.toml", "plan made/ragtui.toml", {Exit.ERROR}),
        (project / "made" / "ragtui.toml", "try made/ragtui.toml", {Exit.ERROR}),
        (launched / "launch.json", f"run {launched}", {Exit.ERROR}),
        (launched / "launch.json", f"rejudge {launched} --times 1", {Exit.ERROR}),
        (launched / "events.jsonl", f"runs {launched}", DECIDED),
        (config_file(), gate, {*DECIDED, Exit.ERROR}),
    )
    for path, words, right in table:
        if not (path.exists() and not path.is_file()):
            in_place_of(path, make)
        code = main(words.split())
        said = "".join(capsys.readouterr())
        assert code in right, (kind, path.name, words, said)
        assert "fault of ragtui" not in said, (kind, path.name, words, said)


@pytest.mark.parametrize(("make", "kind"), KINDS, ids=[kind for _, kind in KINDS])
async def test_the_app_starts_beside_what_is_no_file(make: Callable[[Path], Path], kind: str, project: Path) -> None:
    launched = sorted((project / "made" / "runs").iterdir())[0]
    places = [str(project / "runs"), str(launched.parent)]
    for path in (
        StateFile(places).path, state_folder() / STORE, project / ".ragtui" / "baselines.jsonl",
        project / ".ragtui" / "noise" / "x.json", launched / "launch.json", launched / "progress.json",
        launched / "events.jsonl",
    ):  # fmt: skip
        in_place_of(path, make)
    async with opened(*places) as (app, pilot):
        await pilot.press("enter")
        assert app.is_running and not app.faults
