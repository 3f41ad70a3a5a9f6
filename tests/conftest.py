"""Every test has its own state, configuration and cache folders; none sees the developer's."""

import os

import pytest
from hypothesis import settings

# Under this setting every process that a test starts compiles the whole package anew, which is half of its CPU time.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@pytest.fixture(autouse=True)
def own_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("RAGTUI_STATE_DIR", str(home / "state"))
    monkeypatch.setenv("RAGTUI_CONFIG", str(home / "config.toml"))
    monkeypatch.setenv("RAGTUI_CACHE_DIR", str(home / "cache"))
    for name in ("NO_COLOR", "TEXTUAL_THEME", "RAGTUI_ASCII", "EDITOR", "VISUAL"):
        monkeypatch.delenv(name, raising=False)


# A shared machine is slow at times, and what CI decides must not depend on luck: no deadlines, and the same examples
# every time in CI. Locally every run tries new ones.
settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")


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
