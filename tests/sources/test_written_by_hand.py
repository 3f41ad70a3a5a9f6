"""Files as people and their scripts write them: remarks, spare commas, units, judges in a list, the end of a log."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sources_kit import listed, only_run, said

from ragtui.files.handwritten import parse_by_hand
from ragtui.files.jsonlines import BadLineError
from ragtui.model import State

VALUES = (0.75, 0.25, 1.0, 0.5)
RECORDS = [{"id": f"case-{place}", "recall": value} for place, value in enumerate(VALUES)]


def means(path: Path) -> dict[str, float | None]:
    """The mean of each metric of the one run of a file."""
    scores = only_run(path).scores
    found: dict[str, float | None] = {}
    for metric in scores.metrics:
        scored = scores.states_of(metric.name) == State.SCORED
        found[metric.name] = round(float(np.mean(scores.of(metric.name)[scored])), 4) if scored.any() else None
    return found


def csv(head: str, line: str, values: Sequence[object] = VALUES, end: str = "") -> str:
    """A table with a line for each value; `{n}` is its number, `{v}` the value, `{c}` the same with a comma."""
    rows = [line.format(n=n, v=value, c=str(value).replace(".", ",")) for n, value in enumerate(values)]
    return "\n".join([head, *rows]) + "\n" + end


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (json.dumps(RECORDS, indent=1).replace("\n]", ",\n]"), "commas before a bracket"),
        ("// judged on Monday\n" + json.dumps(RECORDS), "remarks"),
        ("/* judged\non Monday */" + json.dumps({"results": RECORDS}), "remarks"),
        ("\n".join(json.dumps(record, indent=2) for record in RECORDS), "4 documents one after another"),
        (json.dumps(RECORDS)[:-1] + ", // the end\n]", "remarks and commas before a bracket"),
    ],
)
def test_json_that_is_not_quite_is_read_and_said(tmp_path: Path, source: str, why: str) -> None:
    for name in ("scores.json", "scores.jsonl"):
        path = tmp_path / name
        path.write_text(source)
        if name == "scores.jsonl" and not source.startswith("{"):
            continue
        assert means(path) == {"recall": 0.625}
        assert why in str(listed(path)[1])


@pytest.mark.parametrize(
    "source",
    [
        '{"a": "http://x, ]", "b": [1, 2]',  # cut short
        '{"a": 1} and more',
        "",
        "[1, 2",
        '{"a": .5}',
    ],
)
def test_what_is_cut_or_of_another_kind_is_not_mended(source: str) -> None:
    with pytest.raises(BadLineError):
        parse_by_hand(source.encode())


@pytest.mark.parametrize("sign", ["/*", '"\\', '"', ",", "//", "[", "\n#", ", ", '{"a": 1}x'])
def test_what_is_never_closed_takes_no_time_by_the_square(sign: str) -> None:
    began = time.process_time()
    with pytest.raises(BadLineError):
        parse_by_hand(b"[" + sign.encode() * 200_000)
    assert time.process_time() - began < 20, "half a second; by the square it would be minutes"


def test_commas_behind_the_lines_of_json_lines_cost_no_line(tmp_path: Path) -> None:
    path = tmp_path / "scores.jsonl"
    path.write_text(",\n".join(map(json.dumps, RECORDS)) + "\n")
    assert means(path) == {"recall": 0.625} and not listed(path)[1]


def test_texts_keep_what_looks_like_a_remark() -> None:
    source = '[{"a": "see http://x.org // here, ]", "b": "/* no */ # 1,}"},]'
    assert parse_by_hand(source.encode())[0] == [{"a": "see http://x.org // here, ]", "b": "/* no */ # 1,}"}]


def test_what_python_prints_is_named(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text(repr(RECORDS))
    assert "what Python prints" in str(listed(path)[1])


TABLES: list[tuple[str, str, dict[str, float]]] = [
    ("a comma too many", csv("id,recall", "case-{n},{v},"), {"recall": 0.625}),
    ("names of rows, as R writes them", csv("id,recall", "{n},case-{n},{v}"), {"recall": 0.625}),
    ("decimal commas in quotes", csv("id,recall", 'case-{n},"{c}"'), {"recall": 0.625}),
    ("thousands in quotes", csv("id,recall,tokens", 'case-{n},{v},"1,250"'), {"recall": 0.625, "tokens": 1250.0}),
    (
        "thousands beside a thousand with a point",
        csv("id,recall,tokens", 'case-{n},{v},"{{t}}"').replace('"{t}"', '"1,250"', 2).replace("{t}", "1,480.5"),
        {"recall": 0.625, "tokens": 1365.25},
    ),
    (
        "thousands, with semicolons between cells",
        csv("id;recall;tokens", "case-{n};{v};{{t}}").replace("{t}", "1,250", 3).replace("{t}", "1,480.5"),
        {"recall": 0.625, "tokens": 1307.625},
    ),
    ("thousands with a unit", csv("id,recall,tokens", 'case-{n},{v},"1,250 tok"'), {"recall": 0.625, "tokens": 1250.0}),
    ("units behind decimal commas", csv("id;recall;latency", "case-{n};{c};1,5 s"), {"recall": 0.625, "latency": 1.5}),
    ("points and commas", csv("id;recall;cost", "case-{n};{c};1.234,5 €"), {"recall": 0.625, "cost": 1234.5}),
    ("durations of a clock", csv("id,recall,duration", "case-{n},{v},0:01:0{n}"), {"recall": 0.625, "latency": 61.5}),
    (
        "a judge's JSON in a fence",
        csv("question,judged", '"Why {n}?","```json\n{{""score"": {v}}}\n```"'),
        {"judged": 0.625},
    ),
    ("a rank and nothing else", csv("id,first_rank", "case-{n},{v}", (1, 3, 2, 4)), {"first_rank": 2.5}),
    ("a rank that describes", csv("id,rank,recall", "case-{n},{n},{v}"), {"recall": 0.625}),
    ("a remark at the end", csv("id,recall", "case-{n},{v}", end="# mean .625\n"), {"recall": 0.625}),
    ("two lines of title", "Our evaluation\nof Monday\n\n" + csv("id,recall", "case-{n},{v}"), {"recall": 0.625}),
]


@pytest.mark.parametrize(("source", "wanted"), [case[1:] for case in TABLES], ids=[case[0] for case in TABLES])
def test_tables_as_people_write_them(tmp_path: Path, source: str, wanted: dict[str, float]) -> None:
    path = tmp_path / "scores.csv"
    path.write_text(source, encoding="utf-8")
    assert means(path) == wanted
    assert len(only_run(path).scores.items) == 4


def test_a_measurement_that_is_no_number_is_named(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    path.write_text("id,recall,latency,cost\na,1,2.5,0.5\nb,0,fast,0.5\nc,1,3.5,free\n")
    assert means(path) == {"recall": 0.6667, "latency": 3.0, "cost": 0.5}
    told = said(only_run(path))
    assert "scores.csv:3: latency is 'fast', not a number" in told and "scores.csv:4: cost is 'free'" in told


@pytest.mark.parametrize(
    "source",
    [
        csv("id,question,score", "q{n},what is a, b,{v}"),
        csv("id,question,score", "{n},what is a, b,{v}", VALUES),
        csv("question,score", "what is {n}, b,{v}"),
        csv("id,recall", "{n},0,85"),
    ],
)
def test_a_comma_without_quotes_shifts_no_row(tmp_path: Path, source: str) -> None:
    path = tmp_path / "scores.csv"
    path.write_text(source)
    assert not listed(path)[0] and listed(path)[1]


def test_names_of_rows_are_said(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    path.write_text(csv("recall,latency", "case_{n},{v},2"))
    assert "taken for the name of the row, as R writes it" in said(only_run(path))


def test_names_that_occur_twice_are_the_reason_given(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    path.write_text(csv("id,score,score", "case-{n},{v},{v}"))
    assert "its name occurs twice in the header" in str(listed(path)[1])
    assert "its name occurs twice in the header" in str(listed(tmp_path)[1])


JUDGED: list[tuple[str, Any, dict[str, float]]] = [
    ("judges", [{"model": "gpt-4.1", "score": 4}, {"model": "gemini", "score": 2}], {
        "score[gpt-4.1]": 4, "score[gemini]": 2}),
    ("annotators", [{"name": "Anna", "score": 1}, {"name": "Ben", "score": 0}], {"score[Anna]": 1, "score[Ben]": 0}),
    ("judgments", [{"judge": "a", "metric": "tone", "score": 3}, {"judge": "a", "metric": "form", "score": 1}], {
        "tone[a]": 3, "form[a]": 1}),
    ("judges", [{"judge": "a", "faithfulness": 1, "fluency": 5}, {"judge": "b", "faithfulness": 0, "fluency": 4}], {
        "a.faithfulness": 1, "a.fluency": 5, "b.faithfulness": 0, "b.fluency": 4}),
]  # fmt: skip


@pytest.mark.parametrize(("field", "judged", "wanted"), JUDGED)
def test_judges_in_a_list_are_metrics_not_systems(
    tmp_path: Path, field: str, judged: Any, wanted: dict[str, float]
) -> None:
    path = tmp_path / "judged.json"
    records = [{"id": f"case-{n}", "answer": "because", field: judged} for n in range(5)]
    path.write_text(json.dumps({"results": records}))
    assert means(path) == wanted


def test_yes_no_and_partially_are_three_results_not_two(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    path.write_text(csv("id,grounded", "case-{n},{v}", ["yes", "no", "partially", "yes"] * 3))
    assert means(path) == {"grounded = yes": 0.5, "grounded = no": 0.25, "grounded = partially": 0.25}
    path.write_text(csv("id,grounded", "case-{n},{v}", ["yes", "no", "timeout", "yes"] * 3))
    assert means(path) == {"grounded": 0.6667}


def test_the_ends_of_a_log_are_no_metrics(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    lines = [{"event": "start", "model": "m"}, *RECORDS, {"event": "end", "accuracy": 0.6, "mean": 0.625}]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert means(path) == {"recall": 0.625}


def test_names_of_an_object_that_may_be_benchmarks_are_said(tmp_path: Path) -> None:
    path = tmp_path / "suite.json"
    path.write_text(json.dumps({"tasks": {"sums": {"acc": 0.5}, "dates": {"acc": 0.25}, "maps": {"acc": 0.75}}}))
    assert "`sums`, `dates`, `maps` are taken for items" in said(only_run(path))
    path.write_text(json.dumps({"tasks": {f"q{n}": {"acc": 0.5} for n in range(3)}}))
    assert "taken for items" not in said(only_run(path))
