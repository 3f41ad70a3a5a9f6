"""Who gave the scores of a metric, as a part of its name: a person, a judge and the program itself are three rulers.

"quality" was sent by whoever ran the evaluation, "quality (human)" was given by people, "quality (judge)" by a judge
that runs beside the pipeline, on the server. The name carries it, so that it survives every file and every report.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ragtui.model.result import Rating

HUMAN, JUDGE = " (human)", " (judge)"


def is_human(metric: str) -> bool:
    """Whether people gave the scores."""
    return metric.endswith(HUMAN)


def what_is_rated(metric: str) -> str:
    """The name without who gave the scores."""
    return metric.removesuffix(HUMAN).removesuffix(JUDGE)


def said_by_most(ratings: Sequence[Rating]) -> Rating | None:
    """What more of several people say than anything else; None where two answers are equally frequent."""
    counts = Counter((rating.value, rating.label) for rating in ratings).most_common(2)
    if not counts or (len(counts) == 2 and counts[0][1] == counts[1][1]):
        return None
    value, label = counts[0][0]
    return Rating("", value, label)
