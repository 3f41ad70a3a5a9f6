"""One pass over a table before anything is loaded: which item each row is about, and what tells its rows apart."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ragtui.files.problems import ProblemLog
from ragtui.model import canonical_hash
from ragtui.sources.columns import ColumnMap
from ragtui.sources.table.book import Book
from ragtui.sources.table.cells import is_blank
from ragtui.sources.table.mapped import RowReader, named_item
from ragtui.sources.table.meaning import names
from ragtui.sources.table.meaning.apart import Settled, candidates, settle
from ragtui.sources.table.meaning.keys import question_id
from ragtui.sources.table.meaning.suspects import Scale
from ragtui.sources.table.rows import Rows


@dataclass(slots=True)
class Survey:
    """What one pass over all rows says.

    Attributes:
        settled: the map, and what was assumed.
        rows: how many rows there are.
        items: item by place, for rows whose item their own cells do not name; "" for rows of totals.
        notes: what was found, as sentences with a way out.
        never_scored: metric columns that hold no score on any row.
        varying: columns that differ between the rows of an item.
        came_out: columns that differ between the repeats of an item in one configuration.
        constants: the value of columns that say the same everywhere.
    """

    settled: Settled
    rows: int
    items: dict[int, str] = field(default_factory=dict)
    notes: list[tuple[str, str]] = field(default_factory=list)
    never_scored: frozenset[str] = frozenset()
    varying: frozenset[str] = frozenset()
    came_out: frozenset[str] = frozenset()
    constants: Mapping[str, str] = field(default_factory=dict)


def survey(rows: Rows, guess: ColumnMap, problems: ProblemLog, fixed: frozenset[str] = frozenset()) -> Survey:
    """Settle a guessed map over all rows of its table.

    Args:
        rows: the table.
        guess: what its columns seem to mean.
        problems: where damaged rows are named.
        fixed: roles that a person named; they are not settled otherwise.
    """
    return _Surveyor(rows, guess, problems, fixed).surveyed()


_TOTALS = frozenset({
    "mean", "means", "average", "averages", "avg", "avg.", "total", "totals", "overall", "sum", "std", "stdev",
    "median", "macro avg", "micro avg", "weighted avg", "macro average", "micro average", "summary", "all items",
    "grand total", "durchschnitt", "mittelwert", "mittel", "gesamt", "summe", "moyenne", "promedio", "media", "média",
    "totale", "среднее", "итого", "平均", "合計", "总计", "总分", "평균", "gemiddelde", "gemiddeld", "totaal",
    "średnia", "razem", "medelvärde", "genomsnitt", "totalt", "gennemsnit", "gjennomsnitt", "keskiarvo", "yhteensä",
    "průměr", "celkem", "ortalama", "toplam", "rata-rata", "moyenne générale", "média geral", "promedio general",
    "合计", "합계",
})  # fmt: skip
_TOTALS_AT_END = 5
"""Rows at the end of a table among which totals stand."""


_WHOLE = re.compile(r"\d+\.0")


def _whole(ids: Sequence[str]) -> Sequence[str]:
    """Ids as the numbers they are, where pandas made "3.0" of all of them because one cell of the column was blank."""
    if not all(_WHOLE.fullmatch(item) for item in ids if item):
        return ids
    return [item.removesuffix(".0") for item in ids]


class _Surveyor:
    def __init__(self, rows: Rows, guess: ColumnMap, problems: ProblemLog, fixed: frozenset[str]) -> None:
        self.rows = rows
        self.guess = guess
        self.fixed = fixed
        told = (guess.metric if guess.is_long else "", guess.repeat, guess.judge, *guess.run)
        self.book = Book([*candidates(rows.columns, guess), *(name for name in told if name)])
        self.ids: list[str] = []
        self.told: dict[str, list[str]] = {"question": [], "expected": [], "contexts": []}
        self.digests: list[int] = []
        self.totals: dict[int, str] = {}
        self.notes: list[tuple[str, str]] = []
        self.scales: dict[str, Scale] = {}
        self.spent: dict[str, Scale] = {}
        self.unsuccessful = 0
        self._read(problems)

    def _read(self, problems: ProblemLog) -> None:
        guess = self.guess
        roles = {"question": guess.question, "expected": guess.expected, "contexts": guess.contexts}
        reader = RowReader(guess)
        for row in self.rows.read(problems):
            cells = row.cells
            self.ids.append(named_item(cells, guess))
            asked = cells.get(guess.question) if guess.question else None
            for named in (self.ids[-1], asked if isinstance(asked, str) else ""):
                if named.strip().casefold() in _TOTALS:
                    self.totals[len(self.ids) - 1] = named.strip()
            for role, column in roles.items():
                cell = cells.get(column) if column else None
                self.told[role].append("" if is_blank(cell) else question_id(cell))
            self.digests.append(row.digest)
            self.book.add(row.place, "", cells)
            scores = reader.scores(cells)
            for name, score in scores.items():
                scale = self.scales.setdefault(name, Scale(name))
                value = score.get("value") if isinstance(score, dict) else score
                if isinstance(value, (int, float)):
                    scale.see(value)
            for name, amount in reader.spent(cells).items():
                if amount >= 0:  # others are named with their line, and left out anyway
                    self.spent.setdefault(name, Scale(name)).see(amount)
            self.unsuccessful += guess.status != "" and reader.unsuccessful(cells, scores) is not None

    def _without_totals(self, ids: Sequence[str]) -> Sequence[str]:
        """Ids without those of rows at the end that hold means: no item is called "average"."""
        tail = max(len(ids) - _TOTALS_AT_END, 2)
        named = {row for row in self.totals if row >= tail}
        if not named:
            return ids
        said = ", ".join(self.totals[row] for row in sorted(named))
        self.notes.append((f"{said}: a row of totals, no item; left out", "give the item another name if it is one"))
        return ["" if row in named else item for row, item in enumerate(ids)]

    def surveyed(self) -> Survey:
        by_id = bool(self.guess.item)
        asked = self.told["question"]
        items: Sequence[str] = (ids := _whole(self.ids))
        if "item" not in self.fixed:
            items = (
                self._doubted(self._without_totals(ids))
                if by_id
                else self._apart_by(self._without_totals(asked), "expected", only_if_filled=True)
            )
        settled = self._settle(items)
        if not self.guess.item and "item" not in self.fixed and self._undivided(settled):
            items = self._apart_by(items, "contexts")
            settled = self._settle(items)
            if self._uneven(settled):
                items = self._in_order(items)
                settled = self._settle(items)
        plain = self.ids if self.guess.item else self.told["question"]
        parts = settled.columns.item[1:]
        own = {}
        for row, (item, usual) in enumerate(zip(items, plain, strict=True)):
            if item != usual:
                own[self.book.places[row]] = item
        if own and parts:  # composite ids are joined by the reader; what was renamed has to carry them itself
            for row, place in enumerate(self.book.places):
                if place in own:
                    own[place] = "/".join((own[place], *(self.book.values[part][row] for part in parts)))
        settled.columns = replace(settled.columns, failed_values=self._suspects())
        return Survey(
            settled,
            len(items),
            own,
            self.notes,
            frozenset(c for c in settled.columns.metrics if self.guess.name_of(c) not in self.scales),
            self._varying(),
            self._came_out(settled.columns),
            {column: next(iter(values)) for column, values in self.book.distinct.items() if len(values) == 1},
        )

    def _varying(self) -> frozenset[str]:
        """Columns that differ between rows of an item; those with too many values to look at differ as well."""
        book, several = self.book, self.book.several() > 0
        forgotten = {c for c in self.rows.columns if c not in book.values} if several else set()
        return frozenset({c for c in book.columns if book.varies(c)} | forgotten)

    def _came_out(self, found: ColumnMap) -> frozenset[str]:
        """Columns that no setting and no item explains: they differ where nothing was varied but the repeat."""
        told = [column for column in (*found.run, found.judge, found.metric) if column in self.book.values]
        before = len(self.book.counts(told))
        free = set(self.book.columns) - {*found.used(), *told}
        return frozenset(column for column in free if len(self.book.counts([*told, column])) > before)

    def _suspects(self) -> dict[str, tuple[float, ...]]:
        """Scores that are taken for failures, by metric; each is said."""
        found = {}
        every = {} if "missing_values" in self.fixed else {**self.spent, **self.scales}
        for name, scale in every.items():
            suspected = scale.suspected()
            if scale.votes:
                self.notes.append((scale.assumed, "if it means no score, say so with --columns missing_values=-1 or K"))
            for value, count in suspected.items():
                self.notes.append((
                    f"`{name}` is {value:g} on {count} of {scale.count} rows: suspected failures, in no mean",
                    "if they are scores, say so with --columns missing_values= or K",
                ))  # fmt: skip
            if suspected:
                found[name] = tuple(suspected)
        if self.unsuccessful:
            status = names.short(self.guess.status)
            said = "is an error" if names.is_http(self.guess.status) else "is false"
            self.notes.append((
                f"on {self.unsuccessful} rows `{status}` {said} and every score is 0: suspected to be failed calls,"
                " counted as failed",
                "if they are scores, say so with --columns status= or K",
            ))  # fmt: skip
        return found

    def _settle(self, items: Sequence[str]) -> Settled:
        self.book.rename(items)
        return settle(self.guess, self.book, self.fixed)

    def _doubted(self, ids: Sequence[str]) -> Sequence[str]:
        """Ids that stand on several questions name no item; ids of rows give way to questions that are told apart."""
        asked = self.told["question"]
        if not any(asked):
            return ids
        questions: dict[str, set[str]] = defaultdict(set)
        for item, question in zip(ids, asked, strict=True):
            questions[item].add(question)
        shared = sum(len(found) > 1 for item, found in questions.items() if item)
        if shared > 0.5 * len(questions) and len(self._settle(ids).columns.item) == len(self.guess.item):
            given = f"`{self.guess.item[0]}`"
            self.notes.append((
                f"{given} stands on several questions: the item is {given} and the question",
                "name the columns of the item with K or --columns",
            ))  # fmt: skip
            return [
                f"{item}/{question}" if item and question else item for item, question in zip(ids, asked, strict=True)
            ]
        if len(questions) == len(ids) > len(set(asked)) and self._told_apart_by_name(asked):
            self.notes.append((
                f"`{self.guess.item[0]}` differs on every row: items are told by their question",
                "name the column of the item with K or --columns",
            ))  # fmt: skip
            return asked
        return ids

    def _told_apart_by_name(self, asked: Sequence[str]) -> bool:
        """Whether rows of one question differ in a column that says what they are: a configuration, a repeat."""
        settled = self._settle(asked)
        found = settled.columns
        named = (*found.run, found.repeat, found.judge)
        return any(named) and self.book.unique([column for column in named if column])

    def _undivided(self, settled: Settled) -> bool:
        """Whether items still have several rows that nothing tells apart."""
        return self._rows_left(settled) != {1}

    def _uneven(self, settled: Settled) -> bool:
        """Whether items still have several rows, and not equally many."""
        return len(self._rows_left(settled)) > 1

    def _rows_left(self, settled: Settled) -> set[int]:
        found = settled.columns
        known = [name for name in (*found.run, found.judge, found.repeat, found.metric) if name in self.book.values]
        return set(self.book.counts(known).values()) or {1}

    def _apart_by(self, items: Sequence[str], role: str, *, only_if_filled: bool = False) -> Sequence[str]:
        """Items that share a question, told apart by something else that stands beside it."""
        beside: dict[str, set[str]] = defaultdict(set)
        for item, said in zip(items, self.told[role], strict=True):
            beside[item].add(said)
        shared = {item for item, said in beside.items() if item and len(said - {""} if only_if_filled else said) > 1}
        if not shared:
            return items
        count = sum(item in shared for item in items)
        word = {"expected": "expected answers", "contexts": "contexts"}[role]
        self.notes.append((
            f"{count} rows share {len(shared)} question{'s' if len(shared) > 1 else ''}: they are items of their own,"
            f" told apart by their {word}",
            "give every item an id that lasts",
        ))  # fmt: skip
        return [
            "q-" + canonical_hash([item, said], 10) if item in shared else item
            for item, said in zip(items, self.told[role], strict=True)
        ]

    def _in_order(self, items: Sequence[str]) -> Sequence[str]:
        """The last resort: rows that nothing tells apart are items of their own, by the order in which they come."""
        seen: Counter[str] = Counter()
        digests: set[tuple[str, int]] = set()
        out, again = [], 0
        for item, digest in zip(items, self.digests, strict=True):
            if not item or (item, digest) in digests:
                out.append(item)
                continue
            digests.add((item, digest))
            seen[item] += 1
            again += seen[item] > 1
            out.append(item if seen[item] == 1 else f"{item} ({seen[item]})")
        if again:
            self.notes.append((
                f"{again} rows have the question of an earlier row, and nothing says that they are repeats: they are"
                " items of their own, told apart by their order",
                "give every item an id, or every repeat a number",
            ))  # fmt: skip
        return out


def as_confirmed(rows: Rows, columns: ColumnMap, problems: ProblemLog) -> Survey:
    """A map that a person made: nothing is settled, rows are only counted."""
    count = sum(1 for _ in rows.read(problems))
    return Survey(Settled(replace(columns)), count)
