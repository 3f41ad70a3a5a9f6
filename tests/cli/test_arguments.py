"""Arguments of every command: none may be empty, none is silently replaced, none is unknown without a nearest name."""

import argparse
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from builders import steady, write_run
from runner_kit import lay_out_doubts

from ragtui.cli.main import COMMANDS, command_parser, main
from ragtui.exits import Exit
from ragtui.model import Dataset, Item

ENTRIES = {entry.name: entry for entry in COMMANDS}
ACTIONS: list[Any] = [
    pytest.param(name, action, id=f"{name} {(action.option_strings or [action.dest])[-1]}")
    for name, entry in ENTRIES.items()
    for action in command_parser(entry, entry.load())._actions
    if action.nargs != 0
]
SINGLE = [param for param in ACTIONS if param.values[1].option_strings and param.values[1].nargs is None
          and not isinstance(param.values[1], argparse._AppendAction)]  # fmt: skip


def positionals_before(name: str, action: argparse.Action) -> list[str]:
    """Words for the positional arguments that stand before one."""
    found = command_parser(ENTRIES[name], ENTRIES[name].load())._actions
    return ["x" for other in found if not other.option_strings and other.dest < action.dest and other is not action]


@pytest.mark.parametrize(("name", "action"), ACTIONS)
@pytest.mark.parametrize("word", ["", " ", "\u200b\t"])
def test_no_argument_may_be_empty(
    name: str, action: argparse.Action, word: str, capsys: pytest.CaptureFixture[str], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    values = [word] * (action.nargs if isinstance(action.nargs, int) else 1)
    words = [action.option_strings[-1], *values] if action.option_strings else values
    assert main([name, *words]) == Exit.ERROR
    out, err = capsys.readouterr()
    assert "an empty word (an unset variable?)" in err
    assert not out
    assert not list(tmp_path.iterdir())
    if action.option_strings and not word and len(values) == 1:
        assert main([name, f"{action.option_strings[-1]}="]) == Exit.ERROR
        assert "an empty word" in capsys.readouterr().err


@pytest.mark.parametrize(("name", "action"), SINGLE)
def test_an_option_for_one_value_refuses_a_second(
    name: str, action: argparse.Action, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = [*map(str, action.choices), *map(str, action.choices)][:2] if action.choices else ("1", "2")
    option = action.option_strings[-1]
    assert main([name, option, first, option, second]) == Exit.ERROR
    assert "given twice, " in capsys.readouterr().err


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    folder = tmp_path / "runs"
    for number in (1, 2):
        write_run(folder / f"base-{number}", steady(5, 12, 2, i003=[4, 5]), day=number, pipeline={"k": 1})
        write_run(folder / f"new-{number}", steady(5, 12, 2, i003=[4, 5]), day=number, pipeline={"k": 2})
    return folder


def test_an_option_for_several_values_extends(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["compare", "base-1", "--in", str(runs)]
    assert main([*words, "--vs", "new-1", "--vs", "new-2"]) == Exit.OK
    twice = capsys.readouterr().out
    assert main([*words, "--vs", "new-1", "new-2"]) == Exit.OK
    assert capsys.readouterr().out == twice
    assert "(4 repeats: new-1, new-2)" in twice, "what is pooled is named"
    main([*words, "--vs", "new-1", "new-2", "-f", "markdown"])
    assert "The candidate pools new-1, new-2." in capsys.readouterr().out
    main([*words, "--vs", "new-1", "new-2", "-f", "json"])
    assert '"runs": [\n      "new-1",\n      "new-2"\n    ]' in capsys.readouterr().out
    main(["explain", "003", *words[1:], "--vs", "new-1", "new-2"])
    assert "The candidate pools new-1, new-2." in capsys.readouterr().out
    main(["gate", "-b", "base-1", "-c", "new-1", "-c", "new-2", "--in", str(runs)])
    assert "(4 repeats: new-1, new-2)" in capsys.readouterr().out


def test_several_configurations_are_pooled_only_when_that_is_said(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_run(runs.parent / "other", steady(5, 12, 2), day=9, pipeline={"k": 3})
    words = ["compare", str(runs), "--vs", str(runs.parent / "other")]
    assert main(words) == Exit.ERROR
    out, err = capsys.readouterr()
    assert not out
    assert "holds 2 configurations: new-1, base-1" in err
    assert "--pool" in err
    assert main([*words, "--pool"]) != Exit.ERROR
    assert "(8 repeats: base-1, base-2, new-1, new-2)" in capsys.readouterr().out
    gate = ["gate", "--baseline", str(runs), "--candidate", str(runs.parent / "other")]
    assert main(gate) == Exit.ERROR
    assert "holds 2 configurations" in capsys.readouterr().err
    assert main([*gate, "--pool"]) == Exit.NOT_COMPARABLE


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["explian"], "Did you mean explain?"),
        (["compar", "a", "--vs", "b"], "Did you mean compare?"),
        (["zzz"], "no such file, folder or command"),
        ([""], "an empty word"),
        (["compare", "a", "--vs", "b", "--margn", "q=1"], "did you mean --margin?"),
        (["compare", "a", "--vs", "b", "--format", "jsn"], "Did you mean json?"),
        (["compare", "base-1", "--vs", "new-1", "--in", "RUNS", "--margin", "qualty=1"], "Did you mean quality?"),
        (["compare", "base-1", "--vs", "new-1", "--in", "RUNS", "--margin", "quality=inf"], "not METRIC=NUMBER"),
        (["compare", "base-1", "--vs", "new-1", "--in", "RUNS", "--margin", "quality=1", "--margin", "quality=2"],
         "given twice"),
        (["compare", "base-1", "--vs", "new-1", "--in", "RUNS", "--margin", "quality=0_1"], "not METRIC=NUMBER"),
        (["compare", "base-1", "--vs", "new-1", "--in", "RUNS", "--margin", "quality=nan"], "not METRIC=NUMBER"),
        (["compare", "base-1", "--vs", "new-1", "--in", "RUNS", "--margin", "quality=٣"], "not METRIC=NUMBER"),
        (["compare", "base-1", "--vs", "new-1", "--in", "RUNS", "--margin", "quality=0"], "above zero"),
        (["compare", "base-1", "--vs", "new-1", "--in", "RUNS", "--margin", "quality=-1"], "above zero"),
        (["compare", "base-1", "--vs", "new-1", "--in", "RUNS", "--margin", "quality=4"], "whose scale is 1 to 5"),
        (["explain", "003", "base-1", "--vs", "new-1", "--in", "RUNS", "--margin", "quality=9"], "could ever fail"),
        (["bisect", "a", "b", "--plan", "p", "--margin", ".1", "--margin", ".2"], "given twice"),
        (["bisect", "a", "b", "--plan", "p", "--margin", ".1", "--repeats", "1_0"], "from 1 up"),
        (["compare", "base-1", "--vs", "new-1", "--in", "RUNS", "--items", ","], "an empty word"),
        (["compare", "base-1", "--vs", "new-1", "--in", "RUNS", "--items", ",003"], "an empty word"),
        (["compare", "base-1", "--vs", "new-1", "--in", "RUNS", "--where", "verdict:regresed"],
         "did you mean regressed?"),
        (["compare", "base-1", "--vs", "new-1", "--in", "RUNS", "--where", "verdict:"], "has no value (an unset"),
        (["compare", "base-1", "--vs", "new-1", "--in", "RUNS", "--where", "!"], "has no value (an unset"),
        (["runs", "RUNS", "--where", "status:compelte"], "did you mean complete?"),
        (["runs", "RUNS", "--where", "name:"], "has no value (an unset"),
        (["explain", "003", "base-1", "--vs", "new-1", "--in", "RUNS", "--metric", "qualty"], "Did you mean quality?"),
        (["trend", "RUNS", "--metric", "qualty"], "quality"),
        (["gate", "-b", "base-1", "-c", "new-1", "--budget", "-1"], "from 0 up"),
        (["help", "gte"], "Did you mean `ragtui help gate`?"),
        (["open", "RUNS", "--theme", "nrod"], "Did you mean nord?"),
        (["version", "x"], "does not take 'x'"),
        (["gate", "-b", "base-1", "--candidte", "new-1"], "no option --candidte; did you mean --candidate?"),
        (["gate", "-b", "base-1", "--vs", "new-1"], "no option --vs"),
        (["compare", "base-1", "--", "--vs", "new-1"], "required: --vs"),
        (["gate", "-b", "base-1", "-c", "new-1", "--budget", "2"], "--budget says how --until-decided is done"),
        (["run", "x.toml", "--seed", "2"], "--seed says how --sample is done"),
        (["run", "x.toml", "--shard-of=x"], "--shard-of says how --shard is done"),
        (["run", "RUNS/base-1", "--limit", "2"], "--limit starts a run, it does not change one"),
        (["run", "RUNS/base-1", "--where", "topic=odd"], "--where starts a run"),
        (["run", "RUNS/base-1", "--only-failed"], "--only-failed starts a run"),
        (["compare", "base-1", "--vs", "new-1", "--in", "RUNS", "--group-by", "topc"], "Items have topic."),
        (["compare", "base-1", "--vs", "new-1", "--in", "RUNS", "--columns", "repeet=x"], "Did you mean repeat? Roles"),
        (["convert", "RUNS", "RUNS"], "which is read"),
        (["convert", "RUNS", "RUNS/more"], "which is read"),
        (["convert", "RUNS/base-1", "RUNS/base-2/kept"], "is a run folder"),
    ],
)  # fmt: skip
def test_what_is_mistyped_is_an_error_that_names_the_nearest(
    words: list[str], said: str, runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(runs.rglob("*"))
    assert main([word.replace("RUNS", str(runs)) for word in words]) == Exit.ERROR
    assert said in capsys.readouterr().err
    assert sorted(runs.rglob("*")) == before


def test_runs_are_converted_beside_the_files_that_other_tools_wrote(tmp_path: Path) -> None:
    """summary.json and results.jsonl are names that many tools give, and a home folder may hold one."""
    (tmp_path / "summary.json").write_text('{"accuracy": 0.5}')
    rows = [{"question": f"What is {n}?", "answer": "x", "score": n % 2} for n in range(4)]
    (tmp_path / "results.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert main(["convert", str(tmp_path / "results.jsonl"), str(tmp_path / "out")]) == Exit.OK
    (made,) = (tmp_path / "out").iterdir()
    assert main(["convert", str(tmp_path / "results.jsonl"), str(made / "more")]) == Exit.ERROR
    assert main(["convert", str(made / "results.jsonl"), str(made / "all.csv")]) == Exit.OK


def test_items_to_run_are_not_chosen_by_an_unset_variable(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lay_out_doubts(tmp_path, items=2)
    assert main(["run", str(tmp_path / "ragtui.toml"), "--where", "topic="]) == Exit.ERROR
    assert "has no value (an unset variable?)" in capsys.readouterr().err


NOISE = {
    "one, two": ("several", "are 2 configurations"),
    "mixed": ("a folder of several", "holds 2 configurations"),
    "tables": ("a folder of tables of which nothing tells what they are", "holds 3 configurations"),
    "tables/n1.csv, tables/n2.csv, tables/n3.csv": ("the same tables by name", "are 3 configurations"),
    "once": ("not repeated", "was not repeated, which tells no noise"),
    "elsewhere": ("other items", "has no item of base"),
    "judged": ("another judge", "does not fit base: "),
}


@pytest.mark.parametrize("named", NOISE)
def test_noise_is_told_by_repeats_of_one_configuration_by_the_same_judge(
    named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Anything else would widen every band without a word, and a regression would be within it."""
    steadily = steady(5, 12, 2, i003=[4, 5])
    for name, day in (("base", 1), ("new", 2), ("one", 3), ("two", 4), ("mixed/a", 5), ("mixed/b", 6)):
        write_run(tmp_path / name, steadily, day=day, pipeline={"k": name})
    write_run(tmp_path / "once", steady(5, 12, 1), day=7)
    numbered = [Item(f"x{number}", f"Other {number}?") for number in range(12)]
    write_run(tmp_path / "elsewhere", steadily, day=8, golden=Dataset("other", tuple(numbered)))
    (tmp_path / "tables").mkdir()
    rows = "".join(f"i{number:03d},{repeat},5\n" for number in range(1, 13) for repeat in (1, 2))
    for name in ("n1", "n2", "n3"):
        (tmp_path / "tables" / f"{name}.csv").write_text(f"id,repeat,quality\n{rows}", "utf-8")
    write_run(tmp_path / "judged", steadily, day=9, judges={"quality": {"model": "judge-2"}})
    words = ["compare", str(tmp_path / "base"), "--vs", str(tmp_path / "new"), "--fail-on", "regressed"]
    assert main([*words, "--noise", *(str(tmp_path / name) for name in named.split(", "))]) == Exit.ERROR, NOISE[named]
    assert NOISE[named][1] in capsys.readouterr().err
    assert main([*words, "--noise", str(tmp_path / "mixed"), "--pool"]) == Exit.OK
    assert "noise      also from 4 repeats of " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("thme = 'nord'", "Nearest known key: theme"),
        ("theme = 'nrod'", "Did you mean nord?"),
        ('[keys]\n"compare.next_flaged" = "n"', "Did you mean compare.next_flagged?"),
        ('[keys]\n"compare.next_flagged" = "q"', "the key q is that of app.quit"),
        ('[keys]\n"runs.noise" = "crtl+n"', "Did you mean ctrl+n?"),
    ],
)
def test_what_is_mistyped_in_the_configuration_is_an_error_before_the_app(
    config: str, said: str, runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    (tmp_path / "config.toml").write_text(config, "utf-8")
    monkeypatch.setenv("RAGTUI_CONFIG", str(tmp_path / "config.toml"))
    assert main([str(runs)]) == Exit.ERROR
    assert said in capsys.readouterr().err


def test_help_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help"]) == Exit.OK
    assert "topics of the manual" in capsys.readouterr().out
    assert main(["help", "statistics"]) == Exit.OK
    assert capsys.readouterr().out.startswith("# The statistics")
    assert main(["help", "compare"]) == Exit.OK
    assert "usage: ragtui compare" in capsys.readouterr().out
    assert main(["version"]) == Exit.OK
    assert "configuration  " in capsys.readouterr().out


SHELLS = ("bash", "zsh", "fish", "tcsh", "powershell")


@pytest.mark.parametrize("shell", SHELLS)
def test_every_shell_completes_every_command(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == Exit.OK
    script = capsys.readouterr().out
    assert [name for name in ENTRIES if name not in script] == []
    assert "--fail-on" in script


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX")
def test_a_person_at_a_terminal_is_told_the_next_step_and_a_pipe_is_not(runs: Path) -> None:
    import pty

    words = [sys.executable, "-m", "ragtui", "explain", "003", "base-1", "--vs", "new-1", "--in", str(runs)]
    ours, theirs = pty.openpty()
    subprocess.run(words, check=True, stdout=theirs, stderr=theirs, stdin=theirs)
    os.close(theirs)
    said = os.read(ours, 100_000).decode()
    os.close(ours)
    plain = " ".join(re.sub(r"\x1b\[[\d;]*m", "", said).split())  # fitted to the window
    assert f"next: ragtui compare base-1 --vs new-1 --in {runs}" in plain
    piped = subprocess.run(words, check=True, capture_output=True, text=True)
    assert "next:" not in piped.stdout + piped.stderr


@pytest.mark.parametrize("said", ["sk-proj-Ab1Cd2Ef3Gh4Ij5Kl6Mn7Op8", "token=Ab1Cd2Ef3", "https://me:Pa55word@host/x"])
@pytest.mark.parametrize(
    "words",
    ["bless base --name", "bless base --reason", "run plan.toml --out", "demo --out", "publish base --langfuse",
     "merge parts --out", "bisect a b --out", "confirm a b --out", "rejudge a --out", "run plan.toml --shard-of"],
)  # fmt: skip
def test_a_key_in_a_text_that_is_kept_is_refused_and_not_repeated(
    words: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([*words.split(), said]) == 2
    out, err = capsys.readouterr()
    assert "looks like a key or password" in err and said not in out + err
    assert not list(tmp_path.iterdir())
