"""A hosted dataset as a dataset: for plans that run on it, and for files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from ragtui.errors import InputError
from ragtui.langfuse.api.client import LangfuseError, LangfuseHttp, Params, path_value
from ragtui.langfuse.api.credentials import find_credentials, split_address
from ragtui.langfuse.api.pages import numbered
from ragtui.langfuse.api.probe import keeps_versions
from ragtui.langfuse.api.rates import Wait
from ragtui.langfuse.api.records import DatasetRow, ItemRow
from ragtui.langfuse.api.shapes.items import item_of
from ragtui.langfuse.api.shapes.plain import iso, moment
from ragtui.langfuse.api.shapes.rows import dataset_row, item_row
from ragtui.model import Dataset
from ragtui.settings import read_settings
from ragtui.sources.addresses import LANGFUSE
from ragtui.sources.cube.ledger import natural_order


def read_hosted_dataset(
    address: str,
    *,
    profile: str = "",
    on_wait: Callable[[Wait], None] | None = None,
    environ: Mapping[str, str] | None = None,
    config: Path | None = None,
) -> Dataset:
    """The dataset behind "langfuse:[PROFILE/]NAME[@MOMENT]", its active items in the natural order of their ids.

    The door for a plan whose dataset is on Langfuse: items seeded by ragtui have the ids and the content hash of the
    file they came from, so runs on either are runs on one dataset. With a moment, such as "docs@2026-11-01T12:00Z",
    the items are those of the dataset's version of that time. Always asks the server: a run on items of yesterday
    would say it was run on those of today.

    Args:
        address: names may hold slashes (`team/docs/v1`); see `split_address` for profiles.
        profile: the profile, where the address holds none.
        on_wait: told about rate-limit pauses, from this thread.
        environ, config: see `find_credentials`.

    Raises:
        UsageError: keys or profile are missing.
        InputError: there is no such dataset, it has no items, or the server does not give the version.
        RemoteError: the server does not answer, or refuses.
    """
    rest = address.removeprefix(LANGFUSE)
    if not profile:
        profile, rest = split_address(rest, read_settings(config), environ)
    rest = rest.removeprefix("/")
    with LangfuseHttp(find_credentials(profile, environ, config), on_wait=on_wait) as http:
        dataset, version = _found(http, rest, address)
        rows = list(active_items(http, dataset, version))
        if version is not None and (later(rows, version) or not keeps_versions(http)):
            raise InputError(
                f"{address}: {http.server} does not give datasets as they were; it answers with the items of today",
                f"Langfuse 3.151 and later do. Leave out @{rest.rpartition('@')[2]} to take those of today.",
            )
        items = sorted(map(item_of, rows), key=lambda item: natural_order(item.id))
    if not items:
        then = f" of {iso(version)}" if version is not None else ""
        raise InputError(f"{address}: has no active items{then}", "Add items, or name another dataset.")
    return Dataset(dataset.name, tuple(items), description=dataset.description)


def later(rows: Iterable[ItemRow], version: float) -> bool:
    """Whether items are younger than the version that was asked for: the server did not go by it."""
    return any(row.created is None or row.created > version for row in rows)


def _found(http: LangfuseHttp, name: str, address: str) -> tuple[DatasetRow, float | None]:
    """The dataset of exactly this name, else the one before the last "@" at the moment behind it."""
    row = _named(http, name)
    if row is not None:
        return row, None
    before, at, after = name.rpartition("@")
    version = moment(after) if at else None
    row = _named(http, before) if version is not None else None
    if row is None:
        raise InputError(
            f"{address}: no such dataset on {http.server}", f"`ragtui runs {LANGFUSE}` lists runs with their datasets."
        )
    return row, version


def _named(http: LangfuseHttp, name: str) -> DatasetRow | None:
    if not name:
        return None
    try:
        return dataset_row(http.get(f"/v2/datasets/{path_value(name)}").fields)
    except LangfuseError as error:
        if error.status != 404 or not isinstance(error.body, dict):
            raise
        return None


def active_items(http: LangfuseHttp, dataset: DatasetRow, version: float | None = None) -> Iterator[ItemRow]:
    """Active items of a dataset, each once.

    Pages of older servers overlap and ignore some filters, so ids are told apart and the dataset is checked.

    Args:
        version: seconds since 1970 of the version wanted; None for the present one.
    """
    params: Params = {"datasetName": dataset.name} | ({} if version is None else {"version": iso(version)})
    seen: set[str] = set()
    for raw in numbered(http.get, "/dataset-items", params):
        foreign = raw.get("datasetId") not in (None, dataset.id)
        if foreign or raw.get("status", "ACTIVE") != "ACTIVE":
            continue
        row = item_row(raw)
        if row.id not in seen:
            seen.add(row.id)
            yield row
