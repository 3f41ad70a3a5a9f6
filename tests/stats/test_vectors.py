"""The stored reference vectors, to 1e-9."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from stats_kit import VECTORS, array, vector

from ragtui.model import Kind
from ragtui.stats import (
    Verdict,
    compare_cells,
    compare_mean,
    fit_noise,
    flip_test,
    mde,
    repeats_needed,
    split_judge_pipeline,
    t_quantile,
    t_two_sided,
)
from ragtui.stats.noise.behaviours import Behaviours
from ragtui.stats.noise.chance import calibrated, chance_of_noise

TOLERANCE: Any = {"rtol": 1e-9, "atol": 1e-9}
CELLS = sorted(path.stem for path in VECTORS.glob("cells_*.json"))


def test_no_vector_is_left_out() -> None:
    others = {"aggregate", "dictionary_2", "dictionary_5", "dictionary_32", "fit_binary", "flip_test", "p_noise"}
    others |= {"planning", "split_judge_pipeline", "student_t"}
    assert {path.stem for path in VECTORS.glob("*.json")} == others | set(CELLS)
    assert len(CELLS) == 11


@pytest.mark.parametrize("name", CELLS)
def test_cells(name: str) -> None:
    case = vector(name)
    given, expected = case["input"], case["expected"]
    cells = compare_cells(
        array(given["x"]),
        array(given["y"]),
        kind=Kind(given["kind"]) if given["kind"] else None,
        profile=array(given["profile"]),
        higher_is_better=given["higher_is_better"],
        alpha=given["alpha"],
        t_noise=given["t_noise"],
    )
    assert cells.grid is not None
    grid = (cells.grid.kind, cells.grid.levels, cells.grid.log, cells.grid.slack)
    assert grid == (case["grid"]["kind"], case["grid"]["M"], case["grid"]["log"], case["grid"]["slack"])
    np.testing.assert_allclose(
        [cells.grid.lo, cells.grid.step], [case["grid"]["lo"], case["grid"]["step"]], **TOLERANCE
    )
    assert cells.n_a.tolist() == expected["nA"]
    assert cells.n_b.tolist() == expected["nB"]
    for ours, theirs in (
        ("delta", "delta"),
        ("log_bf", "lbf"),
        ("p_band", "p_band"),
        ("band", "band"),
        ("p_noise",) * 2,
    ):
        np.testing.assert_allclose(getattr(cells, ours), array(expected[theirs]), **TOLERANCE, err_msg=ours)
    words = [Verdict(code).name.lower().replace("absent", "missing") for code in cells.verdict.tolist()]
    assert words == expected["verdict"]
    for ours_value, theirs_value in ((cells.shape_weights, case["shape_weights"]), (cells.changed_share, case["pi1"])):
        if theirs_value is None:
            assert ours_value is None
        else:
            assert ours_value is not None
            np.testing.assert_allclose(ours_value, theirs_value, **TOLERANCE)


@pytest.mark.parametrize("levels", [2, 5, 32])
def test_dictionary(levels: int) -> None:
    case = vector(f"dictionary_{levels}")
    behaviours = Behaviours(levels)
    assert [list(shape) for shape in behaviours.shapes] == case["shapes"]
    assert len(behaviours) == case["K"]
    rows = case["rows"]
    assert behaviours.shape[rows].tolist() == case["shape"]
    assert behaviours.location[rows].tolist() == case["loc"]
    assert behaviours.zone[rows].tolist() == case["zone"]
    np.testing.assert_allclose(behaviours.pmf[rows], case["pmf"], **TOLERANCE)


def test_fit() -> None:
    case = vector("fit_binary")
    model = fit_noise(case["units"], 2, case["f"])
    np.testing.assert_allclose(model.shape_weights, case["shape_weights"], **TOLERANCE)
    np.testing.assert_allclose(model.weights, case["weights"], **TOLERANCE)


def test_chance_of_noise() -> None:
    case = vector("p_noise")
    log_bf = np.array(case["lbf"])
    p_noise, changes = chance_of_noise(log_bf, np.array(case["sign"]), np.ones(len(log_bf), bool))
    np.testing.assert_allclose(p_noise, case["p_noise"], **TOLERANCE)
    np.testing.assert_allclose(changes.shares, (case["down"], case["up"]), **TOLERANCE)
    for name, expected in case["stated"].items():
        kind = None if name == "labels" else Kind(name)
        for fewest in (1, 2, 3):
            stated = calibrated(p_noise, np.full(len(p_noise), fewest), kind, case["units"])
            np.testing.assert_allclose(stated, expected[fewest - 1], **TOLERANCE)


@pytest.mark.parametrize("number", range(len(vector("aggregate"))))
def test_aggregate(number: int) -> None:
    case = vector("aggregate")[number]
    expected = case["expected"]
    mean = compare_mean(array(case["x"]), array(case["y"]), profile=array(case.get("profile")), step=case["step"])
    assert mean is not None
    assert (mean.n, mean.source) == (expected["n"], expected["source"])
    np.testing.assert_allclose([mean.delta, mean.p_flip], [expected["delta"], expected["p_flip"]], **TOLERANCE)
    for part in ("components", "suite", "population"):
        for field, value in expected[part].items():
            np.testing.assert_allclose(
                getattr(getattr(mean, part), field), value, **TOLERANCE, err_msg=f"{part}.{field}"
            )


def test_student_t() -> None:
    for case in vector("student_t"):
        np.testing.assert_allclose(t_quantile(case["conf"], case["df"]), case["t"], **TOLERANCE)
        np.testing.assert_allclose(t_two_sided(2.0, case["df"]), case["p_of_2"], **TOLERANCE)


def test_flip() -> None:
    for case in vector("flip_test"):
        np.testing.assert_allclose(flip_test(case["d"]), case["p"], **TOLERANCE)


def test_planning() -> None:
    for case in vector("planning"):
        noise = (case["sigma2_e"], case["sigma2_run"], case["omega2"])
        profile = {"profile_df": case["profile_df"]}
        np.testing.assert_allclose(mde(case["N"], case["RA"], case["RB"], *noise, **profile), case["mde"], **TOLERANCE)
        assert repeats_needed(0.1, case["N"], *noise, **profile) == case["repeats_for_0p1"]


def test_judge_and_pipeline() -> None:
    case = vector("split_judge_pipeline")
    split = split_judge_pipeline(case["o"])
    np.testing.assert_allclose(split, (case["sigma2_judge"], case["sigma2_pipeline"]), **TOLERANCE)
