"""What the name of a column says it holds: a setting, a repeat's number, a judge, what was expected, an index.

Names are read by their words ("topK", "retrieval.top_k"), so that names nobody listed are understood as well.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from ragtui.model import Role, guess_metric
from ragtui.sources import aliases

_REMEMBERED = 65536
"""Names whose meaning is remembered: files have few different ones, but a single table may have tens of thousands."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PARTS = re.compile(r"[a-z]+|\d+")

SETTINGS = _words(
    "arm method mode model llm prompt template version variant retriever retrieval reranker rerank reranking "
    "strategy config configuration setting settings system pipeline approach condition treatment k topk topn "
    "temperature temp provider engine agent policy backend embedding embedder embeddings chunker chunking "
    "chunksize chunk llms generator technique algorithm experiment branch commit deployment release hyde rewriter "
    "rewrite quantization precision_mode scenario_config persona_prompt setup tool_mode reasoning effort seedset "
    "cot fewshot shots shot nshot budget threshold alpha beta weight hybrid index_type store profile stage "
    "ablation baseline feature tier group cohort topp topr candidate_k rank_k nprobe ef docs_k window "
    "overlap_size split subset fold bot assistant checkpoint epochs_trained lora"
)
"""Words that name what was varied on purpose."""

CONFIGURATIONS = frozenset(aliases.RUN)
"""Columns whose values are runs of their own, even where no item occurs in two of them."""

JUDGES = _words("judge grader evaluator annotator rater scorer filter assessor reviewer critic labeler")
"""Words that name who or what scored: each value has metrics of its own."""

REPEATS = _words(
    "repeat repetition repeats rep reps trial epoch iteration replicate replica replication pass_no pass_number "
    "repeat_index"
)
"""Words that number repeats and nothing else."""

PERHAPS_REPEATS = _words("seed attempt try round sample run generation completion rollout draw")
"""Words that number repeats when they hold whole numbers."""

_SEEDS = _words("seed random rng global sampling generation torch numpy np")
PASSES = _words("pass passes")
"""Words that number repeats when they hold whole numbers beyond 1, and are a score otherwise."""

COUNTERS = _words("i j n idx index no number num counter")

DIVIDERS = _words(
    "turn subtask task step part section subquestion message exchange stage_no hop subject language "
    "lang category criterion_no page chapter"
)
"""Words that divide an item into several, such as the turns of a conversation."""

_MAKERS = _words("model engine provider deployment app project workspace team organization org config configuration")
"""Words before "id" that name what made an answer, or for whom. "prompt_id" and "user_id" do name items."""

_EXPECTED = _words(
    "expected reference ref gold golden truth target label labels predicted prediction pred ytrue ypred y"
)
_ROW_NUMBERS = frozenset({
    "index", "idx", "row", "row_number", "row_id", "row_index", "line", "line_number", "line_no", "lineno", "no", "nr",
    "number", "#", "unnamed", "unnamed:_0", "level_0", "__index_level_0__", "column_1",
})  # fmt: skip
A_TIME = "it is a time"
"""Why a number is no score (see `is_no_score`)."""
A_ROW = "it numbers the rows"
AN_ID = "it is an id"
A_COUNTER = "it counts rows"
A_SETTING = "it is a setting"
A_DIVIDER = "it divides the item"
_TIMES = ("_at", "_ts", "timestamp", "_date", "tstamp")
_TIME_NAMES = ("time", "date", "created", "ts", "timestamp", "year", "month", "day", "start", "end", "started", "ended")
_IDS = ("_id", "_uuid", "_hash", "_guid", "_key", "_uri", "_url", "_path", "_idx", "_index")

RESULTS = _words(
    "answer output response verdict outcome winner choice decision status passed prediction predicted result "
    "results judgment judgement label correct success preferred preference pick picked selected class "
    "classification finish stop text reason comment explanation rationale error exception generated actual "
    "extracted parsed feedback"
)
"""Words of what came out: such a column may differ in every repeat and tells no configuration."""

_DESCRIBING = _words(
    "difficulty level hops hop complexity grade_level age price year length popularity frequency importance priority"
    " weight rank position depth size volume order"
)
_PERHAPS_RATED = _words("depth complexity length importance popularity rank position size volume")
"""Those of them that as well say how an answer was: they are not taken for metadata in silence."""
_CALLS = _words("status http response exit return error")
"""Words before "code" and "status" in columns that say how a call ended."""
_COUNTED = _words("retrieved returned found used count num number total length chars words size len counted")

CATEGORIES = _words("winner verdict outcome decision preference preferred judgement judgment better_side")
"""Words of columns whose few texts are what came out, such as which of two answers won."""


PREFERENCES = _words(
    "winner preferred preference prefer chosen choose choice pick picked selected vote voted better_side"
)
"""Words of columns whose letters are what was chosen between, never grades."""

VALUES = ("value", "score", "rating")
"""What a score is called in what is called like its metric: "correctness/value"."""

OUTCOMES = _words(
    "tie tied draw equal win wins won lose loses lost loss better worse best worst left right both neither grounded"
    " ungrounded partial partially hallucinated hallucination supported unsupported entailed entailment contradicted"
    " contradiction contradictory contradicts correct incorrect wrong accurate inaccurate good bad poor fair okay"
    " excellent acceptable unacceptable relevant irrelevant faithful unfaithful safe unsafe complete incomplete helpful"
    " unhelpful pass fail passed failed refused refusal refuses complied complies answered unanswered abstained"
    " attempted fabricated verified unverified satisfied dissatisfied resolved unresolved escalated positive negative"
    " factual nonfactual sufficient insufficient yes no mostly fully unclear unknown neutral mixed"
)
"""Words with which people and judges say what came out; "unknown" and "neutral" only beside others."""

_SAYS_NOTHING_ALONE = _words("unknown neutral mixed unclear both equal yes no positive negative complete right left")
_BETWEEN = _words("partial partially mostly somewhat mixed half maybe borderline")
_HALVES = _BETWEEN | _words("fair good ok okay acceptable average mixed neutral likely complete")
"""Words of labels between the best and the worst: more of them may be either."""
_SORTS = _words("type category kind class topic source reason difficulty level status state domain language format")


@lru_cache(_REMEMBERED)
def tail(name: str) -> str:
    """The last part of a dotted name, as snake case: "outputs.groundedness.groundedness" as "groundedness"."""
    return aliases.snake(re.split(r"[./]", name.strip())[-1])


@lru_cache(_REMEMBERED)
def words(name: str) -> tuple[str, ...]:
    """The words of a column's name, without what it stands in."""
    return tuple(_PARTS.findall(tail(name)))


@lru_cache(_REMEMBERED)
def has(name: str, among: frozenset[str]) -> bool:
    """Whether a column is called by one of these words, alone or joined ("top_k" as "topk")."""
    parts = words(name)
    return tail(name) in among or "".join(parts) in among or any(part in among for part in parts)


@lru_cache(_REMEMBERED)
def is_setting(name: str) -> bool:
    """Whether a column is called like something that is varied on purpose."""
    if tail(name) in CONFIGURATIONS or tail(name) in ("k", "top_k", "top_p"):
        return True
    return has(name, SETTINGS) and not _is_measured(name)


def _is_measured(name: str) -> bool:
    """ "model_score" and "prompt_tokens" are measurements, whatever was measured."""
    parts = list(words(name))
    if len(parts) > 1 and parts[-1] in ("idx", "index", "no", "nr", "num", "number", "id", "counter"):
        return False  # "repetition_idx" counts repetitions, however bad those are in an answer
    while len(parts) > 1 and parts[-1] in ("k", "n", "at"):  # "hit_at_k"
        parts.pop()
    if not parts or parts[-1] in SETTINGS:
        return False
    return guess_metric("_".join(parts)).sign != 0 or guess_metric(parts[-1]).sign != 0  # "baseline_score" is a score


@lru_cache(_REMEMBERED)
def is_judge(name: str) -> bool:
    """Whether a column says who scored; "judge_score" does not."""
    return has(name, JUDGES) and not _is_measured(name)


@lru_cache(_REMEMBERED)
def is_of_the_making(name: str) -> bool:
    """Whether an id says who judged or what was asked ("evaluator_id", "model_id"), where it stands on several rows."""
    return is_judge(name) or has(name, _MAKERS)


@lru_cache(_REMEMBERED)
def is_repeat(name: str) -> bool:
    """Whether a column is called like the number of a repeat and nothing else."""
    return tail(name) in aliases.REPEAT or (has(name, REPEATS) and not _is_measured(name))


@lru_cache(_REMEMBERED)
def is_perhaps_repeat(name: str) -> bool:
    """Whether a column may number repeats, if it holds whole numbers."""
    parts = words(name)
    if tail(name) == "random_state" or ("seed" in parts and all(part in _SEEDS for part in parts)):
        return True
    return bool(parts) and parts[0] in PERHAPS_REPEATS and all(
        part in PERHAPS_REPEATS | COUNTERS | {"id"} for part in parts
    )  # fmt: skip


def is_counter(name: str) -> bool:
    """Whether a column counts something, without saying what."""
    return tail(name) in COUNTERS


@lru_cache(_REMEMBERED)
def is_divider(name: str) -> bool:
    """Whether a column divides an item into several."""
    return has(name, DIVIDERS) and not _is_measured(name) and not is_setting(name)


@lru_cache(_REMEMBERED)
def is_row_number(name: str) -> bool:
    """Whether a column is the number of the row, as pandas and exports write it."""
    snake = aliases.snake(name)
    return snake in _ROW_NUMBERS or snake.startswith("unnamed")


@lru_cache(_REMEMBERED)
def is_expected(name: str) -> bool:
    """Whether a column says what should have come out, or what a model said in place of a score."""
    parts = words(name)
    if not parts or not any(part in _EXPECTED for part in parts):
        return False
    rest = [part for part in parts if part not in (*_EXPECTED, "ground")]
    rated = parts[0] in _EXPECTED and all(part in ("score", "rating", "grade", "value", "id") for part in rest)
    return rated or guess_metric("_".join(rest)).sign == 0


@lru_cache(_REMEMBERED)
def is_in_expected(name: str) -> bool:
    """Whether a column stands in an object of what should have come out: "ground_truth.total", not "reference.bleu"."""
    outer = [part for part in re.split(r"[./]", name)[:-1] if is_expected(part)]
    sure = any(words(part)[0] in ("expected", "gold", "golden", "ground") for part in outer)
    return bool(outer) and (sure or guess_metric(tail(name)).sign == 0)


@lru_cache(_REMEMBERED)
def ends_like_id(name: str) -> bool:
    """Whether a name ends as those of ids do: "ticket_id", "docid", "case_no"; "hybrid" and "valid" end so, too."""
    last = tail(name)
    return last.endswith(("_id", "_no", "_nr")) or (last.endswith("id") and last.rpartition("_")[2] not in _END_IN_ID)


_END_IN_ID = _words(
    "valid invalid hybrid paid unpaid grid void avoid solid said did bid covid rapid fluid liquid rigid"
    " acid android humid hid aid raid kid lid mid rid vivid squid"
)


def is_result(name: str) -> bool:
    """Whether a column holds something that came out, so that it may differ between repeats."""
    return has(name, RESULTS)


def is_category(name: str) -> bool:
    """Whether the few texts of a column are results themselves, such as the winner of a pair."""
    return has(name, CATEGORIES) or has(name, PREFERENCES)


@lru_cache(_REMEMBERED)
def sorts(name: str) -> bool:
    """Whether a column sorts items or errors into kinds, whatever else its name says: "error_type"."""
    return has(name, _SORTS)


def label_direction(label: str, among: Sequence[str]) -> bool | None:
    """Whether more of a label is better, by the label's own words; None for halves, sides and whatever does not tell.

    What the column is called says nothing about it: "quality = poor" is no quality.
    """
    every = {word for other in among for word in _PARTS.findall(other.casefold())}
    if every & {"left", "a", "b", "tie"} or set(_PARTS.findall(label.casefold())) & _HALVES:
        return None
    return guess_metric(label).higher_is_better


def is_half(label: str) -> bool:
    """Whether a label lies between the best and the worst by its own words: "partially correct"."""
    return bool(_BETWEEN & set(_PARTS.findall(label.casefold())))


def are_outcomes(labels: Sequence[str]) -> bool:
    """Whether most of a column's few texts say what came out: grounded, partial, hallucinated; win, lose, tie."""
    said = [frozenset(_PARTS.findall(label.casefold())) & OUTCOMES for label in labels]
    telling = sum(bool(found - _SAYS_NOTHING_ALONE) for found in said)
    sides = sum(bool(found & {"left", "right"}) for found in said)
    return (telling >= 1 or sides >= 2) and sum(map(bool, said)) >= 2 and 2 * sum(map(bool, said)) >= len(labels)


def _is_what_came_out(parts: Sequence[str]) -> bool:
    """Whether words name an answer, be it a number: "parsed_output", "extracted_answer"."""
    return len(parts) > 1 and parts[-1] in _OUTPUTS and all(part in _OF_OUTPUTS for part in parts[:-1])


_OUTPUTS = _words("output outputs answer answers response responses completion completions reply replies")
_OF_OUTPUTS = _words(
    "parsed extracted raw final model generated llm bot cleaned normalized candidate system actual numeric agent rag"
)


@lru_cache(_REMEMBERED)
def is_no_score(name: str) -> str:
    """Why numbers under this name are no scores; empty when they may be."""
    snake = tail(name)
    if not snake:
        return "it has no name"
    if is_row_number(name):
        return A_ROW
    if snake in aliases.ITEM or snake in aliases.REPEAT or snake.endswith(_IDS) or snake in ("id", "uuid", "guid"):
        return AN_ID
    if (snake.endswith(_TIMES) and snake not in _UP_TO_DATE) or snake in _TIME_NAMES or _is_stamp(name):
        return A_TIME
    if is_expected(name) or is_in_expected(name):
        return "it says what should come out, not how good it is"
    if is_setting(name) or snake in ("seed", "max_tokens", "version"):
        return A_SETTING
    if is_code(name):
        return "it is a code"
    if snake in aliases.TEXT_ROLES or _is_what_came_out(words(name)):
        return "it is text"
    if is_perhaps_repeat(name) or is_counter(name):
        return A_COUNTER
    if is_divider(name):
        return A_DIVIDER
    return ""


def _is_stamp(name: str) -> bool:
    """Whether a name says when something happened, in whatever unit: "timestamp_ms", "start_time_unix_nano"."""
    parts = [part for part in words(name) if part not in _UNITS_OF_STAMPS]
    return bool(parts) and tail(name) not in _UP_TO_DATE and (parts[-1] in _MOMENTS or "_".join(parts[-2:]) in _STAMPS)


_UP_TO_DATE = ("up_to_date", "is_up_to_date", "not_up_to_date")
_MOMENTS = ("timestamp", "tstamp", "datetime", "date")
_UNITS_OF_STAMPS = _words("ms us ns s sec secs seconds millis milliseconds nano nanos micros unix utc epoch iso")
_STAMPS = _words("start_time end_time started_at created_at finished_at ended_at updated_at completed_at created_time")


def is_index(name: str) -> bool:
    """Whether a column is called an index of something, which is a place in a list or a measure ("risk_index")."""
    return tail(name).endswith("_index")


@lru_cache(_REMEMBERED)
def is_code(name: str) -> bool:
    """Whether a column holds codes with which a call ended, "status_code" or "exit_code": they have no mean."""
    parts = words(name)
    return parts[-1:] in (("code",), ("status",)) and bool(_CALLS & set(parts))


@lru_cache(_REMEMBERED)
def is_http(name: str) -> bool:
    """Whether a column holds status codes of HTTP."""
    return is_code(name) and bool({"http", "status", "response"} & set(words(name)))


def is_describing(name: str) -> bool:
    """Whether a number under this name describes the item rather than what came out for it."""
    return has(name, _DESCRIBING)


def is_perhaps_rated(name: str) -> bool:
    """Whether what describes an item by its name may as well be of what came out for it."""
    return has(name, _PERHAPS_RATED)


def is_count(name: str) -> bool:
    """Whether a column counts what came out, such as the documents that were retrieved."""
    return any(part in _COUNTED for part in words(name))


def short(name: str) -> str:
    """A column's name as a person says it: without "outputs." and the like before it, where that leaves a name."""
    last = re.split(r"[./]", name.strip())[-1].strip()
    return name if not last or last.isdecimal() else last


def inside(column: str, container: str) -> str:
    """A metric's name under an object of scores; an object of judges has the score of each: "score[gpt]"."""
    name = column[len(container) :]
    by_judge = tail(container.rstrip(".")) in aliases.JUDGEMENTS and guess_metric(name).sign == 0
    if not by_judge:
        return name
    judge = re.match(r"[^.]*(?:\.\d[^.]*)*", name)[0]  # type: ignore[index]  # "gpt-4.1" is one name
    return f"{name[len(judge) + 1 :] or 'score'}[{judge}]"


def metric_part(column: str) -> str:
    """The part of a column that names the metric: "correctness/value" is about correctness."""
    head, sign, last = column.rpartition("/") if "/" in column else column.rpartition(".")
    return head if sign and aliases.snake(last) in VALUES and head else column


def sounds_like_score(name: str) -> bool:
    """Whether scores are called so, whichever way is better."""
    metric = guess_metric(name)
    return aliases.sounds_like_score(name) or (metric.sign != 0 and metric.role is Role.QUALITY)


def is_generic(name: str) -> bool:
    """ "score" and "points" are in many tables that are no evaluation; "faithfulness" is not."""
    metric = guess_metric(name)
    generic = {"score", "value", "rating", "points", "stars", "quality", "rank", "like", "likes", "good", "best", "map"}
    return metric.role is Role.RESOURCE or set(words(name)) <= generic


def is_of_running(name: str) -> bool:
    """Whether an id says in what an answer was made or stored rather than what was asked: "batch_id", "worker_id"."""
    return has(name, _OF_RUNNING)


_OF_RUNNING = _words(
    "batch job worker machine host node thread process device gpu shard queue execution evaluation eval result response"
    " answer output score build release version log record row"
)


def is_event_id(column: str) -> bool:
    """Ids of calls, which stand for the item where nothing else does; "run" alone is what a configuration is called."""
    return is_event(column) and tail(column) not in ("run", "run_name")


def is_event(column: str) -> bool:
    """Ids of calls rather than of items."""
    parts = words(column)
    return any(
        part in ("request", "trace", "run", "span", "event", "session", "uuid", "guid", "message") for part in parts
    )
