"""Answers, passages and rationales that fit a mood: what a person reads when opening a constructed result."""

from __future__ import annotations

import math
import random
import re
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support_docs_moods import Mood

RANKS = 4
_LEVELS = {5: "good", 4: "most", 3: "some", 2: "off"}
_WORD = re.compile(r"[a-z0-9]+")
_SMALL_WORDS = frozenset(
    _WORD.findall(
        "a an and are as at be by can do does from for has have how i if in is it its my no not of on or so that the"
        " their them then they this to until was what when which who will with without you your"
    )
)
_NOT_FOUND = (
    "The documentation I was given does not answer this. Please write to support.",
    "I could not find this in the documentation. The support team can help you.",
    "The pages I was given say nothing about this question.",
)
_CLOSINGS = ("", "", "", " See the help page “{page}”.", " More is on the page “{page}”.")

_FAITHFUL = (
    "Every statement is found in “{source}”.",
    "All claims are supported by the passages, mainly by “{source}”.",
    "Nothing goes beyond what “{source}” says.",
)
_NO_CLAIM = ("The answer claims nothing about the service, so nothing is unsupported.",)
_UNSUPPORTED = {
    4: ("One small claim has no support in the passages: “{extra}”", "Supported, but for one sentence: “{extra}”"),
    3: ("The central claim is not in the passages, although parts of the answer are.",),
    2: ("The central claim contradicts “{gold}”.", "“{gold}” says otherwise; only the topic fits."),
    1: ("The passages support none of the claims; “{gold}” says the opposite.",),
}
_INVENTED = ("The central claim is in none of the passages.", "No passage supports what the answer states as fact.")
_RELEVANCE = {
    5: ("Answers the question directly and in full.", "Complete and to the point.", "Says exactly what was asked."),
    4: ("Answers the question but leaves something out: {point}.", "Right and useful; not said: {point}."),
    3: ("Touches the question without settling it. Missing: {point}.", "Only part of an answer. Missing: {point}."),
    2: ("About a neighbouring matter; the person still does not know {point}.", "Does not tell {point}."),
    1: ("Does not help the person who asked. Missing: {point}.", "The question stays open: {point}."),
}
_FOUND = ("The first passage, “{first}”, holds the answer.", "“{first}” comes first and answers the question.")
_BEHIND = ("“{first}” comes first and does not hold the answer; “{gold}” is only at rank {rank}.",)
_ABSENT = ("“{first}” comes first and does not hold the answer; “{gold}” was not retrieved.",)


@dataclass(frozen=True)
class Passage:
    """One section of a help page."""

    id: str
    page: str
    title: str
    text: str


def read_passages(corpus: Path) -> list[Passage]:
    """Sections of every page, in order: `payments#2` is the second section of payments.md."""
    passages = []
    for path in sorted(corpus.glob("*.md")):
        page, *sections = path.read_text(encoding="utf-8").split("\n## ")
        name = page.removeprefix("# ").strip()
        for number, section in enumerate(sections, start=1):
            heading, _, text = section.partition("\n")
            passages.append(Passage(f"{path.stem}#{number}", name, f"{name} · {heading}", text.strip()))
    return passages


def read_answers(path: Path) -> dict[str, dict[str, Any]]:
    """Written answers by question id."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


class Writer:
    """Writes results for the questions of one data set."""

    def __init__(self, items: Sequence[Mapping[str, Any]], passages: Sequence[Passage], answers: Mapping[str, Any]):
        self._items = {item["id"]: item for item in items}
        self._passages = {passage.id: passage for passage in passages}
        self._answers = answers
        seen = Counter(word for passage in passages for word in set(_words(passage)))
        self._weight = {word: math.log(1 + len(passages) / count) for word, count in seen.items()}

    def answer(self, item: str, mood: Mood, rng: random.Random) -> str:
        """Prose that deserves these scores."""
        written = self._answers[item]
        if mood.faithfulness <= 3:
            return str(written["wrong"])
        if mood.relevance == 1:
            return rng.choice(_NOT_FOUND)
        text = written[_LEVELS[mood.relevance]]
        text = str(rng.choice(text) if isinstance(text, list) else text)
        if mood.faithfulness == 4:
            return f"{text} {self._extra(item)}"
        page = self._gold(item).page
        return text + (rng.choice(_CLOSINGS).format(page=page) if mood.relevance >= 4 else "")

    def contexts(
        self, item: str, mood: Mood, answer: str, rng: random.Random, retriever: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """Passages in rank order: the right one first when precision is 1, else behind another one or missing."""
        ranks = retriever["top_k"]
        gold = self._gold(item)
        others = self._near(f"{self._items[item]['question']} {answer}", gold)
        if mood.precision == 0 and rng.random() < 0.3:
            others[1], others[2] = others[2], others[1]
        if rng.random() < 0.35:  # the question is rewritten anew in every repeat, so the tail moves
            others[RANKS - 2], others[RANKS - 1] = others[RANKS - 1], others[RANKS - 2]
        if mood.precision:
            ranked = [gold, *others]
        elif mood.relevance >= 3:
            behind = 1 if mood.relevance == 4 else 1 + int(item) % (ranks - 1)
            ranked = [*others[:behind], gold, *others[behind:]]
        else:
            ranked = others
        scores = _similarities(item, rng, bool(retriever["reranker"]))
        return [
            {
                "id": passage.id,
                "title": passage.title,
                "text": passage.text,
                "score": score,
                "relevant": passage is gold,
            }
            for passage, score in zip(ranked[:ranks], scores, strict=False)
        ]

    def rationales(
        self, item: str, mood: Mood, answer: str, contexts: Sequence[Mapping[str, Any]], rng: random.Random
    ) -> dict[str, str]:
        """What the judges say, by metric."""
        gold = self._gold(item)
        ids = [context["id"] for context in contexts]
        shown = [self._passages[name] for name in ids]
        fields = {
            "gold": gold.title,
            "page": gold.page,
            "first": shown[0].title,
            "rank": ids.index(gold.id) + 1 if gold.id in ids else 0,
            "source": max(shown, key=lambda passage: self._overlap(answer, passage)).title,
            "extra": self._extra(item),
            "point": self._answers[item]["point"],
        }
        if mood.faithfulness <= 3 and gold.id not in ids:
            faithful = _INVENTED
        elif mood.relevance == 1 and mood.faithfulness == 5:
            faithful = _NO_CLAIM
        else:
            faithful = _UNSUPPORTED.get(mood.faithfulness, _FAITHFUL)
        precise = _FOUND if mood.precision else _BEHIND if fields["rank"] else _ABSENT
        choices = {
            "faithfulness": faithful,
            "relevance": _RELEVANCE[mood.relevance],
            "context_precision": precise,
        }
        return {metric: rng.choice(texts).format(**fields) for metric, texts in choices.items()}

    def _gold(self, item: str) -> Passage:
        return self._passages[self._items[item]["metadata"]["source"]]

    def _extra(self, item: str) -> str:
        return str(self._answers[item].get("extra", ""))

    def _near(self, text: str, gold: Passage) -> list[Passage]:
        others = [passage for passage in self._passages.values() if passage is not gold]
        return sorted(others, key=lambda passage: (-self._overlap(text, passage), passage.id))[: RANKS + 1]

    def _overlap(self, text: str, passage: Passage) -> float:
        shared = set(_text_words(text)) & set(_words(passage))
        return sum(self._weight[word] for word in sorted(shared))


def _similarities(item: str, rng: random.Random, reranked: bool) -> list[float]:
    """Falling scores: cosine-like, or steep after a reranker."""
    of_item = random.Random(f"similarity {item}")
    first = (0.93 if reranked else 0.74) + of_item.uniform(-0.04, 0.05)
    step = 0.38 if reranked else 0.045
    scores = [first]
    for _ in range(RANKS - 1):
        scores.append(scores[-1] * (1 - step * of_item.uniform(0.6, 1.4)))
    return [round(score + rng.uniform(-0.004, 0.004), 3) for score in scores]


def _words(passage: Passage) -> list[str]:
    return _text_words(f"{passage.title} {passage.text}")


def _text_words(text: str) -> list[str]:
    return [word for word in _WORD.findall(text.lower()) if word not in _SMALL_WORDS]
