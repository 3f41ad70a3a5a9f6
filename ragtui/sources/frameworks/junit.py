"""JUnit XML, as pytest, jest, Maven and most CI systems write test results: one test an item, passed or not.

The XML is read as it comes, without entities: what a document declares of its own could grow without end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from xml.parsers import expat

from ragtui.errors import InputError
from ragtui.files.fields import timestamp
from ragtui.files.jsonlines import open_binary
from ragtui.files.problems import ProblemLog
from ragtui.model import DirectionFrom, Problem, guess_metric
from ragtui.sources.drafts.draft import Draft, Record, Source
from ragtui.sources.drafts.ids import keep_apart
from ragtui.sources.drafts.metrics import stated
from ragtui.sources.drafts.opened import read_with
from ragtui.sources.drafts.tested import DURATION, PASSED, numbered_repeats
from ragtui.sources.format import Format
from ragtui.sources.found import Found, Request
from ragtui.sources.peek import Peek

MAX_BYTES = 64 * 1024 * 1024
_PIECE = 256 * 1024
_LONGEST = 2000
"""Letters of a failure's text that are kept."""
_BEGINS = re.compile(rb"\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--.{0,2000}?-->\s*)*<testsuites?[\s>]", re.DOTALL)
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}\b)")
"""The comma in "1,204.5" seconds, as Maven writes them."""
_OF_THE_GATE = "ragtui gate"
"""What the gate calls its own report of verdicts, which holds no results."""
_OUTCOMES = ("failure", "error", "skipped")


def sniff(peek: Peek) -> bool:
    """A document of test suites."""
    return peek.kind == "table" and _BEGINS.match(peek.start) is not None


def read(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """The run of a report; nothing of one that a gate wrote, unless it was named.

    Raises:
        InputError: it is damaged, or holds no tests.
    """
    if f'name="{_OF_THE_GATE}"'.encode() in peek.start[:1000]:
        if request.direct:
            raise InputError(f"{peek.path}: is a report of ragtui's gate, with verdicts and no results", _GATE_HINT)
        return
    for run in read_with(peek.path, request, FORMAT, drafts, _suites):
        yield replace(run, aside=_is_bare(run)) if isinstance(run, Found) else run


def _is_bare(run: Found) -> bool:
    """Whether tests say no more than that they passed, once, as a project's own do."""
    return {metric.name for metric in run.header.metrics} <= {PASSED, DURATION} and run.header.repeats == 1


_GATE_HINT = "name the runs that were judged"


@dataclass(slots=True)
class TestCase:
    """One `testcase`: its line, attributes, what came of it with the text that says why, and its properties."""

    line: int
    said: Mapping[str, str]
    outcome: str = ""
    why: str = ""
    properties: dict[str, str] = field(default_factory=dict)


class _Suites:
    """Collects the test cases of a document while it is parsed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.cases: list[TestCase] = []
        self.created = ""
        self._open: list[str] = []
        self._text: list[str] | None = None
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._data
        self.parser.EntityDeclHandler = self._refuse

    def _refuse(self, *_: Any) -> None:
        raise InputError(f"{self.path}: declares entities of its own: not read", "remove the <!DOCTYPE …> with them")

    def _start(self, name: str, said: dict[str, str]) -> None:
        inside = self._open[-1] if self._open else ""
        self._open.append(name)
        if name == "testsuite":
            self.created = self.created or said.get("timestamp", "")
        elif name == "testcase":
            self.cases.append(TestCase(self.parser.CurrentLineNumber, said))
        elif inside == "testcase" and name in _OUTCOMES and self.cases:
            case = self.cases[-1]
            if case.outcome != "error":  # a test that failed, and whose teardown did too
                case.outcome, case.why, self._text = name, said.get("message", ""), []
        elif name == "property" and "testcase" in self._open and self.cases:
            self.cases[-1].properties[said.get("name", "")] = said.get("value", "")

    def _end(self, name: str) -> None:
        self._open.pop()
        if self._text is not None and name in _OUTCOMES:
            self.cases[-1].why = self.cases[-1].why or "".join(self._text).strip()[:_LONGEST]
            self._text = None

    def _data(self, text: str) -> None:
        if self._text is not None and len(self._text) < _LONGEST:
            self._text.append(text[:_LONGEST])


def _suites(path: Path, problems: ProblemLog) -> _Suites:
    found = _Suites(path)
    left = MAX_BYTES
    with open_binary(path) as file:
        try:
            while piece := file.read(_PIECE):
                left -= len(piece)
                if left < 0:
                    raise InputError(f"{path}: larger than {MAX_BYTES // 2**20} MB", "cut it into one file a suite")
                found.parser.Parse(piece, False)
            found.parser.Parse(b"", True)
        except (LookupError, ValueError) as error:  # an encoding that nobody knows, or of several bytes a sign
            raise InputError(f"{path}: cannot be decoded ({error})", "write it as UTF-8") from error
        except expat.ExpatError as error:
            said = expat.errors.messages[error.code]
            if not found.cases:
                raise InputError(f"{path}: line {error.lineno}: is no whole XML ({said})", "write it again") from error
            last = found.cases.pop() if "testcase" in found._open else None
            lost = f"; test {last.said.get('name', '')!r} is not whole" if last else ""
            problems.add(
                f"the XML breaks off or is damaged here ({said}): only the {len(found.cases)} tests before are"
                f" read{lost}",
                "write it again",
                line=error.lineno,
            )
    return found


def drafts(suites: _Suites, source: Source) -> Iterator[Draft]:
    """The one run of a report."""
    cases = _once(suites.cases)
    repeats = numbered_repeats([_called(case) for case in cases])
    draft = Draft(
        name=source.path.stem,
        records=[_record(case, *repeats[_called(case)]) for case in cases],
        metrics=(stated(PASSED, scale=(0.0, 1.0)),),
        may_have=(replace(guess_metric(DURATION), direction_from=DirectionFrom.FILE),),
        created=timestamp(suites.created),
    )
    if any(repeat for _, repeat in repeats.values()):
        draft.note("tests that pytest-repeat ran are repeats of one item, as their names say")
    else:
        keep_apart(draft)
    yield draft


def _once(cases: Sequence[TestCase]) -> list[TestCase]:
    """The cases; a test that stands twice in a row, the second time for an error after it, is one that had an error."""
    found: list[TestCase] = []
    for case in cases:
        if found and case.outcome == "error" and _called(found[-1]) == _called(case) and found[-1].outcome != "error":
            found[-1] = replace(case, properties={**found[-1].properties, **case.properties})
        else:
            found.append(case)
    return found


def _called(case: TestCase) -> str:
    return "::".join(part for part in (case.said.get("classname"), case.said.get("name")) if part)


def _record(case: TestCase, item: str, repeat: str) -> Record:
    numbers = {name: value for name, said in case.properties.items() if (value := _number(said)) is not None}
    passed = {"": 1.0, "failure": 0.0}.get(case.outcome)
    took = _number(_THOUSANDS.sub("", case.said.get("time", "")))
    return {
        "line": case.line,
        "item": item,
        **({"repeat": repeat} if repeat else {}),
        "scores": {
            PASSED: {"value": passed, "rationale": case.why},
            **({DURATION: took} if took is not None and case.outcome != "skipped" else {}),
            **numbers,
        },
        "error": (case.why or "error") if case.outcome == "error" else None,
        "metadata": {
            **{name: said for name, said in case.properties.items() if name not in numbers},
            **({"outcome": case.outcome} if case.outcome == "skipped" else {}),
        },
    }


def _number(said: str) -> float | bool | None:
    """A property as a number; "True" and "nan" as what they are."""
    if said in ("True", "False", "true", "false"):
        return said.lower() == "true"
    try:
        return float(said) if said.strip() else None
    except ValueError:
        return None


FORMAT = Format(
    name="junit",
    tool="JUnit XML",
    files="test reports as pytest, jest, Maven and CI systems write them",
    told_by="`testsuite` or `testsuites` as the first element",
    item="the test, by its `classname` and `name`",
    repeat="the number that pytest-repeat puts behind a test's name; else a file is one pass",
    configuration="none",
    error="an `error` of a test; a skipped test has no score",
    directions="`passed` is stated; of numbers among its properties guessed",
    endings=(".xml",),
    sniff=sniff,
    read=read,
)
