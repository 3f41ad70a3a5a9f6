"""Repeats that stand under names such as "seed_1": pooled and said, but never across settings or items."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sources_kit import listed, only_run

SEEDS = (1, 2, 3)


def records(seed: int, start: str = "q") -> list[dict[str, Any]]:
    return [{"id": f"{start}{n}", "correct": (n + seed) % 2} for n in range(4)]


REPEATS: dict[str, tuple[Any, dict[str, tuple[int, int]]]] = {
    "keys": ({f"seed_{s}": records(s) for s in SEEDS}, {"out": (4, 3)}),
    "keys below a name": ({"model": "m", "runs": {f"run{s}": records(s) for s in SEEDS}}, {"out": (4, 3)}),
    "numbers below seeds": ({"seeds": {str(s): records(s) for s in (41, 42)}}, {"out": (4, 2)}),
    "lists in runs": ({"runs": [records(s) for s in SEEDS]}, {"out": (4, 3)}),
    "entries with a seed": ({"runs": [{"seed": s, "mean": 1, "results": records(s)} for s in SEEDS]}, {"out": (4, 3)}),
    "configurations, then seeds": (
        {arm: {f"trial {s}": records(s) for s in SEEDS} for arm in ("plain", "rag")},
        {"plain": (4, 3), "rag": (4, 3)},
    ),
    "configuration and seed in one key": (
        {f"{arm}_seed{s}": records(s) for arm in ("plain", "rag") for s in SEEDS},
        {"plain": (4, 3), "rag": (4, 3)},
    ),
    "models with a seed each": (
        [{"model": arm, "seed": s, "results": records(s)} for arm in ("a", "b") for s in SEEDS],
        {"a": (4, 3), "b": (4, 3)},
    ),
    "numbers by item": ({f"seed_{s}": {f"q{n}": (n + s) % 2 for n in range(4)} for s in SEEDS}, {"out": (4, 3)}),
    "seeds below items": (
        {f"q{n}": {f"seed_{s}": {"score": (n + s) % 2, "answer": "x"} for s in (1, 2)} for n in range(4)},
        {"out": (4, 2)},
    ),
    "a grid of configurations": (
        {arm: {mode: records(1) for mode in ("short", "long")} for arm in ("a", "b")},
        {"a short": (4, 1), "a long": (4, 1), "b short": (4, 1), "b long": (4, 1)},
    ),
    "other settings": (
        {f"run_{s}": {"model": model, "results": records(s)} for s, model in ((1, "a"), (2, "b"))},
        {"run_1": (4, 1), "run_2": (4, 1)},
    ),
    "other items": ({f"run_{s}": records(s, f"{s}-") for s in (1, 2)}, {"run_1": (4, 1), "run_2": (4, 1)}),
    "repeats inside": (
        {f"run_{s}": [{**entry, "repeat": n} for n in (1, 2) for entry in records(n)] for s in (1, 2)},
        {"run_1": (4, 2), "run_2": (4, 2)},
    ),
}  # fmt: skip


@pytest.mark.parametrize("called", REPEATS)
def test_names_that_number_repeats(tmp_path: Path, called: str) -> None:
    document, right = REPEATS[called]
    (tmp_path / "out.json").write_text(json.dumps(document))
    headers, problems = listed(tmp_path)
    assert {header.name: (header.items, header.repeats) for header in headers} == right
    assert not [problem for problem in problems if "not read" in problem.message]


def test_repeats_by_key_are_said_and_can_be_runs_again(tmp_path: Path) -> None:
    (tmp_path / "out.json").write_text(json.dumps({f"seed_{s}": records(s) for s in SEEDS}))
    run = only_run(tmp_path)
    assert run.header.assumed == ("seed_1, seed_2, seed_3 are taken for 3 repeats, as their names say",)
    assert [repeat.label for repeat in run.scores.repeats] == ["1", "2", "3"]
    headers, _ = listed(tmp_path, roles={"run": ("repeat",), "repeat": ""})
    assert [(header.name, header.repeats) for header in headers] == [(f"repeat={s}", 1) for s in SEEDS]
