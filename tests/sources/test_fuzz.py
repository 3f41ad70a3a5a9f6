"""Files with the right names and the wrong insides: whatever they hold, the answer is a run or a message."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sources_kit import deflated, log_head, sample

from ragtui.errors import RagtuiError
from ragtui.model import Problem
from ragtui.sources import ColumnMap, open_source

FIELDS = st.sampled_from(
    [
        "ragtui", "id", "item", "repeat", "attempt", "scores", "value", "error", "question", "output", "contexts",
        "metrics", "name", "kind", "scale", "aggregates", "mean", "dataset", "file", "git", "items", "results", "cases",
        "selection", "tokens", "latency_s", "score", "metric", "usage", "config", "created", "status", "samples",
        "judging", "text",
    ]
)  # fmt: skip
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from(["a", "1", "NaN", 10**400]),
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(FIELDS, inner, max_size=5)),
    max_leaves=12,
)
OBJECTS = st.dictionaries(FIELDS, JSON, max_size=6)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


def open_everything(path: Path, columns: dict[str, ColumnMap] | None = None) -> None:
    """List, load and read every text; only RagtuiErrors and Problems may come, and none of them a surprise."""
    source = open_source(path, columns)
    source.stamp()
    for found in source.headers():
        if isinstance(found, Problem):
            assert "should not happen" not in str(found)
            continue
        found.configuration.fingerprint()
        try:
            run = source.load(found.id)
            for item in run.scores.items:
                run.item(item)
                for repeat in run.scores.repeats:
                    run.result(item, repeat.label)
        except RagtuiError as error:
            assert "should not happen" not in str(error)


def written(value: Any) -> str:
    return json.dumps(value)


@settings(max_examples=80, deadline=None)
@given(summary=OBJECTS, records=st.lists(OBJECTS, max_size=4), own=st.booleans())
def test_run_folders(place: Path, summary: dict[str, Any], records: list[Any], own: bool) -> None:
    folder = place / "run"
    folder.mkdir(exist_ok=True)
    (folder / "summary.json").write_text(written({**summary, **({"ragtui": 1} if own else {})}))
    (folder / "results.jsonl").write_text("\n".join(map(written, records)))
    open_everything(folder)


@settings(max_examples=80, deadline=None)
@given(st.one_of(OBJECTS, st.lists(OBJECTS, max_size=4)))
def test_json_documents(place: Path, document: Any) -> None:
    path = place / "document.json"
    path.write_text(written(document))
    open_everything(path)


@settings(max_examples=60, deadline=None)
@given(st.lists(OBJECTS, max_size=4))
def test_json_lines(place: Path, records: list[Any]) -> None:
    path = place / "lines.jsonl"
    path.write_text("\n".join(map(written, records)))
    open_everything(path)
    columns = ColumnMap(
        item=("id",), repeat="repeat", metric="metric", score="score", contexts="contexts", tokens="tokens"
    )
    open_everything(path, {path.name: columns})


CELLS = st.sampled_from(
    ["", "a", "b", "1", "0.5", "NaN", "inf", "true", "no", '"x, y"', '"two\nlines"', '"open', "1e999"]
)
ROWS = st.lists(st.lists(CELLS, max_size=5).map(",".join), max_size=6).map("\n".join)
BITS = st.sampled_from([b"item", b"score", b",", b";", b"\t", b'"', b"\n", b"\r\n", b"1", b"a", b"\xff", b"\0", b"NaN"])


@settings(max_examples=80, deadline=None)
@given(ROWS, st.lists(BITS, max_size=40).map(b"".join))
def test_tables(place: Path, rows: str, body: bytes) -> None:
    path = place / "table.csv"
    path.write_text("item,answer,score,error\n" + rows)
    open_everything(path)
    path.write_text("query,run,metric,value\n" + rows)
    open_everything(path)
    path.write_bytes(body)
    open_everything(path)


@settings(max_examples=60, deadline=None)
@given(
    spec=st.dictionaries(st.sampled_from(["dataset", "config", "task_args", "revision", "scorers", "created"]), JSON),
    parts=st.dictionaries(st.sampled_from(["plan", "results", "stats", "status", "error", "version"]), JSON),
    changes=st.dictionaries(
        st.sampled_from(["id", "epoch", "input", "target", "scores", "error", "metadata", "model_usage", "output"]),
        JSON,
    ),
)
def test_logs(place: Path, spec: dict[str, Any], parts: dict[str, Any], changes: dict[str, Any]) -> None:
    head = {**log_head([1], **spec), **parts}
    samples = [sample(1), {**sample(2), **changes}]
    (place / "log.json").write_text(written({**head, "samples": samples}))
    open_everything(place / "log.json")
    path = deflated(
        place / "log.eval", {"header.json": head, "summaries.json": samples, "samples/2_epoch_1.json": samples[1]}
    )
    open_everything(path)
