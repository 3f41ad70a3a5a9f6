"""Whatever can slice a suite: metadata, verdicts, causes, and what was asked, retrieved, answered and judged.

A field has values, and each value the items that have it; an item may have several values of a field (tags, documents).
The names are those that the board's filter understands.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ragtui.model import Result
from ragtui.stats import Verdict
from ragtui.stats.why.causes import Causes
from ragtui.workbench.comparing import SideComparison
from ragtui.workbench.sides import Side
from ragtui.workbench.why.causes import is_refusal

MOST_VALUES = 30
"""A field with more different values is an id or a text, not a way to slice."""
MOST_ITEMS = 2_000
"""Items whose answers are read; beyond that nothing is known of documents, answers and judges."""
READ = ("document", "error", "judge", "length", "question_length", "language", "refuses")
"""Fields that come from what the repeats recorded, so that answers must be read for them."""
OUTCOMES = ("verdict", "why")
"""Fields that say how an item came out: their values were chosen by the scores they are then averaged over."""
NO_ERROR = "none"

Columns = dict[str, dict[str, list[str]]]
"""Field to value to items, in the order of rows."""


@dataclass(frozen=True, eq=False)
class Recorded:
    """What was recorded of one item on both sides, without failed repeats.

    Attributes:
        question: as it was asked.
        before, after: results of each side.
        errors: of the failed repeats of both.
    """

    question: str
    before: Sequence[Result]
    after: Sequence[Result]
    errors: Sequence[str]

    @classmethod
    def of(cls, result: SideComparison, item: str) -> Recorded:
        """Read both sides of one item."""
        sides = [_results(side, item) for side in (result.a, result.b)]
        sound = [[one for one in side if not one.error] for side in sides]
        errors = [one.error for side in sides for one in side if one.error]
        question = result.a.item(item).question or result.b.item(item).question
        return cls(question, sound[0], sound[1], errors)


def metadata(result: SideComparison) -> Columns:
    """Metadata that can slice the items; each entry of a list is a value of its own."""
    found: Columns = {}
    for item in result.comparison.items:
        raw = result.a.item(item).metadata or result.b.item(item).metadata
        for key, value in raw.items():
            for one in dict.fromkeys(value) if isinstance(value, list | tuple) else (value,):
                if isinstance(one, str | int | float | bool):
                    found.setdefault(str(key), {}).setdefault(str(one), []).append(item)
    return {key: values for key, values in found.items() if 2 <= len(values) <= MOST_VALUES}


def columns(result: SideComparison, causes: Causes | None = None, stop: Callable[[], bool] = lambda: False) -> Columns:
    """Every field that can slice the items, metadata first. Reads answers: call it from a worker.

    Args:
        result: the comparison.
        causes: why flagged items changed; without them there is no field `why`.
        stop: asked now and then; True gives up reading answers.

    Raises:
        RagtuiError: a run cannot be read any more.
    """
    items = result.comparison.items
    derived = outcomes(result, causes)
    if causes is None or not causes.cells:
        del derived["why"]
    if len(items) <= MOST_ITEMS:
        derived |= _read(result, stop)
    own = metadata(result)
    useful = {
        name: values
        for name, values in derived.items()
        if name not in own and any(len(members) < len(items) for members in values.values())
    }
    return own | useful


def outcomes(result: SideComparison, causes: Causes | None) -> Columns:
    """How every item came out, whether or not that tells them apart: a filter may ask for what there is none of."""
    whys = {item: [(causes.why(item) if causes else "") or "not flagged"] for item in result.comparison.items}
    return {"verdict": _verdicts(result), "why": _grouped(whys)}


def _verdicts(result: SideComparison) -> dict[str, list[str]]:
    """Items by the verdicts of their quality cells, in the words of the filter."""
    found: dict[str, list[str]] = {}
    for row, item in enumerate(result.comparison.items):
        verdicts = {int(entry.cells.verdict[row]) for entry in result.comparison.quality if not entry.refused}
        for verdict in sorted(verdicts):
            found.setdefault(Verdict(verdict).name.lower(), []).append(item)
    return found


def _read(result: SideComparison, stop: Callable[[], bool]) -> Columns:
    values: dict[str, dict[str, list[str]]] = {name: {} for name in READ}
    asked: dict[str, float] = {}
    answered: dict[str, float] = {}
    for item in result.comparison.items:
        if stop():
            return {}
        found = Recorded.of(result, item)
        asked[item], answered[item] = len(found.question), mean_length(found.after or found.before)
        values["document"][item] = sorted(documents(found.before) | documents(found.after))
        values["error"][item] = sorted({_kind(error) for error in found.errors}) or [NO_ERROR]
        values["judge"][item] = sorted(
            {said.judge for one in found.after for said in one.judgements.values() if said.judge}
        )
        values["language"][item] = [spoken] if (spoken := language(found.question)) else []
        values["refuses"][item] = ["yes" if mostly_refuses(found.after) else "no"]
    values["length"], values["question_length"] = _quarters(answered), _quarters(asked)
    return {name: _most_common(_grouped(by_item)) for name, by_item in values.items()}


def _grouped(by_item: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for item, values in by_item.items():
        for value in values:
            found.setdefault(value, []).append(item)
    return found


def _most_common(values: dict[str, list[str]]) -> dict[str, list[str]]:
    if len(values) <= MOST_VALUES:
        return values
    most = Counter({value: len(members) for value, members in values.items()}).most_common(MOST_VALUES)
    return {value: values[value] for value, _ in most}


def _kind(error: str) -> str:
    """The head of an error, which is what errors of one kind share."""
    return " ".join(error.partition(":")[0].split())[:40] or "error"


def _quarters(lengths: Mapping[str, float]) -> dict[str, list[str]]:
    """The quarter of each item, by its length in characters."""
    known = {item: length for item, length in lengths.items() if length == length and length > 0}
    if len(known) < 8:
        return {}
    bounds = [int(bound) for bound in np.quantile(list(known.values()), (0.25, 0.5, 0.75))]
    names = [
        f"up to {bounds[0]} characters", *(f"{low + 1} to {high} characters" for low, high in pairwise(bounds)),
        f"over {bounds[2]} characters",
    ]  # fmt: skip
    return {item: [names[int(np.searchsorted(bounds, int(length)))]] for item, length in known.items()}


def _results(side: Side, item: str) -> list[Result]:
    if item not in side.scores.row_of:
        return []
    return [one for repeat in side.scores.repeats if (one := side.result(item, repeat)) is not None]


def documents(results: Sequence[Result]) -> set[str]:
    """Names of documents that most repeats retrieved."""
    seen = Counter(
        name
        for one in results
        for name in {" ".join((found.title or found.id).split()) for found in one.contexts}
        if name
    )
    return {name for name, count in seen.items() if count * 2 > len(results)}


def mean_length(results: Sequence[Result]) -> float:
    """Mean length of answers in characters; NaN without any."""
    return sum(len(one.output) for one in results) / len(results) if results else float("nan")


def mostly_refuses(results: Sequence[Result]) -> bool:
    """Whether most answers refuse."""
    return bool(results) and sum(is_refusal(one.output) for one in results) * 2 > len(results)


_SMALL_WORDS = {
    "English": "the is are of and to what how does can my",
    "German": "der die das und ist wie was nicht ein ich kann",
    "French": "le la les des est et une que comment je pour",
    "Spanish": "el los las es una cómo qué para mi puedo del",
    "Italian": "il gli è una come che per posso del della",
    "Portuguese": "o os uma como que para meu posso é do da",
    "Dutch": "de het een is en hoe wat niet ik kan van",
}
_WORD = re.compile(r"\w+")


def language(text: str) -> str:
    """The language whose small words a question holds most of; "" where nothing tells."""
    words = set(_WORD.findall(text.lower()))
    scores = {name: len(words & set(known.split())) for name, known in _SMALL_WORDS.items()}
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] >= 2 and list(scores.values()).count(scores[best]) == 1 else ""
