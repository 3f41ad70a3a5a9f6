"""Whether the scores of one name are numbers or words: each is one of the two, and both come under one name."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from ragtui.files.fields import written_number
from ragtui.langfuse.api.records import ScoreRow

WORDS = {
    "true": 1.0, "false": 0.0, "yes": 1.0, "no": 0.0, "pass": 1.0, "fail": 0.0, "passed": 1.0, "failed": 0.0,
    "correct": 1.0, "incorrect": 0.0,
}  # fmt: skip


def number_of(score: ScoreRow | None) -> float | None:
    """A score as a number; words such as "pass" and "no" are 1 and 0."""
    if score is None:
        return None
    return score.value if score.value is not None else WORDS.get(score.label.strip().lower())


def mixed_kinds(items: Iterable[Mapping[str, ScoreRow]]) -> dict[str, bool]:
    """Names under which numbers and words were given, and whether they are numbers, as most of them.

    "N/A" in one of forty made a category of the other numbers, and a number counted as a share of each label. NaN and
    infinity are sent as words, since JSON has no sign for them: they are numbers that went wrong, no labels.
    """
    numbers: Counter[str] = Counter()
    words: Counter[str] = Counter()
    broken: set[str] = set()
    for scores in items:
        for name, score in scores.items():
            if score.value is not None:
                numbers[name] += 1
            elif score.label and not math.isfinite(written_number(score.label) or 0.0):
                broken.add(name)
            elif score.label and score.label.strip().lower() not in WORDS:
                words[name] += 1
    mixed = broken | {name for name in numbers if words[name]}
    return {name: numbers[name] >= words[name] for name in sorted(mixed)}


def of_kind(score: ScoreRow, numeric: bool) -> ScoreRow | None:
    """A score as one of its metric's kind, digits sent as words as their number; None where it is of the other."""
    if not numeric:
        return None if score.value is not None else score
    if number_of(score) is not None:
        return score
    value = written_number(score.label)
    return None if value is None or not math.isfinite(value) else replace(score, value=value, label="", kind="")
