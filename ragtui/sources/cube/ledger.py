"""Which records count: one for each item and repeat.

Rules, the same for every format:

- the same item and repeat again: the highest attempt wins; equal attempts with equal content are one record; equal
  attempts with different content are refused by name, never averaged;
- a record without a repeat label is numbered by how often its item occurred, but only when every item occurs equally
  often; otherwise the items that occur more often are refused by name.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ragtui.errors import InputError
from ragtui.files.problems import ProblemLog, printable

_UNNUMBERED = ""


class Ledger:
    """The records of one run by number, in the order they were read.

    Attributes:
        items: row by item id.
        repeats: layer by repeat label.
    """

    def __init__(self, problems: ProblemLog) -> None:
        self.items: dict[str, int] = {}
        self.repeats: dict[str, int] = {}
        self._problems = problems
        self._names: list[str] = []
        self._known: dict[tuple[int, int], int] = {}
        self._unnumbered: dict[int, list[int]] = {}
        self._item_of = array("q")
        self._repeat_of = array("q")
        self._place_of = array("q")
        self._line_of = array("q")
        self._digest_of = array("q")
        self._attempt_of = array("q")
        self._dropped = bytearray()
        self._failed = bytearray()

    def __len__(self) -> int:
        return len(self._dropped)

    def add(self, item: str, repeat: str, place: int, line: int, digest: int, attempt: int, failed: bool) -> int:
        """One more record; returns its number."""
        record = len(self._dropped)
        row = self.items.setdefault(item, len(self.items))
        if row == len(self._names):
            self._names.append(item)
        self._item_of.append(row)
        self._place_of.append(place)
        self._line_of.append(line)
        self._digest_of.append(digest)
        self._attempt_of.append(attempt)
        self._dropped.append(0)
        self._failed.append(failed)
        if repeat == _UNNUMBERED:
            self._repeat_of.append(-1)
            self._unnumbered.setdefault(row, []).append(record)
        else:
            layer = self.repeats.setdefault(repeat, len(self.repeats))
            self._repeat_of.append(layer)
            other = self._known.setdefault((row, layer), record)
            if other != record:
                self._settle((row, layer), other, record, item, repeat)
        return record

    @property
    def rows(self) -> NDArray[np.int64]:
        """Row of each record."""
        return np.array(self._item_of, np.int64)

    @property
    def layers(self) -> NDArray[np.int64]:
        """Layer of each record; only meaningful after `number_repeats` and where it counts."""
        return np.array(self._repeat_of, np.int64)

    @property
    def places(self) -> NDArray[np.int64]:
        """Where each record is found again."""
        return np.array(self._place_of, np.int64)

    @property
    def counts(self) -> NDArray[np.bool_]:
        """Which records count."""
        return ~np.frombuffer(bytes(self._dropped), np.uint8).astype(bool)

    @property
    def failed(self) -> NDArray[np.bool_]:
        """Which records are pipeline errors."""
        return np.frombuffer(bytes(self._failed), np.uint8).astype(bool)

    def number_repeats(self) -> None:
        """Give records without a repeat label the number of their occurrence.

        Raises:
            InputError: every item occurs several times, and not equally often.
        """
        if not self._unnumbered:
            return
        if len({len(records) for records in self._unnumbered.values()}) > 1:
            for records in self._unnumbered.values():
                self._drop_same(records)
        counts = {row: sum(not self._dropped[r] for r in records) for row, records in self._unnumbered.items()}
        several = max(counts.values())
        if several > 1 and len(set(counts.values())) == 1 and not self._known:
            self._problems.add(
                f"no repeat numbers: every item occurs {several} times, so its occurrences are taken as repeats 1 to"
                f" {several}",
                "add a repeat column if the order of the lines does not tell",
            )
        elif several > 1:
            self._refuse_uneven(counts)
        for row, records in self._unnumbered.items():
            for position, record in enumerate([r for r in records if not self._dropped[r]], start=1):
                layer = self.repeats.setdefault(str(position), len(self.repeats))
                other = self._known.setdefault((row, layer), record)
                self._repeat_of[record] = layer
                if other != record:
                    self._settle((row, layer), other, record, self._names[row], str(position))

    def _drop_same(self, records: list[int]) -> None:
        seen: dict[int, int] = {}
        for record in records:
            first = seen.setdefault(self._digest_of[record], record)
            if first != record:
                self._dropped[record] = 1
                self._problems.add(
                    f"item {self._names[self._item_of[record]]} is written twice with the same content: counted once",
                    line=self._line_of[record] or None,
                    kind="same twice",
                )

    def _refuse_uneven(self, counts: Mapping[int, int]) -> None:
        refused = [row for row, count in counts.items() if count > 1]
        names = ", ".join(printable(self._names[row]) for row in refused[:5]) + (" …" if len(refused) > 5 else "")
        hint = "add a repeat number to each record"
        if len(refused) == len(counts) and not self._known:
            raise InputError(
                f"{self._problems.where}: items occur {min(counts.values())} to {max(counts.values())} times"
                f" without a repeat number ({names}), so repeats cannot be told from duplicates",
                hint,
            )
        for row in refused:
            for record in self._unnumbered[row]:
                self._dropped[record] = 1
        first = self._unnumbered[refused[0]][1]
        self._problems.add(
            f"{len(refused)} of {len(counts)} items occur more than once without a repeat number and are left out: "
            f"{names}",
            hint,
            line=self._line_of[first] or None,
        )

    def _settle(self, key: tuple[int, int], other: int, record: int, item: str, repeat: str) -> None:
        """Two records of one item and repeat: decide which one counts."""
        attempts, line = self._attempt_of, self._line_of[record]
        if attempts[record] != attempts[other]:
            winner, loser = (record, other) if attempts[record] > attempts[other] else (other, record)
            self._dropped[loser] = 1
            self._known[key] = winner
        elif self._digest_of[record] == self._digest_of[other]:
            self._dropped[record] = 1
            self._problems.add(
                f"item {item}, repeat {repeat} is written twice with the same content: counted once",
                line=line or None,
                kind="same twice",
            )
        else:
            self._dropped[record] = self._dropped[other] = 1
            first = f" (first on line {self._line_of[other]})" if self._line_of[other] else ""
            self._problems.add(
                f"item {item}, repeat {repeat} has two different records{first}: both are left out",
                "remove one of them, or give the later one a higher attempt",
                line=line or None,
                kind="duplicate",
            )


_DIGITS = re.compile(r"(\d+)")


def natural_order(label: str) -> list[tuple[int, int, str]]:
    """Sort key that puts "2" before "10" and "1.2" before "1.10"."""
    return [
        (0, int(part), "") if part.isdecimal() and len(part) < 18 else (1, 0, part)
        for part in _DIGITS.split(label)
        if part
    ]
