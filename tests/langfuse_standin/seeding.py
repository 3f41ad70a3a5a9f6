"""Puts datasets and runs straight into the store, so that reading can be tested without writing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from langfuse_standin import datasets, legacy, scores
from langfuse_standin.otlp import PREFIX, Span
from langfuse_standin.store import iso

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from langfuse_standin.kinds import ServerKind
    from langfuse_standin.store import Store


class Seeding:
    """The part of the stand-in that makes data."""

    store: Store
    kind: ServerKind
    lock: threading.RLock
    clock: Callable[[], float]
    _made = 0

    def add_dataset(self, name: str, items: Mapping[str, Mapping[str, Any]] | None = None) -> str:
        """A dataset with items by id (`input`, `expectedOutput`, `metadata`, `status`), of one date; returns its id."""
        with self.lock, self.store.one_moment():
            row = datasets.put_dataset(self.store, {"name": name, "description": "seeded"})
            for item_id, item in (items or {}).items():
                datasets.put_item(self.store, self.kind, {"datasetName": name, "id": item_id, **item})
            return str(row["id"])

    def add_run(
        self,
        dataset: str,
        name: str,
        results: Mapping[str, Mapping[str, Any]] | Sequence[tuple[str, Mapping[str, Any]]],
        *,
        experiment_id: str = "",
        start: float | None = None,
        metadata: Mapping[str, Any] | None = None,
        link: bool | None = None,
        run_scores: Mapping[str, Any] | None = None,
    ) -> str:
        """One run: results by item id; returns its experiment id.

        A result may hold `output`, `scores` (name: value or (value, comment)), `error`, `seconds`, `cost`,
        `tokens`, `environment`, `tags`, `session`, `version` (of the dataset), `judging` (seconds its evaluation
        took), `after` (seconds after the start), `trace` (an id that several items may share).
        `link` also makes the older dataset run; by default on servers whose SDKs did so.
        """
        self._made += 1
        experiment_id = experiment_id or f"{self._made:016x}"
        begin = self.store.clock() - 3600 if start is None else start
        link = self.kind.has_legacy_reads if link is None else link
        home = self.store.datasets.get(dataset)
        rows = list(results.items()) if isinstance(results, Mapping) else list(results)
        with self.lock:
            for position, (item_id, result) in enumerate(rows):
                at = begin + result.get("after", position * 0.01)
                seed = f"{self._made:08x}{position:08x}"
                trace_id, span_id = result.get("trace") or f"{seed}{'0' * 16}", seed
                self._add_spans(trace_id, span_id, at, result, home, experiment_id, name, item_id, metadata)
                if link:
                    body: dict[str, Any] = {"runName": name, "datasetItemId": item_id, "traceId": trace_id}
                    if self.kind.has_otel:
                        body["observationId"] = span_id
                    if self.kind.gives_versions and result.get("version"):
                        body["datasetVersion"] = result["version"]
                    legacy.link(self.store, self.kind, {**body, "metadata": metadata, "createdAt": iso(at)})
                for metric, given in result.get("scores", {}).items():
                    value, comment = given if isinstance(given, tuple) else (given, None)
                    score: dict[str, Any] = {
                        "id": f"{seed}-{metric}",
                        "name": metric,
                        "value": value,
                        "traceId": trace_id,
                    }
                    if self.kind.has_otel:
                        score["observationId"] = span_id
                    score |= {"comment": comment, "timestamp": iso(at + result.get("score_after", 1))}
                    scores.put(self.store, score)
            for metric, value in (run_scores or {}).items():
                subject = experiment_id
                if link and not self.kind.has_experiments:
                    subject = self.store.runs.get((home["id"], name))["id"]
                body = {"id": f"{experiment_id}-{metric}", "name": metric, "value": value, "datasetRunId": subject}
                scores.put(self.store, {**body, "timestamp": iso(begin + 1)})
        return experiment_id

    def _add_spans(
        self,
        trace_id: str,
        span_id: str,
        at: float,
        result: Mapping[str, Any],
        home: dict[str, Any],
        experiment_id: str,
        name: str,
        item_id: str,
        metadata: Mapping[str, Any] | None,
    ) -> None:
        item = self.store.items.get(item_id) or {}
        took = result.get("seconds", 1.0)
        attributes: dict[str, Any] = {
            "langfuse.observation.type": "span",
            "langfuse.observation.input": _text(item.get("input")),
            "langfuse.observation.output": _text(result.get("output", "")),
            "langfuse.environment": result.get("environment", "sdk-experiment"),
            "langfuse.trace.tags": list(result.get("tags", ())),
            "session.id": result.get("session", ""),
        }
        if not self.kind.has_otel:
            body = {"id": trace_id, "name": "run", "timestamp": iso(at), "input": item.get("input")}
            body |= {"output": result.get("output", ""), "latency": took, "totalCost": result.get("cost", 0)}
            self.store.traces.put(trace_id, body)
            return
        shared = {
            f"{PREFIX}id": experiment_id,
            f"{PREFIX}name": name,
            f"{PREFIX}dataset.id": home["id"],
            f"{PREFIX}item.id": item_id,
            f"{PREFIX}item.root_observation_id": span_id,
            f"{PREFIX}item.expected_output": _text(item["expectedOutput"]) if item.get("expectedOutput") else None,
            f"{PREFIX}metadata": json.dumps(dict(metadata or {})),
            f"{PREFIX}item.version": result.get("version"),
            f"{PREFIX}item.metadata": json.dumps(item.get("metadata") or {}),
        }
        if self.kind.has_experiments:
            attributes |= shared
        error = str(result.get("error", ""))
        scope, task = ("langfuse-sdk", "5.0.4"), "experiment-item-task"
        self.store.put_span(Span(trace_id, span_id, "", task, at, at + took, attributes, {}, scope, error))
        if "judging" in result:
            judged = dict(shared) if self.kind.has_experiments else {}
            judging, evaluation = at + took + result["judging"], "experiment-item-evaluation"
            self.store.put_span(
                Span(trace_id, f"e{span_id[1:]}", "", evaluation, at + took, judging, judged, {}, scope)
            )
        if "cost" in result or "tokens" in result:
            inner = {
                "langfuse.observation.type": "generation",
                "langfuse.observation.usage_details": json.dumps(result.get("tokens", {})),
                "langfuse.observation.cost_details": json.dumps({"total": result.get("cost", 0)}),
            }
            if "model" in result:
                inner |= {
                    "langfuse.observation.model.name": result["model"],
                    "langfuse.observation.model.parameters": json.dumps(result.get("parameters", {})),
                    "langfuse.observation.prompt.name": result.get("prompt", ("", 0))[0],
                    "langfuse.observation.prompt.version": result.get("prompt", ("", 0))[1],
                }
            if self.kind.has_experiments:
                inner |= shared
            child = f"f{span_id[1:]}"
            self.store.put_span(Span(trace_id, child, span_id, "llm", at, at + took, inner, {}, scope))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
