"""What "module:name" means: a function, an object with the usual method, a class of which one object is made.

`package.rag:Pipeline.answer` makes one `Pipeline` and calls its method; `package.rag:build_chain()` calls the function
once and uses what it gives. What either needs is taken from the settings, by name. One object is made a process.
"""

from __future__ import annotations

import copy
import importlib
import inspect
import os
import re
from collections.abc import Callable, Mapping
from typing import Any

from .telling import UnfitError

TARGET, EVALUATOR = "target", "evaluator"

METHODS = {
    TARGET: (
        "invoke",
        "ainvoke",
        "query",
        "aquery",
        "run",
        "arun",
        "answer",
        "ask",
        "chat",
        "achat",
        "generate",
        "predict",
        "respond",
        "kickoff",
    ),
    EVALUATOR: ("evaluate", "score", "grade", "judge", "eval"),
}
"""Methods of an object that are looked for where it cannot be called itself, by role."""
_NO_SETTINGS: Mapping[str, Any] = {}


_ROOTS = ("pyproject.toml", "setup.py", "setup.cfg", ".git")


def folders_of(project: str) -> tuple[list[str], list[str]]:
    """Where a plan's modules are: its own folder and the `src` in it; then, behind all that is installed, the same of
    the project whose subfolder the plan lies in, so that nothing there stands in for a library."""
    near, far = [project], []
    above = os.path.dirname(os.path.abspath(project))
    while not any(os.path.exists(os.path.join(project, name)) for name in _ROOTS) and above != os.path.dirname(above):
        if any(os.path.exists(os.path.join(above, name)) for name in _ROOTS):
            far = [above]
            break
        above = os.path.dirname(above)
    return [*near, *filter(_is_src, map(_src, near))], [*far, *filter(_is_src, map(_src, far))]


def _src(folder: str) -> str:
    return os.path.join(folder, "src")


def _is_src(folder: str) -> bool:
    return os.path.isdir(folder) and not os.path.exists(os.path.join(folder, "__init__.py"))


class Coming:
    """What an asynchronous maker gives (`rag:make()` of an `async def make`): it is there once it was awaited, on the
    loop that its calls run on, since locks, sessions and pools belong to the loop they were made on."""

    def __init__(self, ref: str, role: str, settings: Mapping[str, Any], awaited: Any, path: list[str]) -> None:
        self._ref, self._role, self._settings = ref, role, settings
        self._awaited, self._path = awaited, path

    async def there(self) -> Callable[..., Any]:
        """What is called.

        Raises:
            UnfitError: it is nothing that can be called.
            BaseException: whatever making it raises.
        """
        found, path = self._awaited, self._path
        while inspect.isawaitable(found):
            found, _, path = _along(self._ref, await found, path, self._settings)
        return _called(self._ref, found, self._role)


def callable_of(
    ref: str, role: str, settings: Mapping[str, Any] = _NO_SETTINGS
) -> tuple[Callable[..., Any] | Coming, bool]:
    """What is called, and whether an object was made for it, which then belongs to these settings.

    Raises:
        UnfitError: it is nothing that can be called, or cannot be made from the settings.
        Exception: whatever the import raises; AttributeError when the name is not there.
    """
    module, _, path = ref.partition(":")
    found, made, left = _along(ref, importlib.import_module(module), path.split("."), settings)
    if inspect.isawaitable(found):
        return Coming(ref, role, settings, found, left), made
    if inspect.isclass(found) and _method_of(found, role):
        found, made = _made(ref, found, settings), True
    return _called(ref, found, role), made


def _called(ref: str, found: Any, role: str) -> Callable[..., Any]:
    if role == EVALUATOR and not inspect.isclass(found) and callable(getattr(found, "measure", None)):
        return _measured(found)
    if callable(found):
        return found  # type: ignore[no-any-return]
    name = next((name for name in METHODS[role] if callable(getattr(found, name, None))), None)
    if name is None:
        raise UnfitError(
            f"{ref} is {type(found).__name__}, which cannot be called; name its method: {ref}.method_of_it"
        )
    return getattr(found, name)  # type: ignore[no-any-return]


def _along(ref: str, found: Any, path: list[str], settings: Mapping[str, Any]) -> tuple[Any, bool, list[str]]:
    """What a path of names leads to, whether an object was made on the way, and the names behind one that has to be
    awaited first."""
    made = False
    for place, part in enumerate(path, start=1):
        name = part.removesuffix("()")
        if inspect.isclass(found) and inspect.isfunction(inspect.getattr_static(found, name, None)):
            found, made = _made(ref, found, settings), True  # a method of its objects
        found = getattr(found, name)
        if part != name:
            found, made = _made(ref, found, settings), True
            if inspect.isawaitable(found):
                return found, True, path[place:]
    return found, made, []


def _method_of(found: type, role: str) -> bool:
    """Whether objects of a class answer, or score; of others, the class itself is what is called."""
    names = ("__call__", *METHODS[role], *(("measure",) if role == EVALUATOR else ()))
    return any(inspect.isroutine(getattr(found, name, None)) for name in names if name != "__call__") or any(
        "__call__" in vars(one) for one in found.__mro__
    )


def _made(ref: str, maker: Callable[..., Any], settings: Mapping[str, Any]) -> Any:
    """One object, made from the settings that it asks for by name."""
    try:
        parameters = list(inspect.signature(maker).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    positional, named = [], {}
    for one in parameters:
        if one.kind in (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL):
            continue
        if one.name in settings:
            value = settings[one.name]
        elif one.default is not inspect.Parameter.empty:
            continue
        elif one.name in ("settings", "config", "params"):
            value = dict(settings)
        else:
            name = getattr(maker, "__name__", "it")
            raise UnfitError(
                f"{ref}: {name} asks for `{one.name}` before anything can be called; put it into the table of "
                f"settings, or name something that is ready: an object of your module, or a function that makes one, "
                f"written with brackets: {ref.partition(':')[0]}:make()"
            )
        if one.kind is inspect.Parameter.POSITIONAL_ONLY:
            positional.append(value)
        else:
            named[one.name] = value
    return maker(*positional, **named)


def is_async(function: Callable[..., Any]) -> bool:
    """Whether a call gives a coroutine or an asynchronous stream."""
    inner = getattr(function, "__call__", None)  # noqa: B004
    return any(inspect.iscoroutinefunction(f) or inspect.isasyncgenfunction(f) for f in (function, inner))


def async_twin(function: Callable[..., Any], error: BaseException) -> Callable[..., Any] | None:
    """The asynchronous method beside the one that raised, where its error sends there: "use ainvoke"."""
    of, name = getattr(function, "__self__", None), f"a{getattr(function, '__name__', '')}"
    twin = getattr(of, name, None) if of is not None and re.search(rf"\b{re.escape(name)}\b", str(error)) else None
    return twin if callable(twin) and is_async(twin) else None


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
