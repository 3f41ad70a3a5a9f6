"""Pairwise judges: which of two answers is better, asked in both orders, since judges favour a place.

A win is said only where both orders say so, a loss likewise; all else is a tie (Zheng et al., 2023, "Judging
LLM-as-a-judge", section 3.4). How often the orders agree, and which place is favoured, are metrics beside it.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ragtui.model import Context, Item, Judgement, Kind, Metric, Role
from ragtui.runner.plan.prompting import passages
from ragtui.runner.scoring.verdicts import NoVerdictError
from ragtui.runner.scoring.winners import FIRST, SECOND, read_winner

if TYPE_CHECKING:
    from ragtui.runner.endpoints.llm import Reply

OUTCOMES = {1.0: "win", 0.5: "tie", 0.0: "lose"}
"""The mean of the scores is the share of wins, with ties as halves."""
_PLACES = {FIRST: "first", SECOND: "second", 0: "tie"}


@dataclass(frozen=True, slots=True)
class Opponent:
    """The answer that another one is held against.

    Attributes:
        error: why there is none; empty when there is.
    """

    output: str
    contexts: tuple[Context, ...] = ()
    error: str = ""


def orders_name(metric: str) -> str:
    """The metric that tells whether both orders of a pair said the same."""
    return f"{metric}_both_orders"


def bias_name(metric: str) -> str:
    """The metric that tells which place a judge favours."""
    return f"{metric}_position_bias"


def pair_metrics(metric: str) -> tuple[Metric, Metric]:
    """What is told beside a preference; neither says that a side is better.

    The first is 1 where both orders said the same, 0.5 where one of them said tie, 0 where they contradict each other.
    The second is 1 where the answer that stood first was preferred both times, -1 where the second was, 0 where the
    order changed nothing.
    """
    return (
        Metric(orders_name(metric), Kind.UNIT, scale=(0.0, 1.0), role=Role.RESOURCE),
        Metric(bias_name(metric), Kind.LINEAR, None, scale=(-1.0, 1.0), role=Role.RESOURCE),
    )


def pair_slots(
    item: Item, output: str, contexts: Sequence[Context], opponent: Opponent, *, swapped: bool
) -> dict[str, str]:
    """What the slots of a pairwise prompt are filled with; `swapped` puts the opponent second."""
    pair = [(opponent.output, opponent.contexts), (output, tuple(contexts))]
    first, second = reversed(pair) if swapped else pair
    return {
        "question": item.question,
        "expected": item.expected or "(none given)",
        "first": first[0] or "(empty)",
        "second": second[0] or "(empty)",
        "first_contexts": passages(first[1]),
        "second_contexts": passages(second[1]),
        "item_id": item.id,
    }


def read_preference(reply: Reply, judge: str, raw: str) -> Judgement:
    """FIRST, TIE or SECOND as the value of a judgement, or the reason why there is none."""
    try:
        found = read_winner(reply.said)
    except NoVerdictError as error:
        cut = " (cut off at max_tokens)" if reply.finish == "length" else ""
        return Judgement(error=f"{error}{cut}", raw=raw, judge=judge)
    how = f"read from {found.how}: {raw}" if found.how else ""
    return Judgement(float(found.which), rationale=found.rationale, raw=how, judge=judge)


@dataclass(frozen=True, slots=True)
class Pair:
    """What one model said of one pair: with the opponent standing first, and with it standing second."""

    straight: Judgement
    swapped: Judgement

    @property
    def error(self) -> str:
        """Why there is no preference: both orders are needed for one."""
        missing = [said.error for said in (self.straight, self.swapped) if said.value is None]
        return f"{'both orders' if len(missing) == 2 else 'one of the orders'}: {missing[0]}" if missing else ""

    @property
    def outcome(self) -> float:
        """1, 0.5 or 0; only for a pair without an error."""
        own = self._own()
        return 1.0 if own == (1.0, 1.0) else 0.0 if own == (-1.0, -1.0) else 0.5

    @property
    def both_orders(self) -> float:
        """How far the two orders say the same: 1, 0.5 or 0."""
        straight, swapped = self._own()
        return 1.0 - abs(straight - swapped) / 2

    @property
    def bias(self) -> float:
        """The preference for what stood first, from -1 to 1."""
        return ((self.straight.value or 0.0) + (self.swapped.value or 0.0)) / 2

    def _own(self) -> tuple[float, float]:
        """The preference for the answer itself over its opponent, in both orders."""
        return -(self.straight.value or 0.0), self.swapped.value or 0.0

    def in_words(self) -> str:
        """What was said in each order."""
        orders = (("opponent first", self.straight), ("opponent second", self.swapped))
        return "\n".join(f"{order}: {_said(said)}" for order, said in orders)


def _said(judgement: Judgement) -> str:
    if judgement.value is None:
        return f"no verdict ({judgement.error})"
    return f"{_PLACES[int(judgement.value)]} {judgement.rationale}".strip()


def preference(metric: str, pairs: Sequence[Pair], label: str) -> dict[str, Judgement]:
    """The judgement of one or several models, with what is told beside it; by metric.

    Of several models the majority decides; as many for as against is a tie.
    """
    good = [pair for pair in pairs if not pair.error]
    words = "\n".join(f"{pair.straight.judge}: {pair.in_words()}" if len(pairs) > 1 else pair.in_words()
                      for pair in pairs)  # fmt: skip
    raw = "\n".join(said.raw for pair in pairs for said in (pair.straight, pair.swapped) if said.raw)
    if not good:
        return {metric: Judgement(error=pairs[0].error, rationale=words, raw=raw, judge=label)}
    lead = sum(pair.outcome - 0.5 for pair in good)
    outcome = 1.0 if lead > 0 else 0.0 if lead < 0 else 0.5
    missing = len(pairs) - len(good)
    note = f"{missing} of {len(pairs)} judges gave no verdict\n" if missing else ""
    told = Judgement(
        outcome, label=OUTCOMES[outcome], rationale=f"{OUTCOMES[outcome]}\n{note}{words}", raw=raw, judge=label
    )
    return {
        metric: told,
        orders_name(metric): Judgement(round(statistics.fmean(pair.both_orders for pair in good), 6), judge=label),
        bias_name(metric): Judgement(round(statistics.fmean(pair.bias for pair in good), 6), judge=label),
    }


def opponents_gone(metric: str, opponent: Opponent, label: str) -> dict[str, Judgement]:
    """Without an opponent there is no preference, and it is no win."""
    return {metric: Judgement(error=f"nothing to hold it against: {opponent.error}", judge=label)}


PAIR_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {"rationale": {"type": "string"}, "winner": {"type": "string", "enum": ["first", "second", "tie"]}},
    "required": ["rationale", "winner"],
    "additionalProperties": False,
}
