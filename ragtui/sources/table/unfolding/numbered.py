"""Metrics that differ in a number only, which no name explains: repeats, criteria, or three judges."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_LAST_NUMBER = re.compile(r"(?P<stem>.*[^\W\d_].*?)(?P<joint>[_\-./ :(\[#@]*)(?P<number>\d{1,2})[)\]]?")
_LEVELS = re.compile(
    r"(?:(?:self|sacre|corpus|sentence)?[_\- ]?bleu|rouge|ngram|gleu|chrf|dist(?:inct)?|rep|unigram|bigram)[_\- ]?n?"
    r"|.*(?:@|_at|top|(?<![a-z])k|level|(?<![a-z])l|judge|rater|grader|annotator|evaluator|reviewer|turn|step|hop|layer)",
    re.IGNORECASE,
)
"""What is numbered by its kind: n-grams, places of a ranking, levels, who judged."""


def numbered_alike(metrics: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Metrics that differ in nothing but a number counted up from 0 or 1: `score_0` to `score_3`.

    They may be repeats, criteria or three judges; no name says which. "bleu_1", "hit@3" and "judge_2" say it.
    """
    found: dict[tuple[str, str], dict[int, str]] = {}
    for metric in metrics:
        cut = _LAST_NUMBER.fullmatch(metric)
        if cut and not _LEVELS.fullmatch(cut["stem"]) and "@" not in cut["joint"]:
            found.setdefault((cut["stem"], cut["joint"]), {})[int(cut["number"])] = metric
    for held in found.values():
        first = min(held)
        if len(held) > 1 and first in (0, 1) and sorted(held) == list(range(first, first + len(held))):
            yield tuple(held[number] for number in sorted(held))
