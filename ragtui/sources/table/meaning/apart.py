"""What tells the rows of one item apart: configurations, judges, parts of the item, or only the number of the repeat.

Taking the difference between two systems for noise is the worst a reader can do. So rows are repeats only when a column
says so by its name and nothing else tells them apart; whatever else is assumed is said, as sentences that travel with
the run, and the column map changes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ragtui.model import guess_metric
from ragtui.sources import aliases
from ragtui.sources.columns import ColumnMap
from ragtui.sources.table.book import Book
from ragtui.sources.table.cells import plain_number
from ragtui.sources.table.flat import container_of
from ragtui.sources.table.meaning import names

DESCRIBES = "its name says that it describes the item"
"""Why a column of numbers is metadata (see `names.is_describing`)."""
_ENOUGH_ROWS = 5
"""Rows from which a number that is the same on all of them, under a name that says nothing, is no score."""
_MOST_CONFIGURATIONS = 60
"""A column with more values than this is no list of configurations that somebody ran, unless its name says so."""


@dataclass(slots=True)
class Settled:
    """What the rows say about a guessed map.

    Attributes:
        columns: the map with its `repeat`, `run`, `judge`, `item` and `metrics` settled.
        assumed: what was assumed, as sentences for a person.
        settings: columns that hold one setting for the whole file.
        judges: columns that say who judged everything.
        attempts: rows of one item are tries of one result, and the last one counts.
    """

    columns: ColumnMap
    assumed: list[str] = field(default_factory=list)
    settings: tuple[str, ...] = ()
    judges: tuple[str, ...] = ()
    attempts: bool = False


def candidates(columns: Sequence[str], guess: ColumnMap) -> list[str]:
    """Columns that may tell rows apart: everything without a role, and scores whose name says nothing."""
    doubtful = {
        name
        for name in guess.metrics
        if (guess_metric(guess.name_of(name)).sign == 0 or names.tail(name) in names.PASSES) and not container_of(name)
    }
    taken = set(guess.used()) - doubtful
    return [column for column in columns if column not in taken]


def settle(guess: ColumnMap, book: Book, fixed: frozenset[str] = frozenset()) -> Settled:
    """Settle what tells the rows of an item apart; roles in `fixed` stay as they are."""
    return _Settling(guess, book, fixed).settled()


class _Settling:
    def __init__(self, guess: ColumnMap, book: Book, fixed: frozenset[str]) -> None:
        self.fixed = fixed
        self.named = {guess.repeat, guess.judge, *guess.run}
        self.guess = guess
        self.book = book
        self.assumed: list[str] = []
        self.attempts = False
        self.long = (guess.metric,) if guess.is_long else ()

    def settled(self) -> Settled:
        guess, fixed = self.guess, self.fixed
        repeat = guess.repeat if "repeat" in fixed else self._repeat_by_name()
        parts = [] if "item" in fixed else self._parts(repeat)
        judge = guess.judge if "judge" in fixed else self._judge()
        run = list(guess.run) if "run" in fixed else self._configurations(repeat, judge)
        if not repeat and "repeat" not in fixed and not self._unique(parts, run, judge):
            repeat = self._perhaps_repeat(parts, run, judge)
        if not self._unique(parts, run, judge, repeat) and not self.attempts:
            self._say_what_is_left(parts, run, judge, repeat)
        constant = [
            name for name in self.book.columns if len(self.book.distinct[name]) == 1 and any(self.book.distinct[name])
        ]
        metrics = guess.metrics if "metrics" in fixed else self._metrics({repeat, judge, *run, *parts})
        columns = replace(
            self.guess,
            item=(*self.guess.item, *parts) if self.guess.item else self.guess.item,
            repeat=repeat,
            run=tuple(run),
            judge=judge,
            metrics=metrics,
            reasons={**self.guess.reasons, **self._reasons(metrics, repeat, run, judge, parts)},
        )
        return Settled(
            columns,
            self.assumed,
            tuple(name for name in constant if self._is_constant_setting(name)),
            tuple(name for name in constant if names.is_judge(name)),
            self.attempts,
        )

    def _is_constant_setting(self, column: str) -> bool:
        if names.is_judge(column) or (names.is_perhaps_repeat(column) and self._whole_numbers(column)):
            return False
        return names.is_setting(column)

    def _judge(self) -> str:
        if self.guess.is_long and names.is_judge(self.guess.metric):
            return ""
        for column in self._free():
            if names.is_judge(column) and self.book.varies(column) and self._few(column):
                says = self._listed(column)
                self.assumed.append(f"`{names.short(column)}` makes metrics of its own for each of {says}")
                return column
        return ""

    def _repeat_by_name(self) -> str:
        named = [column for column in self._free() if names.is_repeat(column) and any(self.book.distinct[column])]
        return next((column for column in named if self.book.varies(column)), next(iter(named), ""))

    def _configurations(self, repeat: str, judge: str) -> list[str]:
        """Columns whose values are configurations: so named, or crossed with the items as only a design is."""
        free = [column for column in self._free() if column not in (repeat, judge) and self._few(column)]
        found = [column for column in free if self._is_named_configuration(column, repeat)]
        for column in free:
            known = [*found, judge] if judge else found
            if column not in found and self._is_crossed(column, repeat, known) and not self._is_last_score(column):
                found.append(column)
        for column in (telling := self._not_told_by_others(found)):
            if names.tail(column) in names.CONFIGURATIONS:  # it says so itself
                continue
            count = len(self._values(column))
            beside = f" beside `{names.short(repeat)}`" if repeat else ""
            self.assumed.append(f"`{names.short(column)}` makes {count} configurations{beside}: {self._listed(column)}")
        return telling

    def _not_told_by_others(self, found: Sequence[str]) -> list[str]:
        """Columns without those that follow from another one, such as a model's version from its name."""
        kept: list[str] = []
        for column in found:
            others = [other for other in found if other != column and self.book.tells(column, other)]
            if not any(not self.book.tells(other, column) or other in kept for other in others):
                kept.append(column)
        return kept

    def _is_named_configuration(self, column: str, repeat: str) -> bool:
        if names.is_repeat(column) or names.is_judge(column) or names.is_divider(column):
            return False
        if names.is_perhaps_repeat(column) and self._whole_numbers(column):
            return False
        varies = self.book.varies(column)
        if names.tail(column) in names.CONFIGURATIONS:
            return varies > 0 or not self._may_be_metadata(column)
        return varies > 0 and names.is_setting(column)

    def _is_crossed(self, column: str, repeat: str, named: Sequence[str]) -> bool:
        """A column nobody knows that meets every item equally often, and does not only follow what is known."""
        if names.is_repeat(column) or names.is_judge(column) or names.is_divider(column) or names.is_result(column):
            return False
        if names.is_counter(column) or names.is_row_number(column) or names.tail(column) in names.PASSES:
            return False
        if names.is_perhaps_repeat(column) and self._whole_numbers(column):
            return False
        if names.is_count(column) and self._whole_numbers(column):
            return False
        book = self.book
        if not book.varies(column) or any(book.tells(column, other) for other in named):
            return False
        if repeat and book.tells(column, repeat) and book.tells(repeat, column):
            return False  # a date or a batch that goes with the number of the repeat
        return book.crossed(column)

    def _is_last_score(self, column: str) -> bool:
        """Whether a column of numbers is all that may be a score: without it there would be nothing to compare."""
        return self.guess.metrics == (column,) and not self.guess.categories and not names.is_setting(column)

    def _may_be_metadata(self, column: str) -> bool:
        """ "provider" or "system" that says the same on all rows of an item may describe the item."""
        return (
            names.tail(column) in ("provider", "system", "config", "configuration", "variant")
            and len(self.book.distinct[column]) > len(self.book.rows_of) / 2
        )

    def _parts(self, repeat: str) -> list[str]:
        """Columns that divide an item, such as turns, where rows are not told apart without them."""
        if not self.guess.item:
            return []
        run = [column for column in self._free() if self._few(column) and self._is_named_configuration(column, repeat)]
        parts: list[str] = []
        for column in self._free():
            divides = names.is_divider(column) or self._is_second_id(column)
            if not divides or not self.book.varies(column) or self._unique(parts, run, "", repeat):
                continue
            before = self._rows_told_apart(parts, run, "", repeat)
            if self._rows_told_apart([*parts, column], run, "", repeat) > before:
                parts.append(column)
        if parts:
            verb = "is" if len(parts) == 1 else "are"
            self.assumed.append(f"{self._quoted(parts)} {verb} part of the item")
            divided = zip(self.book.items, *(self.book.values[part] for part in parts), strict=True)
            self.book.rename(["/".join(said) if said[0] else "" for said in divided])
        return parts

    def _is_second_id(self, column: str) -> bool:
        """Whether a column is an id of what was asked beside the first one, as "requirement_id" beside "statement_id".

        An id that differs on every row is of a call or of the row.
        """
        other = names.is_setting(column) or names.is_of_the_making(column) or names.is_of_running(column)
        counted = names.is_perhaps_repeat(column) or names.is_repeat(column) or names.is_event(column)
        if other or counted or not names.ends_like_id(column):
            return False
        return 2 <= len(self.book.distinct[column]) <= len(self.book) / 2

    def _perhaps_repeat(self, parts: Sequence[str], run: Sequence[str], judge: str) -> str:
        """A column of whole numbers that may number repeats and names every row."""
        for column in self._free():
            if column in (judge, *run, *parts) or not self._whole_numbers(column):
                continue
            perhaps = names.is_perhaps_repeat(column) or names.is_counter(column) or self._numbers_passes(column)
            if len(self.book.distinct[column]) > 2 * max(self._counts(parts, run, judge).values(), default=0):
                continue  # it numbers the rows of the file, not those of an item
            if perhaps and self._is_attempt(column, parts, run, judge):
                self.attempts = True
                self.assumed.append(f"`{names.short(column)}` counts tries of one result: the last one counts")
                return ""
            if perhaps and self._unique(parts, run, judge, column):
                self.assumed.append(f"`{names.short(column)}` is taken for the number of the repeat")
                return column
        return ""

    def _is_attempt(self, column: str, parts: Sequence[str], run: Sequence[str], judge: str) -> bool:
        """Whether most items have one row and some were tried again: then the last try counts."""
        counts = list(self._counts(parts, run, judge).values())
        return names.tail(column) == "attempt" and 2 * sum(count == 1 for count in counts) > len(counts)

    def _say_what_is_left(self, parts: Sequence[str], run: Sequence[str], judge: str, repeat: str) -> None:
        counts = self._counts(parts, run, judge, repeat)
        if repeat:
            differing = self._differing(parts, run, judge, repeat)
            if differing:
                self.assumed.append(
                    f"item and `{names.short(repeat)}` do not name a row: rows differ in {self._quoted(differing)}"
                )
        elif len(set(counts.values())) == 1:
            several = next(iter(counts.values()))
            self.assumed.append(f"nothing numbers the repeats: the {several} rows of each item are taken for repeats")

    def _differing(self, parts: Sequence[str], run: Sequence[str], judge: str, repeat: str) -> list[str]:
        known = (*parts, *run, judge, repeat)
        before = self._rows_told_apart(parts, run, judge, repeat)
        free = [column for column in self._free() if column not in known and not names.is_row_number(column)]
        return [column for column in free if self._rows_told_apart([*parts, column], run, judge, repeat) > before][:3]

    def _metrics(self, taken: set[str]) -> tuple[str, ...]:
        """Scores, without those that turned out to be settings or to describe the item."""
        left = [name for name in self.guess.metrics if name not in taken]
        told = tuple(name for name in left if name not in self.book.values or not self._describes(name))
        if told or self.guess.categories:
            return told
        return tuple(name for name in left if not self._says_nothing(name))  # "first_rank" alone is what was measured

    def _describes(self, column: str) -> bool:
        """Whether a number whose name tells no direction describes the item, or says nothing at all."""
        if self._says_nothing(column):
            return True
        return names.is_describing(column) and (not self.book.several() or self.book.constant_within_items(column))

    def _says_nothing(self, column: str) -> bool:
        said = self.book.distinct[column]
        same = len(self.book) >= _ENOUGH_ROWS and len(said) == 1 and "." not in next(iter(said))
        return same and not aliases.sounds_like_score(names.tail(column))

    def _reasons(
        self, metrics: Sequence[str], repeat: str, run: Sequence[str], judge: str, parts: Sequence[str]
    ) -> dict[str, str]:
        found = {}
        for column in self.guess.metrics:
            if column in self.book.values and self._says_nothing(column):
                found[f"not a metric: {column}"] = f"only {next(iter(self.book.distinct[column]))} on every row"
            elif column not in (*metrics, repeat, judge, *run, *parts) and names.is_describing(column):
                found[f"not a metric: {column}"] = DESCRIBES
        if repeat:
            by_name = names.is_repeat(repeat)
            found["repeat"] = f"{repeat!r} by its name" if by_name else f"{repeat!r} counts the rows of each item"
        if run:
            found["run"] = f"{self._quoted(run)} tells configurations apart: {self._listed(run[0])}"
        if judge:
            found["judge"] = f"{judge!r} says who scored: {self._listed(judge)}"
        if parts and self.guess.item:
            found["item"] = (
                f"{self.guess.item[0]!r} names the item together with {self._quoted(parts)}: only both are unique"
            )
        return found

    def _free(self) -> list[str]:
        return [column for column in self.book.columns if column not in self.long and column not in self.named]

    def _few(self, column: str) -> bool:
        filled = [value for value in self.book.distinct[column] if value]
        if len(filled) == 1 and "" in self.book.distinct[column] and self.book.crossed(column):
            return _short(filled[0])
        most = _MOST_CONFIGURATIONS if not names.is_setting(column) else 10 * _MOST_CONFIGURATIONS
        return 2 <= len(filled) <= most and len(filled) * 2 <= max(len(self.book), 4) and all(map(_short, filled))

    def _numbers_passes(self, column: str) -> bool:
        """Whether a column called "pass" numbers passes: it goes beyond 1, which no yes or no does."""
        return names.tail(column) in names.PASSES and not set(self.book.distinct[column]) <= {"0", "1"}

    def _whole_numbers(self, column: str) -> bool:
        return all(value.isascii() and value.isdecimal() for value in self.book.distinct[column])

    def _counts(
        self, parts: Sequence[str], run: Sequence[str], judge: str, repeat: str = ""
    ) -> dict[tuple[str, ...], int]:
        chosen = [column for column in (*parts, *run, judge, repeat, *self.long) if column in self.book.values]
        return dict(self.book.counts(chosen))

    def _unique(self, parts: Sequence[str], run: Sequence[str], judge: str, repeat: str = "") -> bool:
        return all(count == 1 for count in self._counts(parts, run, judge, repeat).values())

    def _rows_told_apart(self, parts: Sequence[str], run: Sequence[str], judge: str, repeat: str) -> int:
        return len(self._counts(parts, run, judge, repeat))

    def _listed(self, column: str) -> str:
        values = self._values(column)
        shown = [value if len(value) <= 24 else value[:23] + "…" for value in values[:4]]
        return ", ".join(shown) + (f" and {len(values) - 4} more" if len(values) > 4 else "")

    def _values(self, column: str) -> list[str]:
        """Values in order, numbers by size; an empty one as "none" where it is a setting like the others."""
        found = {value or "none" for value in self.book.distinct[column] if value or self.book.crossed(column)}
        return sorted(found, key=lambda value: (plain_number(value) if plain_number(value) is not None else 0.0, value))

    @staticmethod
    def _quoted(columns: Sequence[str]) -> str:
        return " and ".join(f"`{names.short(column)}`" for column in columns)


def _short(value: str) -> bool:
    return len(value) <= 120 and "\n" not in value
