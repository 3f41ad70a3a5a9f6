"""Keys of a plan as data: the same table checks a file and writes the reference page."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ragtui.errors import without_credentials
from ragtui.files.tomltable import Table
from ragtui.runner.plan.keylike import is_secret_name, like_a_key
from ragtui.runner.plan.secrets import secret_written

Reader = Callable[[Table, str], Any]
REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a table.

    Attributes:
        kind: its type, in words.
        read: takes it from a table; None where it is left out.
        says: what it does.
        default: used where it is left out; REQUIRED where it may not be.
        shown: the default in words, where the value alone does not say it.
        example: a value as TOML.
    """

    name: str
    kind: str
    read: Reader
    says: str
    default: Any = None
    shown: str = ""
    example: str = ""
    way_out: str = ""


@dataclass(frozen=True, slots=True)
class PlanTable:
    """One table of a plan.

    Attributes:
        header: as it is written, such as "[target]".
        says: what the table is for.
        fixed: lines that the table needs in an example, such as its `kind`.
    """

    header: str
    says: str
    keys: tuple[Key, ...]
    fixed: str = ""

    def read(self, table: Table) -> dict[str, Any]:
        """Values by name, defaults filled in; tables inside come as tables, to be read and ended by the caller.

        Raises:
            UsageError: a key is unknown, missing or has an impossible value, or a text holds what looks like a secret.
        """
        table.only(key.name for key in self.keys)
        found: dict[str, Any] = {}
        for key in self.keys:
            refuse_secret(table, key.name)
            value = key.read(table, key.name)
            if value is None and key.default == REQUIRED:
                raise table.refuse(key.name, "missing", key.way_out or f"Write {key.name} = {key.example}.")
            found[key.name] = key.default if value is None else value
        return found


def whole(least: int) -> Reader:
    """A whole number from `least` up."""
    return lambda table, name: table.whole(name, least)


def number(least: float, most: float = float("inf")) -> Reader:
    """A number within bounds."""
    return lambda table, name: table.number(name, least, most)


def choice(options: type[StrEnum]) -> Reader:
    """One of a few words."""
    return lambda table, name: table.choice(name, options)


def one_of(*options: str) -> Reader:
    """One of a few words, kept as a word."""

    def read(table: Table, name: str) -> Any:
        value = table.word(name)
        if value is not None and value not in options:
            raise table.refuse(name, f"is {value!r}", f"Known: {', '.join(options)}.")
        return value

    return read


def word(table: Table, name: str) -> Any:
    """A text that is not empty."""
    return table.word(name)


def words(table: Table, name: str) -> Any:
    """A list of texts; None where it is left out."""
    return table.words(name) if name in table.names() else None


def flag(table: Table, name: str) -> Any:
    """true or false."""
    return table.flag(name)


def bounds(table: Table, name: str) -> Any:
    """Lowest and highest."""
    return table.bounds(name)


def free(table: Table, name: str) -> Any:
    """A table with free keys and values."""
    return _without_secret(table, name, table.json(name)) if name in table.names() else None


def texts(table: Table, name: str) -> Any:
    """A table of free keys with plain values."""
    inner = table.table(name)
    return None if inner is None else _without_secret(table, name, inner.texts())


def inner(table: Table, name: str) -> Any:
    """A table that the caller reads."""
    found = table.table(name)
    if found is not None:
        _without_secret(table, name, found.names())
    return found


def lists(table: Table, name: str) -> Any:
    """A table of lists that the caller reads: their values make names of runs before each is read for what it is."""
    found = table.table(name)
    if found is not None:
        _without_secret(table, name, table.whatever(name))
    return found


def several(table: Table, name: str) -> Any:
    """A list of tables that the caller reads."""
    return table.tables(name)


def anything(table: Table, name: str) -> Any:
    """Whatever stands there."""
    return _without_secret(table, name, table.whatever(name))


def refuse_secret(table: Table, name: str) -> None:
    """Refuse a text, or one in a list, that holds a secret, before any other complaint repeats it.

    Tables are the business of their readers: a header may be called Authorization.

    Raises:
        UsageError: it does.
    """
    value = table.whatever(name)
    if isinstance(value, list):
        value = [entry for entry in value if isinstance(entry, str)]
    if isinstance(value, str | list):
        _without_secret(table, name, value)


def _without_secret(table: Table, name: str, value: Any) -> Any:
    """What a plan says, which is written into every run folder."""
    if place := secret_written(value):
        raise table.refuse(
            name,
            f"holds what looks like a key or password ({place})",
            "A plan is written into every run folder. Name a variable instead (${MY_KEY}) in a header or an address, "
            "or let your own code read it.",
        )
    return value


def variable(table: Table, name: str) -> Any:
    """The name of an environment variable: never a key itself."""
    value = table.word(name)
    if value is not None and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", value):
        raise table.refuse(name, "is not the name of a variable", "Name the variable, not the key itself.")
    return value


def address(table: Table, name: str) -> Any:
    """An http or https address without credentials in it."""
    value = table.word(name)
    if value is None:
        return None
    if not value.startswith(("http://", "https://")):
        raise table.refuse(name, f"is {without_credentials(repr(value))}", "Write it as https://host/path.")
    return value


_SCHEME = re.compile(r"(?i)(?:bearer|basic)\s+(?!\$)[\w.~+/=-]{8,}")


def headers(table: Table, name: str) -> Any:
    """Headers; a secret one names a variable."""
    inner_table = table.table(name)
    if inner_table is None:
        return None
    found: Mapping[str, str] = inner_table.texts()
    for header, value in found.items():
        scheme = _SCHEME.match(value) is not None
        if (is_secret_name(header) and "${" not in value) or scheme or secret_written(value) or like_a_key(header):
            raise inner_table.refuse(
                header, "holds its value in the file", f'Name a variable instead: {header} = "Bearer ${{MY_KEY}}".'
            )
    return dict(found)


_CALL = re.compile(r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*(\(\))?(\.[A-Za-z_]\w*(\(\))?)*$")


def call(table: Table, name: str) -> Any:
    """A function: "package.module:name"."""
    value = table.word(name)
    if value is not None and not _CALL.match(value):
        raise table.refuse(name, f"is {value!r}", f'Write it as "{_as_modules(value)}".')
    return value


def _as_modules(value: str) -> str:
    """A path such as app/rag.py:answer, written as a plan wants it."""
    path, _, name = value.partition(":")
    meant = f"{path.removeprefix('./').removesuffix('.py').replace('/', '.')}:{name or 'function'}"
    return meant if _CALL.match(meant) else "package.module:function"
