"""MLflow's stores, read without MLflow: the SQLite file and the folder `mlruns`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ragtui.model import Problem
from ragtui.sources.format import Format
from ragtui.sources.found import Found, Request
from ragtui.sources.peek import Peek


def sniff(peek: Peek) -> bool:
    """A SQLite file with MLflow's tables."""
    if peek.kind != "sqlite":
        return False
    from ragtui.sources.platforms.mlflow_store.database import is_store

    return is_store(peek)


def claims(folder: Path, names: frozenset[str]) -> frozenset[str]:
    """The traces of an experiment of the file store; its runs' artifacts are files of their own."""
    traces = folder / "traces"
    if "meta.yaml" not in names or "traces" not in names or not traces.is_dir():
        return frozenset()
    first = next((place for place in traces.iterdir() if place.is_dir()), None)
    return frozenset({"traces"}) if first is not None and (first / "trace_info.yaml").is_file() else frozenset()


def read(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """One run a run of MLflow that has assessed traces."""
    from ragtui.sources.drafts.opened import read_with
    from ragtui.sources.platforms.mlflow_store.assessed import drafts
    from ragtui.sources.platforms.mlflow_store.database import load_database

    yield from read_with(peek.path, request, FORMAT, drafts, load_database)


def read_folder(folder: Path, request: Request) -> Iterator[Found | Problem]:
    """The same of an experiment's folder."""
    from ragtui.sources.drafts.opened import read_with
    from ragtui.sources.platforms.mlflow_store.assessed import drafts
    from ragtui.sources.platforms.mlflow_store.folder import load_folder

    yield from read_with(folder, request, FORMAT, drafts, load_folder)


FORMAT = Format(
    name="mlflow-store",
    tool="MLflow",
    files="the SQLite store (mlflow.db) and the file store (mlruns), read without MLflow",
    told_by="a SQLite file with MLflow's tables; an experiment's folder with meta.yaml and traces",
    item="made from the trace's inputs",
    repeat="none for traces; several assessments of one name and source on a trace are repeats of the judge",
    configuration="one run an MLflow run with assessed traces; its parameters; dataset: the experiment; judges",
    error="trace status ERROR; `error` of an assessment is one of its metric",
    directions="stated by MLflow's definitions; guessed for scorers of your own",
    endings=(".db", ".sqlite", ".sqlite3"),
    sniff=sniff,
    read=read,
    claims=claims,
    read_folder=read_folder,
)
