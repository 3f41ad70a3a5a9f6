"""One command line of every command, over material that lies in one small folder."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from builders import steady, write_run
from langfuse_standin import StandIn
from losing import Commands
from runner_kit import lay_out_doubts

from ragtui.model import Dataset, Item
from ragtui.sources import write_dataset


@dataclass(frozen=True)
class Case:
    """A command line and what comes of it when nothing is lost.

    Attributes:
        code: its exit code.
        files: it is there to write files, so a full disk under them is an error (2).
        prints: it prints what it made, so a full disk under stdout is an error (2); what a gate decided stands.
        hosted: needs the Langfuse stand-in.
    """

    words: str
    code: int = 0
    files: bool = False
    prints: bool = True
    hosted: bool = False

    def expected(self, way: str) -> int:
        """The exit code with an output lost."""
        stdout_full = way in ("stdout on a full disk", "both on a full disk")
        if stdout_full and self.prints and self.code == 0:
            return 2
        if way == "a full disk under every file" and self.files:
            return 2
        return self.code


_SIDES = "runs/base --vs runs/worse"
CASES: dict[str, Case] = {
    "gate": Case("gate -b runs/base -c runs/worse", 1, prints=False),
    "gate, none": Case("gate -b runs/base -c runs/same", 0, prints=False),
    "gate, error": Case("gate -b runs/base -c runs/nothing", 2),
    "gate -f json": Case("gate -b runs/base -c runs/worse -f json", 1),
    "gate, reports": Case("gate -b runs/base -c runs/worse -o g.md g.html g.json g.xml g.sarif g.txt", 1, prints=False),
    "gate, picture": Case("gate -b runs/base -c runs/worse -o g.svg", 1, prints=False),
    "gate --until-decided": Case("gate -b made/base -c made/cand -p gate.toml --until-decided --budget 1", 1),
    "runs": Case("runs runs"),
    "runs -f json": Case("runs runs -f json"),
    "compare": Case(f"compare {_SIDES}"),
    "compare --fail-on": Case(f"compare {_SIDES} --fail-on regressed", 1),
    "compare, error": Case("compare runs/base --vs runs/nothing", 2),
    "compare -o": Case(f"compare {_SIDES} -f html -o c.html", 0, files=True, prints=False),
    "explain": Case(f"explain 007 {_SIDES}"),
    "slices": Case(f"slices {_SIDES}"),
    "noise": Case("noise runs/base"),
    "noise --save": Case("noise runs/base --save n.json", 0, files=True),
    "trend": Case("trend runs"),
    "convert, folders": Case("convert runs kept", 0, files=True),
    "convert, csv": Case("convert runs kept.csv", 0, files=True),
    "convert, jsonl": Case("convert runs kept.jsonl", 0, files=True),
    "bless": Case("bless runs/base -n main -r checked", 0, files=True),
    "bless --list": Case("bless --list"),
    "bisect": Case("bisect HEAD~1 HEAD --plan one.toml --margin .1 --repeats 1 --budget 0 --out b", 3),
    "init": Case("init fresh --yes --call own:answer", 0, files=True),
    "try": Case("try ragtui.toml", 0, files=True),
    "plan": Case("plan ragtui.toml"),
    "plan -f json": Case("plan ragtui.toml -f json"),
    "run": Case("run ragtui.toml --repeats 1 --limit 2", 0, files=True),
    "run, resumed": Case("run made/base --repeats 4", 0, files=True),
    "run --shard": Case("run ragtui.toml --repeats 1 --limit 2 --shard 1/2", 0, files=True),
    "merge": Case("merge parts", 0, files=True),
    "confirm": Case("confirm made/base --vs made/cand --times 1 --items q1", 0, files=True),
    "confirm --dry-run": Case("confirm made/base --vs made/cand --dry-run", prints=False),
    "rejudge": Case("rejudge judged/one --times 1", 0, files=True),
    "demo": Case("demo --repeats 1 --items 001 --seed 6", 0, files=True),
    "formats": Case("formats"),
    "help": Case("help gate"),
    "help, none": Case("help"),
    "completion": Case("completion bash"),
    "version": Case("version"),
    "--version": Case("--version"),
    "-h": Case("gate -h"),
    "usage": Case("compare base", 2),
    "unknown": Case("explian", 2),
    "open, nowhere": Case("open nowhere", 2),
    "open, no terminal": Case("open runs", 2),
    "serve, refused": Case("serve runs --host 0.0.0.0", 2),
    "seed --dry-run": Case("seed golden.json --langfuse new --dry-run", hosted=True),
    "seed": Case("seed golden.json --langfuse docs", hosted=True),
    "seed --to": Case("seed langfuse:docs --to back.json", hosted=True, files=True),
    "publish": Case("publish runs/base --langfuse team", hosted=True, files=True),
    "pull": Case("pull langfuse:faq kept", hosted=True, files=True),
    "trace": Case("trace langfuse:faq/worse 007", hosted=True),
}


def lay_out(folder: Path, commands: Commands, server: StandIn) -> None:
    """Everything that the cases read.

    Args:
        commands: makes runs; its environment is the one that the cases run in.
    """
    runs = folder / "runs"
    write_run(runs / "base", steady(5, 24, 4, i003=[5, 4, 5, 4]), pipeline={"k": 1})
    write_run(runs / "same", steady(5, 24, 4, i003=[4, 5, 4, 5]), day=2, pipeline={"k": 2})
    worse = {f"i{number:03d}": [2, 2, 2, 2] for number in range(4, 20)}
    write_run(runs / "worse", steady(5, 24, 4, i003=[4, 5, 4, 5], **worse), day=3, pipeline={"k": 3})
    lay_out_doubts(folder, items=4)
    plan = folder / "ragtui.toml"
    (folder / "one.toml").write_text(plan.read_text().partition("[candidate]")[0])
    (folder / "gate.toml").write_text('mode = "superiority"\n')
    write_dataset(folder / "golden.json", Dataset("docs", tuple(Item(f"{n}", f"Question {n}?") for n in range(3))))
    (folder / "fresh").mkdir()
    write_dataset(folder / "fresh" / "golden.json", Dataset("g", (Item("1", "One?", "1"),)))
    hosted = server.env
    made = commands.run(["run", "ragtui.toml", "--out", "new"], folder)
    assert made.code == 0, made.err
    (folder / "made").mkdir()
    for number, name in enumerate(("base", "cand")):
        (folder / "made" / name).symlink_to(made.out.split()[number])
    for part in ("1/2", "2/2"):
        made = commands.run(f"run ragtui.toml --repeats 1 --out parts --shard {part} --shard-of x".split(), folder)
        assert made.code == 0, made.err
    made = commands.run([*CASES["demo"].words.split(), "--out", "judged"], folder)
    assert made.code == 0, made.err
    (folder / "judged" / "one").symlink_to(made.out.split()[0])
    for words in ("seed golden.json --langfuse docs", "publish runs/worse --langfuse faq"):
        done = commands.run(words.split(), folder, environ=hosted)
        assert done.code == 0, done.err
    commit(folder)


def commit(folder: Path) -> None:
    """Two commits, for bisection."""
    who = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
    for words in (["init", "-q"], ["add", "own.py", "dataset.json", "one.toml"], ["commit", "-qm", "one"],
                  ["commit", "-qm", "two", "--allow-empty"]):  # fmt: skip
        subprocess.run(["git", *who, "-C", str(folder), *words], check=True, capture_output=True)


def environment(folder: Path) -> Mapping[str, str]:
    """Folders of ragtui's own, and a configuration that says nothing."""
    (folder / "config.toml").touch()
    return {
        "RAGTUI_STATE_DIR": str(folder / "state"),
        "RAGTUI_CACHE_DIR": str(folder / "cache"),
        "RAGTUI_CONFIG": str(folder / "config.toml"),
    }
