"""The rules of the house, read from the source: sizes, names, circles, one door a job."""

import ast
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HOUSE = ROOT / "ragtui"
MODULES = sorted(HOUSE.rglob("*.py"))
NAMES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in MODULES
}  # fmt: skip

MOST_MODULES = 15
MOST_LINES = 500

HEAVY = (
    "textual", "langfuse", "opentelemetry", "openai", "aiohttp", "httpx", "httpx2", "pydantic", "bm25s", "zstandard",
    "distributed", "fsspec", "s3fs", "pandas", "polars", "pyarrow",
)  # fmt: skip

MAY_LOAD = {
    "ragtui.langfuse.live.tracing": {"opentelemetry"},
    "ragtui.runner.endpoints.connections": {"aiohttp", "httpx2"},
    "ragtui.runner.endpoints.failures": {"openai", "pydantic"},
    "ragtui.runner.endpoints.llm": {"openai", "pydantic"},
}
"""Modules that are about a heavy package and are imported where that work begins."""


Trees = dict[Path, ast.Module]


@pytest.fixture(scope="module")
def trees() -> Trees:
    """Every module parsed, for as long as these tests run: a million nodes that nobody else has to carry."""
    return {path: ast.parse(path.read_text("utf-8")) for path in MODULES}


def room_of(path: Path) -> str:
    return path.relative_to(HOUSE).as_posix()


def test_a_folder_can_be_taken_in() -> None:
    counts: dict[str, int] = defaultdict(int)
    for path in MODULES:
        if path.name != "__init__.py":
            counts[path.parent.relative_to(HOUSE).as_posix()] += 1
    too_many = {folder: count for folder, count in counts.items() if count > MOST_MODULES}
    assert not too_many


def test_a_file_is_a_thing() -> None:
    long = {room_of(path): lines for path in MODULES if (lines := path.read_text("utf-8").count("\n")) > MOST_LINES}
    assert not long


def test_a_public_class_name_occurs_once(trees: Trees) -> None:
    homes: dict[str, list[str]] = defaultdict(list)
    for path, tree in trees.items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes[node.name].append(room_of(path))
    twice = {name: found for name, found in homes.items() if len(found) > 1}
    assert not twice, twice


def test_digits_are_chosen_in_present(trees: Trees) -> None:
    """How many digits a number has is said in `present.numbers`, or a column and its sentence soon disagree."""
    chosen = re.compile(r"\.(\d+|\{\w+\})[eEfFgG%]")
    found = {
        f"{room_of(path)}:{node.lineno}"
        for path, tree in trees.items()
        if not room_of(path).startswith("present/")
        for node in ast.walk(tree)
        if isinstance(node, ast.FormattedValue) and node.format_spec and chosen.search(ast.unparse(node.format_spec))
    }
    assert not found


def imports_of(tree: ast.AST) -> Iterator[str]:
    """Modules of ours that a module imports when it runs, in functions too; those for types alone do not count."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.ImportFrom) and node.module:
            for name in node.names:
                full = f"{node.module}.{name.name}"
                yield full if full in NAMES else node.module
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        yield from imports_of(node)


def test_no_circle_anywhere(trees: Trees) -> None:
    """Not between rooms and not inside one, imports within functions included."""
    graph = {
        name: {other for other in imports_of(trees[path]) if other in NAMES and other != name}
        for name, path in NAMES.items()
    }
    circles = [sorted(circle) for circle in _circles(graph)]
    assert not circles


def _circles(graph: dict[str, set[str]]) -> Iterator[set[str]]:
    """Strongly connected components of more than one module (Tarjan 1972)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[set[str]] = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for other in graph[name]:
            if other not in index:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], index[other])
        if low[name] == index[name]:
            circle = set()
            while True:
                circle.add(last := stack.pop())
                if last == name:
                    break
            if len(circle) > 1:
                found.append(circle)

    sys.setrecursionlimit(10_000)
    for name in graph:
        if name not in index:
            visit(name)
    yield from found


LOADED = """
import importlib, sys
heavy = {heavy!r}
for name in {names!r}:
    before = set(heavy) & set(sys.modules)
    importlib.import_module(name)
    new = (set(heavy) & set(sys.modules)) - before
    if new:
        print(name, *sorted(new))
"""


@pytest.mark.parametrize("screens", [False, True], ids=["all but the screens", "the screens"])
def test_no_module_loads_what_it_is_not_about(screens: bool) -> None:
    names = [name for name in NAMES if name.startswith("ragtui.tui") is screens and not name.endswith("__main__")]
    heavy = tuple(name for name in HEAVY if not (screens and name == "textual"))
    script = LOADED.format(heavy=heavy, names=names)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = {line.split()[0]: set(line.split()[1:]) for line in done.stdout.splitlines()}
    wrong = {name: new for name, new in loaded.items() if not new <= MAY_LOAD.get(name, set())}
    assert not wrong
