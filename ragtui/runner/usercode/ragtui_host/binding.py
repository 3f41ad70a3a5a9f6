"""How the user's functions are called: every sane signature, found out once when the function is imported."""

from __future__ import annotations

import copy
import importlib
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from .shapes import GoldenItem, Passage
from .telling import UnfitError

TARGET, EVALUATOR = "target", "evaluator"
Arguments = Mapping[str, Any]
Call = Callable[[Arguments], Any]

_ITEM = frozenset({"item", "it", "example", "sample", "row", "case", "record", "datum", "test_case", "data_item"})
_INPUT = frozenset({"input", "inputs", "messages", "conversation", "data"})
_QUESTION = frozenset({"question", "query", "q", "text", "prompt", "user_input", "user_message", "message", "request"})
_SETTINGS = frozenset({"settings", "config", "params"})
_EXPECTED = frozenset({"expected", "expected_output", "reference", "ground_truth", "target", "ideal", "label"})
_OUTPUT = frozenset(
    {"output", "answer", "response", "actual_output", "prediction", "completion", "generated", "outputs"}
)
_CONTEXTS = frozenset({"contexts", "retrieved_contexts", "retrieval_context", "documents", "passages", "sources"})
_METHODS = ("invoke", "ainvoke", "query", "run")


def load(ref: str) -> Any:
    """The object behind "module:name.of.function".

    Raises:
        Exception: whatever the import raises; AttributeError when the name is not there.
    """
    module, _, path = ref.partition(":")
    found: Any = importlib.import_module(module)
    for name in path.split("."):
        found = getattr(found, name)
    return found


def callable_of(ref: str, role: str) -> Callable[..., Any]:
    """What is called: a function, an object that is callable, or one with the usual method.

    Raises:
        UnfitError: it is none of these.
    """
    found = load(ref)
    if role == EVALUATOR and not inspect.isclass(found) and callable(getattr(found, "measure", None)):
        return _measured(found)
    if inspect.isclass(found) and role == EVALUATOR and callable(getattr(found, "eval", None)):
        found = found()  # a scorer given as its class
    if callable(found):
        return found  # type: ignore[no-any-return]
    method = next((getattr(found, name) for name in _METHODS if callable(getattr(found, name, None))), None)
    if method is None:
        raise UnfitError(f"{ref} is {type(found).__name__}, not callable")
    return method  # type: ignore[no-any-return]


def is_async(function: Callable[..., Any]) -> bool:
    """Whether a call gives a coroutine or an asynchronous stream."""
    inner = getattr(function, "__call__", None)  # noqa: B004
    return any(inspect.iscoroutinefunction(f) or inspect.isasyncgenfunction(f) for f in (function, inner))


def bound(ref: str, role: str, function: Callable[..., Any]) -> Call:
    """A call from the runner's arguments.

    Raises:
        UnfitError: the function wants something that nobody can give.
    """
    offer = _target_offer if role == TARGET else _evaluator_offer
    parameters, takes_all = _parameters(function)

    def call(arguments: Arguments) -> Any:
        offered = offer(arguments)
        given = _given(ref, role, parameters, takes_all, offered, arguments.get("settings") or {})
        return function(*given[0], **given[1])

    return call


def _given(
    ref: str, role: str, parameters: list[Any], takes_all: bool, offered: Mapping[str, Any], settings: Mapping[str, Any]
) -> tuple[list[Any], dict[str, Any]]:
    positional: list[Any] = []
    named: dict[str, Any] = {}
    for place, one in enumerate(parameters):
        required = one.default is inspect.Parameter.empty
        if one.name in offered:
            value = offered[one.name]
        elif one.name in settings:
            value = settings[one.name]
        elif not required:
            continue
        elif role == TARGET and place == 0 and one.kind is not inspect.Parameter.KEYWORD_ONLY:
            value = offered["question"]  # a name of his own: what a pipeline takes is the question
        else:
            known = sorted(offered)
            raise UnfitError(f"{ref} asks for `{one.name}`, which nobody gives; known names: {', '.join(known)}")
        if one.kind is inspect.Parameter.POSITIONAL_ONLY:
            positional.append(value)
        else:
            named[one.name] = value
    if takes_all:
        rest = _LANGFUSE if role == EVALUATOR else ("item",)
        named.update(
            {name: offered[name] for name in rest if name not in named and not (positional and name == "item")}
        )
    return positional, named


_LANGFUSE = ("input", "output", "expected_output", "expected", "metadata", "contexts", "item")
"""What a function with **kwargs is given, as Langfuse and autoevals do."""


def _target_offer(arguments: Arguments) -> dict[str, Any]:
    item = GoldenItem(arguments["item"])
    offered: dict[str, Any] = dict.fromkeys(_ITEM, item)
    offered.update(dict.fromkeys(_QUESTION, item.question))
    offered.update(dict.fromkeys(_INPUT, item.input))
    offered.update(dict.fromkeys(_SETTINGS, arguments.get("settings") or {}))
    offered.update(metadata=item.metadata, id=item.id, item_id=item.id)
    offered.update({name: arguments.get(name) for name in ("repeat", "seed")})
    return offered


def _evaluator_offer(arguments: Arguments) -> dict[str, Any]:
    item = GoldenItem(arguments["item"])
    passages = [Passage(fields) for fields in arguments.get("contexts") or ()]
    offered: dict[str, Any] = dict.fromkeys(_ITEM, item)
    offered.update(dict.fromkeys(_QUESTION, item.question))
    offered.update(dict.fromkeys(_INPUT, item.input))
    offered.update(dict.fromkeys(_EXPECTED, item.expected or None))
    offered.update(dict.fromkeys(_OUTPUT, arguments.get("output")))
    offered.update(dict.fromkeys(_CONTEXTS, passages))
    offered.update(context="\n\n".join(passages), metadata=item.metadata, id=item.id, item_id=item.id)
    offered.update(settings=arguments.get("settings") or {})
    return offered


def _parameters(function: Callable[..., Any]) -> tuple[list[Any], bool]:
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # a function of an extension module that does not tell
        return [inspect.Parameter("question", inspect.Parameter.POSITIONAL_ONLY)], False
    takes_all = any(one.kind is inspect.Parameter.VAR_KEYWORD for one in parameters)
    kinds = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    named = [one for one in parameters if one.kind not in kinds]
    if not named and not takes_all and any(one.kind is inspect.Parameter.VAR_POSITIONAL for one in parameters):
        named = [inspect.Parameter("question", inspect.Parameter.POSITIONAL_ONLY)]
    return named, takes_all


def _measured(metric: Any) -> Callable[..., Any]:
    """A DeepEval metric: it is given a test case, keeps its score in itself, and so works on a copy."""

    def measure(
        *,
        input: Any,  # noqa: A002 - the name it is given by
        actual_output: Any,
        expected_output: Any,
        retrieval_context: list[str],
    ) -> dict[str, Any]:
        from deepeval.test_case import LLMTestCase  # type: ignore[import-not-found]  # the user's own package

        case = LLMTestCase(
            input=str(input), actual_output=actual_output, expected_output=expected_output,
            retrieval_context=[str(passage) for passage in retrieval_context] or None,
        )  # fmt: skip
        own = copy.copy(metric)
        own.measure(case)
        name = getattr(own, "name", None) or getattr(own, "__name__", None) or type(own).__name__
        return {"name": str(name), "value": own.score, "comment": getattr(own, "reason", None) or ""}

    return measure
