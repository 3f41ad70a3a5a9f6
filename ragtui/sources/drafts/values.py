"""Reading what tools write: messages, usage, times, data frames; every function takes anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ragtui.files.fields import mapping, number, text, timestamp, whole
from ragtui.files.jsonlines import BadLineError, parse_json
from ragtui.sources.drafts.literals import literal


def listed(value: Any) -> list[Any]:
    """A list, or an empty one."""
    return value if isinstance(value, list) else []


def objects(value: Any) -> list[Mapping[str, Any]]:
    """The objects of a list."""
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def parsed(value: Any) -> Any:
    """A text that holds a JSON object or list, or prints one as Python does, as that; anything else as it is."""
    if not isinstance(value, str) or value.lstrip()[:1] not in ("{", "["):
        return value
    try:
        return parse_json(value.encode("utf-8", "surrogatepass"))[0]
    except (BadLineError, UnicodeEncodeError):
        found = literal(value)
        return value if found is None else found


def spoken(value: Any) -> str:
    """Text of a chat: one message's content alone, several with their roles; anything else as text."""
    if isinstance(value, dict) and "content" in value:
        return _content(value["content"])
    messages = objects(value)
    if not messages or not any("content" in message for message in messages):
        return text(value)
    if len(messages) == 1:
        return _content(messages[0].get("content"))
    return "\n".join(f"{text(message.get('role'))}: {_content(message.get('content'))}" for message in messages)


_ASKERS = frozenset({"user", "human", "customer", "client", "student", "patient"})
_ANSWERERS = frozenset({"assistant", "ai", "bot", "model", "agent", "gpt", "chatbot"})


def turns_in(value: Any) -> list[tuple[str, str]]:
    """The turns of a recorded conversation that ends with an answer, as who spoke and what; empty for anything else.

    A prompt that ends with the user's turn is none: what an assistant said in it was given to the pipeline.
    """
    turns = []
    for message in objects(parsed(value)) if isinstance(value, (list, str)) else ():
        who = next(
            (text(message[name]).casefold() for name in ("role", "type", "from", "speaker") if message.get(name)), ""
        )
        said = next((message[name] for name in ("content", "value", "text", "message") if message.get(name)), "")
        turns.append((who, _content(said)))
    spoken_by = [who for who, _ in turns if who in _ASKERS | _ANSWERERS]
    return turns if spoken_by and spoken_by[-1] in _ANSWERERS and set(spoken_by) & _ASKERS else []


def asked_in(value: Any) -> str:
    """What was asked in a recorded conversation: the user's turns, which every run has in common; empty for others."""
    asked = [said for who, said in turns_in(value) if who in _ASKERS]
    return asked[0] if len(asked) == 1 else "\n".join(f"user: {said}" for said in asked)


def is_prompt(value: Any) -> bool:
    """Whether a list of messages ends with a user's turn, so that it is what was asked and holds no answer."""
    messages = objects(parsed(value)) if isinstance(value, (list, str)) else []
    return bool(messages) and text(messages[-1].get("role")).casefold() in _ASKERS and "content" in messages[-1]


def conversation_in(value: Any) -> str:
    """A recorded conversation as text; empty for anything else."""
    return "\n".join(f"{who}: {said}" for who, said in turns_in(value))


def _content(value: Any) -> str:
    if not isinstance(value, list):
        return text(value)
    parts = [text(part.get("text")) if isinstance(part, dict) else text(part) for part in value]
    return "\n".join(part for part in parts if part)


def alone(value: Any) -> Any:
    """The only value of an object with one field: {"question": "why?"} says no more than "why?"."""
    return next(iter(value.values())) if isinstance(value, dict) and len(value) == 1 else value


def question_in(inputs: Any) -> str:
    """What was asked, as a person reads it: the question among the inputs, or all of them."""
    if isinstance(inputs, dict):
        for name in ("question", "query", "input", "user_input", "prompt", "instruction", "messages"):
            if inputs.get(name):
                return asked_in(inputs[name]) or spoken(inputs[name])
    said = alone(inputs)
    return asked_in(said) or spoken(said)


def seconds_between(start: Any, end: Any) -> float | None:
    """Seconds from one time to another, both ISO texts or numbers of seconds; None when they do not say."""
    first, last = timestamp(start), timestamp(end)
    seconds = (last - first).total_seconds() if first and last else None
    return seconds if seconds is not None and seconds >= 0 else None


def usage(value: Any) -> dict[str, int]:
    """Tokens of a call, whatever the tool calls them; empty when nothing was counted.

    Cached tokens that a provider counts beside the input are kept as parts of their own; `total` is what the tool says.
    """
    said = mapping(value)
    names = {
        "input": ("input", "input_tokens", "prompt", "prompt_tokens"),
        "output": ("output", "output_tokens", "completion", "completion_tokens"),
        "cache_read": ("cache_read_input_tokens",),
        "cache_write": ("cache_creation_input_tokens",),
        "total": ("total", "total_tokens"),
    }
    found = {
        name: count
        for name, keys in names.items()
        for key in keys
        if (count := whole(said.get(key))) is not None and count >= 0
    }
    return found if any(found.values()) else {}


def score(value: Any, **said: Any) -> dict[str, Any]:
    """A score of the own format; what is empty is left out, and "nan" is what pandas makes of an empty cell."""
    return {"value": value, **{name: entry for name, entry in said.items() if entry not in (None, "", "nan", "NaN")}}


def frame_rows(document: Any) -> list[dict[str, Any]] | None:
    """Rows of a pandas data frame written as JSON, in any of its orients; None when it is none."""
    if isinstance(document, list):
        return [entry for entry in document if isinstance(entry, dict)] if document else None
    columns, data = mapping(document).get("columns"), mapping(document).get("data")
    if isinstance(columns, list) and isinstance(data, list):
        names = [text(name) for name in columns]
        return [dict(zip(names, row, strict=False)) for row in data if isinstance(row, list)]
    if "fields" in mapping(mapping(document).get("schema")) and isinstance(data, list):
        return [{name: value for name, value in row.items() if name != "index"} for row in objects(data)]
    if isinstance(document, dict) and document and all(isinstance(column, dict) for column in document.values()):
        return list(document.values()) if all(map(str.isdecimal, document)) else _columns_as_rows(document)
    return None


def _columns_as_rows(document: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    places = dict.fromkeys(place for column in document.values() for place in column)
    if not all(place.isdecimal() for place in places):
        return []
    return [{name: column.get(place) for name, column in document.items()} for place in places]


def truth(value: Any) -> Any:
    """A pass or fail written as a word, as 1 or 0; anything else as it is."""
    if isinstance(value, str):
        return {
            "yes": 1.0, "no": 0.0, "true": 1.0, "false": 0.0, "pass": 1.0, "fail": 0.0, "passed": 1.0, "failed": 0.0,
        }.get(value.strip().casefold(), value)  # fmt: skip
    return value


def positive(value: Any) -> float | None:
    """A number above zero; tools write 0 where they did not measure."""
    found = number(value)
    return found if found is not None and found > 0 else None
