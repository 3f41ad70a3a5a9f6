"""Every test has its own state, configuration and cache folders; none sees the developer's."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from platforms import needs_posix

from ragtui.startup import collect_seldom

if TYPE_CHECKING:
    from langfuse_standin import StandIn

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A job that a script puts into the background is started without Ctrl-C, and what it starts inherits that.
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Under this setting every process that a test starts compiles the whole package anew, which is half of its CPU time.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@pytest.fixture(autouse=True)
def own_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path_factory.mktemp("home")
    (home / "config.toml").touch()
    monkeypatch.setenv("RAGTUI_STATE_DIR", str(home / "state"))
    monkeypatch.setenv("RAGTUI_CONFIG", str(home / "config.toml"))
    monkeypatch.setenv("RAGTUI_CACHE_DIR", str(home / "cache"))
    for name in ("NO_COLOR", "TEXTUAL_THEME", "RAGTUI_ASCII", "EDITOR", "VISUAL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder where the test works: the root of a checkout."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    """A stand-in for a Langfuse server, named in the environment; a test names another generation as its parameter.

    A module that needs something on its server asks for this fixture in one of the same name, and fills it there."""
    from langfuse_standin import StandIn

    with StandIn(getattr(request, "param", "v4")) as running:
        for name, value in running.env.items():
            monkeypatch.setenv(name, value)
        yield running


# A shared machine is slow at times, and what CI decides must not depend on luck: no deadlines, no check of how long
# examples take to make, and the same examples every time in CI. Locally every run tries new ones.
settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("here"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")


LONGEST = (
    "langfuse/test_live_script", "tui/test_no_dead_key", "tui/test_contrast", "tui/test_app_frames",
    "tui/test_app_actions", "runner/test_cluster", "runner/test_runs",
    "runner/test_faults", "runner/test_strangers", "runner/test_batches", "runner/test_first_hour",
    "cli/test_lost_output", "langfuse/test_odd_servers", "langfuse/test_fault_table", "langfuse/test_one_dataset",
    "langfuse/test_publish_faults", "langfuse/test_publish_cli", "tui/test_launch_screens", "tui/test_app_looks",
    "tui/test_keystrokes", "tui/test_soak", "present/test_same_bytes", "gate/test_scenarios", "sources/test_mutants",
    "sources/test_remote", "test_manual",
)  # fmt: skip
"""Files that take longest. They come first: a worker that gets one of them last works alone while the others wait."""


def pytest_xdist_auto_num_workers() -> int:
    """Half as many workers again as there are cores: tests of screens and servers wait for half of their time."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores + (cores + 1) // 2


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    is_test = collection_path.suffix == ".py" and collection_path.name.startswith("test_")
    return True if sys.platform == "win32" and is_test and needs_posix(collection_path) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    first = {name: place for place, name in enumerate(LONGEST)}
    places = {path: first.get(path.relative_to(here).with_suffix("").as_posix(), len(first))
              for path in {item.path for item in items}}  # fmt: skip
    items.sort(key=lambda item: places[item.path])


def pytest_collection_finish() -> None:
    """Thousands of collected tests and what they import stay: the collector need not walk over them again and again.

    It comes as seldom as in the `ragtui` command."""
    gc.collect()
    gc.freeze()
    collect_seldom()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the tables that tests recorded with `record_property("table:TITLE", line)`."""
    tables: dict[str, list[str]] = {}
    for report in (*terminalreporter.stats.get("passed", ()), *terminalreporter.stats.get("failed", ())):
        for name, value in getattr(report, "user_properties", ()):
            if name.startswith("table:"):
                tables.setdefault(name.removeprefix("table:"), []).append(str(value))
    for title, lines in tables.items():
        terminalreporter.section(title)
        for line in sorted(lines):
            terminalreporter.write_line(line)
