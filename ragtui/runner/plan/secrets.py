"""Keys from environment variables: named in plans, never written, and fit to stand in a header."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ragtui.errors import UsageError
from ragtui.runner.plan.keylike import is_free_name, like_a_key, secret_in_url

if TYPE_CHECKING:
    from ragtui.runner.plan.plan import ModelUse

DEFAULT_KEY = "OPENAI_API_KEY"
HIDDEN = "***"
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_ADDRESS = re.compile(r"\b[A-Za-z][A-Za-z0-9+.-]{0,30}://\S+")  # unbounded, a long word takes the square of its length
_HOLDS_A_SECRET = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL", re.IGNORECASE)
_SHORTEST = 6
"""Shorter values are left alone: a variable such as PASSWORD=none would blank out ordinary words."""
_LONG_WORD = 16
"""Letters alone are a word below that, in an answer; in an error nobody misses it."""


_FIELD = re.compile(r'"([\w-]{1,40})"\s{0,9}:\s{0,9}"[^"{}$]{1,400}"')
_SETTING = re.compile(r"(?:^|[\s;,&?'\"])-{0,2}([A-Za-z][\w-]{1,39})=[^\s;,{}$]{6,}")
"""As in a connection string: AccountName=a;AccountKey=…"""


def secret_from(variable: str, needed_by: str) -> str:
    """The value of a variable.

    Raises:
        UsageError: it is not set, or holds a line break or the like, as a value read from a file often does.
    """
    value = os.environ.get(variable, "")
    if not value:
        raise UsageError(f"{variable} is not set, and {needed_by} needs it", f"export {variable}=... and start again")
    if not value.isprintable():
        raise UsageError(
            f"{variable} holds a line break or another character that no header may hold",
            f'Set it without: export {variable}="$(printf %s "${variable}" | tr -d "[:cntrl:]")"',
        )
    return value


def variables_in(*texts: str) -> tuple[str, ...]:
    """Names of the variables that texts take values from, as ${NAME}."""
    return tuple(dict.fromkeys(name for text in texts for name in _VARIABLE.findall(text)))


def filled(texts: Mapping[str, str], needed_by: str) -> tuple[dict[str, str], list[str]]:
    """Texts with ${NAME} replaced from the environment, and the values that must never be shown.

    Raises:
        UsageError: a variable is not set or unfit.
    """
    secrets: list[str] = []

    def value(match: re.Match[str]) -> str:
        found = secret_from(match.group(1), needed_by)
        secrets.append(found)
        return found

    return {name: _VARIABLE.sub(value, text) for name, text in texts.items()}, secrets


def secret_written(value: Any, name: str = "") -> str:
    """Where in a table, list or text a secret is written out, as "auth.token"; "" where none is seen.

    It is seen by its name, by what keys look like, in an address, and where the environment holds the very value.
    """
    if isinstance(value, Mapping):
        if any(like_a_key(str(key)) for key in value):
            return "the name of a key"
        return next((f"{key}.{at}".rstrip(".") for key, one in value.items() if (at := _within(one, str(key)))), "")
    if isinstance(value, list | tuple):
        before = ["", *map(str, value)]
        pairs = zip(value, before, strict=False)
        return next((f"entry {n}" for n, (one, last) in enumerate(pairs, 1) if _within(one, _option(last))), "")
    if not _within(value, name):
        return ""
    return (secret_in_url(value) if _ADDRESS.match(value) else "") or "the text"


def _within(value: Any, name: str) -> str:
    """A place inside of a value with a name, or "." for the value itself; "" where no secret is."""
    if isinstance(value, Mapping | list | tuple):
        return secret_written(value)
    if not isinstance(value, str) or not value:
        return ""
    plain = "${" not in value and "{" not in value
    option, sign, said = value.partition("=")
    named = plain and (is_free_name(name) or (bool(sign and said) and is_free_name(_option(option))))
    named = named or any(is_free_name(key) for key in (*_FIELD.findall(value), *_SETTING.findall(value)))
    addresses = any(secret_in_url(address) for address in _ADDRESS.findall(value))
    return "." if named or addresses or like_a_key(value) or _holds_a_value(value) else ""


def _holds_a_value(text: str) -> bool:
    """Whether the value of a key variable stands in a text; where keys lie, or whom they are for, is no key."""
    held = {name: said for said, name in _secret_values().items() if not _ordinary(said)}
    return any(said in text and not _is_place(said) for said in held.values())


def _is_place(value: str) -> bool:
    """Whether a variable such as APP_KEY_FILE or KEYSTORE_URL names a place."""
    if _ADDRESS.fullmatch(value):
        return not secret_in_url(value)
    try:
        return "/" in value and Path(value).exists()
    except (OSError, ValueError):
        return False


def _option(word: str) -> str:
    """The name of an option, as in --api-key; "" of any other word."""
    return word.lstrip("-") if word.startswith("-") else ""


def key_variable(use: ModelUse) -> str:
    """The variable whose value is sent to a model's endpoint as its key; empty when none is."""
    if use.api_key_env:
        return use.api_key_env
    return DEFAULT_KEY if not use.base_url or is_openai(use.base_url) else ""


def is_openai(url: str) -> bool:
    """Whether an address is OpenAI's own."""
    host = urlsplit(url).hostname or ""
    return host == "api.openai.com" or host.endswith(".api.openai.com")


def without_secrets(text: str) -> str:
    """A text that the user's code or a server wrote, without the values of variables that hold secrets.

    Those are variables with KEY, TOKEN, SECRET, PASSWORD or the like in their names. What is written into run folders
    and logs goes through here: exceptions like to repeat the request that failed, headers and all.
    """
    if not text:
        return text
    for value in _secret_values():
        if value in text:
            text = text.replace(value, HIDDEN)
    return text


def secrets_in(value: Any) -> tuple[str, ...]:
    """Names of the variables whose secret values stand in an answer: in its texts, and in all there is in it.

    Ordinary words are left alone here: with PASSWORD=password in the environment an answer about passwords would be
    another answer.
    """
    texts = list(_texts(value))
    found = {name: said for said, name in _secret_values().items() if not _ordinary(said)}
    return tuple(name for name, said in found.items() if any(said in text for text in texts))


def hidden(value: Any) -> Any:
    """An answer's text, or mapping or list of whatever, without what `secrets_in` found."""
    if isinstance(value, str):
        for said in _secret_values():
            if said in value and not _ordinary(said):
                value = value.replace(said, HIDDEN)
        return value
    if isinstance(value, Mapping):
        return {hidden(name): hidden(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [hidden(inner) for inner in value]
    return value


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from _texts([*value, *value.values()])
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)


def _ordinary(value: str) -> bool:
    return len(value) < _LONG_WORD and value.isalpha()


def _secret_values() -> dict[str, str]:
    """Values with the names of their variables, longest first: one inside another leaves nothing of it standing."""
    found: dict[str, str] = {}
    for name, value in os.environ.items():
        if len(value) >= _SHORTEST and _HOLDS_A_SECRET.search(name):
            found.update((said, name) for said in (value, *value.splitlines()) if len(said) >= _SHORTEST)
    return dict(sorted(found.items(), key=lambda entry: -len(entry[0])))
