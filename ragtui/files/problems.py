"""Collecting what is wrong in a file: the same trouble on a thousand lines is one message."""

from __future__ import annotations

from dataclasses import replace

from ragtui.model import Problem


def printable(message: str) -> str:
    """A message that quotes a file, with control, escape and direction characters replaced by U+FFFD."""
    return message if message.isprintable() else "".join(sign if sign.isprintable() else "�" for sign in message)


class ProblemLog:
    """Problems in the order they were met; repeats of one kind are counted on the first."""

    def __init__(self, where: str) -> None:
        self.where = where
        self._by_kind: dict[tuple[str, str], Problem] = {}

    def add(
        self, message: str, hint: str = "", *, line: int | None = None, kind: str = "", where: str = "", count: int = 1
    ) -> None:
        """Note one problem; `kind` says which messages are the same trouble (the message itself by default)."""
        key = (where or self.where, kind or message)
        known = self._by_kind.get(key)
        if known is None:
            self._by_kind[key] = Problem(where or self.where, printable(message), hint, line, count)
        else:
            self._by_kind[key] = replace(known, count=known.count + count)

    def add_once(self, message: str, hint: str = "", *, line: int | None = None) -> None:
        """Note something that holds for the whole file."""
        if (self.where, message) not in self._by_kind:
            self.add(message, hint, line=line)

    def keep(self, problem: Problem) -> None:
        """Note a problem that was made elsewhere."""
        self.add(problem.message, problem.hint, line=problem.line, where=problem.where, count=problem.count)

    def found(self) -> tuple[Problem, ...]:
        """Everything noted so far."""
        return tuple(self._by_kind.values())
