"""Columns that repeat a metric for every configuration: `baseline_score` and `rag_score`, `recall_v1` and `recall_v2`.

Such a table has one row an item and the configurations side by side. Rows are unfolded, one for each of them, so that
the configurations become runs. The danger is a name that only looks so: `answer_relevancy` and `context_relevancy` are
two metrics, `title_accuracy` and `date_accuracy` two fields, `gpt_score` and `claude_score` beside one answer two
judges. So the words must be ones that configurations are called by, or each must have an answer of its own; all must
have the same metrics; and it is said.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, NamedTuple

from ragtui.errors import UsageError
from ragtui.files.problems import ProblemLog
from ragtui.model import Role, guess_metric
from ragtui.model.languages import in_english
from ragtui.sources import aliases
from ragtui.sources.columns import NO_COLUMNS, ColumnMap
from ragtui.sources.table.cells import is_blank
from ragtui.sources.table.flat import container_of
from ragtui.sources.table.meaning import names
from ragtui.sources.table.meaning.guess import guess_columns
from ragtui.sources.table.meaning.kinds import Kinds
from ragtui.sources.table.rows import Cells, Row, Rows

_MOST = 24
"""Configurations that a person puts side by side in one table."""
_JOINTS = "_-./ :()[]{}@#="
_TOKEN = re.compile(rf"[^{re.escape(_JOINTS)}]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_VERSION = re.compile(r"v(?:er(?:sion)?)?\d+[a-z]?", re.IGNORECASE)
_NUMBER = re.compile(r"[a-h]|\d{1,3}", re.IGNORECASE)
_FAMILIES = re.compile(
    r"(?:gpt|chatgpt|claude|llama|mistral|mixtral|gemini|gemma|qwen|deepseek|grok|vicuna|falcon|sonnet|opus|haiku"
    r"|granite|kimi|cohere|o[134](?:mini)?$)[\w]*|phi\d\w*",
    re.IGNORECASE,
)


_AGAINST = aliases.word_set(
    "baseline base control treatment candidate champion challenger old new before after pre post vanilla current"
    " proposed ours original updated previous prod production staging legacy default experimental variant tuned"
    " finetuned untuned theirs incumbent plain naive"
)
"""Words of one side of a comparison: what stands beside them under the same metric is the other."""
_METHODS = aliases.word_set(
    "rag norag graphrag agentic hyde cot react sft dpo lora closedbook openbook zeroshot fewshot raptor"
    " crag selfrag longcontext llmonly ft"
)
_RETRIEVERS = aliases.word_set(
    "dense sparse hybrid bm25 rerank reranked reranker vector keyword lexical colbert splade graph"
)
"""Ways to retrieve: scores of one passage are called so too."""
_NUMBERED = aliases.word_set(
    "model system config configuration variant arm method setup pipeline bot assistant prompt approach"
)
_WITH = aliases.word_set("with without no w wo plus")
_REPEATS = aliases.word_set(
    "run trial rep repeat repetition iteration epoch attempt try seed replicate replica replication rollout"
)
_GENERIC = aliases.word_set("score scores rating value grade result points")
SUBJECTS = aliases.word_set(
    "answer context response retrieval question query citation source tool token exact semantic char word sentence llm"
    " judge human auto overall total avg mean max min std median top hit precision recall macro micro weighted input"
    " output prompt completion expected reference gold golden truth ground target ideal final raw normalized user"
    " grader evaluator annotator ref label item"
)
"""Words before a metric that say what it is about, who judged or how it was counted."""
_DIFFERENCES = aliases.word_set("diff difference delta improvement change gain lift uplift drop")


class Arms(NamedTuple):
    """Configurations that stand side by side.

    Attributes:
        columns: of each configuration, its columns by what they hold; in the order of the table.
        column: what the column with the configuration's name is called.
        beside: columns that compare the configurations with each other, and belong to none.
    """

    columns: Mapping[str, Mapping[str, str]]
    column: str
    beside: frozenset[str] = frozenset()

    def said(self) -> str:
        """What was assumed, for a person."""
        first = next(iter(self.columns.values()))
        stem = next((stem for stem in first if not _is_answer(stem)), next(iter(first)))
        shown = [f"`{held.get(stem, next(iter(held.values())))}`" for held in self.columns.values()]
        several = " and ".join(shown) if len(shown) == 2 else ", ".join(shown[:4]) + (" …" if len(shown) > 4 else "")
        what = "configurations" if self.column in ("configuration", "arm") else "repeats"
        listed = ", ".join(list(self.columns)[:4])
        return f"columns such as {several} hold {len(shown)} {what} side by side: {listed}"


@dataclass(frozen=True, slots=True)
class _Part:
    """A column cut in two: the word that may be a configuration, and what it is of."""

    column: str
    arm: str
    stem: str


def arms_in(columns: Sequence[str], sample: Sequence[Cells], named: Sequence[str] | None = None) -> Arms | None:
    """The configurations that a table's columns put side by side; None where they do not.

    Args:
        columns: names in order.
        sample: some rows.
        named: what a person said the configurations are called; None to find them, empty for none. Numbers alone are
            those of repeats: configurations have names.
    """
    if named is not None:
        parts = [found for column in columns for found in _cuts(column) if found.arm in set(named)]
        return _arms(columns, _grouped(parts), Kinds(sample)) if named else None
    return _Finding(columns, sample).found()


def _perhaps(columns: Sequence[str]) -> bool:
    """Whether names alone leave it open that configurations stand side by side."""
    cuts = [cut for column in columns for cut in _cuts(column)]
    known = {cut.arm for cut in cuts if is_arm(cut.arm)}
    return bool(known) or len({cut.arm for cut in cuts if _is_answer(cut.stem)}) > 1


class _Finding:
    def __init__(self, columns: Sequence[str], sample: Sequence[Cells]) -> None:
        self.columns = columns
        self.kinds = Kinds(sample)
        self.cuts = [cut for column in columns if not _is_judged(column) for cut in _cuts(column)]

    def found(self) -> Arms | None:
        known = _longest(cut for cut in self.cuts if is_arm(cut.arm))
        for parts in (self._with_the_other_side(known), known, self._with_answers_of_their_own()):
            held = self._with_metrics(_grouped(parts))
            if held and self._believed(held):
                return _arms(self.columns, held, self.kinds)
        return None

    def _with_the_other_side(self, known: Sequence[_Part]) -> list[_Part]:
        """Known words, and what stands beside a "baseline" under the same metric, whatever it is called."""
        sides = {cut.arm for cut in known if set(_plain(cut.arm)) & _AGAINST}
        stems = {cut.stem for cut in known if cut.arm in sides and self._is_score(cut.column, cut.stem)}
        taken = {cut.column for cut in known}
        others = {
            cut.arm
            for cut in self.cuts
            if cut.stem in stems and cut.column not in taken and self._is_score(cut.column, cut.stem)
            and _may_be_arm(cut.arm)
        }  # fmt: skip
        return [*known, *_longest(cut for cut in self.cuts if cut.arm in others and cut.column not in taken)]

    def _with_answers_of_their_own(self) -> list[_Part]:
        """Words that stand before or after both a text called an answer and a score."""
        answered = {cut.arm for cut in self.cuts if _is_answer(cut.stem) and self._is_text(cut.column)}
        scored = {cut.arm for cut in self.cuts if self._is_score(cut.column, cut.stem)}
        return _longest(cut for cut in self.cuts if cut.arm in answered & scored and _may_be_arm(cut.arm))

    def _with_metrics(self, held: Mapping[str, Mapping[str, str]]) -> dict[str, Mapping[str, str]]:
        """The configurations that have metrics, where they all have the same ones; else none."""
        scores = {
            arm: {stem for stem, column in columns.items() if self._is_score(column, stem)}
            for arm, columns in held.items()
        }
        kept = {arm: columns for arm, columns in held.items() if scores[arm]}
        same = len({frozenset(scores[arm]) for arm in kept}) == 1
        return kept if 2 <= len(kept) <= _MOST and same else {}

    def _believed(self, held: Mapping[str, Mapping[str, str]]) -> bool:
        """Whether words that may mean something else are configurations here."""
        arms = list(held)
        if all(_repeat_number(arm) for arm in arms):
            return True
        answers = all(any(_is_answer(stem) for stem in columns) for columns in held.values())
        if answers:
            return True
        shared = set(self.columns) - {column for columns in held.values() for column in columns.values()}
        if all(_FAMILIES.match(arm) for arm in arms) and any(_is_answer(names.tail(column)) for column in shared):
            return False  # several models beside one answer are its judges
        if any(set(_plain(arm)) & {"judge", "grader", "rater", "evaluator"} for arm in arms):
            return False
        generic = all(_generic(stem) for columns in held.values() for stem in columns)
        if generic and all(set(_plain(arm)) <= _RETRIEVERS for arm in arms):
            return False  # scores of a passage
        letters = [arm for arm in arms if _NUMBER.fullmatch(arm)]
        return not letters or (len(letters) == len(arms) and {"a", "b"} <= {arm.lower() for arm in arms})

    def _is_score(self, column: str, stem: str) -> bool:
        kind = self.kinds.of(column)
        if not kind.filled or kind.scores < 0.8 * kind.filled:
            return False
        if not stem:
            return kind.numbers + kind.written == kind.scores
        if names.is_no_score(stem):
            return False
        known = guess_metric(stem)
        return known.role is Role.QUALITY and (known.sign != 0 or _generic(stem) or aliases.sounds_like_score(stem))

    def _is_text(self, column: str) -> bool:
        kind = self.kinds.of(column)
        return kind.filled > 0 and kind.scalars == kind.filled and kind.numbers == 0


def _arms(columns: Sequence[str], held: Mapping[str, Mapping[str, str]], kinds: Kinds) -> Arms | None:
    if len(held) < 2:
        return None
    named = {
        arm: {stem or _unnamed(column, kinds): column for stem, column in own.items()} for arm, own in held.items()
    }
    word = "" if not all(map(_repeat_number, held)) else re.sub(r"[\W_\d]+$", "", next(iter(held)).lower())
    if word:
        named = {_repeat_number(arm): own for arm, own in named.items()}
    if all(arm.isdecimal() for arm in held):
        word = "repeat"
    free = [name for name in ("configuration", "arm", "variant", "side by side") if name not in columns]
    order = {column: place for place, column in enumerate(columns)}
    named = dict(sorted(named.items(), key=lambda arm: min(order[column] for column in arm[1].values())))
    used = {column for own in named.values() for column in own.values()}
    beside = frozenset(c for c in columns if c not in used and _compares(c))
    return Arms(named, ("repeat" if word and word != "seed" else word) or free[0], beside)


def _is_judged(column: str) -> bool:
    """Whether a column is what a judge said: "judges.gpt-4o" and "judges.gemini" judged one answer."""
    return names.tail(container_of(column).rstrip(".")) in aliases.JUDGEMENTS


def _unnamed(column: str, kinds: Kinds) -> str:
    """What a column holds that is called like its configuration and nothing else."""
    return "score" if kinds.of(column).numbers or kinds.of(column).written else "answer"


def _compares(column: str) -> bool:
    """Whether a column says how the configurations differ: "score_diff", "improvement", "winner"."""
    return bool(set(names.words(column)) & _DIFFERENCES) or names.is_category(column)


def _cuts(column: str) -> Iterator[_Part]:
    """All ways to cut a word or several from the start, the end or a part between points of a column's name."""
    spans = [found.span() for found in _TOKEN.finditer(column)]
    places = [0, *(found.start() for found in _CAMEL.finditer(column)), len(column)]
    if len(spans) == 1 and len(places) > 2:
        spans = list(itertools.pairwise(places))
    last = len(spans)
    for start in range(last):
        for end in range(start + 1, min(last, start + 5) + 1):
            left, right = column[: spans[start][0]], column[spans[end - 1][1] :]
            arm = column[spans[start][0] : spans[end - 1][1]]
            inside = left.endswith((".", "/")) and right.startswith((".", "/"))
            if left.strip(_JOINTS) and right.strip(_JOINTS) and not inside:
                continue
            stem = left + right[1:] if inside else left.rstrip(_JOINTS) + right.strip(_JOINTS)
            yield _Part(column, arm, stem[:1].lower() + stem[1:] if not left else stem)


def _longest(cuts: Iterable[_Part]) -> list[_Part]:
    """Of each column the cut with the longest word."""
    best: dict[str, _Part] = {}
    for cut in cuts:
        if cut.column not in best or len(cut.arm) > len(best[cut.column].arm):
            best[cut.column] = cut
    return list(best.values())


def _grouped(parts: Sequence[_Part]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for part in parts:
        found.setdefault(part.arm, {}).setdefault(part.stem, part.column)
    return found


def _plain(arm: str) -> list[str]:
    return [word.lower() for word in _TOKEN.findall(_CAMEL.sub("_", in_english(arm)))]


def is_arm(arm: str) -> bool:
    """Whether configurations are called so."""
    parts = _plain(arm)
    if not parts:
        return False
    joined = "".join(parts)
    if _repeat_number(arm) or _FAMILIES.fullmatch(parts[0]):
        return _repeat_number(arm) != "" or not any(guess_metric(part).sign for part in parts[1:])
    if len(parts) == 1:
        return bool(joined in _AGAINST | _METHODS | _RETRIEVERS or _VERSION.fullmatch(joined) or joined in ("a", "b"))
    if parts[0] in _WITH:
        rest = "_".join(parts[1:])
        return is_arm(rest) or (parts[0] in ("with", "without", "wo") and guess_metric(rest).sign == 0)
    if parts[0] in _NUMBERED:
        return len(parts) == 2 and bool(_NUMBER.fullmatch(parts[1]) or _VERSION.fullmatch(parts[1]))
    telling = [word for word in parts if word not in _NUMBERED]
    return joined in _METHODS or (
        bool(telling) and all(word in _AGAINST | _METHODS | _RETRIEVERS or _VERSION.fullmatch(word) for word in telling)
    )


def _may_be_arm(arm: str) -> bool:
    """Whether a word nobody knows may be a configuration: it is no metric, and says nothing about one."""
    parts = _plain(arm)
    return (
        bool(parts)
        and not set(parts) & (SUBJECTS | _DIFFERENCES)
        and guess_metric(arm).sign == 0
        and not names.is_expected(arm)
    )


def _repeat_number(arm: str) -> str:
    """The number of a repeat: "run_2", "trial3"; empty for other words."""
    found = re.fullmatch(r"([a-z]+)[\W_]{0,2}(\d{1,6})", in_english(arm).lower())
    return found[2] if found and found[1] in _REPEATS else ""


def _is_answer(stem: str) -> bool:
    return names.tail(stem) in aliases.OUTPUT


def _generic(stem: str) -> bool:
    return not stem or set(names.words(stem)) <= _GENERIC


class ArmRows(Rows):
    """Rows of a table with configurations side by side, one for each of them."""

    def __init__(self, rows: Rows, arms: Arms) -> None:
        self.path = rows.path
        self.arms = arms
        self.assumed = (arms.said(), *rows.assumed)
        self._rows = rows
        self._own = [(arm, dict(columns)) for arm, columns in arms.columns.items()]
        used = {column for _, columns in self._own for column in columns.values()}
        stems = dict.fromkeys(stem for _, columns in self._own for stem in columns)
        self._shared = {
            column: column if column not in stems else f"{column} (of the item)"
            for column in rows.columns
            if column not in used
        }
        self.columns = (*self._shared.values(), arms.column, *stems)

    def read(self, problems: ProblemLog) -> Iterator[Row]:
        """Every row once for each configuration."""
        several = len(self._own)
        for row in self._rows.read(problems):
            for number in range(several):
                yield Row(
                    row.line, row.place * several + number, hash((row.digest, number)), self._of(row.cells, number)
                )

    def at(self, place: int) -> Cells:
        """The cells of one configuration."""
        row, number = divmod(place, len(self._own))
        return self._of(self._rows.at(row), number)

    def _of(self, cells: Cells, number: int) -> Cells:
        arm, own = self._own[number]
        shared = {called: cells[column] for column, called in self._shared.items() if column in cells}
        return {
            **shared,
            self.arms.column: arm,
            **{stem: cells[column] for stem, column in own.items() if column in cells and not is_blank(cells[column])},
        }


def side_by_side(rows: Rows, given: ColumnMap | None, roles: Mapping[str, Any] = MappingProxyType({})) -> Rows:
    """The rows, unfolded where configurations stand side by side.

    Args:
        rows: the table as it is.
        given: the map that a person confirmed; its `arms` count.
        roles: roles that a person named; `arms` counts, and so does a column that is only there before unfolding.

    Raises:
        UsageError: words that were named stand in no column names.
    """
    named = given.arms if given is not None else roles.get("arms")
    columns_said = (value for role, value in roles.items() if role not in NO_COLUMNS and value)
    said = {name for value in columns_said for name in ([value] if isinstance(value, str) else value) if name}
    if named is None and "run" in roles and not roles["run"]:
        return rows  # no configurations at all
    if named is None and not _perhaps(rows.columns):
        return rows  # the usual table: its rows are not looked at for this
    arms = arms_in(rows.columns, rows.probe(), named)
    if named and (arms is None or len(arms.columns) < len(set(named))):
        there = {cut.arm for column in rows.columns for cut in _cuts(column)}
        absent = ", ".join(name for name in named if name not in there)
        raise UsageError(
            f"arms: no columns of {absent}" if absent else "arms: one configuration stands beside no other",
            f"The table has: {', '.join(rows.columns)}.",
        )
    unfolded = ArmRows(rows, arms) if arms is not None else rows
    return unfolded if said <= set(unfolded.columns) or named else rows


def guess_side_by_side(rows: Rows) -> ColumnMap:
    """The most likely map of a table whose configurations may have been unfolded."""
    guess = guess_columns(rows.columns, rows.probe())
    if not isinstance(rows, ArmRows):
        return guess
    column, several = rows.arms.column, tuple(rows.arms.columns)
    return replace(
        guess,
        arms=several,
        metrics=tuple(name for name in guess.metrics if name not in rows.arms.beside),
        categories={name: labels for name, labels in guess.categories.items() if name not in rows.arms.beside},
        reasons={**guess.reasons, "arms": f"{column}: {rows.arms.said()}"},
    )
