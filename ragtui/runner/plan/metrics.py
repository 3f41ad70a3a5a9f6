"""Scores that need no model: they are exact, free, and real even when everything else is simulated."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence

from ragtui.model import Context, Item, Kind, Metric

_WORD = re.compile(r"\w+")
_ARTICLES = frozenset({"a", "an", "the"})
_COMMON = _ARTICLES | frozenset(
    [
        "and",
        "are",
        "as",
        "at",
        "be",
        "by",
        "can",
        "do",
        "does",
        "for",
        "from",
        "how",
        "i",
        "in",
        "is",
        "it",
        "its",
        "my",
        "not",
        "of",
        "on",
        "or",
        "that",
        "this",
        "to",
        "was",
        "were",
        "what",
        "when",
        "which",
        "who",
        "will",
        "with",
        "you",
        "your",
    ]
)


def words(text: str) -> list[str]:
    """Words of a text, case-folded and in one Unicode form, without articles."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return [word for word in _WORD.findall(folded) if word not in _ARTICLES]


def exact_match(item: Item, output: str, contexts: Sequence[Context]) -> float | None:
    """1 when the answer's words are the expected ones in the same order; None without an expected answer."""
    return None if not item.expected else float(words(output) == words(item.expected))


def token_f1(item: Item, output: str, contexts: Sequence[Context]) -> float | None:
    """Harmonic mean of precision and recall over words, as multisets (Rajpurkar et al., 2016); 0 to 1."""
    if not item.expected:
        return None
    said, expected = Counter(words(output)), Counter(words(item.expected))
    shared = sum((said & expected).values())
    if not shared:
        return 0.0
    precision, recall = shared / said.total(), shared / expected.total()
    return 2 * precision * recall / (precision + recall)


def context_recall(item: Item, output: str, contexts: Sequence[Context]) -> float | None:
    """Share of the expected answer's content words that occur in the retrieved passages; 0 to 1."""
    return _share_in_contexts(item.expected, contexts)


def grounding(item: Item, output: str, contexts: Sequence[Context]) -> float | None:
    """Share of the given answer's content words that occur in the retrieved passages; 0 to 1."""
    return _share_in_contexts(output, contexts)


def _share_in_contexts(text: str, contexts: Sequence[Context]) -> float | None:
    wanted = content_words(text)
    if not wanted:
        return None
    found = set[str]().union(*(words(context.text) for context in contexts))
    return len(wanted & found) / len(wanted)


def content_words(text: str) -> set[str]:
    """Words that carry meaning."""
    return {word for word in words(text) if word not in _COMMON}


Measure = Callable[[Item, str, Sequence[Context]], float | None]

LEXICAL: dict[str, tuple[Metric, Measure]] = {
    "exact_match": (Metric("exact_match", Kind.BINARY, scale=(0.0, 1.0)), exact_match),
    "token_f1": (Metric("token_f1", Kind.UNIT, scale=(0.0, 1.0)), token_f1),
    "context_recall": (Metric("context_recall", Kind.UNIT, scale=(0.0, 1.0)), context_recall),
    "grounding": (Metric("grounding", Kind.UNIT, scale=(0.0, 1.0)), grounding),
}
"""Metric and measure by the name used in a plan."""
