"""HELM: a run's folder with per_instance_stats.json, and what stands beside it.

Questions and references come from instances.json and answers from display_predictions.json, which `helm-summarize`
writes, and before it ran from scenario_state.json; settings from run_spec.json. A perturbed instance is an item of its
own; `train_trial_index` is HELM's repeat. The runner appends an entry for each *metric class* of a run, so that an
instance stands in the file as often as there are classes: they are put together (helm.benchmark.runner of June 2026).
Stats are read as helm.benchmark.metrics.statistic writes them: the mean of a stat that was never counted is absent, and
stats that are not a number were dropped by the runner.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
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
    "pass": True, "test_avg": True, "strict_acc": True, "toxic_frac": False, "max_toxicity_probability": False,
    "expected_max_toxicity": False, "ece_10_bin": False, "bits_per_byte": False, "perplexity": False,
    "logprob_per_byte": True, "wildbench_score": True, "omni_math_accuracy": True, "safety_score": True,
    "wer_score": False, "mer_score": False, "cer_score": False, "absolute_value_difference": False,
    "longest_common_prefix_length": False, "error_rate": False, "distance": False,
}  # fmt: skip
"""Directions in which all 35 of HELM's schemas agree. Not `edit_similarity` (less is better in three of five: a copy of
a text under copyright) nor `edit_distance`, of which more is better there."""
_BOOKKEEPING = (
    "num_", "prompt_truncated", "finish_reason", "max_prob", "training_", "inference_", "logprob_per_byte",
    "batch_size", "predicted_index", "estimated_num_", "num_bytes",
)  # fmt: skip

_OF_EVERY_PERTURBATION = frozenset({"name", "robustness", "fairness", "computed_on", "seed"})

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
    names = ("run_spec.json", "instances.json", "display_predictions.json", "scenario_state.json")
    return {STATS: load_json(path), **{name: json_beside(path, name, problems) for name in names}}


def drafts(files: Mapping[str, Any], source: Source) -> Iterator[Draft]:
    """The one run of a folder."""
    spec = mapping(files["run_spec.json"])
    states = objects(mapping(files["scenario_state.json"]).get("request_states"))
    entries = objects(files[STATS])
    label = _labels([*entries, *objects(files["instances.json"])])
    asked = {label(entry, "id"): entry for entry in objects(files["instances.json"])}
    asked = {label(entry, "id"): entry for state in states if (entry := mapping(state.get("instance")))} | asked
    answers = {
        (label(entry, "instance_id"), _trial(entry)): text(entry.get("predicted_text"))
        for entry in objects(files["display_predictions.json"])
    }
    stats: dict[tuple[str, int], list[Row]] = {}
    for entry in entries:
        stats.setdefault((label(entry, "instance_id"), _trial(entry)), []).extend(objects(entry.get("stats")))
    said = _said(states, label)
    failed = {key: text(found.get("error")) for key, found in said.items() if found.get("success") is False}
    answers = {key: _completion(found) for key, found in said.items()} | answers
    records = [
        _record(key, _stats(of_key), mapping(asked.get(key[0])), answers.get(key, ""), failed.get(key))
        for key, of_key in stats.items()
    ]
    adapter = mapping(spec.get("adapter_spec"))
    names = dict.fromkeys(name for record in records for name in record["scores"])
    folder = real_path(source.path).parent.name
    draft = Draft(
        name=text(spec.get("name")) or folder,
        records=records,
        dataset=text(mapping(spec.get("scenario_spec")).get("class_name")).rpartition(".")[2],
        pipeline={"scenario": mapping(spec.get("scenario_spec")).get("args"), "adapter": adapter}
        if spec
        else {"run": folder},
        metrics=as_stated({name: _DEFINED[name] for name in names if name in _DEFINED}, names),
    )
    if failed:
        draft.note(f"{len(failed)} requests failed: errors, which HELM scores as empty answers")
    yield draft


Labels = Callable[[Row, str], str]
"""The item of an entry, by the field that holds its instance's id."""


def _labels(entries: Sequence[Row]) -> Labels:
    """Names of items: the perturbation's name behind the id, and its settings where one name has several."""
    settings: dict[str, set[str]] = {}
    for entry in entries:
        if changed := mapping(entry.get("perturbation")):
            settings.setdefault(text(changed.get("name")), set()).add(_settings(changed))

    def label(entry: Row, field: str) -> str:
        changed, item = mapping(entry.get("perturbation")), identifier(entry.get(field))
        name = text(changed.get("name"))
        if not item or not name:
            return item
        return f"{item}~{name}({_settings(changed)})" if len(settings.get(name, ())) > 1 else f"{item}~{name}"

    return label


def _settings(perturbation: Row) -> str:
    told = {name: value for name, value in perturbation.items() if name not in _OF_EVERY_PERTURBATION}
    return ", ".join(f"{name}={text(value)}" for name, value in sorted(told.items()))


def _trial(entry: Row) -> int:
    return whole(entry.get("train_trial_index")) or 0


def _said(states: Sequence[Row], label: Labels) -> dict[tuple[str, int], Row]:
    """Results of the instances that were one request each; with several, which of them counts is in no file."""
    found: dict[tuple[str, int], list[Row]] = {}
    for state in states:
        key = (label(mapping(state.get("instance")), "id"), _trial(state))
        found.setdefault(key, []).append(mapping(state.get("result")))
    return {key: results[0] for key, results in found.items() if len(results) == 1}


def _completion(result: Row) -> str:
    return next((text(said.get("text")) for said in objects(result.get("completions"))), "")


def _record(key: tuple[str, int], stats: dict[str, Any], instance: Row, answer: str, failed: str | None) -> Record:
    references = objects(instance.get("references"))
    right = [
        text(mapping(entry.get("output")).get("text")) for entry in references if "correct" in text(entry.get("tags"))
    ]
    tokens = {"input": stats.pop("num_prompt_tokens", None), "output": stats.pop("num_output_tokens", None)}
    scores = {name: score(value) for name, value in stats.items() if not name.startswith(_BOOKKEEPING)}
    return {
        "item": key[0],
        "repeat": str(key[1] + 1),
        "question": text(mapping(instance.get("input")).get("text")),
        "expected": "\n".join(right),
        "output": answer,
        "scores": {} if failed is not None else scores,
        "error": "" if failed is None else failed or "the request failed",
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
    error="a request that failed, by scenario_state.json; a stat that was counted zero times is missing",
    directions="stated where all of HELM's schemas agree, else guessed",
    endings=(".json",),
    sniff=sniff,
    read=read,
    claims=claims,
    read_folder=read_folder,
)
