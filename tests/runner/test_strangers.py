"""The first hour with somebody else's project: each fault once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from openai_standin import standin
from runner_strangers import CASES, Case


def test_every_fault_that_was_seen_has_a_case() -> None:
    named = {case.name.split()[0] for case in CASES if re.match(r"F\d", case.name)}
    assert named == {f"F{number}" for number in range(1, 22)}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_stranger_gets_what_he_expects(case: Case, tmp_path: Path) -> None:
    with standin(**case.knobs) as server:
        said, right = case.play(tmp_path, server)
    assert right, said
