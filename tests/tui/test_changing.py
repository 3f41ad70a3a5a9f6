"""Runs that change while they are shown: nothing is raised, no text is of another item or run, and it is said."""

import os
from pathlib import Path

import pytest
from tui.changing import CHANGES, SCREENS, change_while_shown

POSIX = ("a pipe", "a device", "a link to itself", "a folder that links to itself")
TRIED = [
    *(("item", how) for how in CHANGES),
    *(
        (screen, how)
        for screen, how in zip(SCREENS, ("deleted", "a folder", "run again") * 3, strict=False)
        if screen != "item"
    ),
]
"""The rest: `python tests/bench/changing_run.py`."""


@pytest.mark.parametrize(("screen", "how"), TRIED)
async def test_a_run_that_changes_while_it_is_shown(
    screen: str, how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if how in POSIX and os.name == "nt":
        pytest.skip("links and pipes are POSIX")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EDITOR", "true")
    assert await change_while_shown(screen, how, tmp_path / "runs", quick=True) == []
