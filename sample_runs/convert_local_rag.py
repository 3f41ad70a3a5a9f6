"""Turn the recorded results of a real local RAG evaluation into run folders: the same bytes every time.

    python sample_runs/convert_local_rag.py SOURCE [FOLDER]

SOURCE holds golden.json, corpus.json, A-repeat1..8.jsonl, B-repeat1..5.jsonl and judge-only.jsonl. FOLDER (default:
local-rag beside this script) receives dataset.json, corpus.json and the runs A, B and A-rejudged. Nothing is invented:
what was not recorded (code revision, cost, the time of a whole run) stays empty.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ragtui.model import Dataset, Item, Kind, Metric, RunStatus
from ragtui.sources import write_dataset
from ragtui.sources.own.writer import RunWriter

HERE = Path(__file__).resolve().parent
MACHINE_QUIET_FROM = 1795389900.0
"""Before this time (seconds since 1970) other work on the machine stretched every latency."""

METRICS = (
    Metric("faithfulness", Kind.ORDINAL, scale=(1, 5)),
    Metric("relevance", Kind.ORDINAL, scale=(1, 5)),
    Metric("context_precision", Kind.BINARY, scale=(0, 1)),
)
MODEL = "qwen2.5-coder-1.5b-instruct-q4_k_m"
SAMPLING = {"temperature": 0.7, "top_p": 0.95}
JUDGES = {
    metric.name: {"model": MODEL, "prompt": "few-shot, score only", "response_format": "JSON schema", **SAMPLING}
    for metric in METRICS
}
RETRIEVERS: Mapping[str, Mapping[str, Any]] = {
    "A": {"kind": "lexical", "top_k": 2, "passage_words": "all"},
    "B": {"kind": "lexical", "top_k": 1, "passage_words": 30},
}
REPEATS = {"A": 8, "B": 5}
DESCRIPTIONS = {
    "A": "Measured with a small local model: the two best passages, whole. 34 of 40 questions were reached.",
    "B": "Measured with a small local model: the best passage, cut to 30 words. 34 of 40 questions were reached.",
    "A-rejudged": "Measured: the first answers of A to ten questions, judged five more times. Shows judge noise alone.",
}

Line = Mapping[str, Any]


def convert(source: Path, folder: Path) -> None:
    """Write dataset, corpus and runs."""
    folder.mkdir(parents=True, exist_ok=True)
    dataset = Dataset(
        "local-rag",
        tuple(
            Item(entry["id"], entry["question"], entry["expected"], {"source": entry["gold_passage"]})
            for entry in json.loads((source / "golden.json").read_text(encoding="utf-8"))
        ),
        description="Questions about the history of science and technology; corpus.json holds the passages.",
    )
    write_dataset(folder / "dataset.json", dataset)
    shutil.copyfile(source / "corpus.json", folder / "corpus.json")
    for config, repeats in REPEATS.items():
        lines = [line for n in range(1, repeats + 1) for line in _lines(source / f"{config}-repeat{n}.jsonl")]
        with _run(folder, config, dataset, lines, config, repeats, len(dataset.items) * repeats) as run:
            _write(run, map(_record, lines), lines, RunStatus.PARTIAL)
    answered = {line["item"]: line for line in _lines(source / "A-repeat1.jsonl")}
    rejudged = list(_rejudged(source / "judge-only.jsonl", answered))
    chosen = list(dict.fromkeys(record["item"] for record in rejudged))
    extra = {"selection": chosen, "rejudge_of": "local-rag-A"}
    with _run(folder, "A-rejudged", dataset, (), "A", None, len(rejudged), **extra) as run:
        _write(run, rejudged, (), RunStatus.COMPLETE)


def _run(
    folder: Path,
    name: str,
    dataset: Dataset,
    lines: Iterable[Line],
    config: str,
    repeats: int | None,
    expected: int,
    **fields: Any,
) -> RunWriter:
    target = folder / name
    if (target / "summary.json").exists():
        shutil.rmtree(target)
    moments = [line["ts"] for line in lines]
    return RunWriter.create(
        target,
        id=f"local-rag-{name}",
        name=name,
        dataset={
            "name": dataset.name,
            "version": dataset.content_hash(),
            "file": "../dataset.json",
            "items": len(dataset.items),
        },
        pipeline={
            "retriever": dict(RETRIEVERS[config]),
            "generator": {"model": MODEL, **SAMPLING, "top_k": 40, "min_p": 0.05, "server": "llama.cpp"},
        },
        judges=JUDGES,
        metrics=METRICS,
        repeats=repeats,
        expected_results=expected,
        created=_moment(min(moments)) if moments else None,
        description=DESCRIPTIONS[name],
        sync_each=False,
        **fields,
    )


def _write(run: RunWriter, records: Iterable[Line], lines: Iterable[Line], status: RunStatus) -> None:
    for record in records:
        run.append_record(record)
    moments = [line["ts"] for line in lines]
    run.finish(status, finished=_moment(max(moments)) if moments else None)
    if not moments:  # when the judge worked was not recorded
        run.note(created=None, finished=None)
    (run.folder / ".lock").unlink(missing_ok=True)


def _record(line: Line) -> dict[str, Any]:
    """One answer with its three judgements."""
    seconds = line["latency"]["generate"]
    quiet = line["ts"] >= MACHINE_QUIET_FROM
    tokens = line["tokens"]["generate"]
    metadata = {
        "seed": line["seed"],
        "finish": line["finish"],
        "expected_f1": line["expected_f1"],
        "recorded_at": _moment(line["ts"]).isoformat(),
        "cached_tokens": tokens["cached_tokens"],
    }
    return {
        "item": line["item"],
        "repeat": line["repeat"],
        "attempt": 1,
        "output": line["answer"],
        "contexts": _contexts(line),
        "scores": {name: _score(value, line["judge_raw"][name]) for name, value in line["scores"].items()},
        "error": None,
        "latency_s": seconds if quiet else None,
        "tokens": {"input": tokens["prompt_tokens"], "output": tokens["completion_tokens"]},
        "metadata": metadata if quiet else {**metadata, "latency_on_busy_machine_s": seconds},
    }


def _rejudged(path: Path, answered: Mapping[str, Line]) -> Iterator[dict[str, Any]]:
    """The stored first answer of each question with one further judging, in order of judging."""
    scores: dict[tuple[int, str], dict[str, Any]] = {}
    for line in _lines(path):
        scores.setdefault((line["k"], line["item"]), {})[line["judge"]] = _score(line["score"], line["raw"])
    for judging, item in sorted(scores):
        yield {
            "item": item,
            "repeat": 1,
            "judging": judging,
            "attempt": 1,
            "output": answered[item]["answer"],
            "contexts": _contexts(answered[item]),
            "scores": scores[judging, item],
            "error": None,
        }


def _contexts(line: Line) -> list[dict[str, Any]]:
    return [{**context, "relevant": context["id"] == line["gold"]} for context in line["contexts"]]


def _score(value: float, raw: str) -> dict[str, Any]:
    return {"value": value, "raw": raw, "judge": MODEL}


def _lines(path: Path) -> list[Line]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(round(seconds), UTC)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Convert recorded results to run folders.")
    parser.add_argument("source", type=Path)
    parser.add_argument("folder", nargs="?", type=Path, default=HERE / "local-rag")
    arguments = parser.parse_args()
    convert(arguments.source, arguments.folder)
