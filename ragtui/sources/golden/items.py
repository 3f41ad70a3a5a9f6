"""Golden items from rows: what each column means, by the names people use or as a column map says."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ragtui.errors import InputError, UsageError
from ragtui.files.fields import identifier, mapping, text
from ragtui.model import Item
from ragtui.sources import aliases
from ragtui.sources.golden.layouts import opened
from ragtui.sources.golden.rows import GoldenRows

_ROLES = {"human": "user", "gpt": "assistant", "bot": "assistant"}
_SPEAKER, _SAID = ("from", "speaker", "author", "role"), ("value", "text", "utterance", "message", "content")
"""What the fields of a turn are called: ShareGPT's are `from` and `value`."""
ROLES = ("id", "question", "expected")
_ID = ("id", *aliases.ITEM, "key", "uid", "uuid")
_QUESTION = (*aliases.QUESTION, "inputs", "messages", "conversation", "conversations", "text", "user_message", "q",
             "chat_input", "turns", "dialogue")  # fmt: skip
_TURNS = frozenset({"turns", "dialogue", "messages", "conversation", "conversations"})
_EXPECTED = (*aliases.EXPECTED, "expected_response", "answers", "answer", "outputs", "output", "response",
             "completion", "solution", "correct_answer", "reference_output", "reference_outputs",
             "best_answer", "label", "a",
             *(f"{which}_{what}" for which in ("ideal", "gold", "golden", "expected", "reference", "correct", "target")
               for what in ("answer", "response", "output", "reply", "text", "answers", "responses",
                            "outputs")))  # fmt: skip
_LANGFUSE = frozenset({"dataset_id", "dataset_name", "project_id", "status", "source_trace_id", "source_observation_id",
                       "created_at", "updated_at", "valid_from", "media"})  # fmt: skip
"""What an export of Langfuse dataset items says of the export rather than of an item."""
INPUT = "input"
"""Metadata that holds a question that is no text: an object, or the messages of a conversation."""


def items_of(
    source: str, rows: GoldenRows, columns: Mapping[str, str], *, bare: bool = False, blanks: bool = False
) -> tuple[Item, ...]:
    """Items in the order of the rows.

    Args:
        columns: role (id, question, expected) to column, where the names are unusual.
        bare: also take items of which nothing but the id is known.
        blanks: also take items without a question among others that have one.

    Raises:
        UsageError: the column map names a role or a column that is not there.
        InputError: a row has no question, or another row's id.
    """
    present = dict.fromkeys(name for row in rows.rows for name in row)
    for role, column in columns.items():
        if role not in ROLES:
            raise UsageError(f"columns: {role!r} is no role", f"Roles are {', '.join(ROLES)}.")
        if column not in present:
            raise UsageError(f"{source}: no column {column!r}", f"It has {', '.join(present)}.")
    found: list[Item] = []
    seen: dict[str, int] = {}
    for number, row in _in_use(zip(rows.numbers, rows.rows, strict=True)):
        item = _item(source, number, row, columns, bare=bare)
        if not item.id:
            item = Item(_made_id(item, seen), item.question, item.expected, item.metadata)
        elif item.id in seen:
            raise InputError(
                f"{source}: items {seen[item.id]} and {number} are both called {item.id}", "rename one of them"
            )
        seen[item.id] = number
        found.append(item)
    if not (bare or blanks):
        _refuse_blanks(source, found, list(seen.values()))
    return tuple(found)


def _refuse_blanks(source: str, items: Sequence[Item], numbers: Sequence[int]) -> None:
    """Among items with questions, one without would ask the pipeline nothing."""
    if not any(item.question for item in items):
        return
    blank = next((n for n, item in zip(numbers, items, strict=True) if not item.question and not item.metadata), None)
    if blank is not None:
        raise InputError(f"{source}: item {blank} has no question, others have", "Fill it in, or take the item out.")


def _in_use(rows: Iterable[tuple[int, Mapping[str, Any]]]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Rows, those of a Langfuse export without its bookkeeping and without archived items, which no run covers."""
    for number, row in rows:
        snake = {aliases.snake(name): said for name, said in row.items()}
        if not {"dataset_id", "status"} <= snake.keys() or snake["status"] not in ("ACTIVE", "ARCHIVED"):
            yield number, row
        elif snake["status"] == "ACTIVE":
            yield number, {name: said for name, said in row.items() if aliases.snake(name) not in _LANGFUSE}


def _messages(value: Any, column: str) -> Any:
    """Turns that have a speaker and a text, and texts in a column of turns, which are a user's as in MT-bench, as
    messages; anything else as it is."""
    if not isinstance(value, list) or not value:
        return value
    if aliases.snake(column) in _TURNS and all(isinstance(one, str) for one in value):
        return [{"role": "user", "content": one} for one in value]
    found = [_turn(one) for one in value]
    return value if None in found else found


def _turn(one: Any) -> dict[str, Any] | None:
    if not isinstance(one, dict) or {"role", "content"} <= one.keys():
        return one if isinstance(one, dict) else None
    speaker = next((one[name] for name in _SPEAKER if isinstance(one.get(name), str)), None)
    said = next((name for name in _SAID if isinstance(one.get(name), str)), "")
    if speaker is None or not said:
        return None
    return {"role": _ROLES.get(speaker.lower(), speaker), "content": one[said]}


def _item(source: str, number: int, row: Mapping[str, Any], columns: Mapping[str, str], *, bare: bool) -> Item:
    row = row if columns else opened(row, tuple(_spelled(row, _QUESTION)))
    of_id = columns.get("id") or next((name for name in _spelled(row, _ID) if identifier(row.get(name))), "")
    of_question = columns.get("question") or _first(row, _QUESTION)
    of_expected = columns.get("expected") or _first(row, tuple(name for name in _EXPECTED if name != of_question))
    asked, wanted = _messages(_object(row.get(of_question)), of_question), _object(row.get(of_expected))
    told = row.get("instruction")
    if of_question == "input" and isinstance(asked, str) and isinstance(told, str) and told:  # Alpaca's two halves
        asked = f"{told}\n\n{asked}"
    answers = wanted if isinstance(wanted, list) and isinstance(asked, list) and len(wanted) == len(asked) > 1 else []
    if wanted in (None, "", [], {}) and not bare and (answer := _last_said(asked)) is not None:
        asked, wanted = answer
    known_only_by_id = bare and bool(of_id)
    if not known_only_by_id and asked in (None, "", [], {}) and wanted in (None, "") and not row.get("metadata"):
        raise InputError(
            f"{source}: item {number} has no question (it has {', '.join(row)[:120]})",
            'Name the column: columns = { question = "…" } in the plan, or ragtui init --question COLUMN.',
        )
    own = (of_id, of_question, of_expected, "metadata")
    metadata = {name: said for name, said in row.items() if name not in own and said not in (None, "")}
    metadata.update(mapping(_object(row.get("metadata"))))
    if isinstance(asked, dict | list):
        metadata[INPUT] = asked
    if isinstance(wanted, dict) or (isinstance(wanted, list) and len(wanted) != 1):
        metadata.setdefault("expected", wanted)
    expected = expected_text(answers[-1] if answers else wanted)  # of several turns, what is said at the end
    return Item(identifier(row.get(of_id)), question_text(asked), expected, metadata)


def _first(row: Mapping[str, Any], names: Sequence[str]) -> str:
    return next((name for name in _spelled(row, names) if row.get(name) not in (None, "", [], {})), "")


def _spelled(row: Mapping[str, Any], names: Sequence[str]) -> Iterator[str]:
    """The row's own names for these, the exact ones first: "Gold Answer" and "goldAnswer" are gold_answer."""
    own = {aliases.snake(str(name)): name for name in row}
    for name in names:
        if name in row:
            yield name
        elif name in own:
            yield own[name]


def _object(cell: Any) -> Any:
    """An object or a list that a table holds as JSON text; anything else as it is."""
    if not isinstance(cell, str) or cell.lstrip()[:1] not in ("{", "["):
        return cell
    try:
        said = json.loads(cell)
    except (ValueError, RecursionError):
        return cell
    return said if isinstance(said, dict | list) else cell


def _made_id(item: Item, seen: Mapping[str, int]) -> str:
    """From the question, so that it stays when rows move; two equal questions are told apart by their order."""
    content = json.dumps([item.question, item.metadata.get(INPUT)], default=str, sort_keys=True)
    name = f"q-{hashlib.sha256(content.encode('utf-8', 'replace')).hexdigest()[:8]}"
    number = 2
    made = name
    while made in seen:
        made, number = f"{name}-{number}", number + 1
    return made


def question_text(value: Any) -> str:
    """A question as text: of a conversation the whole of it, of an object its question, else its JSON."""
    if isinstance(value, list) and value and all(isinstance(one, dict) and "content" in one for one in value):
        if len(value) == 1:
            return _content(value[0])
        return "\n".join(f"{text(one.get('role') or 'user')}: {_content(one)}" for one in value)
    if isinstance(value, dict):
        inner = _first(value, _QUESTION)
        if inner and (isinstance(value[inner], str) or inner == "messages"):
            return question_text(value[inner])
    return text(value)


def _last_said(asked: Any) -> tuple[Any, str] | None:
    """A conversation without its last message, and what that says, where the assistant said it: a recorded answer,
    which a pipeline under test must not be shown."""
    held = asked.get("messages") if isinstance(asked, dict) else asked
    if (
        not isinstance(held, list)
        or len(held) < 2
        or not all(isinstance(one, dict) and "content" in one for one in held)
    ):
        return None
    if held[-1].get("role") not in ("assistant", "ai", "model") or not (said := _content(held[-1])):
        return None
    return {**asked, "messages": held[:-1]} if isinstance(asked, dict) else held[:-1], said


def _content(message: Mapping[str, Any]) -> str:
    content = message.get("content")
    if isinstance(content, list):
        return "".join(text(mapping(part).get("text")) if isinstance(part, dict) else text(part) for part in content)
    return text(content)


def expected_text(value: Any) -> str:
    """An expected answer as text: the first of several, the answer within an object, else its JSON."""
    if isinstance(value, list):
        return expected_text(value[0]) if value else ""
    if isinstance(value, dict):
        inner = _first(value, ("text", "content", "value", *_EXPECTED))
        return expected_text(value[inner]) if inner else text(value)
    return text(value)
