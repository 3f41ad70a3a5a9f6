"""Exports of OpenAI's Evals platform: the `output_items` of runs.

As JSON Lines (one item a line, or one page a line), as a list, as a list page, or under `output_items` beside the run.
Graders are told apart by a UUID behind their name, which is left out where the names differ without it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ragtui.files.fields import identifier, mapping, text, timestamp
from ragtui.model import Problem, canonical_hash
from ragtui.sources.drafts.draft import Draft, Record, Source
from ragtui.sources.drafts.ids import id_of, number_repeats
from ragtui.sources.drafts.metrics import stated
from ragtui.sources.drafts.opened import LINE, read_document, read_rows
from ragtui.sources.drafts.values import objects, question_in, score, spoken, usage
from ragtui.sources.format import Format
from ragtui.sources.found import Found, Request
from ragtui.sources.peek import Peek

ITEM = "eval.run.output_item"
_UUID = re.compile(r"-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")
_ASKED = ("question", "query", "input", "prompt", "instruction")
_EXPECTED = ("ground_truth", "expected", "reference", "answer", "correct_label", "label", "ideal", "expected_output")
_SAMPLING = ("model", "temperature", "top_p", "max_completion_tokens", "reasoning_effort")

Item = Mapping[str, Any]


def sniff(peek: Peek) -> bool:
    """An output item, or a list of them."""
    candidates = [peek.record, peek.top, *_items_in(peek.top)[:1], *_items_in(peek.record)[:1]]
    return any(_is_item(candidate) for candidate in candidates)


def read(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """One run a `run_id`."""
    if peek.kind == "json" and peek.top:
        yield from read_document(peek, request, FORMAT, lambda document, source: drafts([mapping(document)], source))
    else:
        yield from read_rows(peek, request, FORMAT, drafts)


def drafts(rows: Iterable[Item], source: Source) -> Iterator[Draft]:
    """One run a `run_id`."""
    by_run: dict[str, list[Item]] = defaultdict(list)
    pages = cut = again = 0
    ids: set[str] = set()
    for row in rows:
        found = [row] if _is_item(row) else _items_in(row)
        known = len(found)
        found = [item for item in found if not _seen(item, ids)]
        again += known - len(found)
        pages += not _is_item(row) and known > 0
        cut += row.get("has_more") is True
        for item in found:
            by_run[text(item.get("run_id"))].append({LINE: row.get(LINE, 0), **item})
    for run, items in by_run.items():
        short = _short_names(items)
        records = [_record(item, short) for item in items]
        number_repeats(records)
        draft = Draft(
            key=run if len(by_run) > 1 else "",
            name=run or source.path.stem,
            records=records,
            dataset=text(items[0].get("eval_id")),
            pipeline=_settings(items),
            judges=_judges(items, short),
            metrics=[stated(name) for name in dict.fromkeys(name for record in records for name in record["scores"])],
            created=timestamp(items[0].get("created_at")),
            identity=run,
        )
        if again:
            draft.note(f"{again} output items stand in the file twice: counted once")
        if cut and cut == pages:
            draft.note("the export is cut: its last page says that there are more items", "fetch the pages behind it")
        yield draft


def _seen(item: Item, known: set[str]) -> bool:
    """Whether this very output item was there before: a page that was fetched twice is no repeat."""
    own = canonical_hash(dict(item)) if item.get("id") else ""
    seen = own in known
    if own:
        known.add(own)
    return seen


def _is_item(value: Item) -> bool:
    return value.get("object") == ITEM or {"datasource_item_id", "results", "sample"} <= set(value)


def _items_in(document: Item) -> list[Item]:
    for name in ("data", "output_items", "items"):
        found = document.get(name)
        items = objects(mapping(found).get("data")) or objects(found)
        if items and _is_item(items[0]):
            return [item for item in items if _is_item(item)]
    return []


def _short_names(items: list[Item]) -> dict[str, str]:
    """Grader names without the UUID behind them, where they stay different."""
    names = dict.fromkeys(text(result.get("name")) for item in items for result in objects(item.get("results")))
    short = {name: _UUID.sub("", name) for name in names}
    counts: dict[str, int] = defaultdict(int)
    for name in short.values():
        counts[name] += 1
    return {name: bare if counts[bare] == 1 else name for name, bare in short.items()}


def _record(item: Item, short: Mapping[str, str]) -> Record:
    asked, sample = mapping(item.get("datasource_item")), mapping(item.get("sample"))
    asked = mapping(asked.get("item")) or asked
    error = sample.get("error") or (item.get("error") or ("error" if item.get("status") == "error" else None))
    question = next((asked[name] for name in _ASKED if asked.get(name)), None) or spoken(sample.get("input"))
    scores = {} if error else {short[text(said.get("name"))]: _score(said) for said in objects(item.get("results"))}
    scores.pop("", None)
    return {
        "line": item.get(LINE, 0),
        "item": identifier(item.get("datasource_item_id")) or id_of(asked),
        "question": question_in(question),
        "expected": next((asked[name] for name in _EXPECTED if asked.get(name) is not None), None),
        "output": spoken(sample.get("output")),
        "scores": scores,
        "error": error,
        "tokens": usage(sample.get("usage")),
        "metadata": {name: value for name, value in asked.items() if name not in (*_ASKED, *_EXPECTED)},
    }


def _score(said: Item) -> dict[str, Any]:
    sample = mapping(said.get("sample"))
    passed = said.get("passed")
    value = said.get("score", passed if isinstance(passed, bool) else None)
    broken = text(mapping(sample.get("error")).get("message")) or text(said.get("error"))
    return score(
        value,
        label="" if not isinstance(passed, bool) else "passed" if passed else "failed",
        rationale=spoken(sample.get("output")) if sample else "",
        error=broken,
        judge=text(sample.get("model")),
    )


def _settings(items: list[Item]) -> dict[str, Any]:
    """Model and sampling settings, where all items share them."""
    samples = [mapping(item.get("sample")) for item in items]
    found = {}
    for name in _SAMPLING:
        values = [sample[name] for sample in samples if sample.get(name) is not None]
        if values and all(value == values[0] for value in values):
            found[name] = values[0]
    return found


def _judges(items: list[Item], short: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for item in items:
        for said in objects(item.get("results")):
            model = mapping(said.get("sample")).get("model")
            judge = {"type": said.get("type"), "model": model}
            found.setdefault(short[text(said.get("name"))], {key: value for key, value in judge.items() if value})
    return found


FORMAT = Format(
    name="openai-platform",
    tool="OpenAI Evals platform",
    files="`output_items` of runs as .jsonl, as a list, or as list pages",
    told_by="objects of kind eval.run.output_item",
    item="`datasource_item_id`",
    repeat="output items of one run with the same `datasource_item_id`, in order",
    configuration="one run a `run_id`; dataset: `eval_id`; settings that all items share; judges: graders",
    error="`sample.error`, status error; an error in a grader's sample is one of its metric",
    directions="stated: graders pass what scores high",
    endings=(".jsonl", ".json"),
    sniff=sniff,
    read=read,
)
