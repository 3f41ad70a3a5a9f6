"""`import ragtui`: the same numbers as the command line, whatever form the data has."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from builders import QUALITY, steady, write_run

import ragtui
from ragtui.cli.main import main

ROOT = Path(__file__).parents[2]
SAMPLES = str(ROOT / "sample_runs" / "support-docs")

BASE = [[5, 5, 4], [4, 4, 4], [3, 3, 3], [5, 4, 5]]
FAITHFULNESS = replace(QUALITY, name="faithfulness")
NEW = [[5, 5, 4], [1, 1, 1], [3, 3, 3], [4, 5, 5]]


def rows(scores: list[list[int]], nested: bool = False) -> list[dict[str, Any]]:
    return [
        {"item": str(item + 1), "repeat": repeat + 1, **({"scores": {"q": value}} if nested else {"q": value})}
        for item, line in enumerate(scores)
        for repeat, value in enumerate(line)
    ]


def numbers(result: ragtui.Compared) -> list[tuple[object, ...]]:
    return [(cell.item, cell.verdict, cell.baseline, cell.candidate, cell.delta, cell.p_noise) for cell in result.cells]


def test_importing_loads_nothing_heavy() -> None:
    script = (
        "import ragtui, sys; assert 'numpy' not in sys.modules; assert callable(ragtui.compare); print(dir(ragtui))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "Recorder" in done.stdout
    with pytest.raises(AttributeError, match="no attribute 'comparee'"):
        ragtui.comparee  # noqa: B018


def test_the_same_numbers_as_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    result = ragtui.compare("baseline", "regressed", within=[SAMPLES])
    main(["compare", "baseline", "--vs", "regressed", "--in", SAMPLES, "-f", "json"])
    printed = capsys.readouterr().out
    assert json.loads(result.to_json()) == json.loads(printed)
    said = {
        (metric["name"], cell["item"]): cell for metric in json.loads(printed)["metrics"] for cell in metric["cells"]
    }
    for cell in result.cells:
        told = said[cell.metric, cell.item]
        assert (cell.verdict, cell.explanation) == (told["verdict"], told["explanation"])
        assert (cell.baseline, cell.candidate) == pytest.approx((told["baseline"], told["candidate"]), abs=1e-9)
    main(["compare", "baseline", "--vs", "regressed", "--in", SAMPLES, "-f", "markdown"])
    assert capsys.readouterr().out == result.to_markdown()


def test_runs_and_paths_are_the_same_comparison() -> None:
    runs = {run.name: run for run in ragtui.open_runs(SAMPLES)}
    one = ragtui.compare(runs["baseline"], [runs["regressed"]])
    other = ragtui.compare(Path(SAMPLES, "baseline"), [f"{SAMPLES}/regressed"])
    assert numbers(one) == numbers(other)
    assert runs["baseline"].scores("faithfulness").shape == (40, 5)
    assert len(runs["baseline"].to_dicts()) == 200
    assert runs["baseline"].item("018").question.startswith("When does")
    assert "faithfulness" in runs["baseline"].metrics


def frames() -> list[Any]:
    found: list[Any] = [
        pytest.param(lambda scores: rows(scores), id="dicts"),
        pytest.param(lambda scores: rows(scores, nested=True), id="nested dicts"),
        pytest.param(lambda scores: {"q": np.array(scores)}, id="arrays by metric"),
        pytest.param(lambda scores: {"q": scores}, id="lists by metric"),
    ]
    for name in ("pandas", "polars", "pyarrow"):

        def make(scores: list[list[int]], name: str = name) -> Any:
            library = pytest.importorskip(name)
            if name == "pyarrow":
                return library.Table.from_pylist(rows(scores))
            return library.DataFrame(rows(scores))

        found.append(pytest.param(make, id=name))

    def stream(scores: list[list[int]]) -> Any:
        class Stream:
            """Speaks the Arrow stream protocol and nothing else."""

            def __init__(self) -> None:
                self.table = pytest.importorskip("pyarrow").Table.from_pylist(rows(scores))

            def __arrow_c_stream__(self, requested_schema: object = None) -> object:
                return self.table.__arrow_c_stream__(requested_schema)

        return Stream()

    def indexed(scores: list[list[int]]) -> Any:
        return pytest.importorskip("pandas").DataFrame(rows(scores)).set_index(["item", "repeat"])

    def series(scores: list[list[int]]) -> Any:
        return indexed(scores)["q"]

    def lazy(scores: list[list[int]]) -> Any:
        return pytest.importorskip("polars").DataFrame(rows(scores)).lazy()

    return [
        *found,
        pytest.param(stream, id="__arrow_c_stream__"),
        pytest.param(indexed, id="pandas with an index"),
        pytest.param(series, id="a series of pandas"),
        pytest.param(lazy, id="a plan of polars"),
        pytest.param(lambda scores: (row for row in rows(scores)), id="a generator"),
        pytest.param(lambda scores: [{**row, "q": Decimal(row["q"])} for row in rows(scores)], id="decimals"),
    ]


def columns() -> list[Any]:
    pandas, polars, pyarrow = (pytest.importorskip(name) for name in ("pandas", "polars", "pyarrow"))
    return [
        [5, None, 4],
        {"a": 5, "b": None, "c": 4},
        pandas.Series([5, None, 4]),
        pandas.Series([5, None, 4], index=["a", "b", "c"]),
        pandas.DataFrame({"score": [5, None, 4]}, index=["a", "b", "c"]),
        polars.Series([5, None, 4]),
        pyarrow.array([5, None, 4]),
        pyarrow.chunked_array([[5, None], [4]]),
    ]


@pytest.mark.parametrize("given", columns(), ids=lambda value: type(value).__name__)
def test_one_column_is_a_run(given: Any) -> None:
    compared = ragtui.compare(given, given)
    assert [cell.baseline for cell in compared.cells] == [5, None, 4]


def test_words_in_an_index_are_ids_in_any_order() -> None:
    pandas = pytest.importorskip("pandas")
    base = pandas.DataFrame({"accuracy": [0.1, 0.9]}, index=["a", "b"])
    turned = pandas.DataFrame({"accuracy": [0.9, 0.1]}, index=["b", "a"])
    assert [cell.delta for cell in ragtui.compare(base, turned).cells] == [0, 0]


@pytest.mark.parametrize("form", frames())
def test_every_form_of_the_same_data_is_the_same_comparison(form: Any) -> None:
    settings: Any = {"scales": {"q": (1, 5)}, "higher_is_better": ["q"]}
    wanted = ragtui.compare(rows(BASE), rows(NEW), **settings)
    assert [cell.delta for cell in wanted.cells] == pytest.approx([0, -3, 0, 0])
    assert numbers(ragtui.compare(form(BASE), form(NEW), **settings)) == numbers(wanted)


def test_what_is_missing_is_never_zero() -> None:
    result = ragtui.compare(np.array([[5.0, np.nan], [4, 4]]), np.array([[5.0, np.inf], [np.nan, np.nan]]))
    first, second = result.cells
    assert (first.n_baseline, first.n_candidate) == (1, 1)
    assert (second.candidate, second.delta, second.n_candidate) == (None, None, 0)


def test_directions_margins_and_questions_are_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_run(tmp_path / "a", steady(5, 12, 3, i003=[4, 5, 4]))
    write_run(tmp_path / "b", steady(4, 12, 3, i003=[4, 5, 4]))
    places: Any = (tmp_path / "a", tmp_path / "b")
    assert ragtui.compare(*places).metrics[0].outcome == "regressed"
    assert ragtui.compare(*places, lower_is_better=["quality"]).metrics[0].outcome == "improved"
    main(["compare", str(places[0]), "--vs", str(places[1]), "--margin", "quality=2", "-f", "json"])
    assert json.loads(ragtui.compare(*places, margins={"quality": 2.0}).to_json()) == json.loads(
        capsys.readouterr().out
    )
    population = ragtui.compare(*places, estimand="population").metrics[0]
    suite = ragtui.compare(*places).metrics[0]
    assert suite.low is not None
    assert population.low is not None
    assert population.low != suite.low


@pytest.mark.parametrize(
    ("a", "b", "settings", "said"),
    [
        ([[1, 2]], [[1, 2], [3, 4, 5]], {}, "no array of numbers"),
        ({"q": [1, 2], "r": [1, 2, 3]}, [[1]], {}, "different shapes"),
        (rows(BASE), rows(NEW), {"margins": {"qq": 1}}, "no metric 'qq'"),
        (rows(BASE), rows(NEW), {"margins": {"q": 0}}, "above zero"),
        (rows(BASE), rows(NEW), {"estimand": "sweet"}, "suite, population"),
        (rows(BASE), rows(NEW), {"columns": {"item": ["nope"], "metrics": ["q"]}}, "no column 'nope'"),
        ([{"a": 1}], [{"a": 1}], {}, "what its columns mean"),
        ("nowhere", "else", {}, "no such file"),
        ([3, object()], [[1]], {}, "no array"),
        ([1, 2, 3], [1, 2], {}, "baseline has 3 items, candidate has 2 items"),
        ([], [], {}, "holds nothing"),
        (None, [1], {}, "cannot compare a NoneType"),
        ([1j, 2j], [1, 2], {}, "no array of numbers"),
        (rows(BASE), rows(NEW), {"margins": {"q": "much"}}, "q is 'much'"),
        (rows(BASE), rows(NEW), {"margins": {"q": None}}, "q is None"),
        (rows(BASE), rows(NEW), {"columns": {"itm": "item"}}, "no role 'itm'.*\n.*Did you mean item"),
        (rows(BASE), rows(NEW), {"lower_is_better": ["p"]}, "lower_is_better: no metric 'p'"),
        (rows(BASE), rows(NEW), {"higher_is_better": "qu"}, "higher_is_better: no metric 'qu'"),
        (rows(BASE), rows(NEW), {"higher_is_better": "q", "lower_is_better": ["q"]}, "q: both"),
        (rows(BASE), rows(NEW), {"scales": {"p": (1, 5)}}, "scales: no metric 'p'"),
        (rows(BASE), rows(NEW), {"scales": {"q": (5, 1)}}, "the lowest and the highest"),
        (rows(BASE), rows(NEW), {"scales": {"q": (1,)}}, "the lowest and the highest"),
        (rows(BASE), rows(NEW), {"names": ("a",)}, "names: .*Give two"),
        (rows(BASE), rows(NEW), {"names": "ab"}, "names: 'ab'"),
        ({1, 2}, {1, 2}, {}, "cannot compare a set"),
    ],
)
def test_what_cannot_be_compared_is_said(a: Any, b: Any, settings: Any, said: str) -> None:
    with pytest.raises(ragtui.RagtuiError, match=f"(?s){said}"):
        ragtui.compare(a, b, **settings)


BY_ITEM = {f"q{place}": line for place, line in enumerate(BASE)}


@pytest.mark.parametrize(
    ("given", "metrics", "repeats"),
    [
        (BY_ITEM, ["score"], 3),
        ({item: {"f1": line[0], "em": line[1]} for item, line in BY_ITEM.items()}, ["f1", "em"], 1),
        ({item: {"scores": {"f1": line[0]}, "topic": "a"} for item, line in BY_ITEM.items()}, ["f1"], 1),
        ({"f1": {item: line[0] for item, line in BY_ITEM.items()}, "em": {"q1": 1}}, ["f1", "em"], 1),
    ],
    ids=["repeats of items", "metrics of items", "scores of items", "items of metrics"],
)
def test_a_mapping_of_items_is_what_its_keys_say(given: Any, metrics: list[str], repeats: int) -> None:
    result = ragtui.compare(given, given)
    assert [metric.name for metric in result.metrics] == metrics
    assert {cell.item for cell in result.cells} == set(BY_ITEM)
    assert result.cells[0].n_baseline == repeats and result.cells[0].baseline == pytest.approx(
        sum(BASE[0][:repeats]) / repeats
    )


def test_columns_of_pandas_that_are_named_after_repeats_are_repeats() -> None:
    frame = pytest.importorskip("pandas").DataFrame(rows(BASE)).assign(r=1.0).rename(columns={"repeat": "seed"})
    for table in (frame.pivot(index="item", columns="seed", values="q"), frame.pivot(index="item", columns="seed")):
        cell = ragtui.compare(table, table).cells[0]
        assert (cell.item, cell.n_baseline, cell.baseline) == ("1", 3, pytest.approx(14 / 3))


def test_one_role_is_enough_where_the_others_can_be_guessed() -> None:
    plain = [{"asked": f"Why {row['item']}?", "nth": row["repeat"], "q": row["q"], "note": 7.0} for row in rows(BASE)]
    result = ragtui.compare(plain, plain, columns={"item": "asked", "repeat": "nth", "metrics": "q"})
    assert [metric.name for metric in result.metrics] == ["q"] and result.cells[0].n_baseline == 3
    half = ragtui.compare(plain, plain, columns={"item": "asked", "repeat": "nth"})
    assert {"q"} <= {metric.name for metric in half.metrics} and half.cells[0].n_baseline == 3


def test_notes_name_a_way_out_that_a_caller_has() -> None:
    seeded = [{"item": row["item"], "seed": row["repeat"], "q": row["q"]} for row in rows(BASE)]
    said = "\n".join(ragtui.compare(seeded, rows(NEW)).notes)
    assert "`seed` is taken for the number of the repeat" in said
    assert "columns={…} says it otherwise" in said and "--columns" not in said and "press K" not in said


def test_a_notebook_shows_tables_and_runs_nothing_of_the_data() -> None:
    hostile = [{**row, "item": f"<script>alert({row['item']})</script>"} for row in rows(BASE)]
    worse = [{**row, "item": f"<script>alert({row['item']})</script>"} for row in rows(NEW)]
    shown = ragtui.compare(hostile, worse, names=("<b>base", "new"))._repr_html_()
    assert "<table>" in shown
    assert "<script" not in shown
    assert "<b>" not in shown


def test_the_configuration_says_which_way_a_metric_is_better(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "config.toml").write_text('[metrics.quality]\ndirection = "lower"\n', "utf-8")
    monkeypatch.setenv("RAGTUI_CONFIG", str(tmp_path / "config.toml"))
    write_run(tmp_path / "a", steady(5, 12, 3, i003=[4, 5, 4]))
    write_run(tmp_path / "b", steady(4, 12, 3, i003=[4, 5, 4]))
    assert ragtui.compare(tmp_path / "a", tmp_path / "b").metrics[0].outcome == "improved"
    main(["compare", str(tmp_path / "a"), "--vs", str(tmp_path / "b")])
    assert "▲ improved" in capsys.readouterr().out


@pytest.mark.parametrize(("metric", "noise"), [("score", BASE), ("q", rows(BASE)), ("q", {"q": np.array(BASE)})])
def test_noise_is_taken_in_every_form_and_joins_no_mean(metric: str, noise: Any) -> None:
    sides = [{metric: np.array(scores)[:, :1]} for scores in (BASE, NEW)]
    alone, told = ragtui.compare(*sides, borrow=False), ragtui.compare(*sides, noise=noise)
    assert {cell.verdict for cell in alone.cells} == {"same", "unknown"}
    assert "unknown" not in {cell.verdict for cell in told.cells}
    assert [cell.baseline for cell in told.cells] == [cell.baseline for cell in alone.cells]


def test_noise_of_several_configurations_is_pooled_only_when_told(tmp_path: Path) -> None:
    for place, settings in enumerate(({"top_k": 4}, {"top_k": 8})):
        for repeat in range(2):
            write_run(tmp_path / "n" / f"{place}{repeat}", steady(4, 6, 1), pipeline=settings)
    sides = [str(write_run(tmp_path / name, steady(level, 6, 1))) for name, level in (("a", 4), ("b", 3))]
    with pytest.raises(ragtui.UsageError, match="2 configurations"):
        ragtui.compare(*sides, noise=str(tmp_path / "n"))
    ragtui.compare(*sides, noise=str(tmp_path / "n"), pool=True)


def test_the_examples_of_the_manual_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One after the other, as they stand there, with the data they speak of."""
    monkeypatch.chdir(tmp_path)
    write_run(tmp_path / "runs" / "main", steady(5, 20, 3), metric=FAITHFULNESS)
    for day, name in enumerate(("pr-12", "pr-12b", "pr-12c"), start=2):
        write_run(tmp_path / "runs" / name, steady(4, 20, 3), metric=FAITHFULNESS, day=day, pipeline={"top_k": 8})
    table = [{"question_id": row["item"], "seed": row["repeat"], "q": row["q"]} for row in rows(BASE)]
    known: dict[str, Any] = {
        "base_scores": BASE, "new_scores": NEW, "base_frame": table, "new_frame": table, "baseline": BASE,
        "candidate": NEW, "questions": [SimpleNamespace(id="1")], "answer": str, "judge": lambda _question: 5,
    }  # fmt: skip
    page = (ROOT / "ragtui" / "manual" / "python.md").read_text("utf-8")
    blocks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    for block in blocks:
        exec(compile(block, "python.md", "exec"), known)
    assert len(blocks) == 4 and (tmp_path / "runs" / "rerank-v3" / "results.jsonl").stat().st_size
