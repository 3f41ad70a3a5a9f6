"""A stranger's folder: pipes, devices and sockets are never opened, bombs are not unpacked, everything else loads."""

import os
import signal
import socket
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from builders import steady, write_run
from runner_kit import lay_out_doubts
from sources_kit import lines_of, listed, own_run, record
from tui.driving import opened

from ragtui.cli import main
from ragtui.errors import InputError
from ragtui.exits import Exit
from ragtui.files.regular import NotRegularError, is_regular, kind_of, open_regular, read_regular
from ragtui.places import cache_folder, config_file, state_folder
from ragtui.runner.launch.trust import STORE
from ragtui.sources import open_source
from ragtui.workbench import StateFile

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")


def pipe(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(path)
    return path


def device(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to("/dev/zero")
    return path


def plug(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    here = Path.cwd()
    os.chdir(path.parent)  # a socket's address may be no longer than a hundred bytes
    try:
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(path.name)
    finally:
        os.chdir(here)
    return path


def folder(path: Path) -> Path:
    path.mkdir(parents=True)
    return path


KINDS = [(pipe, "a named pipe"), (device, "a device"), (plug, "a socket"), (folder, "a folder")]


@pytest.mark.parametrize(("make", "kind"), KINDS)
def test_only_regular_files_are_opened(tmp_path: Path, make: object, kind: str) -> None:
    path = make(tmp_path / "x")  # type: ignore[operator]
    assert kind_of(path) == kind and not is_regular(path)
    with pytest.raises(NotRegularError, match=kind):
        open_regular(path)
    (tmp_path / "file").write_bytes(b"abc")
    assert read_regular(tmp_path / "file", 2) == b"ab" and is_regular(tmp_path / "file")
    assert kind_of(tmp_path / "none") == ""


@pytest.mark.parametrize(("make", "kind"), KINDS[:3])
@pytest.mark.parametrize("name", ["results.jsonl", "scores.csv", "eval.json", "log.eval", "more.jsonl", "t.tsv"])
def test_what_is_no_file_is_named_and_the_rest_loads(tmp_path: Path, make: object, kind: str, name: str) -> None:
    make(tmp_path / "strange" / name)  # type: ignore[operator]
    (tmp_path / "good.jsonl").write_bytes(lines_of([{"id": "a", "scores": {"recall": 1}}]))
    headers, problems = listed(tmp_path)
    assert [header.name for header in headers] == ["good"]
    assert [f"{kind}, not a file: not opened" in problem.message for problem in problems] == [True]
    with pytest.raises(InputError):
        open_source(tmp_path).load("strange")


@pytest.mark.parametrize("name", [".lock", "dataset.json", "launch.json", "summary.json"])
def test_a_pipe_beside_a_run_does_not_hold_it_up(tmp_path: Path, name: str) -> None:
    run = own_run(tmp_path / "r", [record()], status="running")
    if (run / name).exists():
        (run / name).unlink()
    pipe(run / name)
    headers, _ = listed(tmp_path)
    assert len(headers) == 1
    assert open_source(tmp_path).load(headers[0].id).scores.values.size


@pytest.mark.parametrize("target", ["/", "..", "../.."])
def test_a_link_to_a_folder_around_the_place_is_named_and_not_followed(tmp_path: Path, target: str) -> None:
    """The whole disk was searched, and a neighbour's runs stood in the list as if they were the place's."""
    place = tmp_path / "downloads" / "place"
    own_run(place / "r", [record()])
    own_run(tmp_path / "downloads" / "neighbour", [record()])
    (place / "up").symlink_to(target)
    headers, problems = listed(place)
    assert [header.name for header in headers] == ["r"]
    assert ["not followed" in problem.message for problem in problems] == [True]
    (place / "up").unlink()
    (place / "beside").symlink_to(tmp_path / "downloads" / "neighbour")
    assert sorted(header.location for header in listed(place)[0])[0].endswith("beside")


@pytest.mark.parametrize("kind", ["a run", "a folder of runs", "a table", "the results of a run", "inside", "no runs"])
def test_a_link_out_of_the_place_is_named_with_what_it_leads_to(tmp_path: Path, kind: str) -> None:
    place, elsewhere = tmp_path / "place", tmp_path / "elsewhere"
    own_run(place / "r", [record()])
    own_run(elsewhere / "s", [record(item_id="other")])
    (elsewhere / "t.csv").write_text("id,score\na,1\nb,2\n")
    (elsewhere / "nothing").mkdir()
    link, target = {
        "a run": (place / "x", elsewhere / "s"),
        "a folder of runs": (place / "x", elsewhere),
        "a table": (place / "x.csv", elsewhere / "t.csv"),
        "the results of a run": (place / "r" / "results.jsonl", elsewhere / "s" / "results.jsonl"),
        "inside": (place / "x", place / "r"),
        "no runs": (place / "x", elsewhere / "nothing"),
    }[kind]
    link.unlink(missing_ok=True)
    link.symlink_to(target)
    said = [problem for problem in listed(place)[1] if "out of this place" in problem.message]
    assert [(problem.where, str(target) in problem.message) for problem in said] == (
        [] if kind in ("inside", "no runs") else [(str(link), True)]
    )
    assert not any(problem.partial for problem in said)


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.eval"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("header.json", b"[" + b"[]," * 8_000_000 + b"[]]")
    assert path.stat().st_size < 100_000
    headers, problems = listed(path)
    assert not headers and "unpacks to more than" in problems[0].message


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
