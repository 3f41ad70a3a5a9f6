"""What a comparison found, as categorical scores on the candidate's hosted run."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import dataset, steady, write_run
from langfuse_standin import StandIn

from ragtui.cli.main import main

ITEMS = 12


@pytest.fixture(params=["v4", "v4-old", "v4-legacy"])
def server(server: StandIn, project: Path) -> StandIn:
    golden = dataset(ITEMS)
    write_run(project / "base", steady(5, ITEMS, 3, i003=[5, 4, 5]), pipeline={"v": 1}, golden=golden)
    write_run(project / "cand", steady(5, ITEMS, 2, i007=[1, 1]), pipeline={"v": 2}, golden=golden, day=2)
    for name in ("base", "cand"):
        assert main(["publish", name]) == 0
    return server


def verdicts(server: StandIn) -> list[dict[str, object]]:
    return [score for score in server.stored_scores() if str(score["name"]).startswith("ragtui verdict: ")]


@pytest.mark.parametrize("candidate", ["cand", "langfuse:things/cand"], ids=["folder", "address"])
def test_verdicts_are_on_every_repeat_once_and_are_no_scores_of_the_run(
    server: StandIn, candidate: str, capsys: pytest.CaptureFixture[str]
) -> None:
    name = dataset(ITEMS).name
    word = candidate.replace("things", name)
    before = len(server.stored_scores())
    for _ in range(2):
        assert main(["publish", word, "--verdicts", f"langfuse:{name}/base"]) == 0, capsys.readouterr()
    found = verdicts(server)
    assert len(found) == 2 * ITEMS and len(server.stored_scores()) == before + 2 * ITEMS
    assert {score["dataType"] for score in found} == {"CATEGORICAL"}
    assert {score["value"] for score in found} <= {
        "regressed", "within noise", "unchanged", "improved", "unproven", "noise unknown", "error", "no change",
        "same", "missing",
    }  # fmt: skip
    assert any(score["value"] == "regressed" and "against base" in str(score["comment"]) for score in found)
    capsys.readouterr()
    main(["compare", f"langfuse:{name}/base", "--vs", f"langfuse:{name}/cand"])
    assert "ragtui verdict" not in capsys.readouterr().out


@pytest.mark.parametrize("server", ["v4"], indirect=True)
def test_verdicts_are_those_of_compare_with_the_noise_that_the_project_keeps(server: StandIn, project: Path) -> None:
    assert main(["noise", "base", "--save", str(project / ".ragtui" / "noise" / "base.json")]) == 0
    golden = dataset(ITEMS)
    write_run(project / "apart" / "one", steady(5, ITEMS, 1), pipeline={"v": 3}, golden=golden, day=3)
    write_run(project / "apart" / "two", steady(5, ITEMS, 1, i007=[1]), pipeline={"v": 4}, golden=golden, day=4)
    assert main(["publish", "apart/two", "--langfuse", "alone"]) == 0
    assert main(["publish", "apart/two", "--langfuse", "alone", "--verdicts", "apart/one"]) == 0
    found = {score["value"] for score in verdicts(server)}
    assert found == {"same", "unproven"}, "without the profile what moved was outside a borrowed band only"


def test_what_was_never_published_has_no_place_for_verdicts(
    server: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_run(tmp_path / "local", steady(5, ITEMS, 1), pipeline={"v": 3}, golden=dataset(ITEMS))
    assert main(["publish", "local", "--verdicts", "base"]) == 2
    assert "Publish it first" in capsys.readouterr().err and not verdicts(server)
