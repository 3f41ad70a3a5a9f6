"""Where runs come from: run folders, other tools' files, score tables. One interface for all of them."""

from ragtui.sources.base import LoadedRun, Reading, RemoteSource, RunSource
from ragtui.sources.columns import ColumnMap
from ragtui.sources.datasetfile import read_dataset, write_dataset
from ragtui.sources.folder import open_source

__all__ = [
    "ColumnMap", "LoadedRun", "Reading", "RemoteSource", "RunSource", "open_source", "read_dataset", "write_dataset",
]  # fmt: skip
