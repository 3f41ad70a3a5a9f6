"""Damaged plans, policies, settings, state, baselines, launches, journals and replies: refused in a message, or read.

A hundred thousand on demand: `python tests/bench/input_mutants_run.py`.
"""

from pathlib import Path

from input_mutants import InputTally, inputs, try_inputs

COUNT = 3000


def test_no_damaged_input_raises_anything_but_a_message(tmp_path: Path) -> None:
    kinds, tally = inputs(tmp_path), InputTally()
    for name, one in kinds.items():
        try_inputs(name, one, -(-COUNT // len(kinds)), 1, tmp_path, tally)
    assert not tally.wrong
    assert min(tally.ends["read"], tally.ends["refused"]) > COUNT / 10
