"""Scores without records: {"q1": 0.8, "q2": 0.5}, {"recall": {"q1": [1, 0]}}, {"ids": ["q1"], "scores": [0.8]}.

An object of numbers may as well hold means by metric, by group or by k, so its names have to say that they are items:
by a number that counts them ("q1", "item-03"), as questions, as hashes, or by what they stand in ("per_item"). What
stays unclear is refused with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ragtui.model import Role, guess_metric
from ragtui.sources import aliases
from ragtui.sources.table.cells import WORDS, plain_number, written_score
from ragtui.sources.table.flat import is_one_score

DEEPEST = 6
_COUNTED = re.compile(r"(?P<name>.*?)[-_ .#:/]*(?P<number>\d+)")
_HASH = re.compile(r"[0-9a-fA-F-]{8,64}")
_HOLDERS = re.compile(
    r"(?:per|by)_(?:item|question|query|case|sample|example|id|test|prompt|task|instance|problem)s?(?:_scores?)?"
    r"|(?:item|question|query|case|sample|example)s?(?:_level)?(?:_scores?)?|scores_(?:per|by)_\w+"
)
"""Names of objects whose names are items."""
_COUNT_OTHERS = aliases.word_set(
    "run trial seed epoch fold rep repeat round iteration step layer level top k p v version model rouge"
    " bleu bucket bin percentile day week month checkpoint ckpt turn hit recall precision ndcg grade stage"
    " phase rank topk pass gpt o claude llama gemini qwen mistral phi"
)
"""Words before a number that count something other than items."""
_ITEM_STEMS = frozenset(("q", "question", "item", "case", "test_case", "sample", "example", "query", "task", "test"))
_STATISTICS = frozenset((
    "mean", "means", "average", "avg", "std", "stdev", "stddev", "stderr", "variance", "var", "min", "max", "median",
    "sum", "total", "count", "n", "p25", "p50", "p75", "p90", "p95", "p99", "ci_low", "ci_high", "lower", "upper",
    "overall", "num_items", "samples", "threshold", "weight", "duration", "timestamp",
))  # fmt: skip
_SPREAD = re.compile(r"distribution|histogram|counts?$|buckets?|bins?$|weights?$|thresholds?$|config|settings|params")
_AT_K = frozenset(("recall", "hit", "hits", "precision", "ndcg", "map", "mrr", "pass", "success", "acc", "top"))
"""Metrics whose numbers below "1", "3" and "5" are cut-offs."""
_PLURALS = {"queries": "query", "responses": "response", "rationales": "rationale", "indices": "index"}


class Numbers(NamedTuple):
    """Scores by item that stood together.

    Attributes:
        path: what tells the configuration.
        rows: one row an item and repeat.
        around: the object they stood in.
        repeats: how many numbers there were for each item and metric, where they stood in lists; else 0.
    """

    path: tuple[str, ...]
    rows: list[dict[str, Any]]
    around: Mapping[str, Any]
    repeats: int = 0


def number_tables(document: Any, called: str = "") -> list[Numbers]:
    """Scores that a document holds without records; empty where it is not clear that they are scores of items.

    Args:
        document: what was read.
        called: the file's name without its ending: it may name the only metric.
    """
    document = _paired(document)
    if isinstance(document, dict) and any(map(_is_open, document.values())):
        document = _paired_within(document, 0)
    if not isinstance(document, dict):
        return []
    held: dict[tuple[str, ...], dict[str, dict[str, Any]]] = {}
    around: dict[tuple[str, ...], Mapping[str, Any]] = {}
    for path, said, outer in _leaves(document, (), document):
        metric = next((part for part in reversed(path) if is_metric(part)), "")
        key = tuple(part for part in path if part != metric and not _holds_items(part) and not _is_generic(part))
        name = metric or (called if is_metric(called) else "score" if _are_scores(path, called, said) else "value")
        around.setdefault(key, outer)
        for item, value in said.items():
            if name in held.setdefault(key, {}).setdefault(item, {}):
                return []  # the same metric twice: what tells them apart is not clear
            held[key][item][name] = value
    return [Numbers(key, list(_rows(items)), around[key], _several(items)) for key, items in held.items()]


def _paired(document: Any) -> Any:
    """[["q1", 0.8], ["q2", 0.5]] as {"q1": 0.8, "q2": 0.5}; other documents as they are."""
    if not isinstance(document, list) or len(document) < 2:
        return document
    found = {
        entry[0]: entry[1]
        for entry in document
        if isinstance(entry, list) and len(entry) == 2 and isinstance(entry[0], str)
    }
    return found if len(found) == len(document) else document


def _is_open(value: Any) -> bool:
    return isinstance(value, (dict, list))


def _paired_within(value: Any, depth: int) -> Any:
    """Lists of pairs at any depth as objects: {"recall": [["q1", 0.8], ["q2", 0.5]]}."""
    if isinstance(value, dict) and depth <= DEEPEST:
        return {name: _paired_within(inner, depth + 1) if _is_open(inner) else inner for name, inner in value.items()}
    return _paired(value)


def _are_scores(path: Sequence[str], called: str, said: Mapping[str, Any]) -> bool:
    """Whether numbers that no metric names are scores: what they stand in says so, or names such as "q1"."""
    if any(map(_holds_items, path)) or any(map(aliases.sounds_like_score, (called, *path))):
        return True
    if any(aliases.snake(part) in (*aliases.SCORES, *aliases.SCORE) for part in (called, *path)):
        return True
    return all(_asks(name) for name in said) or {_stem(name) for name in said} <= _ITEM_STEMS


def _leaves(
    value: Mapping[str, Any], path: tuple[str, ...], around: Mapping[str, Any]
) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any], Mapping[str, Any]]]:
    if said := _scores_by_item(value, path):
        yield path, said, around
        return
    if len(path) < DEEPEST:
        for name, inner in value.items():
            if isinstance(inner, dict) and not _SPREAD.search(aliases.snake(str(name))):
                yield from _leaves(inner, (*path, str(name)), value)


def _scores_by_item(value: Mapping[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    """The entries of an object that are scores of items; empty where their names do not clearly say so."""
    scored = {str(name): said for name, said in value.items() if _may_be_score(said, within=bool(path))}
    scored = {name: said for name, said in scored.items() if aliases.snake(name) not in _STATISTICS}
    rest = [name for name in value if str(name) not in scored and isinstance(value[name], dict)]
    if len(scored) < 2 or len(rest) > len(scored) or not _hold_scores(scored.values()):
        return {}
    if any(isinstance(said, dict) for said in scored.values()) and not any(map(is_metric, path)):
        return {}  # records, rather than scores with what was said about them
    if not are_items(list(scored), path[-1] if path else ""):
        counted = {name: said for name, said in scored.items() if _COUNTED.fullmatch(name)}
        if not path and 3 <= len(counted) < len(scored) and are_items(list(counted), ""):
            scored = counted  # {"model": …, "took": 3, "q1": 0.8, "q2": 0.5, …}
        else:
            return {}
    if len({len(said) for said in scored.values() if isinstance(said, list)}) > 1:
        return {}
    return scored


def _hold_scores(values: Iterable[Any]) -> bool:
    """Whether values are scores and not versions or names: numbers among them, or nothing but words such as "pass"."""
    said = [value for value in values if value is not None]
    if any(not isinstance(value, str) for value in said):
        return True
    return bool(said) and all(value.strip().casefold() in WORDS or written_score(value) is not None for value in said)


def _may_be_score(said: Any, *, within: bool) -> bool:
    if isinstance(said, list):
        return 0 < len(said) <= 100 and all(entry is None or plain_number(entry) is not None for entry in said)
    if isinstance(said, dict):
        return within and is_one_score(said)
    if isinstance(said, str):
        return said.strip().casefold() in WORDS or plain_number(said) is not None or written_score(said) is not None
    return said is None or plain_number(said) is not None


def are_items(found: Sequence[str], within: str) -> bool:
    """Whether names are those of items, rather than of metrics, groups, statistics or cut-offs.

    Args:
        found: the names.
        within: what they stand in.
    """
    if _holds_items(within):
        return not all(map(is_metric, found))
    if any(is_metric(name) or aliases.snake(name) in _STATISTICS for name in found):
        return False
    if not found:
        return False
    if all(name.isdecimal() for name in found):
        numbers = sorted(map(int, found))
        in_a_row = numbers == list(range(numbers[0], numbers[0] + len(numbers))) and numbers[0] in (0, 1)
        return in_a_row and len(numbers) >= 4 and not set(aliases.snake(within).split("_")) & _AT_K
    if sum(_asks(name) for name in found) >= 0.8 * len(found):
        return True
    if all(_HASH.fullmatch(name) for name in found) and len({len(name) for name in found}) == 1:
        return True
    stems = {_stem(name) for name in found}
    if "" in stems or stems & _COUNT_OTHERS or any(guess_metric(stem).sign for stem in stems):
        return False
    return len(stems) == 1 or len({_first(name) for name in found}) == 1


def _stem(name: str) -> str:
    """What a name counts: "item" of "item-03"; empty where it counts nothing."""
    found = _COUNTED.fullmatch(name)
    return aliases.snake(found["name"]).strip("_ .#:/-") or "" if found else ""


def _first(name: str) -> str:
    return re.split(r"[-_ .#:/\d]", name.lower(), maxsplit=1)[0]


def _asks(name: str) -> bool:
    return name.rstrip().endswith(("?", "？")) or (len(name) >= 20 and name.count(" ") >= 3)


def _holds_items(name: str) -> bool:
    return bool(_HOLDERS.fullmatch(aliases.snake(name)))


def _is_generic(name: str) -> bool:
    """ "results" and the like tell nothing apart."""
    return aliases.snake(name) in (*aliases.SCORES, *aliases.SCORE, "data", "details", "report", "eval", "evaluation")


def is_metric(name: str) -> bool:
    """Whether a name is that of a metric or of a resource, and of nothing that holds several."""
    if _is_generic(name) or _holds_items(name) or _asks(name):
        return False
    metric = guess_metric(name)
    return metric.sign != 0 or metric.role is Role.RESOURCE or (" " not in name and aliases.sounds_like_score(name))


def _several(items: Mapping[str, Mapping[str, Any]]) -> int:
    lists = (said for scores in items.values() for said in scores.values() if isinstance(said, list))
    return max(map(len, lists), default=0)


def _rows(items: Mapping[str, Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """One row an item, or several where its scores are lists of equally many."""
    several = _several(items)
    asked = sum(map(_asks, items)) >= 0.8 * len(items)
    for item, scores in items.items():
        named = {"question" if asked else "item": item}
        if not several:
            yield {**named, **scores}
            continue
        for number in range(several):
            own = {name: _at(said, number) for name, said in scores.items()}
            yield {**named, "repeat": number + 1, **own}


def _at(said: Any, number: int) -> Any:
    if isinstance(said, list):
        return said[number] if number < len(said) else None
    return said if number == 0 else None


def listed_repeats(several: int) -> str:
    """What is assumed of lists of numbers; empty where there are none."""
    return f"the {several} numbers in the list of each item are taken for repeats" if several > 1 else ""


def parallel_lists(value: Mapping[str, Any], scored: Callable[[Mapping[str, Any]], bool]) -> list[dict[str, Any]]:
    """{"ids": […], "scores": […], "metrics": {"recall": […]}}: lists of the same length, one of them naming items.

    Args:
        value: the object.
        scored: whether a record holds a score.
    """
    lists = {str(name): said for name, said in value.items() if isinstance(said, list)}
    told = [name for name in lists if singular(name) in _TELLING]
    below = {str(outer): inner for outer, inner in value.items() if isinstance(inner, dict) and inner}
    held_below = [f"{name}" for inner in below.values() for name in inner]
    for outer, inner in below.items():
        if all(isinstance(said, list) for said in inner.values()):  # a name that stands below several is told by them
            lists |= {n if held_below.count(n) == 1 and n not in lists else f"{outer}.{n}": s for n, s in inner.items()}
    length = len(lists[told[0]]) if told else 0
    if length < 2 or any(not isinstance(entry, (str, int)) for entry in lists[told[0]]):
        return []
    held = {name: said for name, said in lists.items() if len(said) == length}
    if any(isinstance(entry, dict) for said in held.values() for entry in said[:20]):
        return []
    called = [singular(name) if singular(name) not in held else name for name in held]
    rows = [dict(zip(called, row, strict=True)) for row in zip(*held.values(), strict=True)]
    return rows if any(map(scored, rows[:20])) else []


_TELLING = frozenset((*aliases.ITEM, *aliases.QUESTION)) - {"name", "key", "input", "inputs", "prompt"} | {
    "input", "prompt", "name",
}  # fmt: skip
_ONE = frozenset((
    *aliases.ITEM, *aliases.QUESTION, *aliases.EXPECTED, *aliases.OUTPUT, *aliases.SCORE, *aliases.ERROR,
    *aliases.RATIONALE, "latency_s", "latency", "cost", "label",
))  # fmt: skip


def singular(name: str) -> str:
    """The name of one entry of a list: "ids" as "id"; names of metrics and others stay."""
    snake = aliases.snake(name)
    one = _PLURALS.get(snake) or (snake[:-1] if snake.endswith("s") else snake)
    return one if one in _ONE and one != snake else name


def why_not(document: Any) -> tuple[str, str] | None:
    """Why numbers in a document are no scores of items, and the way out; None where there are none.

    The message goes on after the file's name.
    """
    way = 'write {"id": […], "score": […]}, {"per_item": {"q1": 0.8}} or one record an item'
    if isinstance(document, list):
        if len(document) > 1 and all(plain_number(entry) is not None for entry in document):
            return f"is a list of {len(document)} numbers, and nothing says of which items", way
        return None
    if not isinstance(document, dict):
        return None
    for path, value in _objects(document, ()):
        numbers = {str(n): said for n, said in value.items() if type(said) in (int, float)}
        lists = {str(n): said for n, said in value.items() if isinstance(said, list) and len(said) > 1
                 and all(plain_number(entry) is not None for entry in said)}  # fmt: skip
        place = f" under {'.'.join(path)}" if path else ""
        if any(map(is_metric, lists)):
            lengths = {len(said) for said in lists.values()}
            count = f"{lengths.pop()}" if len(lengths) == 1 else "different counts of"
            return f"holds lists of {count} numbers{place} ({_some(lists)}), and nothing says of which items", way
        if len(lists) > 1 and len({len(said) for said in lists.values()}) > 1 and are_items(list(lists), ""):
            why = f"holds lists of numbers by item{place} that are not equally long: repeats or passages cannot be told"
            return why, "write one record a repeat"
        metrics = [name for name in numbers if is_metric(name)]
        if metrics and 2 * len(metrics) >= len(numbers):
            return f"holds one number for each of {_some(metrics)}{place}: means, no scores of items", way
        if len(numbers) > 1 and (any(map(is_metric, path)) or len(numbers) == len(value)):
            return (
                f"holds one number for each of {_some(numbers)}{place}: whether these are items, groups or statistics"
                " cannot be told",
                way,
            )
    return None


def only_means(document: Any) -> str:
    """What a document holds of metrics, means or lists without items, for a person; empty where it holds none."""
    if not isinstance(document, dict):
        return ""
    for path, value in _objects(document, ()):
        numbers = {str(name): said for name, said in value.items() if type(said) in (int, float)}
        known = [name for name in numbers if (metric := guess_metric(name)).sign and metric.role is Role.QUALITY]
        if known and 2 * len(known) >= len(numbers) and not {"config", "settings"} & {part.lower() for part in path}:
            return f"means only ({_some(known)})"
        lists = [
            str(name)
            for name, said in value.items()
            if isinstance(said, list) and len(said) > 1 and guess_metric(str(name)).sign
            and all(plain_number(entry) is not None for entry in said[:100])
        ]  # fmt: skip
        if lists and "loss" not in " ".join(map(str, value)).lower():  # the curves of a training are no results
            return f"lists of numbers ({_some(lists)})"
    return ""


def _objects(value: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    yield path, value
    if len(path) < DEEPEST:
        for name, inner in value.items():
            if isinstance(inner, dict) and aliases.snake(str(name)) not in ("meta", "metadata", "pagination", "usage"):
                yield from _objects(inner, (*path, str(name)))


def _some(found: Iterable[str]) -> str:
    every = list(found)
    shown = [name if len(name) <= 30 else name[:29] + "…" for name in every[:3]]
    return ", ".join(shown) + (" …" if len(every) > 3 else "")
