"""What in a project may answer: functions, objects, classes, makers, programs, addresses. Nothing is imported.

Only names are looked at, and each is shown before it is taken: a wrong guess costs a keystroke, code that ran by
surprise might cost more.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ragtui.files.regular import read_regular
from ragtui.runner.launch.first.programs import OTHER_LANGUAGES, QUESTION_WORDS, Program, program_elsewhere, program_in

_ANSWERS = ("answer", "ask", "query", "run", "predict", "generate", "respond", "response", "chat", "invoke", "pipeline",
            "rag", "qa", "main")  # fmt: skip
_OTHER_WORK = frozenset(
    {"build", "check", "clean", "create", "embed", "eval", "evaluate", "expand", "extract", "format", "grade", "is",
     "judge", "load", "log", "make", "normalize", "parse", "print", "rewrite", "save", "score", "setup", "split",
     "test", "validate"}
)  # fmt: skip
_MAKERS = frozenset({"build", "create", "get", "load", "make", "setup"})
_OBJECTS = frozenset({"agent", "assistant", "bot", "chain", "chatbot", "engine", "graph", "pipeline", "qa", "rag"})
_METHODS = ("answer", "ask", "query", "invoke", "run", "chat", "generate", "predict", "respond", "ainvoke", "aquery",
            "arun", "achat", "__call__")  # fmt: skip
_SURELY = frozenset({"answer", "ask", "__call__"})
_ROUTES = frozenset({"get", "post", "put", "route"})
_OBJECT, _CLASS, _MAKER = 2.5, 3.5, 4.5
"""Places of the others among functions, which stand at their word's place in the list above."""
_MOST_BYTES = 2_000_000
_FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Answering:
    """What was found; each list best first.

    Attributes:
        calls: as `call` in a plan wants them.
        programs: words of a command and what it reads, for files that are run with a question.
        routes: paths that a web service answers at.
    """

    calls: tuple[str, ...] = ()
    programs: tuple[Program, ...] = ()
    routes: tuple[str, ...] = ()
    perhaps: tuple[str, ...] = ()
    """Functions of one argument that nothing tells apart, where nothing else was found."""
    asks: Mapping[str, str] = field(default_factory=dict)
    """By path of a web service, what the model of its body calls the question."""


def what_answers(folder: Path, files: Iterable[Path]) -> Answering:
    """Look through the Python files of a folder, and programs in other languages that are called like what answers."""
    calls: list[tuple[float, int, str]] = []
    programs, elsewhere, routes, others = [], [], [], []
    made: set[str] = set()
    asks: dict[str, str] = {}
    is_service = False
    for path in files:
        if path.suffix in OTHER_LANGUAGES:
            if program := program_elsewhere(path, folder):
                elsewhere.append(program)
            continue
        text, tree = _parsed(path)
        if tree is None or path.name.startswith(("test_", "conftest")) or path.stem.endswith("_test"):
            continue
        parts = path.relative_to(folder).with_suffix("").parts
        if parts[0] == "src" and len(parts) > 1 and not (folder / "src" / "__init__.py").exists():
            parts = parts[1:]
        if parts[-1] == "__init__":
            parts = parts[:-1]
        routes += [route for node in ast.walk(tree) if _rank_of(node) is not None for route in _routes(node)]
        asks.update(_fields_asked(tree))
        is_service = is_service or any(True for node in ast.walk(tree) for _ in _routes(node))
        if parts and all(part.isidentifier() for part in parts):
            found = [(rank, name) for node in tree.body for rank, name in _offers(node)]
            made |= _used_by_makers(tree)
            calls += [(rank, len(parts), f"{'.'.join(parts)}:{name}") for rank, name in found]
            others += [f"{'.'.join(parts)}:{name}" for name in map(_takes_one, tree.body) if name]
        if (program := program_in(path.relative_to(folder), text, tree)) is not None:
            programs.append(program)
    programs += elsewhere
    others = [] if calls or programs or is_service else others
    alone = others if len(others) == 1 else ()
    return Answering(
        (*(call for *_, call in sorted(_behind_makers(calls, made))), *alone),
        tuple(programs),
        tuple(dict.fromkeys(routes)),
        () if alone else tuple(others),
        asks,
    )


def _parsed(path: Path) -> tuple[str, ast.Module | None]:
    try:
        if path.suffix != ".py" or path.stat().st_size > _MOST_BYTES:
            return "", None
        raw = read_regular(path)
        return raw.decode("utf-8", "replace"), ast.parse(raw)
    except (SyntaxError, ValueError, OSError, RecursionError):
        return "", None


def _used_by_makers(tree: ast.Module) -> set[str]:
    """Names that functions which make something use."""
    makers = [node for node in tree.body if isinstance(node, _FUNCTION) and _is_maker(node.name)]
    return {inner.id for node in makers for inner in ast.walk(node) if isinstance(inner, ast.Name)}


def _behind_makers(calls: list[tuple[float, int, str]], used: set[str]) -> list[tuple[float, int, str]]:
    """A class that a maker uses is ready only as it comes from there: an empty pipeline, without the components that
    the maker puts in, answers nothing."""

    def is_used(call: str) -> bool:
        name = call.partition(":")[2]
        return not name.endswith("()") and name.partition(".")[0] in used

    return [(max(rank, _MAKER + 0.5) if is_used(call) else rank, depth, call) for rank, depth, call in calls]


def _offers(node: ast.stmt) -> Iterator[tuple[float, str]]:
    if isinstance(node, _FUNCTION):
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        rank = _rank(node.name)
        makes = _is_maker(node.name) and not any(one.arg.lower() in QUESTION_WORDS for one in arguments)
        if makes:  # get_query_engine(top_k=3) gives what answers; with the question for top_k it gave its engine
            yield from [] if _needed(node, 0) else [(_MAKER, f"{node.name}()")]
        elif rank is not None and arguments:
            yield rank, node.name
    elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
        yield from _of_class(node)
    elif isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Call | ast.BinOp):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = [target.id for target in targets if isinstance(target, ast.Name)]
        yield from ((_OBJECT, name) for name in names if set(name.lower().split("_")) & _OBJECTS and name[0] != "_")


def _takes_one(node: ast.stmt) -> str:
    """The name of a public function of one argument, whatever language it is named in; else nothing."""
    if not isinstance(node, _FUNCTION) or node.name.split("_")[0] in _OTHER_WORK:
        return ""
    return node.name if _needed(node, 0) == 1 and not node.name.startswith("_") else ""


def _of_class(node: ast.ClassDef) -> Iterator[tuple[float, str]]:
    methods = {one.name: one for one in node.body if isinstance(one, _FUNCTION)}
    name = next((name for name in _METHODS if name in methods), None)
    is_named_so = any(word in node.name.lower() for word in _OBJECTS)
    if name is None or not (is_named_so or name in _SURELY):
        return
    maker = methods.get("__init__")
    harder = 1.5 if maker is not None and _needed(maker, 1) else 0.0  # behind functions that make one
    yield _CLASS + harder + 0.25 * (not is_named_so), node.name if name == "__call__" else f"{node.name}.{name}"


def _rank(name: str) -> float | None:
    """Place in the list of words; None where the name says other work, or is private."""
    words = name.split("_")
    if name.startswith("_") or words[0] in _OTHER_WORK:
        return None
    if words[0] in _ANSWERS:
        return float(_ANSWERS.index(words[0]))
    inner = [_ANSWERS.index(word) for word in words if word in _ANSWERS and word not in ("run", "main")]
    return min(inner) + 0.5 if inner else None


def _rank_of(node: ast.AST) -> float | None:
    return _rank(node.name) if isinstance(node, _FUNCTION) else None


def may_answer(path: Path) -> bool:
    """Whether a file in another language is called like what answers: a deployment script reads words too, and a
    service has hundreds of files for its pages. `run` is every script's name."""
    words = set(re.split(r"[^a-z]+", path.stem.lower()))
    is_called_so = bool(words & ({*_ANSWERS, *_OBJECTS} - {"run"})) and not words & _OTHER_WORK
    return path.suffix in OTHER_LANGUAGES and is_called_so


def _is_maker(name: str) -> bool:
    words = name.lower().split("_")
    return words[0] in _MAKERS and bool(_OBJECTS & set(words))


def _needed(node: ast.FunctionDef | ast.AsyncFunctionDef, given: int) -> int:
    """How many arguments have no default, beside those that are given."""
    arguments = node.args
    positional = len(arguments.posonlyargs) + len(arguments.args) - len(arguments.defaults) - given
    return max(0, positional) + sum(default is None for default in arguments.kw_defaults)


def _routes(node: ast.AST) -> Iterator[str]:
    """The paths that a function is registered for in a web service."""
    if not isinstance(node, _FUNCTION):
        return
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Attribute) and decorator.args:
            path = decorator.args[0].value if isinstance(decorator.args[0], ast.Constant) else None
            if decorator.func.attr in _ROUTES and isinstance(path, str) and path.startswith("/"):
                yield path


def _fields_asked(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Path and field, where a handler's argument is of a class in its file that has a field for the question."""
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    for node in ast.walk(tree):
        for route in _routes(node):
            assert isinstance(node, _FUNCTION)
            wanted = [one.annotation.id for one in node.args.args if isinstance(one.annotation, ast.Name)]
            fields = [name for each in wanted if each in classes for name in _fields(classes[each])]
            named = [word for word in QUESTION_WORDS if word in fields]
            yield from [(route, named[0])] if named else []


def _fields(node: ast.ClassDef) -> list[str]:
    return [one.target.id for one in node.body if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)]
