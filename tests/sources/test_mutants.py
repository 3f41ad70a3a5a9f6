"""3,000 damaged files over all formats; `tests/bench/mutants.py` tries as many as wanted."""

from pathlib import Path

import pytest
from format_examples import EXAMPLES, Example
from format_mutants import Tally, try_mutants

EACH = -(-3_000 // len(EXAMPLES))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.id)
def test_a_damaged_file_is_refused_or_read_as_far_as_it_goes(tmp_path: Path, example: Example) -> None:
    tally = Tally()
    try_mutants(example, EACH, 1, tmp_path, tally)
    assert not tally.wrong
    assert sum(tally.ends.values()) == EACH
