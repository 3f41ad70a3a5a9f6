"""How an exception of the user's own code is told."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from ragtui.runner.usercode.ragtui_host.telling import told


def test_errors_that_a_plan_mends_say_how(tmp_path: Path) -> None:
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "pyvenv.cfg").write_text("")
    missing = told(ModuleNotFoundError("No module named 'x'"), str(tmp_path))["error"]
    assert 'python = ".venv/bin/python"' in missing
    wants_more = TypeError("string indices must be integers, not 'str'")
    assert 'input = { input = "{question}" }' in told(wants_more, str(tmp_path), got_text=True)["error"]
    assert "{question}" not in told(wants_more, str(tmp_path))["error"]
    (tmp_path / ".env").write_text("# keys\nexport RAG_INDEX_URL='http://x'\nPATH=/bin\n")
    unset = told(KeyError("RAG_INDEX_URL"), str(tmp_path))["error"]
    assert ".env sets RAG_INDEX_URL, and nothing has read it" in unset and "http://x" not in unset
    assert ".env" not in told(KeyError("PATH"), str(tmp_path))["error"], "it is set"
    assert ".env" not in told(KeyError("RAG_INDEX_URL_2"), str(tmp_path))["error"]
    notebook = told(NameError("name 'get_ipython' is not defined"), str(tmp_path))["error"]
    assert "belongs to a notebook" in notebook


def test_the_place_of_an_error_is_the_users_own_line_and_not_the_interpreters(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("import os\n\ndef ask():\n    return os.environ['NO_SUCH_NAME']\n")
    with pytest.raises(KeyError) as raised:
        runpy.run_path(str(tmp_path / "mine.py"))["ask"]()
    said = told(raised.value, str(tmp_path))
    assert said["error"] == "KeyError: 'NO_SUCH_NAME' (mine.py:4 in ask)" and "<frozen" not in said["trace"]


def test_an_exception_is_told_with_its_message_first(tmp_path: Path) -> None:
    try:
        raise ValueError("first line\nsecond line\n  For further information visit https://example.com")
    except ValueError as error:
        said = told(error, str(Path(__file__).parent))
    assert said["error"].startswith("ValueError: first line; second line (test_told_errors.py:")
    assert "further information" not in said["error"]
