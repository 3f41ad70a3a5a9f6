"""What may be loaded when: measured in fresh processes, by module names rather than by the clock."""

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest
from platforms import needs_posix

HEAVY = ("textual", "langfuse", "openai", "aiohttp", "httpx", "httpx2", "pydantic", "bm25s", "zstandard")


HOUSE = Path(__file__).parent.parent / "ragtui"


def lines_with(pattern: str) -> set[str]:
    """Modules, relative to the package, with a line of code that matches."""
    found = re.compile(pattern, re.MULTILINE)
    return {path.relative_to(HOUSE).as_posix() for path in HOUSE.rglob("*.py") if found.search(path.read_text("utf-8"))}


def loaded_after(code: str) -> set[str]:
    """Top-level modules in a fresh interpreter after running some code."""
    script = f"{code}\nimport sys\nprint(' '.join(sorted({{name.partition('.')[0] for name in sys.modules}})))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("package", ["model", "stats", "sources", "present", "workbench", "runner", "langfuse", "gate"])
def test_the_core_needs_no_screen_and_no_service(package: str) -> None:
    assert not loaded_after(f"import ragtui.{package}") & set(HEAVY)


def test_model_and_statistics_need_numpy_only() -> None:
    assert not loaded_after("import ragtui.stats") & {"orjson", "rich", "platformdirs", "asyncio", *HEAVY}


def test_version_needs_neither_numpy_nor_textual() -> None:
    code = "from ragtui.cli import main\ntry:\n    main(['--version'])\nexcept SystemExit:\n    pass"
    assert not loaded_after(code) & {"numpy", "orjson", *HEAVY}


FIRST_FRAME = """
import asyncio, sys
from ragtui.tui.app import RagtuiApp
wrong = []
def first_frame(app):
    names = {name.partition('.')[0] for name in sys.modules}
    wrong.extend(names & {'langfuse', 'openai', 'aiohttp', 'httpx', 'httpx2', 'pydantic', 'numpy', 'orjson'})
    app.exit()
RagtuiApp._open = first_frame
async def main():
    async with RagtuiApp(['.']).run_test() as pilot:
        await pilot.pause()
asyncio.run(main())
assert not wrong, wrong
"""


def test_the_first_frame_waits_for_nothing_heavy() -> None:
    subprocess.run([sys.executable, "-c", FIRST_FRAME], check=True)


THE_LIST = """
import asyncio, sys
from ragtui.tui import app
from ragtui.tui.app import RagtuiApp
from ragtui.tui.screens.runs import RunsScreen
app.LIVE_SECONDS = 3600
listed = []
RunsScreen.compare_all = lambda screen: listed.append(set(sys.modules))
async def main():
    async with RagtuiApp(['sample_runs']).run_test() as pilot:
        while not listed:
            await pilot.pause(0.01)
asyncio.run(main())
assert not listed[0] & {'numpy', 'httpx', 'langfuse', 'openai', 'importlib.metadata'}
assert not {name for name in listed[0] if name.startswith('ragtui.runner.')}
"""


def test_the_list_of_runs_stands_without_numpy_the_runner_or_what_other_packages_say() -> None:
    subprocess.run([sys.executable, "-c", THE_LIST], check=True, cwd=HOUSE.parent)


@pytest.mark.parametrize("package", ["ragtui", "ragtui.model", "ragtui.workbench"])
def test_names_found_late_are_those_that_types_know(package: str) -> None:
    """The table for the interpreter repeats what stands for the type checker."""
    module = importlib.import_module(package)
    tree = ast.parse(Path(str(module.__file__)).read_text("utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    typed = {name.name: line.module for line in block.body if isinstance(line, ast.ImportFrom) for name in line.names}
    tables = [ast.literal_eval(node) for node in ast.walk(tree) if isinstance(node, ast.Dict)]
    assert {name: home for home, names in tables[0].items() for name in names} == typed
    assert set(typed) <= set(module.__all__)
    for name in module.__all__:
        assert getattr(module, name) is getattr(sys.modules.get(str(typed.get(name)), module), name)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        module.nothing  # noqa: B018


DOORS = {
    "folders and variables": (r"platformdirs|[\"']RAGTUI_[A-Z]+[\"']", {"places.py"}),
    # `Path.resolve` raises a RuntimeError at a link to itself. What the user's Python runs imports nothing of ours.
    "follow links": (r"\.resolve\(\)|realpath\(", {"places.py", "runner/usercode/ragtui_host/telling.py"}),
    "write beside and rename": (
        r"mkstemp|\.with_suffix\([\"']\.tmp|temporary\.replace\(|os\.(replace|rename)\(",
        {"files/atomic.py"},
    ),
    "what a server asks to wait": (r"[\"'][Rr]etry-[Aa]fter", {"retry_after.py"}),
    "ask a Langfuse server": (r"import httpx\b", {"langfuse/api/client.py", "langfuse/api/connections.py"}),
    "pages of a hosted listing": (r"totalPages|meta\.get\(\"cursor", {"langfuse/api/pages.py"}),
    # What calls it beside the recipe has sides that are in no library, or the targeted repeats of a comparison.
    "put a comparison together": (
        r"\bcompare_sides\((?!\n)",
        {"workbench/recipe.py", "workbench/confirming.py", "gate/gathering.py"},
    ),
    # Every verdict that is shown comes from the first; the second asks only which cells need no further repeats.
    "compare two sides": (r"^\s+(return |\w+ = )compare\(", {"workbench/comparing.py", "runner/launch/settling.py"}),
}


@pytest.mark.parametrize("job", DOORS)
def test_one_job_has_one_door(job: str) -> None:
    pattern, rooms = DOORS[job]
    assert lines_with(pattern) == rooms


def test_windows_passes_over_what_only_posix_has() -> None:
    """Few of the test modules, and all that would fail there while they are imported."""
    tests = [path for path in Path(__file__).parent.rglob("test_*.py") if "bench" not in path.parts]
    over = {path.stem for path in tests if needs_posix(path)}
    assert {"test_doors", "test_writer", "test_lost_output"} <= over  # a named pipe, `resource`, `/dev/full`
    assert len(over) <= 20, sorted(over)
