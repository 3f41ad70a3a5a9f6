"""Warnings as values: they travel with what was loaded until a person has seen them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in the input that did not stop the rest from loading.

    Attributes:
        where: file, folder or URL.
        message: what is wrong.
        hint: the way out.
        line: 1-based line number where it is known.
        count: how many times the same thing happened (the first is named).
        partial: runs may be missing because of it, so that nothing may be decided on what there is.
    """

    where: str
    message: str
    hint: str = ""
    line: int | None = None
    count: int = 1
    partial: bool = False

    def __str__(self) -> str:
        place = f"{self.where}:{self.line}" if self.line else self.where
        more = f" (and {self.count - 1} more like it)" if self.count > 1 else ""
        hint = f". {self.hint}" if self.hint else ""
        return f"{place}: {self.message}{more}{hint}"
