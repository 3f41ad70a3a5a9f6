"""Templates: "{question}" and the like, in what an address, a program or a function is given."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

_SLOT = re.compile(r"\{([A-Za-z_][A-Za-z0-9_.]*)\}")


def laid_out(template: Any, request: Mapping[str, Any], *, as_text: bool = False) -> Any:
    """A body from a template: "{question}" alone becomes the value as it is, within other text its text.

    Args:
        as_text: the template is one text, such as XML or a form; nothing in it keeps its type.
    """
    if isinstance(template, Mapping):
        return {key: laid_out(value, request) for key, value in template.items()}
    if isinstance(template, list):
        return [laid_out(value, request) for value in template]
    if not isinstance(template, str):
        return template
    alone = _SLOT.fullmatch(template)
    if alone is not None and not as_text:
        return _of(request, alone)
    return filled_in(template, request, _shown)


def filled_in(text: str, request: Mapping[str, Any], written: Callable[[Any], str]) -> str:
    """A text with its slots filled; `written` makes text of a value."""
    return _SLOT.sub(
        lambda match: match.group(0) if not _is_known(request, match) else written(_of(request, match)), text
    )


def _is_known(request: Mapping[str, Any], match: re.Match[str]) -> bool:
    return match.group(1).partition(".")[0] in request


def _of(request: Mapping[str, Any], match: re.Match[str]) -> Any:
    if not _is_known(request, match):
        return match.group(0)  # braces that mean nothing here, as in a query language
    return at(request, match.group(1))


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value)


def at(value: Any, path: str) -> Any:
    """What is at a dotted path, such as "choices.0.message.content"; "." is the value itself."""
    for name in path.split(".") if path != "." else ():
        if isinstance(value, Mapping):
            value = value.get(name)
        elif isinstance(value, list) and name.lstrip("-").isdecimal() and -len(value) <= int(name) < len(value):
            value = value[int(name)]
        elif isinstance(value, list) and name == "*":
            continue
        else:
            return None
    return value
