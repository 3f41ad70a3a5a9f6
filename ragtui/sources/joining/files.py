"""Which files of a folder are one run: their names say which metrics they hold, and else nothing tells them apart.

`retrieval.csv` and `generation.csv`, or `v2_recall.csv` and `v2_faithfulness.csv`, with other metrics of the same items
are joined, and it is said. Words that differ and are those of no metric may name systems: such files stay runs of their
own, and what they share is said. Files with a metric in common are never joined: those are two systems, also where each
calls it by its own name, as `base.csv` with `base_f1` and `cand.csv` with `cand_f1` do.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ragtui.errors import RagtuiError
from ragtui.files.packed import inner_name
from ragtui.model import Problem, guess_metric
from ragtui.sources import aliases
from ragtui.sources.base import LoadedRun
from ragtui.sources.found import Found
from ragtui.sources.table.unfolding.arms import SUBJECTS, is_arm

if TYPE_CHECKING:
    from ragtui.sources.locate import Entry

_FAMILIES = aliases.word_set(
    "retrieval retriever generation generator answer answers judge judged judgments judgements quality safety latency"
    " timing timings cost costs usage performance"
)
"""Words for kinds of metrics."""
_GENERIC = aliases.word_set(
    "result results score scores eval evals evaluation evaluations metric metrics report output outputs per item items"
    " by question questions detailed details"
)
"""Words that files of results are called by, whatever they hold."""
_ENDINGS = (".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".parquet", ".xlsx", ".yaml", ".yml")
_MOST = 40
"""Files in a folder up to which they may be parts of runs: one with more is a place of many runs."""
_FORMATS = ("table", "plain")
_FEWEST = 3
"""Items from which the same ids say something."""
_APART = "name a file itself to open it alone"


def candidates(entries: Sequence[Entry]) -> list[list[Entry]]:
    """Files of one folder that may be one run; what most files of results are called tells nothing."""
    folders: dict[Path, list[Entry]] = defaultdict(list)
    for entry in entries:
        if inner_name(entry.path.name).lower().endswith(_ENDINGS):
            folders[entry.path.parent].append(entry)
    return [group for group in folders.values() if 1 < len(group) <= _MOST]


def one_run(found: Sequence[Found]) -> tuple[dict[int, Found], set[int]]:
    """What is one run joined: by the identity of its first part, with the identities of its other parts."""
    groups: dict[tuple[str, ...], list[Found]] = defaultdict(list)
    for run in found:
        if run.header.format in _FORMATS:
            groups[_rest(run)].append(run)
    made: dict[int, Found] = {}
    gone: set[int] = set()
    for group in groups.values():
        if len(group) > 1 and sum(_tells(run) for run in group) >= len(group) - 1 and are_one(group):
            from ragtui.sources.joining.joined import joined  # arrays, which most folders need none of

            stems = [_stem(run) for run in group]
            said = f"{', '.join(f'`{stem}`' for stem in stems)} hold other metrics of the same items: read as one run"
            made[id(group[0])] = joined(group, " + ".join(stems), said, _APART)
            gone |= {id(run) for run in group[1:]}
    return made, gone


def seem_one(found: Sequence[Found]) -> Iterator[Problem]:
    """What is said of the only two files of a folder that may be one run, where their names do not say so."""
    if len(found) == 2 and not any(_tells(run) or is_arm(_stem(run)) for run in found) and are_one(found):
        first, second = (run.header for run in found)
        yield Problem(
            second.location,
            f"holds other metrics of the same {second.items} items as {Path(first.location).name}: they stay two runs,"
            " because nothing says that they are of one system",
            "if they are, name the files after their metrics, such as recall.csv, or write one table",
        )


def are_one(group: Sequence[Found]) -> bool:
    """Whether runs hold other metrics of the same items in the same repeats, and agree in everything they say."""
    headers = [run.header for run in group]
    if any(header.format not in _FORMATS or not header.metrics or (header.items or 0) < _FEWEST for header in headers):
        return False
    called = [metric.name for header in headers for metric in header.metrics]
    if len(set(called)) < len(called) or len({header.repeats for header in headers}) > 1:
        return False
    measured = [said for run in group for said in _measured(run)]
    if len(set(measured)) < len(measured):
        return False
    settings: dict[str, set[str]] = defaultdict(set)
    for header in headers:
        for name, value in header.configuration.flat().items():
            if name != "pipeline.file" and value:
                settings[name].add(value)
    if any(len(values) > 1 for values in settings.values()):
        return False
    try:
        return _same_items([run.load(run.header) for run in group])
    except RagtuiError:
        return False


def _same_items(runs: Sequence[LoadedRun]) -> bool:
    first, *others = (set(run.scores.items) for run in runs)
    if any(2 * len(first & other) <= len(first | other) for other in others):
        return False
    if len({tuple(repeat.label for repeat in run.scores.repeats) for run in runs}) > 1:
        return False
    shared = sorted(first.intersection(*others))[:_FEWEST]
    asked = [{run.item(item).question for run in runs} - {""} for item in shared]
    answered = [{said.output for run in runs if (said := run.result(item, _label(run)))} - {""} for item in shared]
    return all(len(said) < 2 for said in (*asked, *answered))


def _label(run: LoadedRun) -> str:
    return run.scores.repeats[0].label if run.scores.repeats else ""


def _stem(run: Found) -> str:
    return Path(inner_name(Path(run.header.location).name)).stem


def _words(said: str) -> list[str]:
    return [word for word in re.split(r"[^a-z0-9@]+", aliases.snake(said)) if word]


def _rest(run: Found) -> tuple[str, ...]:
    """Words of a file's name that are none of its metrics: what may name a system, a date, a dataset."""
    own = _own_words(run)
    return tuple(word for word in _words(_stem(run)) if word not in own and word not in _GENERIC)


def _tells(run: Found) -> bool:
    """Whether a file's name says which metrics it holds."""
    return bool(_own_words(run).intersection(_words(_stem(run))))


def _measured(run: Found) -> frozenset[frozenset[str]]:
    """Metrics without the words of a file's name that may be its system: "f1" of `base_f1` in `base.csv`."""
    may_be_system = {word for word in _words(_stem(run)) if not _is_of_metrics(word)}
    return frozenset(frozenset(_words(metric.name)) - may_be_system - _GENERIC for metric in run.header.metrics)


def _is_of_metrics(word: str) -> bool:
    return word in _FAMILIES or word in SUBJECTS or guess_metric(word).sign != 0


def _own_words(run: Found) -> frozenset[str]:
    said = (word for metric in run.header.metrics for word in _words(metric.name))
    return (_FAMILIES | frozenset(said)) - _GENERIC
