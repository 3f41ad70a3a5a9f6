"""promptfoo results as CSV: one row a test, a group of columns for each prompt and provider.

Scores are rounded to two decimals, so the JSON of the same evaluation tells more.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from ragtui.files.fields import text
from ragtui.model import Problem
from ragtui.sources.drafts.draft import Draft, Record, Source
from ragtui.sources.drafts.ids import id_of, repeats_if_even
from ragtui.sources.drafts.metrics import stated
from ragtui.sources.drafts.opened import fuller_form, read_rows
from ragtui.sources.drafts.values import question_in, score
from ragtui.sources.format import Format
from ragtui.sources.found import Found, Request
from ragtui.sources.peek import Peek

_OUTPUT = re.compile(r"^\[(?P<provider>[^\]]+)\] (?P<prompt>.*)$", re.DOTALL)
_MARKED = re.compile(r"^\[(?P<status>PASS|FAIL|ERROR)\]\s*(?:\((?P<score>[\d.]+)\))?\s*(?P<text>.*)$", re.DOTALL)
_NUMBERED = re.compile(r" \(\d+\)$")
_STATUS = {"PASS": 1.0, "FAIL": 0.0}


def sniff(peek: Peek) -> bool:
    """A column "[provider] prompt", beside `Status` or with marked cells."""
    if peek.kind != "table" or not any(_OUTPUT.match(name) for name in peek.fields):
        return False
    return "Status" in peek.fields or b"[PASS]" in peek.start or b"[FAIL]" in peek.start


def read(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """One run a prompt and provider; nothing where the same results are there as JSON."""
    if not request.direct and (fuller := fuller_form(peek.path, FORMAT.tool, (".json", ".jsonl"))):
        yield Problem(str(peek.path), f"holds the results of {fuller.name} once more, rounded: they are listed once")
        return
    yield from read_rows(peek, request, FORMAT, drafts)


def drafts(rows: list[dict[str, Any]], source: Source) -> Iterator[Draft]:
    """One run a group of columns."""
    columns = [name for name in dict.fromkeys(name for row in rows for name in row) if name.isprintable()]
    groups: dict[str, list[str]] = {}
    for column in columns:
        if _OUTPUT.match(column):
            groups[column] = []
        elif groups:
            groups[next(reversed(groups))].append(column)
    asked = columns[: columns.index(next(iter(groups)))] if groups else []
    providers = [found["provider"] for output in groups if (found := _OUTPUT.match(output))]
    for output, beside in groups.items():
        found = _OUTPUT.match(output)
        provider, prompt = (found["provider"], found["prompt"]) if found else (output, "")
        name = provider if providers.count(provider) == 1 else output
        records = [_record(row, asked, output, beside) for row in rows]
        metrics = dict.fromkeys(name for record in records for name in record["scores"])
        draft = Draft(
            key=name if len(groups) > 1 else "",
            name=f"{source.path.stem} · {name}",
            records=records,
            pipeline={"label": provider, "prompt": _NUMBERED.sub("", prompt)},
            metrics=[stated(metric) for metric in metrics],
        )
        draft.note("promptfoo rounds scores to two decimals in CSV", "export JSON for exact ones")
        repeats_if_even(draft, "promptfoo's --repeat writes them so")
        yield draft


def _record(row: Mapping[str, Any], asked: list[str], output: str, beside: list[str]) -> Record:
    given = {name: row.get(name) for name in asked if name != "Description"}
    said: dict[str, str] = defaultdict(str)
    said.update({_NUMBERED.sub("", name): text(row.get(name)).strip() for name in beside})
    answer, status, total = text(row.get(output)), said["Status"].upper(), said["Score"]
    reason = said["Grader Reason"]
    if not status and (marked := _MARKED.match(answer)):
        status, total, answer = marked["status"], marked["score"] or "", marked["text"]
        if status != "PASS":
            reason, _, answer = answer.rpartition("---")
    failed = (reason or answer or "error") if status == "ERROR" else ""
    scores: dict[str, Any] = {}
    if total and not failed:
        scores["score"] = score(total, rationale=reason)
    if status in _STATUS:
        scores["success"] = score(_STATUS[status], label=status.lower(), rationale=reason)
    if not failed:
        scores |= {
            name.removeprefix("Metric: "): value or None for name, value in said.items() if name.startswith("Metric: ")
        }
    return {
        "item": text(row.get("Description")) or id_of(given),
        "question": question_in(given),
        "expected": next((given[name] for name in ("expected", "reference", "ground_truth") if given.get(name)), ""),
        "output": answer.strip(),
        "scores": scores,
        "error": failed,
        "metadata": given | ({"comment": said["Comment"]} if said["Comment"] else {}),
    }


FORMAT = Format(
    name="promptfoo-csv",
    tool="promptfoo",
    files="results as .csv",
    told_by="a column named `[provider] prompt`, with `Status` beside it or cells that begin with [PASS] or [FAIL]",
    item="`Description`; made from the variables without one",
    repeat="rows that all occur equally often and differ in nothing but their answers",
    configuration="one run a prompt and provider",
    error="status ERROR",
    directions="stated: promptfoo passes what scores high",
    endings=(".csv",),
    sniff=sniff,
    read=read,
)
