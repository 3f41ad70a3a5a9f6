"""The pretended model: seeded, labelled, and noisy in the way that was measured on a real one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from runner_kit import essence, summary

from ragtui.cli.launching import exit_code
from ragtui.exits import Exit
from ragtui.runner.launch.demo import demo_plan, lay_out, prepare_demo
from ragtui.runner.launch.prepare import Launch, Overrides, open_launch
from ragtui.runner.work.worker import work
from ragtui.sources import open_source

FEW = Overrides(items=("001", "004", "010", "020"))


def _quick(folder: Path, seed: int, repeats: int = 2) -> Launch:
    return prepare_demo(folder, repeats=repeats, seed=seed, overrides=FEW)


def test_the_same_seed_says_the_same_and_another_does_not(tmp_path: Path) -> None:
    said = []
    for number, seed in enumerate((7, 7, 8)):
        launch = _quick(tmp_path / str(number), seed)
        work(launch)
        said.append(essence(launch.lead))
    assert said[0] == said[1]
    assert said[0] != said[2]


def test_every_answer_of_the_demo_gets_every_score(tmp_path: Path) -> None:
    """The first run that anybody makes ends with exit code 0: seed 6 once drew a judge that talked nonsense."""
    finished = work(_quick(tmp_path, 6))
    assert exit_code(finished) == Exit.OK


def test_everything_is_labelled_simulated(tmp_path: Path) -> None:
    launch = _quick(tmp_path, 1)
    work(open_launch(launch.lead))
    for folder in launch.folders:
        assert summary(folder)["origin"] == "simulated"
        assert summary(folder)["judges"]["faithfulness"]["model"] == "simulated"
        header = next(iter(open_source(folder).headers()))
        assert getattr(header, "origin", "") == "simulated"
        assert "cost_usd" not in summary(folder) or not summary(folder)["cost_usd"]


def test_its_noise_looks_like_the_real_one(tmp_path: Path) -> None:
    plan = demo_plan(tmp_path)
    assert plan.origin == "simulated"
    lay_out(tmp_path)
    launch = prepare_demo(tmp_path, repeats=3, seed=11)
    work(launch)
    scores = open_source(launch.lead).load(launch.lead.name).scores
    faithfulness, relevance = scores.of("faithfulness"), scores.of("relevance")
    spread = float(np.sqrt(np.nanmean(np.nanvar(faithfulness, axis=1, ddof=1))))
    assert 0.6 < spread < 1.5, "measured on a real model: 1.10"
    ends = np.isin(faithfulness[np.isfinite(faithfulness)], (1, 5)).mean()
    assert ends > 0.7, "scores pile up at the ends"
    both = np.isfinite(faithfulness) & np.isfinite(relevance)
    assert np.corrcoef(faithfulness[both], relevance[both])[0, 1] > 0.4
    stable = (np.nanvar(faithfulness, axis=1) == 0).mean()
    assert 0.25 < stable < 0.9


def test_the_packaged_demo_material_is_the_sample_runs_own() -> None:
    root = Path(__file__).parents[2]
    sample = root / "sample_runs" / "support-docs"
    if not sample.is_dir():
        pytest.skip("the sample runs are not here")
    packaged = root / "ragtui" / "runner" / "demo_corpus"
    names = sorted(path.relative_to(packaged) for path in packaged.rglob("*") if path.is_file())
    assert len(names) == 1 + len(list((sample / "corpus").iterdir()))
    for name in names:
        ours: Any = (packaged / name).read_bytes()
        assert ours == (sample / name).read_bytes(), name
    assert len(json.loads((packaged / "dataset.json").read_bytes())["items"]) == 40
