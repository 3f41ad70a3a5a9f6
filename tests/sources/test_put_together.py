"""Lists of one document that are one run: other metrics of the same items, or other items under the same names."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sources_kit import listed, only_run, said

ASKED = ["Where is Ulm?", "Who wrote Faust?", "Why is the sky blue?", "When did Rome fall?"]
A = (0.25, 0.75, 0.5, 1.0)


def rows(metric: str, *, ids: str = "case-", values: tuple[float, ...] = A, **more: Any) -> list[dict[str, Any]]:
    return [{"id": f"{ids}{n}", metric: value, **more} for n, value in enumerate(values)]


def asked(metric: str, questions: list[str], **more: Any) -> list[dict[str, Any]]:
    return [{"question": question, metric: 0.5, **more} for question in questions]


SAME_ITEMS: list[dict[str, Any]] = [
    {"retrieval": rows("recall"), "generation": rows("faithfulness")},
    {"retrieval": rows("recall", answer="x"), "generation": list(reversed(rows("faithfulness", answer="x")))},
    {"recall": rows("recall"), "faithfulness": rows("faithfulness")},  # a list a metric
    {"meta": {"model": "m"}, "first": rows("recall"), "second": rows("faithfulness")[:3]},
]


@pytest.mark.parametrize("document", SAME_ITEMS)
def test_other_metrics_of_the_same_items_are_one_run(tmp_path: Path, document: Any) -> None:
    path = tmp_path / "results.json"
    path.write_text(json.dumps(document))
    run = only_run(path)
    assert len(run.scores.items) == 4
    assert {metric.name for metric in run.scores.metrics} == {"recall", "faithfulness"}
    assert float(np.nanmean(run.scores.of("recall"))) == 0.625
    assert "hold other metrics of the same items: they are read as one" in said(run)
    assert "not read" not in said(run)


PARTS: list[dict[str, Any]] = [
    {"math": asked("score", ASKED[:2], answer="a"), "history": asked("score", ASKED[2:], answer="b")},
    {"easy": rows("recall", ids="e", values=(0.5, 0.5)), "hard": rows("recall", ids="h", values=(0.5, 0.5))},
    {"groups": [
        {"name": name, "items": asked("recall", of)} for name, of in (("sums", ASKED[:2]), ("maps", ASKED[2:]))
    ]},
    {"math": [{"id": n, **row} for n, row in enumerate(asked("recall", ASKED[:2]))],
     "maps": [{"id": n, **row} for n, row in enumerate(asked("recall", ASKED[2:]))]},
]  # fmt: skip


@pytest.mark.parametrize("document", PARTS)
def test_lists_of_different_items_are_parts_of_one_run(tmp_path: Path, document: Any) -> None:
    path = tmp_path / "results.json"
    path.write_text(json.dumps(document))
    run = only_run(path)
    assert len(run.scores.items) == 4
    assert [round(float(np.nanmean(run.scores.of(metric.name))), 4) for metric in run.scores.metrics] == [0.5]
    assert "hold different items: they are parts of one run" in said(run)


APART: list[dict[str, Any]] = [
    {"plain": rows("recall"), "rerank": rows("recall")},  # the same metric of the same items: two configurations
    {"one": rows("recall", answer="x"), "two": rows("faithfulness", answer="y")},  # answers of two systems
    {"baseline": asked("recall", ASKED[:2]), "ours": asked("recall", ASKED[2:])},  # the names say so
    {"plain": rows("recall", ids="3f2a9c7b-11aa-41de-"), "rerank": rows("recall", ids="9d2a9c7b-77aa-42de-")},
    {"acme": rows("recall", ids="acme-"), "zeta": rows("recall", ids="zeta-")},  # each numbers its own items
    {"runs": [
        {"model": name, "items": asked("recall", of)} for name, of in (("m1", ASKED[:2]), ("m2", ASKED[2:]))
    ]},
]  # fmt: skip


@pytest.mark.parametrize("document", APART)
def test_configurations_stay_apart(tmp_path: Path, document: Any) -> None:
    path = tmp_path / "results.json"
    path.write_text(json.dumps(document))
    assert len(listed(path)[0]) == 2


@pytest.mark.parametrize(
    "document",
    [
        {"v1": rows("accuracy"), "v2": rows("f1")},  # names of configurations, with other metrics
        {"bm25": rows("bm25_score"), "dense": rows("dense_score")},
        {"north": rows("north_score"), "south": rows("south_score")},  # one metric, called like its list
    ],
)
def test_metrics_of_configurations_are_not_those_of_one_run(tmp_path: Path, document: Any) -> None:
    path = tmp_path / "results.json"
    path.write_text(json.dumps(document))
    runs, problems = listed(path)
    assert [len(only_run(path).scores.metrics)] == [len(runs)] == [1]
    assert "not read" in str(problems)


def test_the_part_is_metadata_of_the_item(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text(json.dumps(PARTS[1]))
    run = only_run(path)
    assert [run.item(item).metadata["section"] for item in run.scores.items] == ["easy", "easy", "hard", "hard"]
