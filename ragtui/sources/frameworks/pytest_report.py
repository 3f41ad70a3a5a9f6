"""pytest's JSON reports (plugin pytest-json-report): one test an item, passed or not, with the numbers it recorded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ragtui.files.fields import mapping, number, text, timestamp
from ragtui.model import DirectionFrom, Problem, guess_metric
from ragtui.sources.drafts.draft import Draft, Record, Source
from ragtui.sources.drafts.metrics import stated
from ragtui.sources.drafts.opened import read_document
from ragtui.sources.drafts.tested import DURATION, PASSED, numbered_repeats
from ragtui.sources.drafts.values import objects
from ragtui.sources.format import Format
from ragtui.sources.found import Found, Request
from ragtui.sources.peek import Peek

_OUTCOMES = {"passed": 1.0, "failed": 0.0, "xpassed": 1.0, "xfailed": 0.0}
"""What a test that ran came to; one that was skipped has no score, and an error before or after it is one."""


def sniff(peek: Peek) -> bool:
    """A list of tests with a `nodeid` and an `outcome` beside an `exitcode`."""
    tests = objects(peek.top.get("tests"))
    return "exitcode" in peek.top and bool(tests) and {"nodeid", "outcome"} <= tests[0].keys()


def read(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """The run of a report."""
    yield from read_document(peek, request, FORMAT, drafts)


def drafts(report: Any, source: Source) -> Iterator[Draft]:
    """The one run of a report."""
    tests = [test for test in objects(mapping(report).get("tests")) if text(test.get("nodeid"))]
    repeats = numbered_repeats([text(test["nodeid"]) for test in tests])
    draft = Draft(
        name=source.path.stem.lstrip("."),
        records=[_record(test, *repeats[text(test["nodeid"])]) for test in tests],
        metrics=(stated(PASSED, scale=(0.0, 1.0)),),
        may_have=(replace(guess_metric(DURATION), direction_from=DirectionFrom.FILE),),
        created=timestamp(mapping(report).get("created")),
        duration_s=number(mapping(report).get("duration")),
    )
    if any(repeat for _, repeat in repeats.values()):
        draft.note("tests that pytest-repeat ran are repeats of one item, as their names say")
    yield draft


def _record(test: Mapping[str, Any], item: str, repeat: str) -> Record:
    outcome = text(test.get("outcome"))
    call = mapping(test.get("call"))
    said = _recorded(test.get("user_properties"))
    numbers = {name: value for name, value in said.items() if isinstance(value, (bool, int, float))}
    failed = next((phase for phase in ("setup", "teardown") if mapping(test.get(phase)).get("outcome") == "failed"), "")
    return {
        "item": item,
        **({"repeat": repeat} if repeat else {}),
        "scores": {
            PASSED: {"value": _OUTCOMES.get(outcome), "rationale": _why(call)},
            **({DURATION: call["duration"]} if number(call.get("duration")) is not None else {}),
            **numbers,
        },
        "error": f"{failed} failed: {_why(mapping(test.get(failed)))}" if outcome == "error" else None,
        "metadata": {
            **{name: value for name, value in said.items() if name not in numbers},
            **mapping(test.get("metadata")),
            **({"outcome": outcome} if outcome not in ("passed", "failed") else {}),
        },
    }


def _recorded(properties: Any) -> dict[str, Any]:
    """What tests recorded with `record_property`: a list of objects with one field, or of pairs."""
    found: dict[str, Any] = {}
    for entry in properties if isinstance(properties, list) else ():
        if isinstance(entry, dict):
            found |= {str(name): value for name, value in entry.items()}
        elif isinstance(entry, list) and len(entry) == 2:
            found[str(entry[0])] = entry[1]
    return found


def _why(phase: Mapping[str, Any]) -> str:
    return text(mapping(phase.get("crash")).get("message")) or text(phase.get("longrepr"))[:2000]


FORMAT = Format(
    name="pytest",
    tool="pytest",
    files="reports of pytest-json-report",
    told_by="`tests` with `nodeid` and `outcome` beside an `exitcode`",
    item="the test, by its `nodeid`",
    repeat="the number that pytest-repeat puts behind a test's name",
    configuration="none",
    error="a setup or teardown that failed; a skipped test has no score",
    directions="`passed` is stated; of numbers recorded with record_property guessed",
    endings=(".json",),
    sniff=sniff,
    read=read,
)
