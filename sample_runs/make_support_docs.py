"""Make the constructed runs of sample_runs/support-docs: the same bytes every time.

    python sample_runs/make_support_docs.py [FOLDER]

FOLDER (default: support-docs beside this script) must hold dataset.json and corpus/. Nothing here was measured: scores
are drawn from support_docs_moods.py, answers were written by hand, and every run says origin "constructed".
"""

from __future__ import annotations

import argparse
import random
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from support_docs_moods import (
    BASELINE,
    IMPROVED,
    REGRESSED,
    SMALLER,
    Behaviour,
    Drawn,
    Mood,
    behaviours,
    draw_repeat,
    draw_until,
    sums,
)
from support_docs_texts import Writer, read_answers, read_passages

from ragtui.model import Kind, Metric
from ragtui.sources import read_dataset
from ragtui.sources.own.writer import RunWriter

HERE = Path(__file__).resolve().parent
SEED = "support-docs 2"
ARTICLE_ITEM = "018"
MOVED = {ARTICLE_ITEM: 1, "028": 1, "002": 1}
"""What moves between run-1b and run-2, and to which mood: −1 relevance and precision; +1 relevance; −1 faithfulness."""
CALLS_AT_ONCE = 4

METRICS = (
    Metric("faithfulness", Kind.ORDINAL, scale=(1, 5)),
    Metric("relevance", Kind.ORDINAL, scale=(1, 5)),
    Metric("context_precision", Kind.BINARY, scale=(0, 1)),
)
JUDGES = {
    name: {"model": "harbour-judge-2", "prompt_hash": prompt, "temperature": 0}
    for name, prompt in (
        ("faithfulness", "b1c95e07"),
        ("relevance", "40d7aa62"),
        ("context_precision", "e86f1d39"),
    )
}
BASE_PIPELINE: dict[str, Any] = {
    "retriever": {"kind": "hybrid", "chunk": "section", "top_k": 4, "reranker": None, "implementation": 1},
    "query_rewrite": {"model": "brook-small-3", "temperature": 0.3},
    "generator": {"model": "brook-small-3", "temperature": 0.2, "max_tokens": 300, "endpoint": "eu-1"},
    "prompt": "support-answer@3",
}


@dataclass(frozen=True)
class Faults:
    """What goes wrong in a run.

    Attributes:
        failed: error of the pipeline, by item and repeat.
        retried: error of a first attempt that a second one made good, by item and repeat.
        judges: error and raw reply of a judge, by item, repeat and metric.
    """

    failed: Mapping[tuple[str, int], str] = field(default_factory=dict)
    retried: Mapping[tuple[str, int], str] = field(default_factory=dict)
    judges: Mapping[tuple[str, int, str], tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """One run to be made.

    Attributes:
        started: day and hour in November 2026, as invented as the rest.
        changes: pipeline settings that differ from the baseline, by section.
        moods: behaviour of the questions that differ from the baseline.
        repeats: moods of each repeat, where they are fixed; else `count` repeats are drawn.
        slower: factor on every latency.
    """

    name: str
    started: tuple[int, int]
    commit: str
    description: str
    branch: str = "main"
    changes: Mapping[str, Any] = field(default_factory=dict)
    moods: Mapping[str, Behaviour] = field(default_factory=dict)
    repeats: tuple[Drawn, ...] = ()
    count: int = 5
    slower: float = 1.0
    faults: Faults = field(default_factory=Faults)


TIMEOUT = "timeout: no answer from the model within 20 s"
REFUSED = "the gateway refused the request: 422 content filter (category: account recovery)"
JUDGE_TIMEOUT = "judge timeout after 60 s"
NO_JSON = "no score in the judge's reply"
FLAKY = Faults(
    failed={
        **{("034", repeat): REFUSED for repeat in (1, 2, 3)},
        **dict.fromkeys([("006", 1), ("013", 2), ("021", 2), ("027", 2), ("028", 2), ("038", 3)], TIMEOUT),
    },
    retried={("015", 1): TIMEOUT, ("031", 3): TIMEOUT},
    judges={
        ("009", 1, "relevance"): (NO_JSON, "I would rate this answer as good overall."),
        ("016", 2, "faithfulness"): (JUDGE_TIMEOUT, ""),
        ("016", 3, "faithfulness"): (JUDGE_TIMEOUT, ""),
        ("025", 2, "context_precision"): (NO_JSON, '{"score": "partly"}'),
        ("035", 3, "relevance"): (NO_JSON, '{"score": '),
    },
)


def plans() -> Iterator[Plan]:
    """Every run, oldest first."""
    run_1b, run_2 = article_runs()
    yield Plan(
        "baseline",
        (2, 9),
        "7be41d90c3a25f68e1b7",
        "Five repeats of the shipped configuration.",
        repeats=baseline_repeats(),
    )
    yield Plan(
        "run-1b",
        (3, 10),
        "7be41d90c3a25f68e1b7",
        "The article case: one more run of the baseline's configuration, before a change of nothing.",
        repeats=(run_1b,),
    )
    yield Plan(
        "run-2",
        (3, 16),
        "7be41d90c3a25f68e1b7",
        "The article case: the same configuration again. Item 018 lost a point of relevance and its precision; "
        "the baseline's repeats say whether that means anything.",
        repeats=(run_2,),
    )
    yield Plan(
        "improved",
        (5, 9),
        "c02f8a7714de9b53f60a",
        "A reranker behind the retriever: a real improvement for twelve questions, and a loss for 020.",
        branch="rerank",
        changes={"retriever": {"reranker": "cross-encoder-s"}},
        moods=IMPROVED,
        slower=1.22,
    )
    yield Plan(
        "regressed",
        (6, 9),
        "5d9913eb40f7a2c86e11",
        "Two passages instead of four and a prompt that allows general knowledge: a real regression for 004, 009, "
        "013, 022, 027, 031 and 036, and a slight one for 015.",
        branch="fewer-passages",
        changes={"retriever": {"top_k": 2}, "prompt": "support-answer@4"},
        moods=REGRESSED,
        slower=0.9,
    )
    yield Plan(
        "refactor",
        (7, 9),
        "e3a60b58d217f94c0d72",
        "The retriever rewritten without any intended change: the questions behave as in the baseline.",
        branch="tidy-retriever",
        changes={"retriever": {"implementation": 2}},
        repeats=like_the_baseline("refactor"),
    )
    yield Plan(
        "flaky-errors",
        (9, 9),
        "1f7d20c6b98e4a35d7c0",
        "Another endpoint: timeouts, judges that fail, two answers that came at the second attempt, and item 034 "
        "refused in every repeat.",
        changes={"generator": {"endpoint": "eu-2", "timeout_s": 20}},
        count=3,
        slower=1.6,
        faults=FLAKY,
    )
    yield Plan(
        "single",
        (10, 9),
        "94ce5b3307af1d82e6b9",
        "A smaller model, run once: without repeats of its own it borrows the noise of the other side.",
        branch="smaller-model",
        changes={"generator": {"model": "brook-mini-1"}},
        moods=SMALLER,
        count=1,
        slower=0.7,
    )


def baseline_repeats() -> tuple[Drawn, ...]:
    """Five repeats with means of 4.95 / 3.45 / 0.45 over all of them, in which what moves later goes both ways."""
    rng = random.Random(f"{SEED} baseline")
    while True:
        repeats = tuple(draw_until(lambda: draw_repeat(rng, BASELINE), _usual_means) for _ in range(5))
        times = {item: sum(drawn[item] == BASELINE[item][mood] for drawn in repeats) for item, mood in MOVED.items()}
        varied = times[ARTICLE_ITEM] == 2 and all(times.values())
        if varied and sums(mood for drawn in repeats for mood in drawn.values()) == (990, 690, 90):
            return repeats


def like_the_baseline(name: str) -> tuple[Drawn, ...]:
    """Five repeats of unchanged behaviour."""
    rng = random.Random(f"{SEED} {name}")
    return tuple(draw_until(lambda: draw_repeat(rng, BASELINE), _usual_means) for _ in range(5))


def article_runs() -> tuple[Drawn, Drawn]:
    """Two single runs whose means are exactly 4.925 / 3.425 / 0.475 and 4.900 / 3.425 / 0.450."""
    rng = random.Random(f"{SEED} article")

    def wanted(drawn: Drawn) -> bool:
        settled = all(drawn[item] == BASELINE[item][0] for item in MOVED)
        return settled and sums(drawn.values()) == (197, 137, 19)

    first = draw_until(lambda: draw_repeat(rng, BASELINE), wanted)
    second = {**first, **{item: BASELINE[item][mood] for item, mood in MOVED.items()}}
    assert sums(second.values()) == (196, 137, 18)
    return first, second


def _usual_means(drawn: Drawn) -> bool:
    faithfulness, relevance, precision = sums(drawn.values())
    return 197 <= faithfulness <= 199 and 136 <= relevance <= 140 and 17 <= precision <= 19


class RunMaker:
    """Turns plans into run folders."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        dataset = read_dataset(folder / "dataset.json")
        self.dataset = {
            "name": dataset.name,
            "version": dataset.version,
            "file": "../dataset.json",
            "items": len(dataset.items),
        }
        items = [{"id": item.id, "question": item.question, "metadata": item.metadata} for item in dataset.items]
        self.questions = {item.id: item.question for item in dataset.items}
        self.writer = Writer(items, read_passages(folder / "corpus"), read_answers(HERE / "support_docs_answers.toml"))

    def make(self, plan: Plan) -> None:
        """Write one run folder, in place of an older one."""
        target = self.folder / plan.name
        if (target / "summary.json").exists():
            shutil.rmtree(target)
        created = datetime(2026, 11, *plan.started, tzinfo=UTC)
        rng = random.Random(f"{SEED} {plan.name}")
        behaviour = behaviours(plan.moods)
        repeats = plan.repeats or tuple(draw_repeat(rng, behaviour) for _ in range(plan.count))
        pipeline = _with(BASE_PIPELINE, plan.changes)
        seconds = 0.0
        with RunWriter.create(
            target,
            id=f"support-docs-{plan.name}",
            name=plan.name,
            dataset=self.dataset,
            pipeline=pipeline,
            judges=JUDGES,
            metrics=METRICS,
            repeats=len(repeats),
            expected_results=len(repeats) * len(self.questions),
            created=created,
            origin="constructed",
            description=f"Constructed, not measured. {plan.description}",
            git={"commit": plan.commit, "branch": plan.branch, "dirty": False},
            sync_each=False,
        ) as run:
            for number, drawn in enumerate(repeats, start=1):
                for item, mood in drawn.items():
                    for record in self._records(plan, pipeline["retriever"], item, number, mood):
                        started = (created + timedelta(seconds=round(seconds, 1))).isoformat()
                        run.append_record({**record, "started_at": started})
                        seconds += record["latency_s"] / CALLS_AT_ONCE
            seconds = round(seconds, 1)
            run.finish(finished=created + timedelta(seconds=seconds), duration_s=seconds)
        (target / ".lock").unlink(missing_ok=True)

    def _records(
        self, plan: Plan, retriever: Mapping[str, Any], item: str, repeat: int, mood: Mood
    ) -> Iterator[dict[str, Any]]:
        """One line, or two where the first attempt failed."""
        rng = random.Random(f"{SEED} {plan.name} {item} {repeat}")
        place, faults = (item, repeat), plan.faults
        if place in faults.failed:
            yield _failure(item, repeat, faults.failed[place], rng)
            return
        if place in faults.retried:
            yield _failure(item, repeat, faults.retried[place], rng)
        answer = self.writer.answer(item, mood, rng)
        contexts = self.writer.contexts(item, mood, answer, rng, retriever)
        said = self.writer.rationales(item, mood, answer, contexts, rng)
        values = {
            "faithfulness": mood.faithfulness,
            "relevance": mood.relevance,
            "context_precision": mood.precision,
        }
        scores: dict[str, Any] = {
            name: {"value": value, "rationale": said[name], "judge": judge_of(name)} for name, value in values.items()
        }
        for (failed_item, failed_repeat, name), (error, raw) in faults.judges.items():
            if (failed_item, failed_repeat) == place:
                scores[name] = {"value": None, "error": error, "judge": judge_of(name), **({"raw": raw} if raw else {})}
        read = sum(len(context["text"]) for context in contexts) + len(self.questions[item])
        tokens = {"input": 160 + read // 4, "output": max(8, len(answer) // 4 + rng.randint(-2, 2))}
        yield {
            "item": item,
            "repeat": repeat,
            "attempt": 2 if place in faults.retried else 1,
            "output": answer,
            "contexts": contexts,
            "scores": scores,
            "error": None,
            "latency_s": _latency(item, plan.slower, rng),
            "tokens": tokens,
            "cost_usd": round(tokens["input"] * 2e-6 + tokens["output"] * 8e-6, 6),
            "trace_id": f"{rng.getrandbits(128):032x}",
        }


def judge_of(metric: str) -> str:
    """Name of the judge as a score carries it: model and prompt."""
    judge = JUDGES[metric]
    return f"{judge['model']}@{judge['prompt_hash']}"


def _failure(item: str, repeat: int, error: str, rng: random.Random) -> dict[str, Any]:
    seconds = 20.0 if error == TIMEOUT else round(rng.uniform(0.1, 0.3), 3)
    trace = f"{rng.getrandbits(128):032x}"
    return {
        "item": item,
        "repeat": repeat,
        "attempt": 1,
        "output": "",
        "scores": {},
        "error": error,
        "latency_s": seconds,
        "trace_id": trace,
    }


def _latency(item: str, slower: float, rng: random.Random) -> float:
    """Log-normal around a time that belongs to the question."""
    usual = random.Random(f"latency {item}").lognormvariate(0.35, 0.22)
    return round(usual * slower * rng.lognormvariate(0.0, 0.16), 3)


def _with(settings: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(settings)
    for name, change in changes.items():
        merged[name] = {**settings[name], **change} if isinstance(change, Mapping) else change
    return merged


def make_all(folder: Path, said: Callable[[str], object] = print) -> None:
    """Write every run folder."""
    maker = RunMaker(folder)
    for plan in plans():
        maker.make(plan)
        said(f"{folder / plan.name}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Make the constructed support-docs runs.")
    parser.add_argument("folder", nargs="?", type=Path, default=HERE / "support-docs")
    make_all(parser.parse_args().folder)
