"""Guessing from a metric's name which way it is better; a name that does not tell stays unknown.

A name is cut into words ("toolRetries", "tool_retries"), and every word has a meaning or none (see `vocabulary`). What
the words say together decides: a negation turns the word after it ("no_hallucination", "not_grounded"), an ending
turns the words before it ("bias_free", "error_recovery", "cost_savings"), a measure at the end is better when higher
whatever it measures ("refusal_accuracy"), an expense is one unless it is rated ("latency_score" may be either). A
difference, a level or a spread of something good says nothing ("score_diff", "quality_level", "accuracy_stderr").
In a name of parts ("safety.toxicity", "eval/errorRate") the last part that tells is the metric.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from ragtui.model.languages import in_english
from ragtui.model.metric import RESOURCES, DirectionFrom, Metric, Role
from ragtui.model.vocabulary import (
    ACTS,
    ADJECTIVES_OF_PRAISE,
    ASKED,
    ASKED_FOR,
    BAD,
    BAD_STEMS,
    BEYOND,
    COST_WORDS,
    COUNTED,
    DIFFERENCES,
    DOUBTFUL_ENDINGS,
    DOUBTFUL_WHEN_TWO,
    ENDINGS_OF_QUALITIES,
    ENDINGS_THAT_TURN,
    EXACT,
    EXPENSES,
    FAULTS,
    GIVEN,
    GOOD,
    GOOD_STEMS,
    HEADS_ONLY,
    HOW_COUNTED,
    LACKS,
    LEVELS,
    LIMITS,
    LIVED,
    LOSSES,
    MEASURES,
    MOVED,
    NEGATIONS,
    NEGATIVE_PREFIXES,
    NEUTRAL_OPINIONS,
    NUMBERS_OF,
    OF_NOUNS,
    OF_OTHERS,
    OF_REFERENCES,
    OF_TEXTS,
    PHRASES,
    RANKS,
    RATINGS,
    SORTS,
    SPANS,
    SPEEDS,
    SPREADS,
    TAKEN,
    TEXT_MEASURES,
    TIME_UNITS,
    TIME_WORDS,
    TOKEN_WORDS,
    Meaning,
)

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[$@]")
_PARTS = re.compile(r"[./:]+")
_SLASH = re.compile(r"/(s|secs?|seconds?|min|minutes?|h|hours?)$", re.IGNORECASE)
"""The end of "tokens/s", which is a rate, and of "latency/s", whose unit is behind the slash."""
_APOSTROPHE = re.compile(r"n['’]t\b")


@lru_cache(65536)
def guess_metric(name: str) -> Metric:
    """A metric known by name only: direction, role and unit from the words in it, the rest from the scores."""
    builtin = RESOURCES.get(name.strip().lower())
    if builtin is not None:
        return builtin
    english = in_english(name)
    words = words_of(english)
    meaning = _of_last_part(english) or _meaning(words)
    if meaning is Meaning.UNKNOWN:
        return Metric(name, higher_is_better=None)
    return Metric(
        name,
        higher_is_better=meaning is Meaning.GOOD,
        unit=_unit(words) if meaning is Meaning.EXPENSE else "",
        role=Role.RESOURCE if meaning is Meaning.EXPENSE else Role.QUALITY,
        direction_from=DirectionFrom.GUESSED,
    )


def _of_last_part(name: str) -> Meaning | None:
    """What the last part of a dotted name says by itself; None where there is one part, or the last only rates."""
    if _is_rate(name):
        return None
    parts = [part for part in _PARTS.split(name) if part.strip()]
    if len(parts) < 2:
        return None
    words = words_of(parts[-1])
    if all(word in RATINGS or word in TIME_UNITS for word in words) or DIFFERENCES & set(words):
        return None
    meaning = _meaning(words)
    return None if meaning is Meaning.UNKNOWN else meaning


def words_of(name: str) -> tuple[str, ...]:
    """The words of a name in lower case: at "_", at anything that is no letter, and where camel case starts one."""
    spread = _APOSTROPHE.sub(" not", name)
    spread = _SLASH.sub(r"_per_\1", spread) if _is_rate(name) else spread
    words = tuple(word.lower() for word in _WORDS.findall(spread))
    return tuple(_with_phrases(words))


def _is_rate(name: str) -> bool:
    """Whether something that is counted stands before "/s"."""
    found = _SLASH.search(name)
    return found is not None and bool(head := _WORDS.findall(name[: found.start()])) and head[-1].lower() in COUNTED


def _with_phrases(words: Sequence[str]) -> Iterator[str]:
    place = 0
    while place < len(words):
        for length in (4, 3, 2):
            said = " ".join(words[place : place + length])
            phrase = next((known for known in (said, said.removesuffix("s")) if known in PHRASES), "")
            if phrase and place + length <= len(words):
                yield phrase
                place += length
                break
        else:
            yield words[place]
            place += 1


def _meaning(words: Sequence[str]) -> Meaning:
    if "per" in words[1:]:  # "cost per correct answer" is a cost
        place = words.index("per")
        words, among = words[:place], words[place + 1 :]
        if among and all(word in TIME_UNITS or word in _TIMES for word in among):
            return _of_rate(words)
    if words and words[-1] in ASKED_FOR and len(words) > 1:  # the better, the fewer: no praise of fixes
        words = words[:-1]
        return Meaning.UNKNOWN if (meaning := _meaning(words)) is Meaning.GOOD else meaning
    if _says_nothing(words):
        return Meaning.UNKNOWN
    said = [(word, meaning) for word, meaning in _said(words) if meaning is not Meaning.UNKNOWN]
    said = [found for found in said if found[0] not in SPEEDS] or said  # "slow_thinking_score" is a score of a way
    meanings = [meaning for _, meaning in said]
    if not meanings:
        return Meaning.BAD if tuple(words) in (("asr",), ("asr", "rate"), ("mean", "asr")) else Meaning.UNKNOWN
    if words[-1] in LEVELS and Meaning.BAD not in meanings:
        return Meaning.UNKNOWN
    if Meaning.EXPENSE in meanings:
        return _of_expense(words, said)
    return _weighed(words, said)


def _weighed(words: Sequence[str], said: Sequence[tuple[str, Meaning]]) -> Meaning:
    """Good against bad words, as far as any are `said`."""
    meanings = [meaning for _, meaning in said]
    good, bad = meanings.count(Meaning.GOOD), meanings.count(Meaning.BAD)
    if bad and not good and _ending(words) in DOUBTFUL_ENDINGS:
        return Meaning.UNKNOWN
    if bad and good:  # a "toxicity score" rates toxicity: the rating adds nothing
        said = [(word, meaning) for word, meaning in said if word not in RATINGS] or said
        good = [meaning for _, meaning in said].count(Meaning.GOOD)
    if good and bad:
        return _of_both(words, said)
    if bad > 1 and any(word in DOUBTFUL_WHEN_TWO for word, _ in said):
        return Meaning.UNKNOWN
    if bad:  # the gap of two rewards is a margin, of which more may be wanted
        margin = said[-1][0] == "gap" and {"score", "reward", "rewards"} & set(words)
        return Meaning.UNKNOWN if margin else Meaning.BAD
    rating = all(word in RATINGS for word, _ in said)
    if rating and any(word in NEUTRAL_OPINIONS for word in words):
        return Meaning.UNKNOWN
    return Meaning.GOOD


def _of_both(words: Sequence[str], said: Sequence[tuple[str, Meaning]]) -> Meaning:
    """Good and bad words in one name: what it measures or loses decides, else praise that comes first."""
    last = said[-1][0]
    if last in MEASURES:
        return Meaning.GOOD
    if last in LOSSES or (last in FAULTS and said[0][0] not in ADJECTIVES_OF_PRAISE):
        return Meaning.BAD
    praised = any(word in ADJECTIVES_OF_PRAISE for word, _ in said)
    first = said[0][0] in ADJECTIVES_OF_PRAISE or (words[0] in ("is", "was") and last in ADJECTIVES_OF_PRAISE)
    return Meaning.GOOD if praised and first else Meaning.UNKNOWN


def _is_given(words: Sequence[str]) -> bool:
    """Whether a name says what an item or a plan allows, and not that more was spent: "time_limit_exceeded"."""
    return bool(GIVEN & set(words)) and not BEYOND & set(words)


def _is_lived(words: Sequence[str]) -> bool:
    """Whether a name is of a time that is not spent: "reading_time", "time_on_site"; a "screen_load_time" is."""
    near = [word for word in words if word not in ("on", "to", "of", "in", "at", "since", "until", "before")]
    return any({*pair} & LIVED and {*pair} & SPANS for pair in pairwise(near))


_TIMES = frozenset({"minute", "min", "hour", "h", "day", "m"})


def _of_rate(words: Sequence[str]) -> Meaning:
    """Something per second: errors are bad and costs are spent at any speed; of work done, more is better."""
    meaning = _meaning(words)
    done = meaning is not Meaning.EXPENSE or words[-1].split()[-1] in COUNTED
    if set(words) & COST_WORDS.keys() or not done:
        return Meaning.EXPENSE
    return Meaning.BAD if meaning is Meaning.BAD else Meaning.GOOD


def _ending(words: Sequence[str]) -> str:
    """The last word that is no rate, count or rating."""
    return next((word for word in reversed(words) if word not in RATINGS and word not in ("rate", "count")), "")


def _says_nothing(words: Sequence[str]) -> bool:
    """Whether a name is about a difference, or about how far scores spread, rather than about how good they are."""
    if words and _is_of_others(words):
        return True
    if not words or (words[-1] in MEASURES and not DIFFERENCES & set(words[-2:])):
        return False  # "change_detection_accuracy" is an accuracy
    # of ranks the first is the best, and the highest in a name such as "gold_rank_score"
    sorts = words[-1] in SORTS and not (words[-1] == "class" and words[-2:-1] and words[-2] in MEASURES)
    told = bool(DIFFERENCES & set(words)) or _is_place(words) or words[-1] in SPREADS or sorts
    return told or _is_of_the_item(words) or _is_limit(words)


def _is_of_others(words: Sequence[str]) -> bool:
    """Whether a measure is of something else than what is rated: "baseline_accuracy", "reference_bleu"."""
    first, *rest = words
    return bool(rest) and (
        (first in OF_OTHERS and any(word in GOOD | MEASURES | RATINGS for word in rest) and rest[0] != "improvement")
        or (first in OF_REFERENCES and rest[0] in TEXT_MEASURES)
    )


def _is_limit(words: Sequence[str]) -> bool:
    """Whether a name is of how many may be, or of how many ratings there are: "max_turns", "human_score_count"."""
    if words[0] in LIMITS and len(words) > 1 and not TAKEN & set(words):
        acts = [word for word in words[1:] if word in ACTS or word in TOKEN_WORDS]
        return words[-1:] == tuple(acts[-1:]) and _meaning(words[1:]) is Meaning.EXPENSE
    counted = [word for word in words if word in NUMBERS_OF]
    rated = [word for word in words if word in RATINGS]
    return bool(counted) and bool(rated) and {words[0], words[-1]} & set(counted) != set() and _rates_only(words)


def _rates_only(words: Sequence[str]) -> bool:
    return all(word in RATINGS or _of_word(word, words, place) is None for place, word in enumerate(words))


def _is_of_the_item(words: Sequence[str]) -> bool:
    """Whether a name is of a text that was given: "prompt_toxicity", "has_error_in_question"."""
    if words[-2:-1] == ("in",) and words[-1] in ASKED:
        return True
    return any(first in ASKED and then.startswith(tuple(OF_TEXTS)) for first, then in pairwise(words))


def _is_place(words: Sequence[str]) -> bool:
    """Whether a name is of a rank: "gold_rank", "rank_of_answer"; "recall_at_rank_5" and "rank_correct" are not."""
    head = _without_ending(words[: words.index("of")] if "of" in words else words)
    return bool(head) and head[-1] in RANKS and not (len(head) > 1 and head[-2] in ("at", "@"))


def _without_ending(words: Sequence[str]) -> Sequence[str]:
    """A name without how it was counted or rated, so that what it is of stands last."""
    while len(words) > 1 and words[-1] in HOW_COUNTED | RATINGS:
        words = words[:-1]
    return words


def _is_all(words: Sequence[str], place: int) -> bool:
    """Whether a name is of the word at a place: "gpu_mem_mb", "credits_used"; no "kid_safe", no "partial_credits"."""
    return len(_without_ending(words)) == place + 1 and not {"eval", "earned", "partial"} & set(words)


def _of_expense(words: Sequence[str], said: Sequence[tuple[str, Meaning]]) -> Meaning:
    meanings = [meaning for _, meaning in said]
    if (_is_given(words) and set(meanings) == {Meaning.EXPENSE}) or _is_lived(words):
        return Meaning.UNKNOWN
    spent = next(place for place, word in enumerate(words) if _of_word(word, words, place) is Meaning.EXPENSE)
    if words[spent + 1 : spent + 2] and words[spent + 1] in _TOWARDS:
        # "time to resolution" is a time, however good resolutions are; "time to failure" may be either
        return Meaning.UNKNOWN if Meaning.BAD in meanings else Meaning.EXPENSE
    if Meaning.BAD in meanings:
        return Meaning.BAD
    if Meaning.GOOD not in meanings:
        return Meaning.EXPENSE
    if words[-1] in RATINGS:
        return Meaning.UNKNOWN
    if said[-1][1] is not Meaning.EXPENSE:
        return Meaning.GOOD
    if said[-1][0] not in EXPENSES:
        return Meaning.EXPENSE  # "resolution_time_s" is a time
    # "correct_tool_calls" counts what went well; "best_attempts" may as well be spent
    return Meaning.GOOD if said[0][0] in ADJECTIVES_OF_PRAISE else Meaning.UNKNOWN


_TOWARDS = frozenset({"to", "until", "till", "before", "between"})
"""Between an expense and what it was spent for."""


def _said(words: Sequence[str]) -> Iterator[tuple[str, Meaning]]:
    """The words that mean something, each after its negation."""
    found: list[tuple[str, Meaning]] = []
    negated, lacking = False, ""
    for place, word in enumerate(words):
        if word in NEGATIONS:
            negated = not negated
            lacking = word if word in LACKS else lacking
            continue
        reached = bool(place) and words[place - 1] in _TOWARDS  # "turns_until_resolved" are turns
        if word in ENDINGS_THAT_TURN and not reached and any(m in (Meaning.BAD, Meaning.EXPENSE) for _, m in found):
            found = [(word, Meaning.GOOD)]
            continue
        meaning = _of_word(word, words, place)
        if meaning is None:
            negated = negated and words[place - 1] != "non"  # "non LLM similarity" negates nothing we know
            continue
        if negated and meaning is Meaning.GOOD and (of := _of_something_else(words, place)) is not Meaning.BAD:
            negated, meaning = False, of
        if negated and meaning is not Meaning.UNKNOWN:
            meaning = _turned(meaning)
            following = words[place + 1] if place + 1 < len(words) else ""
            negated = (
                meaning is Meaning.GOOD and following not in RATINGS | MEASURES and _is_bad(following, words, place + 1)
            )
        found.append((word, meaning))
    if lacking and not any(word not in RATINGS for word, _ in found):
        found = [(lacking, Meaning.BAD)]  # "lacks_citation": who writes so misses it, whatever it is
    yield from found


def _of_something_else(words: Sequence[str], place: int) -> Meaning:
    """What a good word means behind a negation and other words, which may be all that is negated.

    "no_rag_f1" and "not_seen_recall" are measures with something left out; "no_evidence_found" and
    "lacks_citation_support" negate the good word; "no_context_relevance" may be either.
    """
    before = next(at for at in range(place - 1, -1, -1) if words[at] in NEGATIONS)
    between = set(words[before + 1 : place]) - {"of", "in", "any", "a", "an", "the", "very"}
    word, of_noun = words[place], words[before] in OF_NOUNS
    if not between:
        return Meaning.BAD
    if word in MEASURES | EXACT or (word in RATINGS and of_noun):
        return Meaning.GOOD
    return Meaning.UNKNOWN if of_noun and word.endswith(ENDINGS_OF_QUALITIES) else Meaning.BAD


def _is_bad(word: str, words: Sequence[str], place: int) -> bool:
    """Whether a word means something bad: "no PII leak" negates both."""
    return _of_word(word, words, place) is Meaning.BAD


def _turned(meaning: Meaning) -> Meaning:
    return Meaning.BAD if meaning is Meaning.GOOD else Meaning.GOOD


def _of_word(word: str, words: Sequence[str], place: int) -> Meaning | None:
    if word in PHRASES:
        return PHRASES[word]
    if word in HEADS_ONLY and not _is_all(words, place):
        return None
    if word in TIME_UNITS:  # a unit, such as the last word of "retrieval_ms"; "s" and "min" only behind something
        behind = place and (len(word) > 1 or place == len(words) - 1)
        alone = word in ("secs", "seconds") or (len(words) == 1 and word in ("sec", "ms", "msec", "millis"))
        return Meaning.EXPENSE if behind or alone else None
    if word == "bytes" and not MOVED & set(words):
        return None
    if word in EXPENSES or word in TIME_WORDS or word in COST_WORDS or word in TOKEN_WORDS:
        return Meaning.EXPENSE
    if word in GOOD or word in MEASURES or word in RATINGS or word in ENDINGS_THAT_TURN & GOOD:
        return Meaning.GOOD
    if word in BAD or word in LOSSES:
        return Meaning.BAD
    return _of_stem(word)


def _of_stem(word: str) -> Meaning | None:
    """By how a word begins, with and without a negative prefix or the ending "less"."""
    if word.endswith(("less", "lessness")) and word.startswith(tuple(BAD_STEMS)):
        return Meaning.GOOD
    if word.startswith(tuple(BAD_STEMS)):
        return Meaning.BAD
    if word.startswith(tuple(GOOD_STEMS)):
        return Meaning.GOOD
    if word.endswith("score") and len(word) > len("score") + 2:  # "factscore", "bartscore"; "riskscore" is of risk
        rated = _of_word(word.removesuffix("score"), (word,), 0)
        return Meaning.BAD if rated is Meaning.BAD else Meaning.GOOD if rated in (None, Meaning.GOOD) else None
    for prefix in NEGATIVE_PREFIXES:
        rest = word.removeprefix(prefix)
        if rest == word:
            continue
        if rest in GOOD or rest.startswith(tuple(GOOD_STEMS)):
            return Meaning.BAD
        if rest in BAD or rest.startswith(tuple(BAD_STEMS)):
            return Meaning.GOOD
    return None


def _unit(words: Sequence[str]) -> str:
    for word in reversed(words):
        if word in TIME_UNITS:
            return TIME_UNITS[word]
        if word in COST_WORDS:
            return COST_WORDS[word]
    return ""
