"""Publishing a run: what arrives on every kind of server, and what a second go changes."""

from __future__ import annotations

from pathlib import Path

import pytest
from langfuse_standin import KINDS, StandIn
from publishing_kit import publish, simple_run

from ragtui.langfuse.write.publisher import Phase


@pytest.fixture(autouse=True)
def state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAGTUI_STATE_DIR", str(tmp_path / "state"))


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file() and path.name != ".lock"}


@pytest.mark.parametrize("kind", [name for name in KINDS if name != "v2"])
def test_every_server_kind_holds_the_run_and_it_is_verified(tmp_path: Path, kind: str) -> None:
    run = simple_run(tmp_path / "run", 7, repeats=2)
    before = files_of(tmp_path / "run")
    with StandIn(kind) as server:
        outcome = publish(server, run)
        assert [p.line() for p in outcome.experiments if p.phase is not Phase.VERIFIED] == []
        assert [p.experiment for p in outcome.experiments] == ["baseline #1", "baseline #2"]
        assert len(server.stored_items()) == 14
        assert len(server.stored_scores()) == 28
    assert files_of(tmp_path / "run") == before
