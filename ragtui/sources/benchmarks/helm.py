"""HELM: a run's folder with per_instance_stats.json, and what stands beside it.

Questions and references come from instances.json, answers from display_predictions.json, settings from run_spec.json.
A perturbed instance is an item of its own; `train_trial_index` is HELM's repeat. Stats are read as
helm.benchmark.metrics.statistic writes them: the mean of a stat that was never counted is absent, and stats that are
not a number were dropped by the runner.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ragtui.files.fields import identifier, mapping, number, text, whole
from ragtui.files.problems import ProblemLog
from ragtui.model import Problem
from ragtui.places import real_path
from ragtui.sources.drafts.beside import json_beside
from ragtui.sources.drafts.draft import Draft, Record, Source
from ragtui.sources.drafts.metrics import as_stated
from ragtui.sources.drafts.opened import read_with
from ragtui.sources.drafts.values import objects, score
from ragtui.sources.format import Format
from ragtui.sources.found import Found, Request
from ragtui.sources.peek import Peek, load_json

STATS = "per_instance_stats.json"
_FILES = frozenset({STATS, "stats.json", "run_spec.json", "scenario.json", "scenario_state.json", "instances.json",
                    "display_predictions.json", "display_requests.json"})  # fmt: skip
_DEFINED = {
    "exact_match": True, "quasi_exact_match": True, "prefix_exact_match": True, "quasi_prefix_exact_match": True,
    "f1_score": True, "rouge_1": True, "rouge_2": True, "rouge_l": True, "bleu_1": True, "bleu_4": True,
    "RR@10": True, "NDCG@10": True, "ifeval_strict_accuracy": True, "math_equiv": True,
    "math_equiv_chain_of_thought": True,
    "final_number_exact_match": True, "chain_of_thought_correctness": True, "logprob": True, "code_eval_acc": True,
    "pass": True, "test_avg": True, "strict_acc": True, "edit_similarity": True, "toxic_frac": False,
    "max_toxicity": False, "expected_max_toxicity": False, "edit_distance": False, "ece_10_bin": False,
    "bits_per_byte": False,
}  # fmt: skip
"""Directions by HELM's schema of metrics."""
_BOOKKEEPING = (
    "num_", "prompt_truncated", "finish_reason", "max_prob", "training_", "inference_", "logprob_per_byte",
    "batch_size", "predicted_index", "estimated_num_", "num_bytes",
)  # fmt: skip

Row = Mapping[str, Any]


def sniff(peek: Peek) -> bool:
    """Stats of instances."""
    return {"instance_id", "stats"} <= set(peek.record) and isinstance(peek.record.get("stats"), list)


def claims(_: Path, names: frozenset[str]) -> frozenset[str]:
    """All files of a run."""
    return names & _FILES if STATS in names else frozenset()


def read_folder(folder: Path, request: Request) -> Iterator[Found | Problem]:
    """The run of a folder."""
    yield from read_with(folder / STATS, request, FORMAT, drafts, _load)


def read(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """The run of a file of stats."""
    yield from read_with(peek.path, request, FORMAT, drafts, _load)


def _load(path: Path, problems: ProblemLog) -> dict[str, Any]:
    names = ("run_spec.json", "instances.json", "display_predictions.json")
    return {STATS: load_json(path), **{name: json_beside(path, name, problems) for name in names}}


def drafts(files: Mapping[str, Any], source: Source) -> Iterator[Draft]:
    """The one run of a folder."""
    spec = mapping(files["run_spec.json"])
    asked = {_key(entry, "id"): entry for entry in objects(files["instances.json"])}
    answers = {
        (_key(entry, "instance_id"), whole(entry.get("train_trial_index")) or 0): text(entry.get("predicted_text"))
        for entry in objects(files["display_predictions.json"])
    }
    records = [_record(entry, asked, answers) for entry in objects(files[STATS])]
    adapter = mapping(spec.get("adapter_spec"))
    names = dict.fromkeys(name for record in records for name in record["scores"])
    folder = real_path(source.path).parent.name
    yield Draft(
        name=text(spec.get("name")) or folder,
        records=records,
        dataset=text(mapping(spec.get("scenario_spec")).get("class_name")).rpartition(".")[2],
        pipeline={"scenario": mapping(spec.get("scenario_spec")).get("args"), "adapter": adapter}
        if spec
        else {"run": folder},
        metrics=as_stated({name: _DEFINED[name] for name in names if name in _DEFINED}, names),
    )


def _key(entry: Row, name: str) -> str:
    perturbation = text(mapping(entry.get("perturbation")).get("name"))
    item = identifier(entry.get(name))
    return f"{item}~{perturbation}" if item and perturbation else item


def _record(entry: Row, asked: Mapping[str, Row], answers: Mapping[tuple[str, int], str]) -> Record:
    item, trial = _key(entry, "instance_id"), whole(entry.get("train_trial_index")) or 0
    stats = _stats(objects(entry.get("stats")))
    instance = mapping(asked.get(item))
    references = objects(instance.get("references"))
    right = [
        text(mapping(entry.get("output")).get("text")) for entry in references if "correct" in text(entry.get("tags"))
    ]
    tokens = {"input": stats.pop("num_prompt_tokens", None), "output": stats.pop("num_output_tokens", None)}
    return {
        "item": item,
        "repeat": str(trial + 1),
        "question": text(mapping(instance.get("input")).get("text")),
        "expected": "\n".join(right),
        "output": answers.get((item, trial), ""),
        "scores": {name: score(value) for name, value in stats.items() if not name.startswith(_BOOKKEEPING)},
        "latency_s": number(stats.get("inference_runtime")),
        "tokens": {name: int(count) for name, count in tokens.items() if count is not None and count > 0},
        "metadata": {"split": instance["split"]} if instance.get("split") else {},
    }


def _stats(stats: Sequence[Row]) -> dict[str, Any]:
    """Mean of each stat; the split and perturbation in its name are the item's own."""
    found: dict[str, Any] = {}
    for stat in stats:
        name = text(mapping(stat.get("name")).get("name")) or (
            text(stat.get("name")) if isinstance(stat.get("name"), str) else ""
        )
        count = whole(stat.get("count"))
        if name:
            found[name] = stat.get("mean") if count is None or count > 0 else None
    return found


FORMAT = Format(
    name="helm",
    tool="HELM",
    files="run folders with per_instance_stats.json",
    told_by="a list with `instance_id` and `stats`",
    item="`instance_id`, with the perturbation behind it",
    repeat="`train_trial_index`",
    configuration="scenario arguments and adapter of run_spec.json",
    error="none; a stat that was counted zero times is missing",
    directions="stated by HELM's schema, else guessed",
    endings=(".json",),
    sniff=sniff,
    read=read,
    claims=claims,
    read_folder=read_folder,
)
