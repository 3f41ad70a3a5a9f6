"""What the newest releases of tools write beside the plain case, each as its own writer left it (values by hand)."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from format_examples import EXAMPLES, Example
from format_examples.framework_files import promptfoo_row
from hypothesis import given, settings
from hypothesis import strategies as st
from sources_kit import lines_of, listed, only_run, said

from ragtui.files.fields import timestamp
from ragtui.model import RunHeader, State
from ragtui.sources import LoadedRun, open_source
from ragtui.sources.drafts.labels import are_labels
from ragtui.sources.drafts.literals import DEEPEST, literal


def as_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as pandas writes them: objects as Python prints them."""
    written = io.StringIO()
    table = csv.DictWriter(written, list(rows[0]))
    table.writeheader()
    table.writerows({name: "" if value is None else value for name, value in row.items()} for row in rows)
    return written.getvalue()


def column(run: LoadedRun, metric: str) -> list[float | None]:
    """Scores of a metric in its first repeat, None where there is none."""
    return [None if np.isnan(value) else float(value) for value in run.scores.of(metric)[:, 0]]


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("['it\\'s', \"a\"]", None),  # Python prints it with other quotes
        ("[\"it's\", 'a']", ["it's", "a"]),
        ("{'a': None, 'b': [1, 2.5, True]}", {"a": None, "b": [1, 2.5, True]}),
        ("[{'at': datetime.datetime(2026, 1, 2), 'of': nan}]", [{"at": "datetime.datetime(2026, 1, 2)", "of": None}]),
        ("['say nan', 'UUID(x)']", ["say nan", "UUID(x)"]),
        ("['a' 'b']", None),  # an array of numpy: two texts, which Python would read as one
        ("[1, 2", None),
        ("[see \\d]", None),
        ("[__import__('os').getcwd()]", None),
        ("[" * DEEPEST + "]" * DEEPEST, ...),
        ("[" * (DEEPEST + 1) + "]" * (DEEPEST + 1), None),
        ("[" * 90_000 + "]" * 90_000, None),
    ],
)  # fmt: skip
def test_objects_in_cells_are_read_as_python_prints_them(written: str, found: Any) -> None:
    assert (literal(written) is not None) if found is ... else (literal(written) == found)


PRINTED = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=100)
@given(st.lists(PRINTED, max_size=3) | st.dictionaries(st.text(max_size=5), PRINTED, max_size=3), st.text(max_size=20))
def test_whatever_python_prints_is_read_and_nothing_raises(printed: Any, any_text: str) -> None:
    assert literal(repr(printed)) == printed
    for damaged in (any_text, f"[{any_text}]", repr(printed)[:-1] + any_text + repr(printed)[-1]):
        found = literal(damaged)
        assert found is None or isinstance(found, (list, dict))


def feedback(name: str, value: Any, source: str, error: str = "", rationale: str = "") -> dict[str, Any]:
    told = {"value": value} | ({"error": {"error_code": "X", "error_message": error}} if error else {})
    return {"assessment_name": name, "source": {"source_type": "CODE", "source_id": source}, "feedback": told,
            "rationale": rationale, "valid": True}  # fmt: skip


def mlflow_rows() -> list[dict[str, Any]]:
    """Three rows as `result_df` has them: a scorer that fails is written under its own name, others as "default"."""
    rows = []
    for number, (name, tone, broken) in enumerate([("a", "left", ""), ("b", "right", "judge down"), ("c", "left", "")]):
        rows.append(
            {
                "trace_id": f"tr-{number}",
                "tone/value": tone,
                "long/value": None if broken else number + 1,
                "long/rationale": None if broken else "counted",
                "long/error_message": broken or None,
                "count/value": 7,
                "request": {"question": f"Q {name}"},
                "response": f"it's {name}",
                "trace_metadata": {
                    "mlflow.sourceRun": "run-1",
                    "mlflow.trace.tokenUsage": '{"input_tokens": 3, "output_tokens": 2, "total_tokens": 5}',
                },
                "tags": {"mlflow.traceName": "x", "topic": f"t{number}"},
                "assessments": [
                    feedback("tone", tone, "default"),
                    feedback("long", None if broken else number + 1, "long" if broken else "default", broken),
                    {"assessment_name": "count", "source": {"source_type": "HUMAN"}, "expectation": {"value": 7}},
                ],
            }
        )
    return rows


@pytest.mark.parametrize("ending", ["csv", "json"])
def test_a_result_df_of_mlflow_says_the_same_as_csv_and_json(tmp_path: Path, ending: str) -> None:
    rows = mlflow_rows()
    (tmp_path / f"result.{ending}").write_text(as_csv(rows) if ending == "csv" else json.dumps(rows))
    run = only_run(tmp_path)
    names = [metric.name for metric in run.scores.metrics]
    assert names == ["long", "tone = left", "tone = right", "tokens"]  # an expectation is no score, nothing comes twice
    assert column(run, "long") == [1.0, None, 3.0]
    assert run.scores.states_of("long")[1, 0] == State.METRIC_ERROR
    assert column(run, "tone = left") == [1.0, 0.0, 1.0]
    assert column(run, "tokens") == [5.0, 5.0, 5.0]
    first = run.item(run.scores.items[0])
    assert (first.question, first.expected, first.metadata) == ("Q a", "7", {"topic": "t0"})
    flat = run.header.configuration.flat()
    assert flat["judges.long.source"] == "default"  # a judge that failed once is no other judge
    assert run.header.extra["identity"] == "run-1"
    result = run.result(run.scores.items[1], "1")
    assert result is not None and result.judgements["long"].error == "judge down"


def test_two_result_dfs_of_mlflow_pair(tmp_path: Path) -> None:
    rows = mlflow_rows()
    (tmp_path / "a.csv").write_text(as_csv(rows))
    others = [{**row, "trace_metadata": {"mlflow.sourceRun": "run-2"}} for row in rows]
    (tmp_path / "b.json").write_text(json.dumps(others))
    one, other = only_run(tmp_path / "a.csv"), only_run(tmp_path / "b.json")
    assert one.scores.items == other.scores.items
    assert one.header.configuration == other.header.configuration


@pytest.mark.parametrize("wrap", ["columns", "index", "records", "split", "table"])
def test_a_data_frame_is_read_in_every_orient(tmp_path: Path, wrap: str) -> None:
    rows = [{"user_input": f"Q{n}", "response": "A", "faithfulness": 0.25 * n} for n in range(3)]
    document: Any = {
        "columns": {name: {str(n): row[name] for n, row in enumerate(rows)} for name in rows[0]},
        "index": {str(n): row for n, row in enumerate(rows)},
        "records": rows,
        "split": {"columns": list(rows[0]), "index": [0, 1, 2], "data": [list(row.values()) for row in rows]},
        "table": {
            "schema": {"fields": [{"name": "index", "type": "integer"}], "primaryKey": ["index"]},
            "data": [{"index": n, **row} for n, row in enumerate(rows)],
        },
    }[wrap]
    (tmp_path / "frame.json").write_text(json.dumps(document))
    run = only_run(tmp_path)
    assert run.header.format == "ragas"
    assert [metric.name for metric in run.scores.metrics] == ["faithfulness"]
    assert column(run, "faithfulness") == [0.0, 0.25, 0.5]


def azure_row(query: str, f1: float, letters: float, tone: str) -> dict[str, Any]:
    """A row of release 1.18: each score twice, parts under its properties, NaN where an evaluator raised."""
    parts = {"rouge_recall": f1 / 2, "rouge_recall_result": "pass", "rouge_recall_threshold": 0.25, "note": 3}
    return {
        "inputs.query": query,
        "outputs.rouge.rouge": f1,
        "outputs.rouge.rouge_score": f1,
        "outputs.rouge.rouge_result": "pass",
        "outputs.rouge.rouge_reason": None,
        "outputs.rouge.rouge_status": "completed",
        "outputs.rouge.rouge_properties": parts,
        "outputs.letters.letters": letters,
        "outputs.letters.letters_reason": "counted" if letters == letters else letters,
        "outputs.letters.letters_result": "pass" if letters == letters else letters,
        "outputs.tone.tone": tone,
    }


def test_azure_says_each_score_once_with_its_parts_and_categories(tmp_path: Path) -> None:
    rows = [
        azure_row("a", 1.0, 0.5, "left"),
        azure_row("b", 0.5, float("nan"), "left"),
        azure_row("c", 0.5, 0.25, "up"),
    ]
    (tmp_path / "out.json").write_text(json.dumps({"rows": rows, "metrics": {}, "studio_url": None}))
    run = only_run(tmp_path)
    names = [metric.name for metric in run.scores.metrics]
    assert names == ["rouge", "letters", "rouge.rouge_recall", "tone = left", "tone = up"]
    assert column(run, "rouge") == [1.0, 0.5, 0.5]
    assert column(run, "rouge.rouge_recall") == [0.5, 0.25, 0.25]
    assert column(run, "letters") == [0.5, None, 0.25]
    assert column(run, "tone = up") == [0.0, 0.0, 1.0]
    failed = run.result(run.scores.items[1], "1")
    assert failed is not None
    assert (failed.judgements["letters"].label, failed.judgements["letters"].rationale) == ("", "")


def trulens_row(asked: str, value: float | None, *, called: bool = True) -> dict[str, Any]:
    meta: dict[str, Any] = {"explanation": None if value is None else f"because {asked}", "metadata": {}}
    call = {"span_type": "eval", "ret": value, "timestamp": datetime(2026, 1, 2, 3, 4, 5), "meta": meta}
    return {
        "app_id": "x", "app_name": "rag", "app_version": "v1", "record_id": asked, "input": asked, "output": "A",
        "ts": 1_795_738_153_143, "is_match": True, "sampled": None, "eval_cost": 0.5, "eval_cost_snowflake": 0.0,
        "Grounded": value, "Grounded_calls": [call, {"span_type": "eval_root", "timestamp": None}] if called else None,
        "Grounded direction": True,
    }  # fmt: skip


def test_a_feedback_of_trulens_that_was_called_and_gave_nothing_failed(tmp_path: Path) -> None:
    rows = [trulens_row("a", 0.75), trulens_row("b", None), trulens_row("c", None, called=False)]
    (tmp_path / "records.csv").write_text(as_csv(rows))
    run = only_run(tmp_path)
    assert [metric.name for metric in run.scores.metrics] == ["Grounded", "eval_cost"]
    states = [State.SCORED, State.METRIC_ERROR, State.MISSING]
    assert run.scores.states_of("Grounded")[:, 0].tolist() == states
    first = run.result(run.scores.items[0], "1")
    assert first is not None and first.judgements["Grounded"].rationale == "because a"


@pytest.mark.parametrize("ending", ["jsonl", "json", "document"])
def test_results_of_eval_name_scorers_that_failed_and_classes(tmp_path: Path, ending: str) -> None:
    kept: dict[str, Any] = {"classifications": None, "expected": "e", "tags": ["t"], "error": None, "exc_info": None}
    broken = {"topic": 5, "scorer_errors": {"judge": "Traceback (most recent call last):\n  …\nRuntimeError: down"}}
    rows = [
        {**kept, "input": "a", "output": "a", "scores": {"judge": 0.5, "same": 1}, "metadata": {"topic": 3},
         "classifications": {"tone": [{"id": "left", "label": "Left"}]}},
        {**kept, "input": "b", "output": "b", "scores": {"same": 0}, "metadata": broken,
         "classifications": {"tone": [{"id": "right"}]}},
        {**kept, "input": "c", "output": None, "scores": {}, "metadata": {"topic": 4}, "error": "no c"},
    ]  # fmt: skip
    if ending == "document":
        summary = {"project_name": "p", "experiment_name": "exp"}
        (tmp_path / "result.json").write_text(json.dumps({"summary": summary, "results": rows}))
    else:
        content = lines_of(rows) if ending == "jsonl" else json.dumps(rows).encode()
        (tmp_path / f"result.{ending}").write_bytes(content)
    run = only_run(tmp_path)
    assert run.header.format == "braintrust"
    assert {metric.name for metric in run.scores.metrics} == {"judge", "same", "tone = Left", "tone = right"}
    states = [State.SCORED, State.METRIC_ERROR, State.ITEM_ERROR]
    assert run.scores.states_of("judge")[:, 0].tolist() == states
    assert column(run, "tone = Left") == [1.0, 0.0, None]
    second = run.result(run.scores.items[1], "1")
    assert second is not None
    assert second.judgements["judge"].error == "RuntimeError: down"
    assert second.metadata == {"topic": 5, "tags": ["t"]}


def test_results_of_ragas_metrics_are_read_as_its_csv_prints_them(tmp_path: Path) -> None:
    rows = [
        {"user_input": name, "response": "A", "brief": f"MetricResult(value={value}, reason=\"it's so\")",
         "tone": f"MetricResult(value={tone}, reason='a, reason=b')", "bare": f"MetricResult(value={value})"}
        for name, value, tone in [("a", 0.25, "left"), ("b", 1, "right"), ("c", 0.5, "left")]
    ]  # fmt: skip
    (tmp_path / "exp.csv").write_text(as_csv(rows))
    run = only_run(tmp_path)
    assert run.header.format == "ragas"
    assert column(run, "brief") == column(run, "bare") == [0.25, 1.0, 0.5]
    assert column(run, "tone = left") == [1.0, 0.0, 1.0]
    result = run.result(run.scores.items[0], "1")
    assert result is not None
    assert (result.judgements["brief"].rationale, result.judgements["tone"].rationale) == ("it's so", "a, reason=b")


@pytest.mark.parametrize(
    ("arguments", "model"),
    [({"pretrained": "org/m"}, "org/m"), ("pretrained=org/m,dtype=x", "org/m"), ({"flavour": "a"}, "hf"), ("", "hf")],
)
def test_a_model_name_that_the_harness_made_up_is_no_setting(tmp_path: Path, arguments: Any, model: str) -> None:
    line = {"doc_id": 0, "doc": {"q": "?"}, "resps": [["a"]], "filtered_resps": ["a"], "filter": "none",
            "metrics": ["acc"], "acc": 1.0}  # fmt: skip
    (tmp_path / "samples_t_2026-01-02T03-04-05.jsonl").write_bytes(lines_of([line]))
    results: dict[str, Any] = {"model_name": "org/m" if model == "org/m" else "vqvnukgg", "configs": {"t": {}},
               "results": {"t": {"acc,none": 1.0}}, "config": {"model": "hf", "model_args": arguments}}  # fmt: skip
    (tmp_path / "results_2026-01-02T03-04-05.json").write_text(json.dumps(results))
    run = only_run(tmp_path)
    assert run.header.configuration.flat()["pipeline.model_name"] == model
    assert run.header.name == f"t {model.rpartition('/')[2]}"


def test_an_assertion_on_latency_is_not_the_latency(tmp_path: Path) -> None:
    part = {"pass": True, "score": 1, "reason": "quick", "assertion": {"type": "latency", "threshold": 5000}}
    rows = [promptfoo_row(0, 0, "red", 1.0), promptfoo_row(1, 0, "blue", 0.5)]
    for row in rows:
        row |= {"latencyMs": 250, "gradingResult": {"pass": True, "score": 1, "componentResults": [part]}}
    (tmp_path / "out.json").write_text(json.dumps({"results": {"version": 3, "prompts": [], "results": rows}}))
    run = only_run(tmp_path)
    assert column(run, "latency assertion") == [1.0, 1.0]
    assert column(run, "latency") == [0.25, 0.25]


def test_yaml_of_promptfoo_is_its_json_and_its_pages_are_named(tmp_path: Path) -> None:
    yaml = pytest.importorskip("yaml")
    rows = [promptfoo_row(number, 0, word, 1.0) for number, word in enumerate(["red", "red", "blue", "blue"])]
    document = {"evalId": "eval-1", "results": {"version": 3, "prompts": [], "results": rows},
                "config": {}, "runtimeOptions": {"repeat": 2}}  # fmt: skip
    (tmp_path / "out.yaml").write_text(yaml.safe_dump(document, sort_keys=False))
    run = only_run(tmp_path)
    assert (run.header.format, run.header.items, run.header.repeats) == ("promptfoo", 2, 2)
    for name in ("out.html", "out.xml"):
        (tmp_path / name).write_text('<!doctype html>\n<html><div aria-label="Promptfoo">87 %</div></html>')
        _, problems = listed(tmp_path / name)
        assert "promptfoo's HTML or XML" in str(problems[0])


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        (["left", "right", "left"], True),
        (["left", "left"], True),
        (["red", "green", "blue"], False),  # as many as there are: free text
        (["n/a", "error", "n/a"], False),
        (["left", "0.5", "left"], False),
        (["left", 1, "left"], False),
        ([], False),
    ],
)
def test_a_few_words_are_labels(values: list[Any], labels: bool) -> None:
    assert are_labels(values) == labels


def test_words_of_a_tool_are_compared_as_categories(tmp_path: Path) -> None:
    rows = [{"example_id": f"e{n}", "inputs.q": f"Q{n}", "outputs.a": "A", "feedback.tone": tone, "feedback.ok": 1}
            for n, tone in enumerate(["calm", "rude", "calm", ""])]  # fmt: skip
    (tmp_path / "experiment.csv").write_text(as_csv(rows))
    run = only_run(tmp_path)
    assert column(run, "tone = calm") == [1.0, 0.0, 1.0, None]
    assert "tone" not in said(run)


def test_what_evaluate_of_opik_returns_holds_failures_beside_zeros(tmp_path: Path) -> None:
    def tested(item: str, trial: int, value: float, *, failed: bool = False) -> dict[str, Any]:
        case = {"trace_id": f"{item}{trial}", "dataset_item_id": item, "task_output": {"output": "A"},
                "dataset_item_content": {"input": f"Q {item}", "expected_output": "E", "level": 2}}  # fmt: skip
        said = {"name": "judge", "value": value, "reason": "so", "scoring_failed": failed}
        return {"test_case": case, "score_results": [said], "trial_id": trial, "task_execution_time": 0.5}

    rows = [tested("b", 1, 0.25), tested("a", 0, 1.0), tested("b", 0, 0.0, failed=True), tested("a", 1, 0.0)]
    result = {"experiment_id": "e", "dataset_id": "d", "experiment_name": "exp", "test_results": rows}
    (tmp_path / "result.json").write_text(json.dumps(result))
    run = only_run(tmp_path)
    assert (run.header.format, run.header.name, run.header.items, run.header.repeats) == ("opik", "exp", 2, 2)
    judged = {item: run.scores.of("judge")[run.scores.row_of[item]].tolist() for item in ("a", "b")}
    assert judged["a"] == [1.0, 0.0]
    assert np.isnan(judged["b"][0]) and judged["b"][1] == 0.25
    found = run.result("b", "1")
    assert found is not None and found.judgements["judge"].error == "so"
    assert (run.item("a").question, run.item("a").expected, run.item("a").metadata["level"]) == ("Q a", "E", 2)


def test_an_instance_that_failed_by_its_environment_is_an_error(tmp_path: Path) -> None:
    report = {
        "total_instances": 3, "submitted_ids": ["a__a-1", "a__a-2", "a__a-3"], "completed_ids": ["a__a-1", "a__a-2"],
        "resolved_ids": ["a__a-1"], "unresolved_ids": ["a__a-2", "a__a-3"], "infra_failure_ids": ["a__a-3"],
        "ambiguous_failure_ids": ["a__a-2"], "failure_reasons": {"a__a-3": "disk full", "a__a-2": "timeout"},
        "error_ids": [], "schema_version": 2,
    }  # fmt: skip
    (tmp_path / "small.run1.json").write_text(json.dumps(report))
    run = only_run(tmp_path)
    assert column(run, "resolved") == [1.0, 0.0, None]
    result = run.result("a__a-3", "1")
    assert result is not None and result.error == "disk full"
    assert "which SWE-bench counts as unresolved" in said(run)


def test_trials_of_harbor_that_differ_in_a_skill_are_no_repeats(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"job_name": "job", "n_attempts": 1, "agents": []}))
    for number, skills in enumerate(([], ["planning"])):
        trial = {
            "task_name": "fix", "trial_name": f"fix__{number}", "agent_info": {"name": "terminus"},
            "config": {"agent": {"skills": skills, "mcp_servers": [{"name": "files", "headers": {"key": "secret"}}]}},
            "verifier_result": {"rewards": {"reward": float(number)}},
        }  # fmt: skip
        (tmp_path / f"fix__{number}").mkdir()
        (tmp_path / f"fix__{number}" / "result.json").write_text(json.dumps(trial))
    headers = [entry for entry in open_source(tmp_path).headers() if isinstance(entry, RunHeader)]
    assert [header.repeats for header in headers] == [1, 1]
    assert len({header.configuration.fingerprint() for header in headers}) == 2 and "secret" not in f"{headers}"


@pytest.mark.parametrize("direct", [False, True])
def test_simulations_of_tau2_in_files_of_their_own_are_one_run(tmp_path: Path, direct: bool) -> None:
    folder = tmp_path / "run"
    (folder / "simulations").mkdir(parents=True)
    index = [{"id": f"s{n}", "task_id": str(n % 2), "trial": n // 2, "reward": 0.5, "duration": 2.0,
              "termination_reason": "user_stop"} for n in range(4)]  # fmt: skip
    info = {"agent_info": {"llm": "small"}, "user_info": {"llm": "big"}, "environment_info": {"domain_name": "air"}}
    meta = {"info": info, "tasks": [{"id": "0"}, {"id": "1"}], "simulation_index": index}
    (folder / "results.json").write_text(json.dumps(meta))
    for entry in index[:3]:
        whole = {**entry, "reward_info": {"reward": 1.0}, "messages": [{"role": "assistant", "content": "done"}]}
        (folder / "simulations" / f"{entry['id']}.json").write_text(json.dumps(whole))
    headers, problems = listed(folder / "results.json" if direct else tmp_path)
    assert [(header.name, header.items, header.repeats) for header in headers] == [("air small", 2, 2)]
    assert "1 simulations have no file" in str(problems[0])
    run = only_run(folder / "results.json" if direct else tmp_path)
    assert run.scores.of("reward").tolist() == [[1.0, 1.0], [1.0, 0.5]]


def shapes(example: Example) -> list[tuple[str, str, bytes, int]]:
    """The only file of an example in shapes that people save it in: what was done, its name, content, and how often."""
    (name, content), *others = example.files.items()
    if others:
        return []
    if isinstance(content, dict) and name.endswith(".json"):
        if example.format == "openai-platform":  # pages of one run
            return [("listed", name, json.dumps([content]).encode(), 1)]
        once, twice = json.dumps([content]).encode(), json.dumps([content, content]).encode()
        return [
            ("listed", name, once, 1),
            ("listed twice", name, twice, 2),
            ("on lines", "x.jsonl", lines_of([content] * 2), 2),
        ]
    if isinstance(content, list) and all(isinstance(row, dict) for row in content):
        return [("a list", "x.json", json.dumps(content).encode(), 1), ("lines", "x.jsonl", lines_of(content), 1),
                ("lines called .json", "x.json", lines_of(content), 1)]  # fmt: skip
    if isinstance(content, str) and name.endswith(".csv"):
        rows = [[cell.replace("\n", " ") for cell in row] for row in csv.reader(io.StringIO(content))]
        return [("tabs", "x.tsv", "\n".join(map("\t".join, rows)).encode(), 1)]
    return []


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.id)
def test_a_tools_file_is_known_in_every_shape(tmp_path: Path, example: Example) -> None:
    wanted = [(told.items, told.repeats, told.errors) for told in example.runs]
    for what, name, content, times in shapes(example):
        place = tmp_path / what
        place.mkdir()
        (place / name).write_bytes(content)
        source = open_source(place)
        headers = [entry for entry in source.headers() if isinstance(entry, RunHeader)]
        assert {header.format for header in headers} == {example.format}, what
        found = [(header.items, header.repeats, header.errors) for header in headers]
        assert len({header.id for header in headers}) == len(found) and found == wanted * times, what
        assert [source.load(header.id).scores.values.shape[0] for header in headers] == [
            items for items, *_ in found
        ], what


def test_documents_in_a_list_that_cannot_be_read_do_not_keep_the_others(tmp_path: Path) -> None:
    good = {
        "testCases": [{"name": "a", "input": "Q", "actualOutput": "A", "metricsData": [{"name": "m", "score": 0.5}]}]
    }
    (tmp_path / "runs.json").write_text(json.dumps([good, {"testCases": [], "testPassed": 0}, 5, {"x": 1}, good]))
    headers, problems = listed(tmp_path)
    assert [header.format for header in headers] == ["deepeval"] * 2
    assert [str(problem).partition(".json: ")[2][:17] for problem in problems] == [
        "document 2 of 4: ",
        "document 3 of 4: ",
    ]


def test_a_page_of_output_items_that_was_fetched_twice_is_counted_once(tmp_path: Path) -> None:
    def item(number: int, score: float) -> dict[str, Any]:
        return {"object": "eval.run.output_item", "id": f"out_{number}", "run_id": "r", "eval_id": "e",
                "datasource_item_id": number % 2, "datasource_item": {"question": f"Q{number % 2}"},
                "results": [{"name": "judge", "score": score, "passed": score > 0}],
                "sample": {"output": [{"role": "assistant", "content": "A"}]}}  # fmt: skip

    page = {"object": "list", "data": [item(n, n / 4) for n in range(4)], "has_more": False}
    (tmp_path / "pages.jsonl").write_bytes(lines_of([page, page]))
    run = only_run(tmp_path)
    assert run.scores.of("judge").tolist() == [[0.0, 0.5], [0.25, 0.75]]  # two repeats, not four
    assert "4 output items stand in the file twice" in said(run)


def test_labels_that_langfuse_calls_categories_are_so_from_the_first(tmp_path: Path) -> None:
    def item(place: int, tone: str) -> dict[str, Any]:
        said = {"name": "tone", "value": tone, "data_type": "CATEGORICAL", "comment": f"c{place}"}
        return {"item": {"id": f"i{place}", "input": f"Q{place}"}, "output": "A", "evaluations": [said]}

    run = {"run_name": "r", "item_results": [item(0, "calm"), item(1, "rude"), item(2, "odd")]}
    (tmp_path / "result.json").write_text(json.dumps({"results": [{"status": "passed", "experiment_result": run}]}))
    loaded = only_run(tmp_path)
    assert {metric.name for metric in loaded.scores.metrics} == {"tone = calm", "tone = odd", "tone = rude"}
    assert column(loaded, "tone = rude") == [0.0, 1.0, 0.0]
    result = loaded.result("i1", "1")
    assert result is not None and result.judgements["tone"].rationale == "c1"


def test_times_in_milliseconds_are_times() -> None:
    assert timestamp(1_795_738_153_143) == timestamp(1_795_738_153.143)
    assert timestamp(4_000_000_000) == datetime(2096, 10, 2, 7, 6, 40, tzinfo=UTC)
