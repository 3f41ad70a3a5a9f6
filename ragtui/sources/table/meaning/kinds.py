"""What is in the cells of a column: numbers, words, scores written as text, sentences."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ragtui.model import guess_metric
from ragtui.sources.table.cells import WORDS, is_blank, letters_of, plain_number, stated_score, written_score
from ragtui.sources.table.flat import container_of, judged
from ragtui.sources.table.meaning.names import PREFERENCES, has, is_category, is_half, is_http, tail

_MOST_DISTINCT = 5000
_MOST_LABELS = 8
_PRAISE = frozenset({
    "pass", "fail", "passed", "failed", "correct", "incorrect", "right", "wrong", "richtig", "falsch", "korrekt",
    "inkorrekt", "bestanden", "nicht bestanden", "correcto", "incorrecto", "corretto", "正解", "不正解",
    "合格", "不合格", "正确", "错误", "通过", "未通过", "juist", "onjuist", "goed", "fout", "rätt", "fel", "godkänd",
    "underkänd", "poprawna", "niepoprawna", "верно", "неверно",
})  # fmt: skip
_STATES = {
    "success": 1.0, "successful": 1.0, "succeeded": 1.0, "ok": 1.0, "completed": 1.0, "complete": 1.0, "done": 1.0,
    "finished": 1.0, "error": 0.0, "errored": 0.0, "failure": 0.0, "timeout": 0.0, "exception": 0.0, "crashed": 0.0,
    "cancelled": 0.0,
}  # fmt: skip
"""Words with which a call says how it ended; they are no scores."""
_LONGEST_LABEL = 40
LONGEST_WORD = 24
_FAILED = re.compile("error|fail|exception|time.?out|refus|unknown|invalid|skip|abort|crash|missing|unparse|not ")
"""In a text that says why there is no score."""
_GRADED = frozenset({"grade", "score", "rating", "mark", "verdict", "judgement", "judgment", "result",
                     "judge", "evaluation", "grading", "critique"})  # fmt: skip


@dataclass(slots=True)
class Content:
    """Counts over the cells of one column.

    Attributes:
        filled: cells that are not blank.
        scalars: cells that are one text or number.
        numbers: plain numbers, true and false.
        parts: numbers that are not whole.
        truths: words and values that mean 1 or 0.
        told: whether its words say which of them is the good one, as "pass" does and "yes" does not.
        written: scores written as text, such as "4/5".
        letters: single letters and what they count as, where that is clear.
        form: how the written ones are read (see `ColumnMap.forms`).
        whole: the "5" of "4/5", where it is always the same.
        labels: its texts as written, where they are few, short and occur again.
        distinct: different cells, as far as they were counted.
        longest: letters of the longest text.
    """

    filled: int = 0
    scalars: int = 0
    numbers: int = 0
    parts: int = 0
    truths: int = 0
    told: bool = False
    written: int = 0
    lettered: int = 0
    letters: Mapping[str, float] = field(default_factory=dict)
    form: str = ""
    whole: float = 0.0
    labels: tuple[str, ...] = ()
    distinct: int = 0
    longest: int = 0

    @property
    def scores(self) -> int:
        """Cells that can be read as a score."""
        return self.numbers + self.truths + self.written + self.lettered

    def described(self) -> str:
        """For a person: what kind of scores these are."""
        parts = (
            (self.numbers, "numbers"),
            (self.truths, "words that mean 1 or 0"),
            (self.written, "scores written as text"),
            (self.lettered, "letters"),
        )
        return max(parts)[1]


class Kinds:
    """The columns of some rows, looked at once each."""

    def __init__(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self._rows = rows
        self._known: dict[str, Content] = {}

    def of(self, column: str) -> Content:
        """What a column holds."""
        if column not in self._known:
            cells = [row.get(column) for row in self._rows]
            self._known[column] = _kind(cells, graded=_is_graded(column), decided=is_category(column))
        return self._known[column]

    def lists(self, column: str) -> bool:
        """Whether a column's cells are lists of numbers."""
        cells = [cell for row in self._rows if (cell := row.get(column)) is not None]
        return bool(cells) and all(
            isinstance(cell, list) and all(plain_number(entry) is not None for entry in cell) for cell in cells
        )

    def number(self, column: str, cell: Any) -> float | None:
        """A cell as a number, for a look at the scores of a row."""
        value = judged(cell)["value"] if isinstance(cell, dict) else cell
        number = plain_number(value)
        if number is None and isinstance(value, str):
            return self.of(column).letters.get(value.strip().casefold(), WORDS.get(value.strip().casefold()))
        return number

    def on_a_scale(self, column: str) -> bool:
        """Whether numbers are those of a judge, from 0 to 1 or whole up to 10: votes and counts go beyond."""
        values = [found for row in self._rows if (found := self.number(column, row.get(column))) is not None]
        return bool(values) and all(0 <= value <= 1 or (value.is_integer() and 1 <= value <= 10) for value in values)

    @staticmethod
    def truth(cell: Any, column: str = "") -> bool | None:
        """A cell as true or false; None when it is neither. Of a status of HTTP, 400 and beyond say that it failed."""
        if isinstance(cell, bool):
            return cell
        if column and is_http(column) and (code := plain_number(cell)) is not None and 100 <= code < 600:
            return code < 400
        said = cell.strip().casefold() if isinstance(cell, str) else ""
        number = {**WORDS, **_STATES}.get(said) if isinstance(cell, str) else plain_number(cell)
        return None if number not in (0.0, 1.0) else number == 1.0


def _is_graded(column: str) -> bool:
    """Whether letters in a column are grades; under other names they are answers to choose from."""
    if has(column, PREFERENCES):
        return False
    return has(column, _GRADED) or guess_metric(tail(column)).sign != 0 or bool(container_of(column))


def _kind(cells: Sequence[Any], *, graded: bool, decided: bool) -> Content:
    """What is in a column.

    Args:
        cells: its cells.
        graded: its name says that it holds grades.
        decided: its name says that it holds decisions, where "A", "B" and "C" may be anything to choose from.
    """
    kind = Content()
    seen: set[Any] = set()
    texts: set[str] = set()
    forms: set[str] = set()
    wholes: set[float] = set()
    plain: list[float] = []
    for cell in cells:
        if isinstance(cell, dict):
            cell = judged(cell)["value"]
        if is_blank(cell):
            continue
        kind.filled += 1
        if isinstance(cell, (list, dict)):
            continue
        kind.scalars += 1
        if len(seen) < _MOST_DISTINCT:
            seen.add(cell)
        number = plain_number(cell)
        if isinstance(cell, bool):
            kind.truths += 1
        elif number is not None:
            kind.numbers += 1
            kind.parts += number != int(number) if math.isfinite(number) else 0
            plain.append(number)
        else:
            _look_at_text(str(cell), kind, texts, forms, wholes, graded=graded)
    if _half_known(kind, texts):
        kind.truths, kind.told = 0, False
    kind.distinct = len(seen)
    if 2 <= len(seen) <= _MOST_LABELS and 2 * len(seen) <= kind.filled == kind.scalars and not kind.numbers:
        kind.labels = tuple(
            sorted(cell.strip() for cell in seen if isinstance(cell, str) and len(cell) <= _LONGEST_LABEL)
        )
    letters = letters_of(texts) if graded and texts and max(map(len, texts)) <= 2 else {}
    if decided and not {"d", "f", "i"} & letters.keys() and all(len(letter) == 1 for letter in letters):
        letters = {}
    if letters and not kind.numbers:
        kind.letters, kind.lettered, kind.truths = letters, kind.filled, 0
    kind.form, kind.whole = _form(forms, wholes, [*plain, *([1.0] if kind.truths else [])], mixed=kind.truths > 0)
    return kind


def _half_known(kind: Content, texts: set[str]) -> bool:
    """Whether words do not mean 1 and 0 here: the other side is a word nobody knows, or something lies between them.

    "no" beside "naturally", "yes" and "no" beside "partially": what is neither is a result all the same.
    """
    known = {WORDS[said] for said in texts if said in WORDS}
    others = {said for said in texts if said not in WORDS}
    if len(known) == 2 and others and not kind.numbers and not kind.written:
        return len(others) <= 3 and all(is_half(said) for said in others)  # "yes", "no" and "partially"
    if len(known) != 1 or not 1 <= len(others) <= 2 or kind.numbers or kind.written:
        return False
    if any(len(said) > LONGEST_WORD or _FAILED.search(said) for said in others):
        return False
    return 5 * (kind.filled - kind.truths) >= kind.filled


def _look_at_text(
    cell: str, kind: Content, texts: set[str], forms: set[str], wholes: set[float], *, graded: bool
) -> None:
    said = cell.strip().casefold()
    kind.longest = max(kind.longest, len(said))
    if len(texts) < _MOST_DISTINCT:
        texts.add(said)
    if said in WORDS:
        kind.truths += 1
        kind.told |= said in _PRAISE
    elif written := written_score(cell) or (stated_score(cell) if graded else None):
        kind.written += 1
        forms.add(written.form)
        if written.form == "fraction":
            wholes.add(written.whole)


def _form(forms: set[str], wholes: set[float], plain: Sequence[float], *, mixed: bool) -> tuple[str, float]:
    """How to read written scores so that they agree with each other, and with plain numbers and words among them."""
    if "fraction" in forms and "percent" not in forms:
        if not mixed and len(wholes) == 1 and all(0 <= number <= max(wholes) for number in plain):
            return "fraction", max(wholes)
        return "ratio", 0.0
    if "percent" in forms and "fraction" not in forms:
        return ("share", 0.0) if plain and all(0 <= number <= 1 for number in plain) else ("percent", 0.0)
    if forms == {"percent", "fraction"}:
        return "share", 0.0
    return ("label", 0.0) if forms else ("", 0.0)
