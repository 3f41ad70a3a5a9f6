"""Seeded scenarios of the gate, end to end: run folders on disk, the command line, its exit code and its words."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from bench.calibration_population import Items, draw_items, draw_scores, worsened
from gate_cases import write_run

from ragtui.cli.main import main
from ragtui.exits import Exit
from ragtui.model import Kind

ITEMS = 40
POLICY = "margin = 0.1\n[errors]\nmax = 0.05\n"


@dataclass(frozen=True)
class Scenario:
    """One story and the exit code it must end with.

    Attributes:
        make: writes the folders `base` and `cand` under a folder.
        policy: TOML text; without any the gate is given no policy.
    """

    key: str
    title: str
    exit: Exit
    make: Callable[[Path], None]
    policy: str = POLICY
    options: tuple[str, ...] = ()
    wording: str = ""


@dataclass(frozen=True)
class Answer:
    """What the command said."""

    exit: int
    headline: str
    record: Mapping[str, Any] = field(default_factory=dict)


def run_scenario(scenario: Scenario, folder: Path) -> Answer:
    """Write the runs, gate them through the command line, read the JSON report back."""
    folder.mkdir(parents=True)
    scenario.make(folder)
    policy: tuple[str, ...] = ()
    if scenario.policy:
        (folder / "gate.toml").write_text(scenario.policy)
        policy = ("--policy", str(folder / "gate.toml"))
    report = folder / "gate.json"
    with io.StringIO() as quiet, redirect_stdout(quiet), redirect_stderr(quiet):
        code = main(
            ["gate", "--baseline", str(folder / "base"), "--candidate", str(folder / "cand"),
             *policy, "--report", str(report), *scenario.options]
        )  # fmt: skip
    if not report.exists():
        return Answer(code, "(no report: refused)")
    record = json.loads(report.read_text())
    return Answer(code, record["headline"], record)


def _drawn(seed: int) -> tuple[np.random.Generator, Items]:
    rng = np.random.default_rng(seed)
    return rng, draw_items(Kind.ORDINAL, ITEMS, rng)


def _pair(seed: int, repeats: tuple[int, int], change: str = "") -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        rng, items = _drawn(seed)
        after = worsened(items, change, rng)[0] if change else items
        write_run(folder / "base", {"quality": draw_scores(items, repeats[0], rng)})
        write_run(folder / "cand", {"quality": draw_scores(after, repeats[1], rng)})

    return make


def _swap(folder: Path) -> None:
    """Six items fall by two levels, six others rise by two: the mean stays."""
    rng, items = _drawn(11)
    base = draw_scores(items, 3, rng)
    base[:6], base[6:12] = 5, 3
    cand = base.copy()
    cand[:6], cand[6:12] = 3, 5
    write_run(folder / "base", {"quality": base})
    write_run(folder / "cand", {"quality": cand})


def _flaky(folder: Path) -> None:
    """Every item is close to a coin flip between levels; nothing changed."""
    rng = np.random.default_rng(12)
    for name in ("base", "cand"):
        write_run(folder / name, {"quality": rng.choice([2.0, 5.0], (ITEMS, 3), p=[0.4, 0.6])})


def _missing(folder: Path) -> None:
    rng, items = _drawn(13)
    cand = draw_scores(items, 3, rng)
    cand[30:] = np.nan
    write_run(folder / "base", {"quality": draw_scores(items, 3, rng)})
    write_run(folder / "cand", {"quality": cand})


def _errors(folder: Path) -> None:
    rng, items = _drawn(14)
    failed = np.zeros((ITEMS, 3), bool)
    failed[:4] = True
    write_run(folder / "base", {"quality": draw_scores(items, 3, rng)})
    write_run(folder / "cand", {"quality": draw_scores(items, 3, rng)}, failed=failed)


def _interrupted(folder: Path) -> None:
    rng, items = _drawn(15)
    write_run(folder / "base", {"quality": draw_scores(items, 3, rng)})
    write_run(folder / "cand", {"quality": draw_scores(items, 3, rng)}, status="partial")


def _judge_changed(folder: Path) -> None:
    rng, items = _drawn(16)
    write_run(folder / "base", {"quality": draw_scores(items, 3, rng)})
    write_run(folder / "cand", {"quality": draw_scores(items, 3, rng)}, judges={"quality": {"model": "judge-2"}})


def _dataset_changed(folder: Path) -> None:
    rng, items = _drawn(17)
    write_run(folder / "base", {"quality": draw_scores(items, 3, rng)})
    write_run(folder / "cand", {"quality": draw_scores(items, 3, rng)}, version="v2")


def _no_common_item(folder: Path) -> None:
    rng, items = _drawn(18)
    write_run(folder / "base", {"quality": draw_scores(items, 3, rng)})
    names = [f"new-{row}" for row in range(ITEMS)]
    write_run(folder / "cand", {"quality": draw_scores(items, 3, rng)}, items=names)


def _cached(folder: Path) -> None:
    rng, items = _drawn(19)
    once = draw_scores(items, 1, rng)
    write_run(folder / "base", {"quality": draw_scores(items, 3, rng), "latency": rng.random((ITEMS, 3)) + 1})
    copies = {"quality": np.repeat(once, 3, 1), "latency": np.repeat(rng.random((ITEMS, 1)) + 1, 3, 1)}
    write_run(folder / "cand", copies)


def _no_baseline(folder: Path) -> None:
    rng, items = _drawn(20)
    write_run(folder / "cand", {"quality": draw_scores(items, 3, rng)})


def _broken_baseline(folder: Path) -> None:
    _no_baseline(folder)
    (folder / "base").mkdir()
    (folder / "base" / "summary.json").write_text("{ half a")


def _slower(folder: Path) -> None:
    rng, items = _drawn(21)
    seconds = rng.lognormal(0.5, 0.2, (ITEMS, 1))
    for name, slower in (("base", 1.0), ("cand", 1.6)):
        quality = draw_scores(items, 3, rng)
        write_run(folder / name, {"quality": quality, "latency": slower * seconds * rng.lognormal(0, 0.1, (ITEMS, 3))})


def _one_slice(folder: Path) -> None:
    """Only the ten billing items fall, by one level; the other thirty rise a little."""
    rng, items = _drawn(22)
    base = np.full((ITEMS, 5), 4.0)
    base[::7] = draw_scores(items, 5, rng)[::7]
    cand = base.copy()
    cand[:10] -= 1
    cand[10:] = np.minimum(5, cand[10:] + (np.arange(30) % 3 == 0)[:, None])
    topics = {f"{row:03d}": {"topic": "billing" if row < 10 else "other"} for row in range(ITEMS)}
    write_run(folder / "base", {"quality": base}, metadata=topics)
    write_run(folder / "cand", {"quality": cand}, metadata=topics)


SCENARIOS = (
    Scenario("null-3v3", "null change, 3 v 3 repeats", Exit.OK, _pair(1, (3, 3))),
    Scenario("null-5v5", "null change, 5 v 5 repeats", Exit.OK, _pair(2, (5, 5))),
    Scenario("null-1v1", "null change, 1 v 1, nothing repeated", Exit.CANNOT_TELL, _pair(3, (1, 1)),
             wording="noise is unknown"),
    Scenario("null-5v1", "null change, 5 v 1 repeats", Exit.OK, _pair(4, (5, 1))),
    Scenario("small-1v1", "small regression (10 % of items −1), 1 v 1", Exit.CANNOT_TELL, _pair(5, (1, 1), "small")),
    Scenario("small-5v5", "small regression (10 % of items −1), 5 v 5", Exit.REGRESSION, _pair(6, (5, 5), "small"),
             policy="margin = 0.05\n"),
    Scenario("small-margin", "the same, smaller than the margin of 0.3", Exit.OK, _pair(6, (5, 5), "small"),
             policy="margin = 0.3\n"),
    Scenario("large-3v3", "large regression (10 % of items −2), 3 v 3", Exit.REGRESSION, _pair(7, (3, 3), "large"),
             wording="quality"),
    Scenario("large-5v5", "large regression (10 % of items −2), 5 v 5", Exit.REGRESSION, _pair(8, (5, 5), "large")),
    Scenario("swap", "swap of gains and losses, mean unchanged", Exit.OK, _swap, policy=""),
    Scenario("swap-limit", "the same, at most 2 items may be proven worse", Exit.REGRESSION, _swap,
             policy="[items]\nmost_regressed = 2\n"),
    Scenario("swap-protected", "the same, item 003 may never regress", Exit.REGRESSION, _swap,
             policy='[items]\nnever_regress = ["003"]\n', wording="003"),
    Scenario("flaky", "flaky baseline, nothing changed", Exit.OK, _flaky),
    Scenario("flaky-strict", "the same, not worse than 0.1 required", Exit.CANNOT_TELL, _flaky,
             options=("--require-not-worse",), wording="more repeat"),
    Scenario("missing", "a quarter of the items missing in the candidate", Exit.INCOMPLETE, _missing),
    Scenario("errors", "10 % of results failed", Exit.INCOMPLETE, _errors),
    Scenario("errors-allowed", "the same, 20 % may fail: the rise itself is gated", Exit.REGRESSION, _errors,
             policy="coverage = 0.8\n[errors]\nmax = 0.2\n", wording="error rate"),
    Scenario("interrupted", "the candidate was interrupted", Exit.INCOMPLETE, _interrupted),
    Scenario("cached", "the candidate's repeats are copies", Exit.INCOMPLETE, _cached, wording="cached"),
    Scenario("judge", "the judge changed", Exit.NOT_COMPARABLE, _judge_changed, wording="judge"),
    Scenario("dataset", "the dataset changed", Exit.NOT_COMPARABLE, _dataset_changed, wording="dataset"),
    Scenario("disjoint", "no common item", Exit.NOT_COMPARABLE, _no_common_item),
    Scenario("slower", "60 % slower, 20 % allowed", Exit.REGRESSION, _slower,
             policy="[limits.latency]\nmax_increase = 0.2\n", wording="latency"),
    Scenario("slice", "one topic falls while the mean stays", Exit.REGRESSION, _one_slice,
             policy='[[slices]]\nby = "topic"\n', wording="billing"),
    Scenario("no-baseline", "the baseline does not exist", Exit.ERROR, _no_baseline),
    Scenario("broken-baseline", "the baseline cannot be read", Exit.ERROR, _broken_baseline),
)  # fmt: skip
