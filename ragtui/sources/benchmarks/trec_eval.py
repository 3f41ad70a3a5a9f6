"""trec_eval with `-q`: lines of measure, query and value, and a block of means under the query `all`.

The means are no item; counts over queries (`num_ret`, `num_rel`, `num_rel_ret`) say nothing good or bad. The run's name
stands in the line `runid`, which trec_eval writes with the means.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ragtui.errors import InputError
from ragtui.files.jsonlines import open_binary
from ragtui.files.problems import ProblemLog
from ragtui.model import Problem
from ragtui.sources.drafts.draft import Draft, Record, Source
from ragtui.sources.drafts.metrics import as_stated
from ragtui.sources.drafts.opened import read_with
from ragtui.sources.drafts.values import score
from ragtui.sources.format import Format
from ragtui.sources.found import Found, Request
from ragtui.sources.peek import MAX_DOCUMENT, Peek

_LINE = re.compile(r"^(?P<measure>[A-Za-z][\w@.,=-]*)[ \t]+(?P<query>\S+)[ \t]+(?P<value>\S+)[ \t\r]*$")
_DEFINED = re.compile(
    r"(map|gm_map|R?prec|bpref|recip_rank|ndcg|infAP|11pt_avg|P|recall|ndcg_cut|map_cut|success|iprec_at_recall"
    r"|ndcg_rel|Rndcg|set_F|set_P|set_recall|set_map|nDCG|AP|RR|Success|R|MRR|ERR)([_@(].*)?"
)
"""Measures of trec_eval, and of ir_measures, which writes the same lines; more is better in all of them."""
_COUNTS = ("num_", "relstring")
_OVER_ALL = "all"
_OFFERED = re.compile(rb"^(map|P_|ndcg|recip_rank|num_|recall|nDCG|RR|AP|bpref|success|runid)\S*[ \t]", re.IGNORECASE)

Line = tuple[int, str, str, str]


def sniff(peek: Peek) -> bool:
    """Lines of a measure of trec_eval, a query and a value, before anything else."""
    if not _OFFERED.match(peek.start):
        return False
    lines = [line for line in peek.start.decode("utf-8", "replace").splitlines()[:20] if line.strip()]
    lines = lines if peek.whole else lines[:-1] or lines
    found = [_LINE.match(line) for line in lines]
    return all(found) and any(match and match["query"] != _OVER_ALL for match in found)


def read(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """The run of a file."""
    yield from read_with(peek.path, request, FORMAT, drafts, _lines)


def _lines(path: Path, problems: ProblemLog) -> list[Line]:
    if path.stat().st_size > MAX_DOCUMENT:
        raise InputError(f"{path}: larger than {MAX_DOCUMENT // 2**20} MB", "cut it into parts, one file a run")
    found = []
    with open_binary(path) as file:
        for number, raw in enumerate(file, 1):
            line = raw.decode("utf-8", "replace")
            if match := _LINE.match(line):
                found.append((number, match["measure"], match["query"], match["value"]))
            elif line.strip():
                problems.add("is not a measure, a query and a value: left out", "trec_eval -q writes them", line=number)
    return found


def drafts(lines: list[Line], source: Source) -> Iterator[Draft]:
    """The one run of a file."""
    records: dict[str, Record] = {}
    name, averaged = "", {measure for _, measure, query, _ in lines if query == _OVER_ALL}
    for number, measure, query, value in lines:
        if measure == "runid":
            name = name or value
        if query == _OVER_ALL or measure == "runid":
            continue
        record = records.setdefault(query, {"line": number, "item": query, "repeat": "1", "scores": {}})
        record["scores"].setdefault(measure, _score(value))
    names = dict.fromkeys(measure for record in records.values() for measure in record["scores"])
    for record in records.values():
        counts = {measure: said["value"] for measure, said in record["scores"].items() if measure.startswith(_COUNTS)}
        record["scores"] = {measure: said for measure, said in record["scores"].items() if measure not in counts}
        record["metadata"] = counts
    names = {measure: None for measure in names if not measure.startswith(_COUNTS)}
    draft = Draft(
        name=name or source.path.stem,
        records=list(records.values()),
        pipeline={"run": name} if name else {},
        metrics=as_stated({measure: True for measure in names if _DEFINED.fullmatch(measure)}, names),
    )
    if alone := [measure for measure in names if measure not in averaged]:
        draft.note(f"no mean under `all` for {', '.join(alone)}: the output may be cut short", "run trec_eval again")
    yield draft


def _score(value: str) -> dict[str, Any]:
    try:
        return score(float(value))
    except ValueError:
        return score(None, raw=value, error=f"{value} is not a number")


FORMAT = Format(
    name="trec-eval",
    tool="trec_eval",
    files="output of `trec_eval -q` as text",
    told_by="lines of a measure such as `map` or `P_10`, a query and a value",
    item="the query; the means under `all` are none",
    repeat="none",
    configuration="`runid`",
    error="a value that is no number is an error of its measure",
    directions="stated for measures of trec_eval",
    endings=(".txt", ".eval", ".tsv", ".out", ".res", ".trec"),
    sniff=sniff,
    read=read,
)
