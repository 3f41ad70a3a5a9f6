"""ragtui's own run folders, and folders of a simple harness that look like them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ragtui.model import Problem
from ragtui.sources.format import Format
from ragtui.sources.found import Found, Request
from ragtui.sources.own.summary import RESULTS, SUMMARY
from ragtui.sources.peek import Peek


def claims(_: Path, names: frozenset[str]) -> frozenset[str]:
    """A summary and results are a run, and a folder with results holds nothing else."""
    return names if RESULTS in names else names & {SUMMARY}


def read_folder(folder: Path, request: Request) -> Iterator[Found | Problem]:
    """The run in the folder."""
    from ragtui.sources.recognise import read_run_folder

    yield from read_run_folder(folder, request)


def read(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """A single file is no run folder."""
    yield from read_folder(peek.path.parent, request)


FORMAT = Format(
    name="ragtui",
    tool="ragtui",
    files="run folders: results.jsonl with summary.json",
    told_by="a folder with results.jsonl or summary.json",
    item="`item`",
    repeat="`repeat`, with `judging` behind a point for stored answers that were scored again",
    configuration="`dataset`, `pipeline` and `judges` of summary.json",
    error="`error` of a record; `error` of a score",
    directions="`metrics` of summary.json",
    endings=(),
    sniff=lambda _: False,
    read=read,
    claims=claims,
    read_folder=read_folder,
)
