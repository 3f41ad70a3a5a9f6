"""The app, `compare` and `gate` say the same, to the last digit that is written, because one function computes it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bench.calibration_population import draw_items, draw_scores, worsened
from gate_cases import write_run

from ragtui.cli.main import main
from ragtui.model import Kind
from ragtui.present.numbers import finite
from ragtui.tui.session import Session


@pytest.fixture(params=[(3, 3), (5, 1), (1, 1)], ids=["3v3", "5v1", "1v1"])
def runs(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    rng = np.random.default_rng(77)
    values: list[dict[str, Any]] = [{}, {}]
    for name, kind in (("quality", Kind.ORDINAL), ("passed", Kind.BINARY), ("precision", Kind.UNIT)):
        items = draw_items(kind, 40, rng)
        for side, (after, repeats) in enumerate(
            zip((items, worsened(items, "small", rng)[0]), request.param, strict=True)
        ):
            values[side][name] = draw_scores(after, repeats, rng)
    write_run(tmp_path / "base", values[0])
    write_run(tmp_path / "cand", values[1])
    return tmp_path


def test_app_compare_and_gate_agree(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    base, cand = str(runs / "base"), str(runs / "cand")
    main(["compare", base, "--vs", cand, "--format", "json"])
    compared = {entry["name"]: entry for entry in json.loads(capsys.readouterr().out)["metrics"]}
    main(["gate", "--baseline", base, "--candidate", cand, "--format", "json"])
    gated = json.loads(capsys.readouterr().out)
    session = Session([str(runs)])
    on_screen = session.comparison(session.library.find(base), session.library.find(cand)).comparison
    assert {line["name"] for line in gated["means"]} == {"quality", "passed", "precision"}
    for line in gated["means"]:
        shown = on_screen.metric(line["name"]).aggregate
        assert shown is not None
        listed = compared[line["name"]]["aggregate"]
        deciding = listed[listed["estimand"]]
        assert shown.interval is not None
        assert line["delta"] == listed["delta"] == finite(shown.delta)
        assert line["baseline"] == listed["baseline"] == finite(shown.mean_a)
        bounds = finite(shown.interval.lo), finite(shown.interval.hi)
        assert (line["low"], line["high"]) == (deciding["lo"], deciding["hi"]) == bounds
        assert line["p"] == deciding["p"] == finite(shown.interval.p)
        assert line["estimand"] == listed["estimand"] == shown.estimand
    cells = {(cell["item"], name): cell for name, entry in compared.items() for cell in entry["cells"]}
    for item in gated["items"]:
        cell = cells[item["item"], item["metric"]]
        assert (item["delta"], item["band"], item["p_noise"]) == (cell["delta"], cell["band"], cell["p_noise"])
        assert item["explanation"] == cell["explanation"]
