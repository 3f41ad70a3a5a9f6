"""What a listing proposes can be done with what it lists."""

from argparse import Namespace

import pytest

from ragtui.cli.commands.look.runs import next_step


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
