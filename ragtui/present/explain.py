"""Why a cell or a mean counts as it does, in a sentence: the door for every screen and report."""

from __future__ import annotations

from ragtui.present.sentences.cells import refused
from ragtui.present.sentences.means import explain_aggregate
from ragtui.present.verdicts import VERDICTS
from ragtui.stats import CellFacts, Comparison, cell_facts

__all__ = ["explain_aggregate", "explain_cell", "say_cell"]


def explain_cell(comparison: Comparison, metric: str, item: str, *, settling: bool = True) -> str:
    """One item of one metric in a sentence.

    Args:
        settling: whether it says how many runs would settle an unproven cell (see `cell_facts`).

    Raises:
        KeyError: no such metric or item.
    """
    return say_cell(cell_facts(comparison, metric, item, settling=settling))


def say_cell(facts: CellFacts) -> str:
    """The sentence that these facts make."""
    return refused(facts) if facts.refused else VERDICTS[facts.verdict].sentence(facts)
