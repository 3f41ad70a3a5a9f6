"""What runs are called stays one cell of one line, in every form of `noise`, `trend` and `runs`."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from stats_kit import cube

from ragtui.cli.options import form_names as parsed_names
from ragtui.cli.output import emit
from ragtui.gate.reports.registry import gate_forms
from ragtui.model import Configuration, Group, Kind, Metric, MetricSummary, RunHeader
from ragtui.present.noise import Measured
from ragtui.present.report.listing import RunListing
from ragtui.present.report.registry import form, form_names
from ragtui.present.sentences.trend import Trend
from ragtui.stats import noise_report
from ragtui.stats.history import History, Series, TrendPoint

NASTY = "=1+1|<b>\n::error::x\x1b[31m @you"
SCORE = Metric("quality", Kind.ORDINAL, scale=(1, 5))
RUN = RunHeader(
    uid="u", id="i", name=NASTY, source="s", format="ragtui", location=NASTY, created=datetime(2026, 1, 2, tzinfo=UTC),
    configuration=Configuration(dataset=NASTY), items=2, repeats=1, errors=None,
    metrics=(MetricSummary("quality", 4.5, 2, 2),),
)  # fmt: skip


def subject_of(report: str) -> Any:
    """Something to report, with a name that wants to be more than a name."""
    if report == "noise":
        scores = cube({SCORE: {"1": [5, 4, 5], "2": [3, 3, 4]}})
        return [Measured(NASTY, noise_report(scores), {})]
    if report == "trend":
        point = TrendPoint(RUN, 4.5, 2, float("nan"), float("nan"))
        return Trend([History(NASTY, 2, (Series(SCORE, (point, point), (), "none"),), (NASTY,), 1)])
    return RunListing([Group("k", NASTY, (RUN,))], (), datetime(2026, 1, 3, tzinfo=UTC))


CASES = [(report, name) for report in ("noise", "trend", "runs") for name in form_names(report)]


@pytest.mark.parametrize(("report", "name"), CASES)
def test_a_name_is_no_command_no_formula_and_no_markup(
    report: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    emit(form(name, report).write(subject_of(report)), name)
    said = capsys.readouterr().out
    assert "\x1b" not in said and not any(line.lstrip().startswith("::") for line in said.splitlines())
    if name == "json":
        json.loads(said)
    elif name == "csv":
        rows = list(csv.reader(io.StringIO(said)))
        assert len({len(row) for row in rows}) == 1
        assert not any(cell.startswith("=") for row in rows for cell in row)
    elif name == "markdown":
        assert "<b>" not in said and "@you" not in said
        assert len({line.replace("\\|", "").count("|") for line in said.splitlines() if line.startswith("| ")}) == 1


def test_a_number_that_is_not_there_is_an_empty_cell() -> None:
    rows = list(csv.DictReader(io.StringIO(form("csv", "trend").write(subject_of("trend")))))
    assert [(row["mean"], row["low"], row["high"]) for row in rows] == [("4.5", "", "")] * 2
    (row,) = csv.DictReader(io.StringIO(form("csv", "runs").write(subject_of("runs"))))
    assert (row["errors"], row["mean"], row["scored"]) == ("", "4.5", "2")
    assert np.isfinite(float(row["items"]))


@pytest.mark.parametrize("report", ["compare", "noise", "trend", "runs"])
def test_the_command_line_knows_every_form(report: str) -> None:
    assert parsed_names(report) == form_names(report)


def test_the_command_line_knows_the_gates_forms() -> None:
    assert parsed_names("gate") == list(gate_forms())


def test_metrics_beyond_those_of_a_line_are_counted() -> None:
    means = tuple(MetricSummary(f"m{number}", 0.5, 2, 2) for number in range(6))
    listing = RunListing([Group("g", "g", (replace(RUN, metrics=means),))], [], datetime(2026, 1, 3, tzinfo=UTC))
    assert form("text", "runs").write(listing).rstrip().endswith("and 2 more")
