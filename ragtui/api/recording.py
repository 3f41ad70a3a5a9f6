"""`ragtui.Recorder`: write a ragtui run from any harness."""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import Enum
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ragtui.errors import UsageError
from ragtui.model import Context, DirectionFrom, Item, Judgement, Metric, Result
from ragtui.runner.endpoints.counting import whole_count
from ragtui.runner.plan.secrets import hidden, secret_written, without_secrets
from ragtui.runner.scoring.evaluators import judgements
from ragtui.runner.targets.passages import BadAnswerError, contexts_of
from ragtui.runner.usercode.ragtui_host.shapes import plain
from ragtui.sources.own.summary import SUMMARY
from ragtui.sources.own.writer import RunWriter

_SCORES = "Give a number, a word for a category, a pair of a score and words, or a dict with value and rationale."

_NO_SECRETS = "Leave it out, or name its variable instead: the settings only tell runs apart."


class Recorder:
    """Writes one run folder, which `ragtui` and `open_runs` read.

    Every result is on disk when `add` returns, so a crash, Ctrl-C or a power cut loses nothing that was added. Leaving
    the block without an exception completes the run; with one it stays partial, and a recorder with `resume=True`
    goes on with it. Threads may share a recorder.

    Args:
        folder: where the run is written; made if it is not there, refused if it holds a run already.
        name: what the run is called; None for the folder's name.
        dataset: name of the dataset. Runs of different datasets are not comparable.
        pipeline: settings of what is evaluated. Runs with the same dataset, pipeline and judges are repeats of each
            other.
        judges: settings of the judges by metric, such as {"faithfulness": {"model": "judge-1"}}. Another judge makes
            runs not comparable.
        metrics: what is known of metrics: {"faithfulness": {"scale": (1, 5)}, "toxicity": {"lower_is_better": True}}.
        resume: go on with a run of this folder; `has` tells what is there.
        durable: make every line survive a power cut, not only a crash; takes about a millisecond a line.

    Keys and passwords are not written: values of variables with KEY, TOKEN, SECRET or PASSWORD in their names are ***
    wherever they stand in a result, and settings that hold one are refused.

    Raises:
        InputError: the folder holds a run (without `resume`) or none (with it), is being written by another process,
            or cannot be written.
        UsageError: a setting holds a key or a password.

    Example:
        with ragtui.Recorder("runs/rerank-v3", name="rerank-v3", dataset="golden", pipeline={"top_k": 8}) as run:
            for question in questions:
                run.add(question.id, output=answer(question), scores={"faithfulness": judge(question)})
    """

    def __init__(
        self,
        folder: str | PathLike[str],
        *,
        name: str | None = None,
        dataset: str = "",
        pipeline: Mapping[str, Any] | None = None,
        judges: Mapping[str, Any] | None = None,
        metrics: Mapping[str, Mapping[str, Any]] | None = None,
        resume: bool = False,
        durable: bool = True,
    ) -> None:
        told = {"name": name, "dataset": dataset, "pipeline": dict(pipeline or {}), "judges": dict(judges or {})}
        if where := secret_written(told):
            raise UsageError(f"{where} holds a key or a password, and would be written into the run", _NO_SECRETS)
        self.folder = Path(folder)
        self._closed = False
        self._lock = threading.Lock()
        self._times: Counter[str] = Counter()
        self._written: set[tuple[str, str]] = set()
        if resume and (self.folder / SUMMARY).is_file():
            resumed = RunWriter.resume(self.folder, sync_each=durable)
            self._writer = resumed.writer
            self._written = set(resumed.progress.finished)
            self._times.update(item for item, _ in self._written)
            return
        self._writer = RunWriter.create(
            self.folder,
            name=name or "",
            dataset={"name": dataset} if dataset else None,
            pipeline=pipeline,
            judges=judges,
            metrics=[_metric(metric, said) for metric, said in (metrics or {}).items()],
            sync_each=durable,
        )

    def has(self, item: str, repeat: str | float = 1) -> bool:
        """Whether a result is already recorded; for harnesses that resume."""
        return (str(item), _label(repeat)) in self._written

    def add(
        self,
        item: Any,
        *,
        repeat: str | float | None = None,
        output: str = "",
        contexts: Iterable[Any] = (),
        scores: Mapping[str, Any] | None = None,
        error: str | BaseException | None = None,
        question: str = "",
        expected: str = "",
        metadata: Mapping[str, Any] | None = None,
        latency_s: float | None = None,
        tokens: Mapping[str, int] | None = None,
        cost_usd: float | None = None,
        trace_url: str = "",
    ) -> None:
        """Record one result: one item in one repeat.

        Args:
            item: id of the item, a text or a number, equal in all runs of the dataset.
            repeat: number or name of the pass; None: the next one of this item.
            output: what was answered.
            contexts: retrieved passages in rank order: texts, dicts with "id", "text", "title", "score", "relevant",
                or the documents and nodes of LangChain, LlamaIndex and Haystack.
            scores: by metric: a number, in a text too; True or False as 1 or 0; a word, which is a category; None or a
                number that is not finite for "no score"; a pair of a score and words about it; or a dict or an object
                with "value" or "score", "rationale" or "reason", "error", "label", "judge".
            error: why the pipeline failed; then there are no scores, and the result counts as failed, never as 0.
            question, expected, metadata: the golden item, shown beside the answers; metadata makes slices.
            latency_s: seconds.
            tokens: counts such as {"input": 700, "output": 40}.
            cost_usd: dollars.
            trace_url: where the trace is; opened with `o` when it is http or https.

        Raises:
            UsageError: a score, a passage, a count or seconds are of no form that is known, the item or a metric has
                no name, this item and repeat are recorded already, or the recorder is closed. Nothing is recorded then.
            InputError: the disk is full; what was recorded before is safe.
        """
        if self._closed:
            raise UsageError(f"{self.folder}: this recorder is closed", "Go on with Recorder(…, resume=True).")
        item = "" if item is None else str(item).strip()
        if not item:
            raise UsageError("a result needs an item id", "Give the id that the item has in every run.")
        if not isinstance(scores, Mapping | None):
            raise UsageError(
                f"scores of item {item} are {_named(scores)}", 'Give them by metric: {"faithfulness": 0.8}.'
            )
        passages, used = _contexts(item, contexts), _tokens(item, tokens)
        seconds, dollars = _amount(item, "latency_s", latency_s), _amount(item, "cost_usd", cost_usd)
        given = {} if error else {str(name): _judgement(str(name), score) for name, score in (scores or {}).items()}
        with self._lock:
            label = str(self._times[item] + 1) if repeat is None else _label(repeat)
            if (item, label) in self._written:
                raise UsageError(
                    f"item {item}, repeat {label}: recorded already",
                    "Leave repeat out to count up, or ask `has` before the work is done.",
                )
            result = Result(
                item,
                label,
                output=hidden(str(output)),
                contexts=passages,
                judgements=given,
                error=_error(error),
                latency_s=seconds,
                tokens=used,
                cost_usd=dollars,
                trace_url=trace_url,
                metadata=hidden(dict(metadata or {})),
            )
            golden = Item(item, hidden(str(question)), hidden(str(expected)))
            self._writer.append(result, golden)
            self._written.add((item, label))
            self._times[item] += 1

    def finish(self) -> None:
        """Complete the run: write totals and means as they follow from the results. The block's end does it."""
        items, repeats = ({one[place] for one in self._written} for place in (0, 1))
        dataset = {**self._writer.summary.get("dataset", {}), "items": len(items)}
        self._writer.finish(repeats=len(repeats), dataset=dataset)

    def close(self) -> None:
        """Let go of the folder; without `finish` the run stays partial."""
        self._closed = True
        self._writer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.finish()
        self.close()


def _metric(name: str, said: Mapping[str, Any]) -> Metric:
    unknown = set(said) - {"scale", "lower_is_better", "unit"}
    if unknown:
        raise UsageError(
            f"metrics: {name}: unknown setting {sorted(unknown)[0]!r}", "Known: scale, lower_is_better, unit."
        )
    scale = said.get("scale")
    metric = Metric(
        name,
        higher_is_better=None,
        scale=(float(scale[0]), float(scale[1])) if scale else None,
        unit=str(said.get("unit", "")),
    )
    lower = said.get("lower_is_better")
    return metric if lower is None else metric.directed(not lower, DirectionFrom.FILE)


def _named(value: Any) -> str:
    return f"{type(value).__name__} {value!r}"[:200]


def _contexts(item: str, given: Iterable[Any]) -> tuple[Context, ...]:
    entries: list[Any] = [given] if isinstance(given, str | Mapping) else list(given or ())
    try:
        return contexts_of([hidden(plain(entry)) for entry in entries])
    except BadAnswerError as error:
        raise UsageError(f"item {item}: {error}", "Give texts, or dicts with a text and an id.") from None


def _tokens(item: str, given: Mapping[str, Any] | None) -> dict[str, int]:
    said = plain(given)
    if said is None:
        return {}
    counts = {str(name): whole_count(value) for name, value in said.items()} if isinstance(said, Mapping) else {}
    kept = {name: count for name, count in counts.items() if count is not None}
    if not isinstance(said, Mapping) or len(kept) < sum(value is not None for value in said.values()):
        raise UsageError(f"tokens of item {item} are {_named(given)}", 'Give counts: {"input": 700, "output": 40}.')
    return kept


def _amount(item: str, name: str, given: float | None) -> float | None:
    """Seconds or dollars. What cannot be either is refused: a mean would not know it from a fast or cheap answer."""
    if given is None:
        return None
    try:
        amount = float(given)
    except (TypeError, ValueError, OverflowError):
        amount = math.nan
    if not 0 <= amount < math.inf:
        raise UsageError(f"{name} of item {item} is {_named(given)}", "Give a number from 0, or leave it out.")
    return amount


_OF_OURS = ("label", "rationale", "error", "raw", "judge")
"""Fields of a dict that go into the run as they are."""


def _judgement(name: str, score: Any) -> Judgement:
    if not name.strip():
        raise UsageError(f"a score of {_named(score)} has no metric", "Give scores by the names of their metrics.")
    if isinstance(score, Judgement):
        return score
    said = hidden(plain(score))
    if isinstance(said, str) and not isinstance(score, str | Enum):  # an object that shows nothing of itself
        raise UsageError(f"score of {name} is {_named(score)}", _SCORES)
    rest: dict[str, Any] = {}
    if isinstance(said, Mapping):
        rest = {key: str(said[key]) for key in _OF_OURS if said.get(key)}
        said = {key: value for key, value in said.items() if key not in ("raw", "judge")}
    found = judgements(said, name, "")
    if len(found) != 1:
        raise UsageError(f"score of {name} is {_named(score)}: {len(found)} scores", "Give each a name of its own.")
    [one] = found.values()
    if one.value is None and not (one.label or one.error or rest):
        one = replace(one, error="no score", rationale="")
    return replace(one, **rest)


def _error(error: str | BaseException | None) -> str:
    said = f"{type(error).__name__}: {error}" if isinstance(error, BaseException) else str(error or "")
    return without_secrets(said)


def _label(repeat: str | float) -> str:
    """The name of a repeat; 2.0, as a data frame gives it, is the second."""
    whole = isinstance(repeat, float) and repeat.is_integer()
    return str(int(repeat) if whole else repeat).strip()
