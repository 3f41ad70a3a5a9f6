"""What a run that stopped already holds."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ragtui.files.atomic import write_error
from ragtui.files.fields import identifier, mapping, whole
from ragtui.files.jsonlines import BadLineError, parse_object, read_objects
from ragtui.files.problems import ProblemLog
from ragtui.files.regular import append_regular, update_regular
from ragtui.sources.cube.records import repeat_label

Place = tuple[str, str]
"""Item id and repeat label, such as ("018", "2") or, in a rejudge run, ("018", "2.1")."""

_BLOCK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Progress:
    """Results already written.

    Attributes:
        finished: every item and repeat with a record, failed ones included.
        failed: those whose counting record is a pipeline error.
        unjudged: those whose counting record lacks a score because a judge failed.
        attempts: the highest attempt so far.
        told: metrics of which anything but errors was ever recorded, and what gave it: a function by
            "module:function".
    """

    finished: frozenset[Place] = frozenset()
    failed: frozenset[Place] = frozenset()
    unjudged: frozenset[Place] = frozenset()
    attempts: Mapping[Place, int] = field(default_factory=dict)
    scored: int = 0
    """Scores of the counting records that are numbers or categories."""
    told: frozenset[str] = frozenset()


def read_progress(results: Path, problems: ProblemLog) -> Progress:
    """Read a results file for what need not be done again."""
    if not results.exists():
        return Progress()
    attempts: dict[Place, int] = {}
    failed: set[Place] = set()
    unjudged: set[Place] = set()
    scored: dict[Place, int] = {}
    told: set[str] = set()
    for line in read_objects(results, problems):
        place = (identifier(line.record.get("item")), repeat_label(line.record))
        attempt = whole(line.record.get("attempt")) or 1
        if not place[0] or attempt < attempts.get(place, 0):
            continue
        attempts[place] = attempt
        written = mapping(line.record.get("scores"))
        scores = written.values()
        scored[place] = sum(map(_is_score, scores))
        for name, score in written.items():
            if not mapping(score).get("error"):
                told.update((name, str(mapping(score).get("judge") or name).partition("@")[0]))
        _mark(failed, place, bool(line.record.get("error")))
        _mark(unjudged, place, any(isinstance(score, dict) and score.get("error") for score in scores))
    total = sum(scored.values())
    return Progress(frozenset(attempts), frozenset(failed), frozenset(unjudged), attempts, total, frozenset(told))


def _is_score(written: Any) -> bool:
    if not isinstance(written, dict):
        return written is not None
    return not written.get("error") and (written.get("value") is not None or bool(written.get("label")))


def _mark(places: set[Place], place: Place, is_so: bool) -> None:
    (places.add if is_so else places.discard)(place)


def repair_tail(results: Path, problems: ProblemLog) -> None:
    """Make the file end with a whole line: end a complete last line, move a cut one to `results.jsonl.torn`.

    Raises:
        InputError: the file cannot be written.
    """
    if not results.exists():
        return
    try:
        with update_regular(results) as file:
            size = file.seek(0, os.SEEK_END)
            start = _start_of_last_line(file.fileno(), size)
            if start == size:
                return
            file.seek(start)
            tail = file.read()
            try:
                parse_object(tail)
            except BadLineError:
                _keep_torn(results, tail)
                file.truncate(start)
                problems.add(f"a cut last line of {len(tail)} bytes was moved to {results.name}.torn")
            else:
                file.seek(size)
                file.write(b"\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise write_error(results, error) from error


def _keep_torn(results: Path, tail: bytes) -> None:
    with append_regular(results.with_name(results.name + ".torn")) as file:
        file.write(tail + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _start_of_last_line(descriptor: int, size: int) -> int:
    """Offset behind the last newline; `size` when the file ends with one."""
    end = size
    while end > 0:
        begin = max(0, end - _BLOCK)
        os.lseek(descriptor, begin, os.SEEK_SET)
        block = os.read(descriptor, end - begin)
        found = block.rfind(b"\n")
        if found >= 0:
            return begin + found + 1
        end = begin
    return 0
