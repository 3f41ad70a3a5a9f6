"""In a CI job: no state folder, no cache, no configuration; everything hosted works."""

from __future__ import annotations

from pathlib import Path

import pytest
from langfuse_standin import StandIn
from publishing_kit import dataset_of, simple_run

from ragtui.cli.main import main
from ragtui.sources import write_dataset


@pytest.fixture(params=["v4-old"])
def server(server: StandIn, project: Path, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    (project / "file").write_text("")
    for name in ("STATE_DIR", "CACHE_DIR"):
        monkeypatch.setenv(f"RAGTUI_{name}", str(project / "file" / name))
    return server


def test_every_hosted_command_works_without_a_folder_of_its_own(
    server: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_dataset(tmp_path / "golden.json", dataset_of(4, "docs"))
    for name in ("base", "cand"):
        simple_run(tmp_path / name, 4, repeats=2, name=name)
    base, cand = "langfuse:docs/base", "langfuse:docs/cand"
    for words, wanted in (
        (["seed", "golden.json"], {0}),
        (["publish", "base", "--langfuse", "docs"], {0}),
        (["publish", "cand", "--langfuse", "docs"], {0}),
        (["runs", "langfuse:"], {0}),
        (["compare", base, "--vs", cand], {0}),
        (["gate", "--baseline", base, "--candidate", cand], {0, 3, 4}),
        (["trace", f"{cand} #1", "002"], {0}),
        (["pull", cand, "kept"], {0}),
        (["publish", cand, "--verdicts", base], {0}),
    ):
        code = main(words)
        shown = capsys.readouterr()
        assert code in wanted and "Traceback" not in shown.err, (words, code, shown)
