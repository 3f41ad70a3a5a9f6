"""Listing a folder of runs and comparing two sides, beside plain Python that does no more than it must."""

from __future__ import annotations

import json
import math
import statistics
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from bench.speed_report import best_of, print_table, ratio

from ragtui.model import Kind, Metric, Repeat, RunHeader, Scores, State

METRICS = (
    Metric("faithfulness", Kind.ORDINAL, scale=(1, 5)),
    Metric("relevance", Kind.ORDINAL, scale=(1, 5)),
    Metric("context_precision", Kind.BINARY),
)


# ------------------------------------------------------------------ listing


def listing(*, quick: bool) -> None:
    """Print how long the list of a folder takes, and one run's scores."""
    from ragtui.sources import open_source

    runs, items = (200, 20) if quick else (1_000, 20)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write_runs(folder, runs, items)
        big = folder.parent / f"{folder.name}-big"
        _write_runs(big, 1, 2_000 if quick else 20_000)
        try:

            def headers() -> list[RunHeader]:
                found = [header for header in open_source(folder).headers() if isinstance(header, RunHeader)]
                assert len(found) == runs
                return found

            opened = best_of(3, headers)
            summaries = best_of(3, lambda: _plain_summaries(folder))
            results = best_of(3, lambda: _plain_means(folder))
            rows = [
                [f"ragtui, list of {runs} runs", f"{opened.cpu:.3f}", f"{opened.wall:.3f}", "1.0x"],
                ["json.load of every summary.json", f"{summaries.cpu:.3f}", f"{summaries.wall:.3f}",
                 ratio(summaries.cpu, opened.cpu)],
                ["json.loads of every result line, means", f"{results.cpu:.3f}", f"{results.wall:.3f}",
                 ratio(results.cpu, opened.cpu)],
            ]  # fmt: skip

            def load() -> None:
                source = open_source(big)
                header = next(header for header in source.headers() if isinstance(header, RunHeader))
                assert source.load(header.id).scores.values.size

            loaded, plain = best_of(3, load), best_of(3, lambda: _plain_means(big))
            lines = sum(1 for _ in next(big.rglob("results.jsonl")).open("rb"))
            rows += [
                [f"ragtui, scores of one run of {lines} results", f"{loaded.cpu:.3f}", f"{loaded.wall:.3f}", "1.0x"],
                [
                    "json.loads of its lines, means",
                    f"{plain.cpu:.3f}",
                    f"{plain.wall:.3f}",
                    ratio(plain.cpu, loaded.cpu),
                ],
            ]
        finally:
            for path in sorted(big.rglob("*"), reverse=True):
                path.unlink() if path.is_file() else path.rmdir()
            big.rmdir()
    print_table(
        f"Opening a folder: {runs} runs of {items} results, best of 3",
        ["what", "CPU s", "wall s", "CPU of ragtui"],
        rows,
    )


def _write_runs(folder: Path, runs: int, items: int) -> None:
    from ragtui.model import Judgement, Result
    from ragtui.sources.own.writer import RunWriter

    random = np.random.default_rng(7)
    for run in range(runs):
        with RunWriter.create(
            folder / f"run-{run:04d}", dataset={"name": f"set-{run % 5}", "version": "v1"}, metrics=METRICS, repeats=1,
            pipeline={"top_k": run % 50, "model": "m"}, expected_results=items, sync_each=False,
        ) as writer:  # fmt: skip
            for item in range(items):
                scores = {metric.name: Judgement(float(random.integers(1, 5)), rationale="because " * 6)
                          for metric in METRICS[:2]}  # fmt: skip
                scores["context_precision"] = Judgement(float(random.integers(0, 2)))
                writer.append(
                    Result(f"item-{item:05d}", "1", output="an answer of some words " * 20, judgements=scores)
                )
            writer.finish()


def _plain_summaries(folder: Path) -> None:
    for path in folder.rglob("summary.json"):
        with path.open(encoding="utf-8") as file:
            json.load(file)


def _plain_means(folder: Path) -> None:
    for path in folder.rglob("results.jsonl"):
        sums: dict[str, list[float]] = {}
        with path.open(encoding="utf-8") as file:
            for line in file:
                for name, score in json.loads(line)["scores"].items():
                    sums.setdefault(name, []).append(score["value"])
        for values in sums.values():
            sum(values)


# ---------------------------------------------------------------- comparing


def comparing(*, quick: bool) -> None:
    """Print how long a whole comparison takes: bands, verdicts, multiplicity, means with intervals and tests."""
    from ragtui.stats import compare

    items, repeats = (2_000, 10) if quick else (10_000, 10)
    rows = []
    for title, draw in DRAWS.items():
        a, b = _side("a", items, repeats, draw), _side("b", items, repeats, draw)
        ours = best_of(3, partial(compare, a, b))
        loops = best_of(2, partial(_plain_compare, a, b, _mean_and_variance))
        library = best_of(1, partial(_plain_compare, a, b, _by_statistics))
        rows.append([title, f"{ours.cpu:.3f}", f"{ours.wall:.3f}"])
        rows[-1] += [cell for one in (loops, library) for cell in (f"{one.cpu:.3f}", ratio(one.cpu, ours.cpu))]
    print_table(
        f"Comparing {items} items x 5 metrics x {repeats} repeats a side, best of 3",
        ["scores", "ragtui CPU s", "wall s", "plain loops CPU s", "of ragtui", "statistics module CPU s", "of ragtui"],
        rows,
        "ragtui: noise bands, verdicts, multiplicity, intervals and tests of the means, self-check, coverage",
        "plain Python: mean and variance of every cell, |delta| > 2 standard errors, and nothing else",
    )


Draw = Callable[[np.random.Generator, int, int], np.ndarray]
"""Scores of one metric, (items, repeats)."""


def _ordinal(random: np.random.Generator, items: int, repeats: int) -> np.ndarray:
    level = random.integers(1, 6, (items, 1))
    return np.asarray(np.clip(level + random.choice([-1, 0, 0, 0, 0, 1], (items, repeats)), 1, 5), float)


def _binary(random: np.random.Generator, items: int, repeats: int) -> np.ndarray:
    return (random.random((items, repeats)) < random.beta(0.4, 0.4, (items, 1))).astype(float)


def _continuous(random: np.random.Generator, items: int, repeats: int) -> np.ndarray:
    return np.clip(random.beta(4, 2, (items, 1)) + random.normal(0, 0.03, (items, repeats)), 0, 1)


DRAWS: dict[str, Draw] = {"ordinal 1 to 5": _ordinal, "binary": _binary, "continuous 0 to 1": _continuous}


def _side(name: str, items: int, repeats: int, draw: Draw) -> Scores:
    random = np.random.default_rng([ord(name), items])
    values = np.stack([draw(random, items, repeats) for _ in range(5)], axis=1)
    return Scores(
        tuple(f"item-{item:05d}" for item in range(items)),
        tuple(Metric(f"metric-{column}") for column in range(5)),
        tuple(Repeat(name, str(repeat)) for repeat in range(1, repeats + 1)),
        values,
        np.full(values.shape, State.SCORED, np.uint8),
    )


Moments = Callable[[list[float]], tuple[float, float]]
"""Mean and variance of some scores."""


def _mean_and_variance(values: list[float]) -> tuple[float, float]:
    mean = sum(values) / len(values)
    return mean, sum((value - mean) ** 2 for value in values) / (len(values) - 1)


def _by_statistics(values: list[float]) -> tuple[float, float]:
    mean = statistics.fmean(values)
    return mean, statistics.variance(values, mean)


def _plain_compare(a: Scores, b: Scores, moments: Moments) -> int:
    """What a script of ten lines does: flag deltas of more than two standard errors."""
    flagged, left, right = 0, a.values.tolist(), b.values.tolist()
    for metric in range(len(a.metrics)):
        deltas = []
        for item in range(len(left)):
            x, y = left[item][metric], right[item][metric]
            (mean_x, var_x), (mean_y, var_y) = moments(x), moments(y)
            delta = mean_y - mean_x
            flagged += abs(delta) > 2 * math.sqrt(var_x / len(x) + var_y / len(y))
            deltas.append(delta)
        sum(deltas)
    return flagged
