"""What a command proposes as the next step can be done with what it showed."""

from argparse import Namespace
from pathlib import Path

import pytest
from builders import steady, write_run

from ragtui.cli.commands.look import compare, explain
from ragtui.cli.commands.look.runs import next_step
from ragtui.cli.main import COMMANDS, command_parser


@pytest.mark.parametrize(
    ("listed", "where", "proposed"),
    [
        ((), "", "ragtui init"),
        ((), "tag:old", "without --where"),
        (("only one",), "", "ragtui noise 'only one' --in runs"),
        (("a", "b"), "", "ragtui compare BASE --vs CANDIDATE --in runs"),
    ],
)
def test_a_listing_proposes_what_its_runs_allow(listed: tuple[str, ...], where: str, proposed: str) -> None:
    said = next_step(Namespace(places=["runs"], listed=listed, where=where))
    assert proposed in said and ("compare" in said) == (len(listed) > 1)


@pytest.mark.parametrize("launched", ["neither", "one side", "both"])
def test_only_what_can_be_run_again_is_to_be_confirmed(launched: str, tmp_path: Path) -> None:
    write_run(tmp_path / "a", steady(5, 8, 3, i003=[5, 4, 5]))
    write_run(tmp_path / "b", steady(5, 8, 3, i005=[1, 1, 1]), day=2)
    for name in {"neither": "", "one side": "a", "both": "ab"}[launched]:
        (tmp_path / name / "launch.json").write_text("{}", "utf-8")
    sides = ["a", "--vs", "b", "--in", str(tmp_path)]
    entries = {entry.name: entry for entry in COMMANDS}
    for command, words in ((compare, sides), (explain, ["005", *sides])):
        args = command_parser(entries[command.__name__.rpartition(".")[2]], command).read(words)
        command.run(args)
        said = command.next_step(args)
        assert ("ragtui confirm a --vs b" in said) == (launched == "both"), said
        assert command is explain or said.startswith("ragtui explain 005 a --vs b"), "an item that is in doubt"


@pytest.mark.parametrize(
    ("repeats", "others", "place", "proposed"),
    [(1, True, False, True), (1, False, False, False), (3, True, False, False), (1, True, True, False)],
)
def test_where_other_runs_lie_beside_two_single_ones_their_repeats_are_looked_for(
    repeats: int, others: bool, place: bool, proposed: bool, tmp_path: Path
) -> None:
    for day, name in enumerate(("a", "b", *(["older"] if others else [])), start=1):
        write_run(tmp_path / name, steady(5, 8, repeats, i003=[5, 4, 5][:repeats]), day=day, pipeline={"k": day})
    (tmp_path / ".cache").mkdir()
    sides = [str(tmp_path / "a"), "--vs", str(tmp_path / "b"), *(["--in", str(tmp_path)] if place else [])]
    entry = next(entry for entry in COMMANDS if entry.name == "compare")
    args = command_parser(entry, compare).read(sides)
    compare.run(args)
    assert (f"--in {tmp_path} looks there for repeats" in compare.next_step(args)) == proposed
