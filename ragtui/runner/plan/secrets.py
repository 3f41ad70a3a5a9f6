"""Keys from environment variables: named in plans, never written, and fit to stand in a header."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from ragtui.errors import UsageError

if TYPE_CHECKING:
    from ragtui.runner.plan.plan import ModelUse

DEFAULT_KEY = "OPENAI_API_KEY"
HIDDEN = "***"
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_SECRET_NAME = re.compile(
    r"auth|key|token|secret|cookie|passw|pwd|credential|signature|(?:^|[^a-z])sig(?:$|[^a-z])", re.IGNORECASE
)
_FREE_NAMES = frozenset(
    {"accesskey", "accesstoken", "apikey", "apisecret", "auth", "authorization", "authtoken", "bearertoken"}
    | {"clientsecret", "cookie", "credential", "credentials", "passwd", "password", "privatekey", "pwd"}
    | {"refreshtoken", "secret", "secretaccesskey", "secretkey", "sig", "signature", "subscriptionkey", "token"}
    | {"xapikey"}
)
"""Names that hold a secret wherever they stand; in a table of free names max_tokens, keywords and author hold none."""
_SECRET_VALUE = re.compile(
    r"(?i:\b(?:bearer|basic)\s+)(?!\$)[\w.~+/=-]{8,}|\b(?:sk|pk|ghp|gho|ghs|glpat|hf|xox[abp])[-_][\w-]{16,}"
    r"|\bAKIA[A-Z0-9]{16}\b|\beyJ[\w-]{12,1000}\.[\w-]{12,2000}\."
)
"""What keys of providers look like, and what stands behind the word of a scheme."""
_ADDRESS = re.compile(r"\b[A-Za-z][A-Za-z0-9+.-]{0,30}://\S+")  # unbounded, a long word takes the square of its length
_HOLDS_A_SECRET = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL", re.IGNORECASE)
_LEAST_CODE = 20
"""Letters of the shortest `code` in an address that is a key: a language's or a country's has a few."""
_SHORTEST = 6
"""Shorter values are left alone: a variable such as PASSWORD=none would blank out ordinary words."""
_LONG_WORD = 16
"""Letters alone are a word below that, in an answer; in an error nobody misses it."""


_FIELD = re.compile(r'"([\w-]{1,40})"\s{0,9}:\s{0,9}"[^"{}$]{1,400}"')


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


def is_secret_name(name: str) -> bool:
    """Whether a header or parameter of this name usually holds a secret."""
    return bool(_SECRET_NAME.search(name))


def secret_in_url(url: str) -> str:
    """What in an address looks like a secret that is written out: "user and password" or a parameter; else empty."""
    try:
        parts = urlsplit(url)
        if parts.username is not None or parts.password is not None:
            return "a user or password before the host"
        said = f"{parts.query};{parts.fragment}".replace(";", "&")
        written = (name for name, value in parse_qsl(said) if "${" not in value and _is_secret(name, value))
        return next((f"the parameter {name}" for name in written), "")
    except ValueError:
        return ""


def _is_secret(name: str, value: str) -> bool:
    """Whether a parameter of an address holds a secret; Azure's functions take theirs as `code`, others mean a word."""
    return is_secret_name(name) or (name.lower() == "code" and len(value) >= _LEAST_CODE)


def secret_written(value: Any, name: str = "") -> str:
    """Where in a table, list or text a secret is written out, as "auth.token"; "" where none is seen.

    It is seen by its name, by what keys look like, in an address, and where the environment holds the very value.
    """
    if isinstance(value, Mapping):
        return next((f"{key}.{at}".rstrip(".") for key, one in value.items() if (at := _within(one, str(key)))), "")
    if isinstance(value, list | tuple):
        before = ["", *map(str, value)]
        pairs = zip(value, before, strict=False)
        return next((f"entry {n}" for n, (one, last) in enumerate(pairs, 1) if _within(one, _option(last))), "")
    return "the text" if _within(value, name) else ""


def _within(value: Any, name: str) -> str:
    """A place inside of a value with a name, or "." for the value itself; "" where no secret is."""
    if isinstance(value, Mapping | list | tuple):
        return secret_written(value)
    if not isinstance(value, str) or not value:
        return ""
    plain = "${" not in value and "{" not in value
    option, sign, said = value.partition("=")
    named = plain and (_is_free_name(name) or (bool(sign and said) and _is_free_name(_option(option))))
    addresses = any(secret_in_url(address) for address in _ADDRESS.findall(value))
    quoted = any(_is_free_name(key) for key in _FIELD.findall(value))
    return "." if named or quoted or addresses or _SECRET_VALUE.search(value) or secrets_in(value) else ""


def _option(word: str) -> str:
    """The name of an option, as in --api-key; "" of any other word."""
    return word.lstrip("-") if word.startswith("-") else ""


def _is_free_name(name: str) -> bool:
    return re.sub(r"[^a-z0-9]", "", name.lower()) in _FREE_NAMES


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
