"""The first hour with somebody else's project: each fault once."""

from __future__ import annotations

from pathlib import Path

import pytest
from openai_standin import standin
from runner_strangers import CASES, Case


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_stranger_gets_what_he_expects(case: Case, tmp_path: Path) -> None:
    with standin(**case.knobs) as server:
        said, right = case.play(tmp_path, server)
    assert right, said
