"""How the user's functions are called: every sane signature, found out once when the function is imported."""

from __future__ import annotations

import dataclasses
import inspect
import re
import typing
from collections.abc import Callable, Mapping
from typing import Any

from .finding import EVALUATOR, TARGET
from .shapes import AnswerText, GoldenItem, Passage, RunShown
from .telling import UnfitError

Arguments = Mapping[str, Any]
Call = Callable[[Arguments], Any]

_ITEM = frozenset({"item", "it", "example", "sample", "row", "case", "record", "datum", "test_case", "data_item"})
_INPUT = frozenset({"input", "inputs", "data"})
_MESSAGES = frozenset({"messages", "conversation", "chat_messages"})
_HISTORY = frozenset({"chat_history", "history"})
_QUESTION = frozenset({"question", "query", "q", "text", "prompt", "user_input", "user_message", "message", "request"})
_TEXT_TOO = _INPUT | _MESSAGES | {"state"}
"""Names that mean the question to a target that says it wants a text: no table, no list, nothing that only reads so."""
_SETTINGS = frozenset({"settings", "config", "params"})
_KEPT = _ITEM | _SETTINGS | {"metadata", "id", "item_id", "repeat", "seed"}
"""Names of a target's parameters that no request is made for, whatever their annotation."""
_EXPECTED = frozenset({
    "expected", "expected_output", "reference", "ground_truth", "target", "ideal", "label", "expected_answer",
    "expected_response", "reference_output", "reference_outputs", "reference_answer", "reference_text", "gold",
    "golden", "gold_answer", "golden_answer", "gt", "truth", "correct", "correct_answer", "true_answer", "y_true",
    "solution",
})  # fmt: skip
_OUTPUT = frozenset({
    "output", "answer", "response", "actual_output", "prediction", "completion", "generated", "outputs", "pred",
    "predicted", "predicted_answer", "hypothesis", "candidate", "generation", "generated_answer", "actual", "y_pred",
    "model_output", "llm_output", "submission",
})  # fmt: skip
_CONTEXTS = frozenset({
    "contexts", "retrieved_contexts", "retrieval_context", "documents", "passages", "sources", "docs", "chunks",
    "retrieved_documents", "retrieved_docs", "source_documents", "source_nodes",
})  # fmt: skip


def bound(ref: str, role: str, function: Callable[..., Any]) -> Call:
    """A call from the runner's arguments.

    Raises:
        UnfitError: the function wants something that nobody can give.
    """
    offer = _target_offer if role == TARGET else _evaluator_offer
    parameters, takes_all = _parameters(function)
    model = _model_of(function, parameters) if role == TARGET else None
    table = (_table_of(function) or _named_dict(function, parameters)) if role == TARGET else ()
    goes_on = role == TARGET and not _HISTORY.isdisjoint({*table, *(one.name for one in parameters)})

    def call(arguments: Arguments) -> Any:
        offered = offer(arguments)
        if goes_on:
            offered.update(_last_turn(GoldenItem(arguments["item"])))
        if table and GIVEN not in arguments and not isinstance(offered["input"], Mapping):
            arguments = {**arguments, GIVEN: {name: _asked(name, offered) for name in table}}
        if model is not None:
            arguments = _with_request(ref, model, parameters, offered, arguments)
        given = _given(ref, role, parameters, takes_all, offered, arguments)
        return function(*given[0], **given[1])

    return call


def _table_of(function: Callable[..., Any]) -> tuple[str, ...]:
    """The keys that a chain of LangChain or a graph of LangGraph wants its input under, as it tells; none where it
    wants a text, or something that nobody has."""
    of: Any = getattr(function, "__self__", None)
    if of is None or not hasattr(of, "get_input_jsonschema"):
        return ()
    try:
        schema = of.get_input_jsonschema()
        names, needed = tuple(schema.get("properties") or ()), set(schema.get("required") or ())
    except Exception:  # pydantic makes no schema of some types; a graph's channels are what its state has
        names, needed = tuple(getattr(of, "channels", None) or ()), set()
    known = tuple(name for name in names if name in _QUESTION | _INPUT | _MESSAGES)
    history = tuple(name for name in names if name in needed & _HISTORY)
    return (*known, *history) if known and needed <= {*known, *history} else ()


def _named_dict(function: Callable[..., Any], parameters: list[Any]) -> tuple[str, ...]:
    """The keys of a first parameter that is called like an input and said to be a dictionary."""
    if not parameters or parameters[0].name not in _INPUT or parameters[0].default not in (None, parameters[0].empty):
        return ()
    return ("question", "query", "input") if _is_table(_hint(parameters[0])) else ()


def _is_table(hint: str) -> bool:
    """Whether a type is a dictionary and nothing else: what takes a text as well is given the text, and a list of
    dictionaries is no item."""
    union = re.fullmatch(r"(?:\w+\.)*(?:Optional|Union)\[(.*)\]", hint)
    outer, shorter = "", union[1] if union else hint
    while outer != shorter:
        outer, shorter = shorter, re.sub(r"\[[^\[\]]*\]", "", shorter)
    kinds = set(re.split(r"[|,]", outer)) - {"None", "NoneType"}
    return bool(kinds) and all(re.fullmatch(r"(?:\w+\.)*(?:[dD]ict|(?:Mutable)?Mapping)", kind) for kind in kinds)


def _hint(parameter: Any) -> str:
    """What is said of a parameter's type, without spaces and quotes; empty where nothing is."""
    said = parameter.annotation
    if said is parameter.empty:
        return ""
    is_plain = inspect.isclass(said) and not typing.get_args(said)
    return re.sub(r"[\s'\"]", "", said.__name__ if is_plain else str(said))


def _keeps_default(parameter: Any, value: Any, given: list[Any]) -> bool:
    """Whether a default that says something is more likely meant than what is offered under the parameter's name, as
    with `gt=0.5` or `candidate="gpt-4"`: that is another kind of thing, or stands under an earlier name already."""
    usual, offered = _kind(parameter.default), _kind(value)
    return bool(usual) and ((bool(offered) and offered != usual) or any(value is one for one in given))


def _kind(value: Any) -> str:
    """What kind of thing a value is; nothing for None and for what is empty, which say nothing."""
    if isinstance(value, (bool, int, float)):
        return "number"
    kinds = (("text", str), ("table", Mapping), ("list", (list, tuple)))
    return next((kind for kind, wanted in kinds if isinstance(value, wanted) and value), "")


def _asked(name: str, offered: Mapping[str, Any]) -> Any:
    """What stands under a key: a conversation, what was said before, or the question."""
    return offered[name if name in _MESSAGES | _HISTORY else "question"]


def _model_of(function: Callable[..., Any], parameters: list[Any]) -> Any:
    """The class of its first parameter where that is a model of a request, as handlers of web services have them.

    A parameter with a default has what it wants, and one called like an item or the settings is given those.
    """
    if not parameters or parameters[0].default is not inspect.Parameter.empty:
        return None
    first = parameters[0]
    if first.name in _KEPT:
        return None
    try:
        wanted = typing.get_type_hints(function).get(first.name)
    except Exception:  # a hint may name what was never imported
        wanted = first.annotation
    is_model = inspect.isclass(wanted) and (dataclasses.is_dataclass(wanted) or hasattr(wanted, "model_validate"))
    return wanted if is_model else None


def _with_request(
    ref: str, model: Any, parameters: list[Any], offered: Mapping[str, Any], arguments: Arguments
) -> Arguments:
    """The arguments with one request for the first parameter, where a request is what it wants.

    Raises:
        UnfitError: nothing else takes the question, and the model has no field for it, or wants more.
    """
    first, laid_out = parameters[0].name, arguments.get(GIVEN)
    if isinstance(laid_out, Mapping):
        return {**arguments, GIVEN: model(**laid_out)}
    told = offered.get(first, "")
    if first in (arguments.get("settings") or {}) or not isinstance(told, str):
        return arguments
    if any(one.name in _QUESTION | _INPUT | _MESSAGES | _ITEM for one in parameters[1:]):
        return arguments  # what takes the question stands there
    field = _question_field(model)
    if field is not None:
        asked = _messages(GoldenItem(arguments["item"])) if field in _MESSAGES else arguments["item"]["question"]
        return {**arguments, GIVEN: model(**{field: asked if laid_out is None else laid_out})}
    if first in offered or laid_out is not None:
        return arguments
    fields = list(_fields(model))
    raise UnfitError(
        f"{ref} wants a {model.__name__}, whose fields are {', '.join(fields)}; "
        f'lay it out in [target]: input = {{ {next(iter(fields), "question")} = "{{question}}" }}'
    )


def _question_field(model: Any) -> str | None:
    """The field that is called like a question, where nothing else has to be given."""
    fields = _fields(model)
    needed = [name for name, is_needed in fields.items() if is_needed]
    if len(needed) > 1:
        return None
    among = needed or list(fields)
    return next((name for names in (_QUESTION, _INPUT, _MESSAGES) for name in among if name in names), None)


def _fields(model: Any) -> dict[str, bool]:
    """The fields of a dataclass or of a pydantic model, and whether each must be given."""
    if dataclasses.is_dataclass(model):
        unset = dataclasses.MISSING
        return {
            one.name: one.default is unset and one.default_factory is unset
            for one in dataclasses.fields(model)
            if one.init
        }
    known = getattr(model, "model_fields", None) or {}
    return {name: bool(getattr(one, "is_required", bool)()) for name, one in known.items()}


def _given(
    ref: str, role: str, parameters: list[Any], takes_all: bool, offered: Mapping[str, Any], arguments: Arguments
) -> tuple[list[Any], dict[str, Any]]:
    settings = arguments.get("settings") or {}
    positional: list[Any] = []
    named: dict[str, Any] = {}
    is_text = isinstance(offered["input"], str)
    for place, one in enumerate(parameters):
        required = one.default is inspect.Parameter.empty
        has_said = (
            one.name not in _HISTORY or required or offered.get(one.name)
        )  # None as the default says nothing, too
        is_offered = (
            one.name in offered
            and has_said
            and not _keeps_default(one, offered[one.name], [*positional, *named.values()])
        )
        if place == 0 and GIVEN in arguments:
            value = arguments[GIVEN]
        elif is_offered and role == TARGET and one.name in _TEXT_TOO and _hint(one) == "str" and is_text:
            value = str(offered["input"])
        elif is_offered:
            value = offered[one.name]
        elif one.name in settings:
            value = settings[one.name]
        elif not required:
            continue
        elif role == TARGET and place == 0 and one.kind is not inspect.Parameter.KEYWORD_ONLY:
            value = offered["question"]  # a name of his own: what a pipeline takes is the question
        else:
            raise UnfitError(f"{ref} asks for `{one.name}`, which nobody gives; {_WAYS[role]}")
        if one.kind is inspect.Parameter.POSITIONAL_ONLY:
            positional.append(value)
        else:
            named[one.name] = value
    if takes_all and role == EVALUATOR:
        named.update({name: offered[name] for name in _LANGFUSE if name not in named})
    elif takes_all and not (
        positional or named
    ):  # beside a question, a chain hands names it does not know to its steps
        named["item"] = arguments.get(GIVEN, offered["item"])
    return positional, named


_WAYS: Mapping[str, str] = {
    TARGET: "give it in the table of settings, or a default; names that are known: question, messages, item, metadata, "
    "settings, repeat, seed",
    EVALUATOR: "give it in the table of settings, or a default; names that are known: question, output, expected, "
    "contexts, context, metadata, item",
}
GIVEN = "given"
"""The argument that holds what the plan lays out for the function's first parameter."""
_LANGFUSE = ("input", "output", "expected_output", "expected", "metadata", "contexts", "item")
"""What a function with **kwargs is given, as Langfuse and autoevals do."""


def _target_offer(arguments: Arguments) -> dict[str, Any]:
    item = GoldenItem(arguments["item"])
    offered: dict[str, Any] = dict.fromkeys(_ITEM, item)
    offered.update(dict.fromkeys(_QUESTION, item.question))
    offered.update(dict.fromkeys(_INPUT, item.inputs))  # a text that is also read like a table: inputs["question"]
    offered.update(dict.fromkeys(_MESSAGES, _messages(item)))
    asked = dict.fromkeys(("question", "query", "input", "user_input"), item.question)
    offered.update(
        state={**asked, "messages": _messages(item)}
    )  # of a graph of agents, under the names it may look for
    offered.update(dict.fromkeys(_SETTINGS, arguments.get("settings") or {}))
    offered.update(metadata=item.metadata, id=item.id, item_id=item.id)
    offered.update({name: arguments.get(name) for name in ("repeat", "seed")})
    return offered


def _messages(item: GoldenItem) -> list[Any]:
    """A conversation: the item's own, or one message of a user with the question."""
    given = item.input
    held = (
        next((given[name] for name in _MESSAGES if isinstance(given.get(name), list)), None)
        if isinstance(given, Mapping)
        else given
    )
    return held if isinstance(held, list) else [{"role": "user", "content": item.question}]


def _last_turn(item: GoldenItem) -> dict[str, Any]:
    """For what takes a message and what was said before it: the last message as the question, and the others apart."""
    *earlier, last = _messages(item)
    said = last.get("content") if isinstance(last, Mapping) else last
    asked = dict.fromkeys(_QUESTION, said) if earlier and isinstance(said, str) else {}
    return {**asked, **dict.fromkeys(_HISTORY, earlier if asked else [])}


def _evaluator_offer(arguments: Arguments) -> dict[str, Any]:
    item = GoldenItem(arguments["item"])
    passages = [Passage(fields) for fields in arguments.get("contexts") or ()]
    offered: dict[str, Any] = dict.fromkeys(_ITEM, item)
    offered.update(dict.fromkeys(_QUESTION, item.question))
    offered.update(dict.fromkeys(_INPUT, item.input))
    output, expected = arguments.get("output"), item.expected or None
    offered.update(dict.fromkeys(_EXPECTED, None if expected is None else AnswerText(expected)))
    offered.update(dict.fromkeys(_OUTPUT, AnswerText(output) if isinstance(output, str) else output))
    offered.update(inputs=item.inputs, run=RunShown(item.inputs, offered["output"]))
    offered.update(dict.fromkeys(_CONTEXTS, passages))
    offered.update(context="\n\n".join(passages), metadata=item.metadata, id=item.id, item_id=item.id)
    offered.update(settings=arguments.get("settings") or {})
    return offered


def _parameters(function: Callable[..., Any]) -> tuple[list[Any], bool]:
    """Named parameters, and whether any others are taken too."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
        forward: Any = getattr(function, "forward", None)
        if {one.kind for one in parameters} == _ANYTHING and callable(forward):
            parameters = list(inspect.signature(forward).parameters.values())  # a module of DSPy or torch
    except (TypeError, ValueError):  # a function of an extension module that does not tell
        return [inspect.Parameter("question", inspect.Parameter.POSITIONAL_ONLY)], False
    takes_all = any(one.kind is inspect.Parameter.VAR_KEYWORD for one in parameters)
    named = [one for one in parameters if one.kind not in _ANYTHING]
    if not named and any(one.kind is inspect.Parameter.VAR_POSITIONAL for one in parameters):
        named = [inspect.Parameter("question", inspect.Parameter.POSITIONAL_ONLY)]  # such as a decorator's wrapper
    return named, takes_all


_ANYTHING = {inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL}
