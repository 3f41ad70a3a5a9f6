"""The two kinds of listings, each with one pager for reading and for reading back.

A pager ends in one of two ways: with every row, or with an error. A listing that was cut short in silence would look
like results that were never made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ragtui.langfuse.api.answers import Answer
from ragtui.langfuse.api.client import LangfuseError, Params
from ragtui.langfuse.api.shapes.plain import rows_in

PAGE = 100
"""Most rows a page of most listings may have."""

MOST_PAGES = 5_000
"""Half a million rows: more than any run, dataset or project list; a listing beyond it is taken for endless."""

NOTHING_NEW = 3
"""Pages in a row without one new row: the server ignores the page or cursor. One such page is harmless overlap
(langfuse issue 7078)."""

SMALLEST = 6

READ_AGAIN = 2
"""Times that a listing is read from its start again because rows left it meanwhile."""

Ask = Callable[[str, Params], Answer]
"""Gets one page: a 2xx answer, or LangfuseError."""


def numbered(ask: Ask, path: str, params: Params | None = None, size: int = PAGE) -> Iterator[Mapping[str, Any]]:
    """Rows of a listing with page numbers; halves the page when an answer is too large.

    A row that is deleted meanwhile moves those behind it up, and one of them past the page that is read next. So where
    the count falls while pages are read, those before are read again for what they hold now. Counts may be wrong, too
    (a server's own count of scores knows an id twice): a full page is followed by another whatever they say, until one
    holds nothing new, as from servers that answer what lies behind the last page with the last page. A listing that
    answers with a cursor in place of numbers is read by its cursors.

    Raises:
        LangfuseError: a page cannot be read or is none, or the listing does not end.
    """
    page, done, watch, again, counted = 1, 0, _Watch(path), 0, 0
    while True:
        try:
            answer = ask(path, {**(params or {}), "page": page, "limit": size})
        except LangfuseError as error:
            if not _too_much(error) or size <= SMALLEST:
                raise
            size = max(SMALLEST, size // 2)
            page = done // size + 1
            continue
        rows = _rows(answer, path)
        fresh = watch.saw(rows)
        last, total = answer.meta.get("totalPages"), answer.meta.get("totalItems")
        if last is None and page == 1 and (cursor := str(answer.meta.get("cursor") or "")):
            # What had numbers has cursors now, as every newer listing of Langfuse does.
            yield from rows_in(rows)
            yield from cursored(ask, path, params or {}, size, cursor)
            return
        if last is None and page == 2 and not fresh and 0 < len(rows) < size and not answer.meta.get("page"):
            return  # one short page of a listing with cursors, which knows no second one
        last, total = last if isinstance(last, int) else None, total if isinstance(total, int) else 0
        yield from rows_in(fresh if again or (last is not None and page > last) else rows)
        done += len(rows)
        counted = max(counted, total)
        if rows and (last is None or page < last or (fresh and len(rows) >= size)):
            page += 1
        elif total < counted and again < READ_AGAIN:
            page, done, counted, again = 1, 0, 0, again + 1
            watch.restart()
        else:
            return


def cursored(ask: Ask, path: str, params: Params, size: int = PAGE, cursor: str = "") -> Iterator[Mapping[str, Any]]:
    """Rows of a listing with cursors, from the start or behind a cursor; halves the page when an answer is too large.

    Raises:
        LangfuseError: a page cannot be read or is none, or the listing does not end.
    """
    watch = _Watch(path)
    while True:
        try:
            answer = ask(path, {**params, "limit": size, **({"cursor": cursor} if cursor else {})})
        except LangfuseError as error:
            if not _too_much(error) or size <= SMALLEST:
                raise
            size = max(SMALLEST, size // 2)
            continue
        rows = _rows(answer, path)
        watch.saw(rows)
        yield from rows_in(rows)
        cursor = str(answer.meta.get("cursor") or "")
        if not cursor:
            return


def _rows(answer: Answer, path: str) -> list[Any]:
    """The rows of one page; what is no listing is not taken for an empty one."""
    if not isinstance(answer.fields.get("data"), list):
        raise LangfuseError(
            f"{path}: the answer is no listing ({answer.message or 'it has no rows'})",
            "Something other than Langfuse may answer at this address, or a proxy in its place.",
            certain=True,
        )
    return answer.data


class _Watch:
    """Notices a listing that never ends."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._pages = self._stale = 0
        self._allowed = NOTHING_NEW
        self._seen: set[str] = set()

    def restart(self) -> None:
        """The listing is read from its start: that its first pages are known already is no wonder."""
        self._stale, self._allowed = 0, self._pages + NOTHING_NEW

    def saw(self, rows: list[Any]) -> list[Any]:
        """Take note of a page; the rows of it that are new."""
        keys = [str(row.get("id") or row) if isinstance(row, dict) else str(row) for row in rows]
        fresh = [row for key, row in zip(keys, rows, strict=True) if key not in self._seen]
        self._pages += 1
        self._stale = 0 if fresh else self._stale + 1
        self._seen.update(keys)
        if self._stale >= self._allowed or self._pages > MOST_PAGES:
            raise LangfuseError(
                f"{self._path}: the listing does not end ({self._pages} pages, {len(self._seen)} different rows)",
                "The server, or a proxy before it, ignores the page that is asked for.",
            )
        return fresh


def _too_much(error: LangfuseError) -> bool:
    return error.status in (413, 422) or error.status >= 500
