"""An oracle for the readers of hand-made results: files whose meaning is known, changed in ways whose meaning is known.

A table of scores is made, written in one of many forms, and mutated; each mutation says what it does to the truth.
What ragtui reads is then compared cell by cell. Damage, whose meaning nobody knows, is checked for less: no exception
that is not ours, and nothing that takes long.
"""

from __future__ import annotations

import csv
import io
import json
import math
import random
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ragtui.errors import RagtuiError
from ragtui.model import RunHeader, State
from ragtui.sources import open_source

Cell = tuple[str, str, str, str]
"""Run, item, repeat, metric."""

SLOW = 5.0
"""Seconds that no file of this size may take."""

ITEM = ("id", "item", "case_id", "question_id", "example_id", "task_id", "qid")
REPEAT = ("repeat", "trial", "rep", "iteration", "epoch", "repetition")
OUTPUT = ("answer", "output", "response", "prediction", "model_answer")
METRICS = ("recall", "faithfulness", "answer_relevancy", "exact_match", "latency_ms_total", "num_errors", "f1")
SETTINGS = ("arm", "model", "retriever", "top_k", "prompt_version", "mode")


@dataclass
class Truth:
    """What a file means.

    Attributes:
        rows: in order, under plain names: `run`, `item`, `repeat`, `output`, `error`, and metrics.
        metrics: their names.
        runs: names of configurations; one empty name where the file has no such column.
        damaged: nobody knows what the file means any more.
    """

    rows: list[dict[str, Any]]
    metrics: list[str]
    runs: list[str]
    damaged: bool = False

    @property
    def doubles(self) -> dict[tuple[str, str, str], set[str]]:
        """What the records of one run, item and repeat say; more than one thing is a contradiction."""
        found: dict[tuple[str, str, str], set[str]] = {}
        for row in self.rows:
            found.setdefault((row["run"], row["item"], row["repeat"]), set()).add(repr(sorted(row.items())))
        return found

    def cells(self) -> dict[Cell, float | State]:
        """Every cell that a record stands for: its score, or why it has none."""
        found: dict[Cell, float | State] = {}
        said = self.doubles
        for row in self.rows:
            key = (row["run"], row["item"], row["repeat"])
            for metric in self.metrics:
                found[(*key, metric)] = State.MISSING if len(said[key]) > 1 else _meaning(row, metric)
        return found


def _meaning(row: dict[str, Any], metric: str) -> float | State:
    if row["error"]:
        return State.ITEM_ERROR
    said = row.get(metric)
    if said is None or said == "":
        return State.MISSING
    if isinstance(said, str):
        text = said.strip().casefold()
        if text == "nan":
            return State.NON_FINITE
        if "_" in text or not text.isascii():  # Python itself would take them
            return State.METRIC_ERROR
        try:
            return float(text)
        except ValueError:
            return State.METRIC_ERROR
    return State.NON_FINITE if math.isnan(said) else float(said)


def made(dice: random.Random) -> Truth:
    """A table of scores."""
    metrics = dice.sample(METRICS, dice.choice((1, 2, 3)))
    runs = ["red", "blue"][: dice.choice((1, 1, 2))] if dice.random() < 0.6 else [""]
    repeats = [str(n) for n in range(1, dice.choice((1, 2, 3)) + 1)]
    items = [f"q{dice.randrange(10**6)}-{n}" for n in range(dice.choice((3, 4, 6)))]
    rows = []
    for item in items:
        for run in runs if len(runs) > 1 else [""]:
            for repeat in repeats:
                row = {"run": run, "item": item, "repeat": repeat, "output": f"answer {item}, {repeat}", "error": ""}
                rows.append({**row, **{metric: round(dice.uniform(0.01, 1), 3) for metric in metrics}})
    return Truth(rows, metrics, runs if len(runs) > 1 else [""])


# ---- mutations whose meaning is known -------------------------------------------------------------------------------


def another_number(truth: Truth, dice: random.Random) -> None:
    """A score is another one, perhaps zero; a time is not, because nothing takes no time: it is asked about."""
    row, metric, value = (
        dice.choice(truth.rows),
        dice.choice(truth.metrics),
        dice.choice((0, 0.0, 1, 0.123, 17.5, 1e-9)),
    )
    row[metric] = value or (0.25 if metric == "latency_ms_total" else value)


def written_number(truth: Truth, dice: random.Random) -> None:
    """A score is written as text, in one of the ways in which numbers are written."""
    row, metric = dice.choice(truth.rows), dice.choice(truth.metrics)
    if isinstance(row[metric], float) and len(truth.doubles) == len(truth.rows):
        row[metric] = dice.choice(("{:.3f}", " {:.3f} ", "{:e}", "+{:.3f}")).format(row[metric])


def blank(truth: Truth, dice: random.Random) -> None:
    """A score is missing."""
    dice.choice(truth.rows)[dice.choice(truth.metrics)] = None


def not_a_number(truth: Truth, dice: random.Random) -> None:
    """A score is NaN."""
    dice.choice(truth.rows)[dice.choice(truth.metrics)] = "NaN"


def a_word(truth: Truth, dice: random.Random) -> None:
    """A score is a word that nobody mapped."""
    dice.choice(truth.rows)[dice.choice(truth.metrics)] = dice.choice(("maybe", "1_0", "٣", "4 apples", "--"))


def lost_row(truth: Truth, dice: random.Random) -> None:
    """A record was never written."""
    if len(truth.rows) > 4:
        truth.rows.pop(dice.randrange(len(truth.rows)))


def twice(truth: Truth, dice: random.Random) -> None:
    """A record stands there twice, and says the same."""
    truth.rows.append(dict(dice.choice(truth.rows)))


def contradiction(truth: Truth, dice: random.Random) -> None:
    """A record stands there twice, and does not say the same: neither counts."""
    row = dice.choice(truth.rows)
    other = {**row, truth.metrics[0]: 0.987654, "output": "something else"}
    truth.rows.append(other)


def shuffled(truth: Truth, dice: random.Random) -> None:
    """Records come in another order."""
    dice.shuffle(truth.rows)


def failed(truth: Truth, dice: random.Random) -> None:
    """A pipeline failed on a record."""
    dice.choice(truth.rows)["error"] = dice.choice(("timeout", "HTTP 500", "ValueError: x"))


MUTATIONS: tuple[Callable[[Truth, random.Random], None], ...] = (
    another_number, another_number, written_number, blank, not_a_number, a_word, lost_row, twice, contradiction,
    shuffled, failed,
)  # fmt: skip


# ---- forms in which one truth is written ----------------------------------------------------------------------------


def named(truth: Truth, dice: random.Random) -> list[dict[str, Any]]:
    """Rows under the names that harnesses use, in any order of columns, with columns that mean nothing."""
    names = {
        "item": dice.choice(ITEM), "repeat": dice.choice(REPEAT), "output": dice.choice(OUTPUT), "error": "error",
        "run": dice.choice(SETTINGS),
    }  # fmt: skip
    doubled = len(truth.doubles) < len(truth.rows)
    several = len({row["repeat"] for row in truth.rows}) > 1 or doubled
    kept = ["item", "output", *(["repeat"] if several else []), *(["run"] if truth.runs != [""] else [])]
    kept += ["error"] if any(row["error"] for row in truth.rows) else []
    kept += truth.metrics
    dice.shuffle(kept)
    extra = "" if doubled else dice.choice(("", "note", "created_at", "span_id"))
    rows = []
    for number, row in enumerate(truth.rows):
        told = {names.get(name, name): row.get(name) for name in kept}
        rows.append({**told, extra: f"{extra} {number}"} if extra else told)
    return rows


def as_csv(rows: list[dict[str, Any]], dice: random.Random) -> bytes:
    """CSV in one of its dialects."""
    out = io.StringIO()
    writer = csv.DictWriter(
        out, list(rows[0]), delimiter=dice.choice(",\t|"), lineterminator=dice.choice(("\n", "\r\n"))
    )
    writer.writeheader()
    writer.writerows({name: "" if cell is None else cell for name, cell in row.items()} for row in rows)
    return dice.choice((b"", b"\xef\xbb\xbf")) + out.getvalue().encode()


def as_lines(rows: list[dict[str, Any]], dice: random.Random) -> bytes:
    """JSON Lines."""
    end = dice.choice(("\n", "\r\n", "\n\n"))
    return "".join(json.dumps(row, ensure_ascii=dice.random() < 0.5) + end for row in rows).encode()


def as_document(rows: list[dict[str, Any]], dice: random.Random) -> bytes:
    """A JSON document with the rows somewhere in it."""
    forms: tuple[Any, ...] = (rows, {"rows": rows}, {"meta": {"n": 3}, "report": {"per_item": rows}})
    return json.dumps(dice.choice(forms), indent=dice.choice((None, 1))).encode()


FORMS: tuple[tuple[str, Callable[[list[dict[str, Any]], random.Random], bytes]], ...] = (
    ("csv", as_csv), ("jsonl", as_lines), ("json", as_document),
)  # fmt: skip


def nested(rows: list[dict[str, Any]], metrics: Iterable[str]) -> list[dict[str, Any]]:
    """Scores in an object of their own."""
    wanted = set(metrics)
    return [
        {
            **{name: cell for name, cell in row.items() if name not in wanted},
            "scores": {name: cell for name, cell in row.items() if name in wanted},
        }
        for row in rows
    ]


# ---- damage ---------------------------------------------------------------------------------------------------------


def damage(raw: bytes, dice: random.Random) -> bytes:
    """A file cut short, with bytes changed, doubled or lost."""
    kind = dice.randrange(4)
    place = dice.randrange(1, max(2, len(raw)))
    if kind == 0:
        return raw[:place]
    if kind == 1:
        return raw[:place] + bytes([dice.randrange(256)]) + raw[place + 1 :]
    if kind == 2:
        other = dice.randrange(len(raw))
        return raw[:place] + raw[other : other + 20] + raw[place:]
    return raw[:place] + raw[place + dice.randrange(1, 9) :]


# ---- the check ------------------------------------------------------------------------------------------------------


@dataclass
class Tally:
    """What was tried and what was wrong."""

    tried: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    slowest: float = 0.0

    def __str__(self) -> str:
        kinds = ", ".join(f"{name} {count}" for name, count in sorted(self.tried.items()))
        return f"{self.tried.total()} mutants ({kinds}): {len(self.faults)} faults, slowest {self.slowest:.2f} s"


def try_mutants(folder: Path, first: int, count: int) -> Tally:
    """Make, write, read and compare; the number of a mutant says everything about it."""
    tally = Tally()
    for number in range(first, first + count):
        dice = random.Random(number)
        truth = made(dice)
        for _ in range(dice.choice((0, 1, 1, 2, 3))):
            dice.choice(MUTATIONS)(truth, dice)
        ending, write = dice.choice(FORMS)
        rows = named(truth, dice)
        if ending != "csv" and dice.random() < 0.4:
            rows = nested(rows, truth.metrics)
        raw = write(rows, dice)
        if dice.random() < 0.3:
            raw, truth.damaged = damage(raw, dice), True
        path = folder / f"m.{ending}"
        path.write_bytes(raw)
        tally.tried[f"{ending}{' damaged' if truth.damaged else ''}"] += 1
        started = time.process_time()
        try:
            wrong = _wrong(path, truth)
        except Exception as error:  # anything that is not ours is a fault
            wrong = f"{type(error).__name__}: {error}"
        spent = time.process_time() - started
        tally.slowest = max(tally.slowest, spent)
        if spent > SLOW:
            wrong = wrong or f"took {spent:.1f} s"
        if wrong:
            tally.faults.append(f"mutant {number} ({path.suffix}): {wrong}")
    return tally


def _wrong(path: Path, truth: Truth) -> str:
    source = open_source(path)
    runs = {}
    for header in list(source.headers()):
        if isinstance(header, RunHeader):
            try:
                runs[header.name] = source.load(header.id)
            except RagtuiError:
                if not truth.damaged:
                    raise
        elif "should not happen" in str(header.hint):
            return str(header)
    if truth.damaged:
        return ""
    if not runs:
        return "no run"
    expected = truth.cells()
    got: dict[Cell, float | State] = {}
    for name, run in runs.items():
        called = name if truth.runs != [""] else ""
        for row, item in enumerate(run.scores.items):
            for column, metric in enumerate(run.scores.metrics):
                for layer, repeat in enumerate(run.scores.repeats):
                    state = State(int(run.scores.states[row, column, layer]))
                    value = float(run.scores.values[row, column, layer])
                    got[(called, item, repeat.label, metric.name)] = value if state is State.SCORED else state
    read = {metric.name for run in runs.values() for metric in run.scores.metrics}
    for cell, meaning in expected.items():
        if cell[3] not in read and _mostly_words(expected, cell[3]):
            continue
        found = got.get(cell, State.MISSING)
        if found != meaning and not _tolerated(found, meaning):
            return f"{cell} is {found!r}, not {meaning!r}"
    for cell, found in got.items():
        if isinstance(found, float) and cell not in expected and cell[3] in truth.metrics:
            return f"{cell} is {found!r} and was never written"
    return ""


def _mostly_words(expected: dict[Cell, float | State], metric: str) -> bool:
    """Whether a metric holds no more numbers than words: it is refused as a whole, and that is said."""
    said = [meaning for cell, meaning in expected.items() if cell[3] == metric]
    numbers = sum(isinstance(meaning, float) or meaning is State.NON_FINITE for meaning in said)
    return 2 * numbers <= len(said)


def _tolerated(found: float | State, meaning: float | State) -> bool:
    """A metric that holds more words than numbers is refused as a whole: its scores are missing, and it is said."""
    if isinstance(found, float) and isinstance(meaning, float):
        return math.isclose(found, meaning, rel_tol=1e-9)
    return (found is State.MISSING and meaning is State.METRIC_ERROR) or (
        found is State.METRIC_ERROR and meaning is State.MISSING
    )
