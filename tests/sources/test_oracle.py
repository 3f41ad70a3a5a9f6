"""Mutants of hand-made results against an oracle; RAGTUI_MUTANTS=100000 tries more than the suite does."""

import os
from pathlib import Path

import pytest
from reader_oracle import try_mutants

MUTANTS = int(os.environ.get("RAGTUI_MUTANTS", "3000"))
PARTS = 6


@pytest.mark.parametrize("part", range(PARTS))
def test_what_is_read_is_what_was_written(tmp_path: Path, part: int) -> None:
    each = MUTANTS // PARTS
    tally = try_mutants(tmp_path, part * each, each)
    print(tally)  # noqa: T201 - shown with -s, or when it fails
    assert not tally.faults, "\n".join(tally.faults[:10])
    assert tally.tried.total() == each
