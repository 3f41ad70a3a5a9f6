"""Records with objects in them, as rows with dotted columns.

"inputs": {"question": "why?"} becomes the column "inputs.question". What is one thing stays one cell: a score with its
reason, the tokens of a call, an error, retrieved passages.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ragtui.files.fields import identifier, text
from ragtui.files.problems import ProblemLog
from ragtui.sources import aliases
from ragtui.sources.table.header import LONGEST_NAME
from ragtui.sources.table.rows import PROBE, Cells, Row, Rows

DEEPEST = 4
"""Objects within objects that are taken apart; what lies deeper stays one cell."""
MOST_FIELDS = 8_000
"""Fields of a record that objects are taken apart to; one with more is data, and each name costs half a millisecond."""

_WHOLE = frozenset((*aliases.TOKENS, *aliases.ERROR, *aliases.CONTEXTS, "trace", "expectations_raw"))
_VALUES = (*aliases.SCORE, "passed", "pass", "grade", "mark")
"""Fields of an object that hold its score, the most telling first."""
_SCORE_FIELDS = frozenset(_VALUES)
_BESIDE_SCORES = _SCORE_FIELDS | frozenset((
    *aliases.RATIONALE, *aliases.ERROR, "label", "raw", "judge", "name", "success", "threshold", "metadata", "details",
    "confidence", "model", "source", "evaluator_version", "verdict", "max", "unit", "answer", "history", "cost",
))  # fmt: skip


class FlatRows(Rows):
    """Rows of records, flattened."""

    def __init__(self, rows: Rows) -> None:
        self.path, self.assumed = rows.path, rows.assumed
        self._rows = rows
        self.columns = tuple(dict.fromkeys(name for cells in self.probe() for name in cells))

    def read(self, problems: ProblemLog) -> Iterator[Row]:
        """Every record, flattened."""
        for row in self._rows.read(problems):
            yield row._replace(cells=flattened(row.cells))

    def at(self, place: int) -> Cells:
        """The record at a place, flattened."""
        return flattened(self._rows.at(place))

    def probe(self, count: int = 8 * PROBE) -> list[Cells]:
        """The first records; more than of a table, because fields may come late."""
        return [row.cells for row, _ in zip(self.read(ProblemLog(str(self.path))), range(count), strict=False)]


def flattened(record: Cells) -> Cells:
    """A record with dotted names in place of objects; the record itself when it holds none."""
    if not any(type(value) is dict or type(value) is list for value in record.values()):
        return record if all(len(name) <= LONGEST_NAME for name in record) else _short_named(record)
    out: dict[str, Any] = {}
    for name, value in record.items():
        _put(out, name[:LONGEST_NAME], value, 0, within_scores=False)
    return out


def _short_named(record: Cells) -> Cells:
    """Names as long as a page are texts that got into the wrong place; everything that reads names reads them whole."""
    return {name[:LONGEST_NAME]: value for name, value in record.items()}


def _put(out: dict[str, Any], name: str, value: Any, depth: int, *, within_scores: bool) -> None:
    last = aliases.snake(name.rpartition(".")[2])
    few = not isinstance(value, dict) or len(out) + len(value) <= MOST_FIELDS
    if isinstance(value, dict) and value and few and last not in _WHOLE and depth < DEEPEST:
        if (depth and _is_score(value, doubtful=within_scores)) or _is_score(value, doubtful=False):
            out[name] = value
            return
        inside = within_scores or last in aliases.SCORES
        for key, inner in value.items():
            _put(out, f"{name}.{key[:LONGEST_NAME]}", inner, depth + 1, within_scores=inside)
    elif isinstance(value, list) and last in aliases.JUDGEMENTS and (raters := _by_rater(value)):
        for rater, said in raters.items():
            _put(out, f"{name}.{rater}", said, min(depth + 1, DEEPEST - 1), within_scores=True)
    elif isinstance(value, list) and last in aliases.SCORES and (named := _named_scores(value)):
        for key, inner in named.items():
            out[f"{name}.{key}"] = inner
    elif isinstance(value, list) and last not in aliases.TRIALS and are_checks(value):
        for key, inner in _named_scores(value).items():
            out[f"{name}.scores.{key}"] = inner
    elif value != {} or last not in aliases.SCORES:
        out[name] = value


def _is_score(value: Mapping[str, Any], *, doubtful: bool) -> bool:
    """Whether an object is one score with what was said about it."""
    if not _SCORE_FIELDS & value.keys():
        return False
    return doubtful or value.keys() <= _BESIDE_SCORES


def is_one_score(value: Mapping[str, Any]) -> bool:
    """Whether an object is one score with what was said about it, and nothing else."""
    return _is_score(value, doubtful=False)


def _named_scores(entries: list[Any]) -> dict[str, Any]:
    """A list of scores by name; a name that stands twice with different scores is an error, never the later one."""
    found: dict[str, Any] = {}
    for entry in entries:
        if not isinstance(entry, dict):
            return {}
        name = _check_name(entry)
        if not name:
            continue
        if name in found and found[name] != entry:
            found[name] = {"value": "written twice, with different scores"}
        else:
            found[name] = entry
    return found


_CHECK_NAMES = ("name", *aliases.METRIC, "check", "assertion", "rule", "type")
_BESIDE_CHECKS = _BESIDE_SCORES | frozenset((
    *_CHECK_NAMES, *aliases.EXPECTED, "weight", "description", "kind", "category", "status", "required", "evidence",
))  # fmt: skip


def _check_name(entry: Mapping[str, Any]) -> str:
    return next((said for key in _CHECK_NAMES if (said := identifier(entry.get(key)))), "")


def are_checks(entries: list[Any]) -> bool:
    """Whether entries of a list are scores of what stands around it, each under a name of its own.

    [{"name": "contains", "passed": true}, {"name": "tone", "score": 4}]: records of items would say what was asked,
    what was answered or which item it was.
    """
    checks = [entry for entry in entries if isinstance(entry, dict)]
    named = {_check_name(entry) for entry in checks}
    return (
        0 < len(checks) == len(entries) == len(named)
        and "" not in named
        and all(_SCORE_FIELDS & entry.keys() and entry.keys() <= _BESIDE_CHECKS for entry in checks)
    )


_RATERS = (
    "judge", "judge_model", "judge_name", "judge_id", "grader", "evaluator", "rater", "rater_id", "annotator",
    "annotator_id", "reviewer", "by", "name", "model", "model_name", "id",
)  # fmt: skip


def _by_rater(entries: list[Any]) -> dict[str, Any]:
    """A list of judgements by who judged, and by the metric where each says it; empty unless every entry is one's own.

    [{"model": "gpt", "score": 4, "reason": "…"}, {"model": "gemini", "score": 2}]
    """
    found: dict[str, Any] = {}
    for entry in entries:
        rater = next((key for key in _RATERS if isinstance(entry, dict) and isinstance(entry.get(key), str)), "")
        if not rater:
            return {}
        rest = {key: said for key, said in entry.items() if key != rater}
        metric = next((text(rest[key]) for key in aliases.METRIC if isinstance(rest.get(key), str)), "")
        called = f"{entry[rater]}.{metric}" if metric else entry[rater]
        if called in found:
            return {}
        found[called] = rest
    return found


def container_of(column: str) -> str:
    """The object of scores a dotted column stood in, with the dot; empty when it stood in none."""
    parts = column.split(".")
    for place, part in enumerate(parts[:-1]):
        if aliases.snake(part) in aliases.SCORES:
            return ".".join(parts[: place + 1]) + "."
    return ""


def judged(said: Mapping[str, Any]) -> dict[str, Any]:
    """A score that is an object, under the own format's names."""
    value = said["value"] if "value" in said else aliases.first(said, _VALUES)
    return {
        **said,
        "value": value,
        "rationale": text(aliases.first(said, aliases.RATIONALE)),
        "error": aliases.first(said, aliases.ERROR),
    }
