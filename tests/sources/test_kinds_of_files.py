"""Kinds of hand-made files, each with the shape and the means worked out by hand."""

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ragtui.model import RunHeader, State
from ragtui.sources import LoadedRun, open_source

Rows = Sequence[Mapping[str, Any]]
SIX = [f"case-{n}" for n in range(6)]
ASKED = [f"Where does the {name} flow?" for name in ("Elbe", "Oder", "Main", "Isar", "Saar", "Ruhr", "Enz", "Ems")]


def opened(path: Path) -> list[LoadedRun]:
    source = open_source(path)
    return [source.load(entry.id) for entry in list(source.headers()) if isinstance(entry, RunHeader)]


def written(folder: Path, rows: Rows) -> Path:
    path = folder / "results.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def dumped(folder: Path, document: Any, name: str = "results.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(document))
    return path


def shapes(runs: Sequence[LoadedRun]) -> dict[str, tuple[int, int, dict[str, float | None]]]:
    """Items, repeats and the mean of each metric, by the run's name."""
    found = {}
    for run in runs:
        scores = run.scores
        means = {
            metric.name: round(float(np.nanmean(scores.of(metric.name))), 4)
            if (scores.states_of(metric.name) == State.SCORED).any()
            else None
            for metric in scores.metrics
        }
        found[run.header.name] = (len(scores.items), len(scores.repeats), means)
    return found


def scored(run: LoadedRun, metric: str) -> int:
    return int((run.scores.states_of(metric) == State.SCORED).sum())


APART: list[tuple[str, list[Any], list[str]]] = [
    ("fusion", ["none", "rrf"], ["none", "rrf"]),
    ("compressor", ["", "lingua"], ["compressor=none", "lingua"]),
    ("day", ["2026-02-01", "2026-02-02"], ["day=2026-02-01", "day=2026-02-02"]),
    ("batch_id", ["b7", "b9"], ["b7", "b9"]),
    ("guardrails", [True, False], ["guardrails=True", "guardrails=False"]),
]


@pytest.mark.parametrize(("column", "values", "called"), APART)
def test_any_column_that_meets_every_item_makes_runs(
    tmp_path: Path, column: str, values: list[Any], called: list[str]
) -> None:
    rows = [{"case": case, column: value, "recall": place / 4} for case in SIX for place, value in enumerate(values)]
    assert shapes(opened(written(tmp_path, rows))) == {
        name: (6, 1, {"recall": place / 4}) for place, name in enumerate(called)
    }


def test_two_settings_of_which_one_may_be_none_are_four_runs(tmp_path: Path) -> None:
    rows = [
        {"id": case, "search": search, "rerank_with": rerank, "score": value}
        for case in SIX
        for search, rerank, value in (("bm25", "none", 1), ("bm25", "ce", 2), ("knn", "none", 3), ("knn", "ce", 4))
    ]
    assert {shape[2]["score"] for shape in shapes(opened(written(tmp_path, rows))).values()} == {1, 2, 3, 4}


@pytest.mark.parametrize("column", ["repetition_idx", "pass", "run_idx", "rollout_id", "Try"])
def test_repeats_numbered_under_other_names(tmp_path: Path, column: str) -> None:
    rows = [{"row": 9, "id": case, column: n, "recall": n / 4} for case in SIX for n in (1, 2, 3)]
    rows = [{**row, "row": place} for place, row in enumerate(rows)]
    assert list(shapes(opened(written(tmp_path, rows))).values()) == [(6, 3, {"recall": 0.5})]


def test_pass_stays_a_score_where_it_is_yes_or_no(tmp_path: Path) -> None:
    rows = [{"id": case, "run": n, "pass": (n + place) % 2} for place, case in enumerate(SIX) for n in (1, 2)]
    assert list(shapes(opened(written(tmp_path, rows))).values()) == [(6, 2, {"pass": 0.5})]


def test_the_number_of_the_row_is_no_repeat_and_no_item(tmp_path: Path) -> None:
    pairs = [(n, asked) for n in (1, 2) for asked in ASKED]
    rows = [{"idx": place, "question": asked, "run": n, "recall": n / 4} for place, (n, asked) in enumerate(pairs)]
    assert list(shapes(opened(written(tmp_path, rows))).values()) == [(8, 2, {"recall": 0.375})]


def test_one_question_over_several_contexts_is_several_items(tmp_path: Path) -> None:
    rows = [{"question": "Is it so?", "context": f"page {n}", "groundedness": n / 4} for n in range(5)]
    assert list(shapes(opened(written(tmp_path, rows))).values()) == [(5, 1, {"groundedness": 0.5})]


TEXTS: list[tuple[str, list[str], float, int]] = [
    ("rating", ["★★★☆☆", "★★★★★", "☆☆☆☆☆", "★☆☆☆☆"], 2.25, 4),
    ("rating", ["⭐⭐⭐", "⭐", "⭐⭐"], 2.0, 3),
    ("relevance", ["4 - to the point", "2 - beside it", "3 (in part)"], 3.0, 3),
    ("helpfulness", ["**4**", "**2**", "**3**"], 3.0, 3),
    ("quality", ["Rating: [[7]]", "Rating: [[9]]"], 8.0, 2),
    ("is_correct", ["✅", "❌", "✅", "✅"], 0.75, 4),
    ("correctness", ["yes", "no", "4/5", "perhaps"], 0.6, 3),
    ("usefulness", ["9 out of 10", "7 out of 10"], 8.0, 2),
    ("accuracy", ["-2", "3", "5", "4", "-2"], 4.0, 3),
    ("score", ["7", "999999", "6", "8"], 7.0, 3),
]


@pytest.mark.parametrize(("column", "cells", "mean", "count"), TEXTS)
def test_scores_written_as_people_and_judges_write_them(
    tmp_path: Path, column: str, cells: list[str], mean: float, count: int
) -> None:
    (run,) = opened(written(tmp_path, [{"id": f"i{n}", column: cell} for n, cell in enumerate(cells)]))
    assert shapes([run])["results"][2] == {column: mean} and scored(run, column) == count


LABELS = [
    (
        "groundedness",
        ["grounded", "partial", "hallucinated"],
        {"grounded": True, "partial": None, "hallucinated": False},
    ),
    ("better", ["left", "right", "tie"], {"left": None, "right": None, "tie": None}),
    ("outcome_of_pair", ["win", "lose", "tie"], {"win": None, "lose": None, "tie": None}),
    ("preferred", ["A", "B", "C"], {"A": None, "B": None, "C": None}),
    ("quality", ["poor", "fair", "excellent"], {"poor": None, "fair": None, "excellent": None}),
    ("nli", ["entailment", "neutral", "contradiction"], {"entailment": True, "neutral": None, "contradiction": False}),
]


@pytest.mark.parametrize(("column", "labels", "better"), LABELS)
def test_labels_are_categories_by_what_they_say(
    tmp_path: Path, column: str, labels: list[str], better: dict[str, bool | None]
) -> None:
    rows = [{"id": f"i{n}", "topic": ["bus", "tram"][n % 2], column: labels[n % 3]} for n in range(9)]
    (run,) = opened(written(tmp_path, rows))
    found = {metric.name: metric for metric in run.scores.metrics}
    assert set(found) == {f"{column} = {label}" for label in labels}
    assert all(scored(run, name) == 9 and run.scores.of(name).mean() == pytest.approx(1 / 3) for name in found)
    assert {label: found[f"{column} = {label}"].higher_is_better for label in labels} == better


@pytest.mark.parametrize(
    "labels", [["bus", "tram", "ferry"], ["easy", "medium", "hard"], ["billing", "tickets", "lost"]]
)
def test_labels_that_sort_items_are_no_scores(tmp_path: Path, labels: list[str]) -> None:
    rows = [{"id": f"i{n}", "topic": labels[n % 3], "recall": 0.5} for n in range(9)]
    (run,) = opened(written(tmp_path, rows))
    assert set(shapes([run])["results"][2]) == {"recall"} and run.item("i1").metadata == {"topic": labels[1]}


TRIALS = [{"answer": "x", "score": 1}, {"answer": "y", "score": 0}]
STEPS = [{"action": "search", "reward": 0}, {"action": "stop", "reward": 1}]
CHECKS = [{"name": "cites", "passed": True}, {"name": "tone", "passed": False, "reason": "curt"}]
TYPED = [{"type": "cites", "score": 1}, {"type": "tone", "score": 0.5}]
JUDGED = {"ann": {"score": 2, "why": "a"}, "bob": {"score": 4, "why": "b"}}


def turns(case: str) -> Any:
    return {"id": case, "turns": [{"said": f"{case} {n}", "helpfulness": 2 * n} for n in (1, 2)]}


DOCUMENTS: list[tuple[str, Any, dict[str, tuple[int, int, dict[str, float | None]]]]] = [
    (
        "trials",
        [{"case": case, "mean_score": 0.5, "trials": TRIALS} for case in SIX],
        {"results": (6, 2, {"score": 0.5})},
    ),
    ("turns", {"dialogues": [turns(case) for case in SIX]}, {"results": (12, 1, {"helpfulness": 3.0})}),
    (
        "scores by metric",
        {"recall": dict.fromkeys(SIX, 0.25), "precision": dict.fromkeys(SIX, 0.75)},
        {"results": (6, 1, {"recall": 0.25, "precision": 0.75})},
    ),
    (
        "scores by system and metric",
        {"old": {"recall": dict.fromkeys(SIX, 0.25)}, "new": {"recall": dict.fromkeys(SIX, 0.5)}},
        {"old": (6, 1, {"recall": 0.25}), "new": (6, 1, {"recall": 0.5})},
    ),
    (
        "judges",
        [{"id": case, "judgements": JUDGED} for case in SIX],
        {"results": (6, 1, {"score[ann]": 2.0, "score[bob]": 4.0})},
    ),
    (
        "rows of a list",
        [["question", "recall"], *[[asked, 0.5] for asked in ASKED]],
        {"results": (8, 1, {"recall": 0.5})},
    ),
    ("lists by item", {case: [{"grade": 1}, {"grade": 3}] for case in SIX}, {"results": (6, 2, {"grade": 2.0})}),
    (
        "sorted by outcome",
        {"passed": [{"id": c, "score": 1} for c in SIX[:4]], "failed": [{"id": c, "score": 0} for c in SIX[4:]]},
        {"results": (6, 1, {"score": 0.6667})},
    ),
    (
        "checks of an item",
        [{"id": case, "checks": CHECKS} for case in SIX],
        {"results": (6, 1, {"cites": 1.0, "tone": 0.0})},
    ),
    (
        "assertions of a case that is named inside",
        [{"test": {"name": case}, "assertions": TYPED} for case in SIX],
        {"results": (6, 1, {"cites": 1.0, "tone": 0.5})},
    ),
    (
        "criteria with grades",
        {"cases": [{"question": asked, "rubric": [{"criterion": "depth", "grade": 3}]} for asked in ASKED]},
        {"results": (8, 1, {"depth": 3.0})},
    ),
    (
        "steps inside of a result are no rows",
        [{"id": case, "score": 0.5, "steps": STEPS} for case in SIX],
        {"results": (6, 1, {"score": 0.5})},
    ),
]


@pytest.mark.parametrize(
    ("document", "told"), [entry[1:] for entry in DOCUMENTS], ids=[entry[0] for entry in DOCUMENTS]
)
def test_records_in_documents_of_many_shapes(tmp_path: Path, document: Any, told: Any) -> None:
    assert shapes(opened(dumped(tmp_path, document))) == told
    if isinstance(document, list):  # a list is found under the ending of lines as well
        assert shapes(opened(dumped(tmp_path, document, "results.jsonl"))) == told


def test_configurations_that_hold_their_cases_are_not_told_for_items(tmp_path: Path) -> None:
    cases = [{"name": case, "passed": place > 2} for place, case in enumerate(SIX)]
    runs = opened(dumped(tmp_path, [{"config": name, "cases": cases} for name in ("plain", "rerank")]))
    assert shapes(runs) == {"plain": (6, 1, {"passed": 0.5}), "rerank": (6, 1, {"passed": 0.5})}


def test_few_columns_are_enough_where_numbers_are_those_of_a_judge(tmp_path: Path) -> None:
    for place, (value, read) in enumerate([("0.25", True), ("4", True), ("Yes", True), ("317", False)]):
        folder = tmp_path / str(place)
        folder.mkdir()
        rows = "".join(f"{asked},{value if number else 1}\n" for number, asked in enumerate(ASKED))
        (folder / "table.csv").write_text(f"question,score\n{rows}")
        headers = [entry for entry in open_source(folder).headers() if isinstance(entry, RunHeader)]
        assert bool(headers) is read, value


TABLES = [
    ("id,score\n1,1\n2,0\nID,Score\n3,1\n4,0\n", 4, "header line occurs again"),
    ("# exported yesterday\n\nid,score\n1,1\n2,0\n", 2, ""),
    ("Results of May\nid;score\n1;0,5\n2;0,5\n", 2, ""),
    ("id,score\n1,1\n2,0\n3,0\nAverage,0.33\n", 3, "a row of totals, no item"),
    ("sep=;\nid;score\n1;1\n2;0\n", 2, ""),
]


@pytest.mark.parametrize(("content", "items", "said"), TABLES)
def test_lines_of_a_table_that_are_no_rows(tmp_path: Path, content: str, items: int, said: str) -> None:
    path = tmp_path / "table.csv"
    path.write_text(content)
    (run,) = opened(path)
    assert len(run.scores.items) == items and scored(run, "score") == items
    assert said in "\n".join(problem.message for problem in run.problems)
    assert not any("no item id" in problem.message for problem in run.problems), "it was said before"


def test_measurements_are_read_with_their_units(tmp_path: Path) -> None:
    rows = [{"id": f"i{n}", "score": 1, "latency": "1.5 s", "cost": "$0.02", "tokens": "1,200"} for n in range(3)]
    (run,) = opened(written(tmp_path, rows))
    assert shapes([run])["results"][2] == {"score": 1.0, "latency": 1.5, "cost": 0.02, "tokens": 1200.0}


def test_a_ragas_table_with_a_column_of_its_own_that_tells_rows_apart(tmp_path: Path) -> None:
    rows = [
        {"user_input": asked, "response": "x", "reference": "y", "splitter": kind, "faithfulness": value}
        for asked in ASKED
        for kind, value in (("fixed", 0.25), ("semantic", 0.75))
    ]
    assert shapes(opened(written(tmp_path, rows))) == {
        "fixed": (8, 1, {"faithfulness": 0.25}), "semantic": (8, 1, {"faithfulness": 0.75}),
    }  # fmt: skip


def test_a_table_of_ones_own_with_the_columns_of_scorers_is_not_taken_for_a_tools(tmp_path: Path) -> None:
    rows = [
        {"id": case, "variant": kind, "recall/value": value, "recall/rationale": "so"}
        for case in SIX
        for kind, value in (("old", 0.25), ("new", 0.75))
    ]
    runs = opened(written(tmp_path, rows))
    assert shapes(runs) == {"old": (6, 1, {"recall": 0.25}), "new": (6, 1, {"recall": 0.75})}
    assert {run.header.format for run in runs} == {"table"}
