"""Inspect AI logs as runs: `.eval` archives and `.json` files; epochs are repeats.

A list needs the log's head only. Scores come from the samples' summaries, full samples are opened when asked for. A log
that was cut off by a crash has no head; its journal is read instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragtui.errors import InputError
from ragtui.files.fields import identifier, mapping
from ragtui.files.jsonlines import BadLineError, open_binary, parse_json
from ragtui.files.problems import ProblemLog
from ragtui.model import LATENCY, TOKENS, Item, Problem, Result, Role, RunHeader
from ragtui.sources.base import LoadedRun
from ragtui.sources.drafts.doubted import HINT, set_scores_aside
from ragtui.sources.found import Found, Request
from ragtui.sources.inspect_ai.archive import Archive
from ragtui.sources.inspect_ai.log import (
    graded_in_letters,
    header_of,
    item_of,
    numbers_of,
    result_of,
    sample_ids,
    sample_scores,
    sample_seconds,
    token_total,
)

if TYPE_CHECKING:
    from ragtui.sources.cube.cube import Cube

_HEAD = 4 * 1024 * 1024
_SMALL = 1024 * 1024
_SAMPLES = re.compile(rb',?\s*"samples"\s*:\s*\[')
_SAMPLE_NAME = re.compile(r"^samples/(?P<id>.+)_epoch_(?P<epoch>\d+)(?:\.json|/sample\.json)$")

_ATTACHMENTS = re.compile(r"^(?P<base>samples/.+_epoch_\d+)/attachments/(?P<start>\d{1,9})\.json$")

Log = Mapping[str, Any]
Fetch = Callable[[str, str], Log | None]
"""The full sample of an item id in an epoch."""


def read_eval(path: Path, request: Request) -> Iterator[Found | Problem]:
    """The run in an `.eval` archive.

    Raises:
        InputError: it is damaged, or holds no log.
    """
    with Archive(path) as archive:
        log, notes = _head_of(archive)
    header = header_of(path, log, request, notes)
    yield Found(header, lambda renamed: _load_archive(path, log, renamed, request.roles.get("missing_values")))


def read_json(path: Path, request: Request) -> Iterator[Found | Problem]:
    """The run in a `.json` log, from its head.

    Raises:
        InputError: it is damaged, or no log after all.
    """
    try:
        document = json_head(path)
    except BadLineError as error:
        raise InputError(f"{path}: {error}", "the file may be cut short; write or copy it again") from error
    if not is_log(document):
        raise InputError(f"{path}: holds no Inspect log", "its `eval` has neither task nor model")
    header = header_of(path, document, request)
    yield Found(header, lambda renamed: _load_json(path, renamed, request.roles.get("missing_values")))


def is_log(document: Any) -> bool:
    """Whether a JSON object is an Inspect log or its head."""
    spec = mapping(mapping(document).get("eval"))
    return "task" in spec and "model" in spec


def json_head(path: Path) -> Any:
    """The head of a JSON log without its samples; the whole document when the file is small or laid out otherwise.

    Raises:
        InputError: it cannot be read.
        BadLineError: it is not JSON.
    """
    with open_binary(path) as file:
        start = file.read(_HEAD)
        if len(start) > _SMALL and (found := _SAMPLES.search(start)):
            try:
                head = parse_json(start[: found.start()] + b', "samples": []}')[0]
            except BadLineError:
                head = None
            if is_log(head):
                return head
        return parse_json(start + file.read())[0]


class InspectRun(LoadedRun):
    """A run whose full samples are opened when asked for."""

    def __init__(
        self, header: RunHeader, cube: Cube, problems: tuple[Problem, ...], summaries: list[Log], fetch: Fetch
    ) -> None:
        self.header = header
        self.scores = cube.scores
        self.problems = problems
        self._cube = cube
        self._summaries = summaries
        self._fetch = fetch

    def item(self, item_id: str) -> Item:
        """Input, target and metadata of a sample."""
        place = self._cube.first_place(item_id)
        return Item(item_id) if place is None else item_of(self._sample(place), item_id)

    def result(self, item_id: str, repeat: str) -> Result | None:
        """One sample in one epoch."""
        place = self._cube.place(item_id, repeat)
        return None if place is None else result_of(self._sample(place), item_id, repeat)

    def _sample(self, place: int) -> Log:
        summary = self._summaries[place]
        full = self._fetch(*_key(summary))
        return full if full is not None else summary


def _head_of(archive: Archive) -> tuple[Log, tuple[Problem, ...]]:
    head = archive.json("header.json")
    if is_log(head):
        return mapping(head), ()
    start = archive.json("_journal/start.json")
    if not is_log(start):
        raise InputError(f"{archive.path}: holds no Inspect log", "an .eval file has a header.json")
    note = Problem(
        str(archive.path), "the log was cut off before its end; what its journal holds is shown", "run it again"
    )
    return {"status": "started", **mapping(start)}, (note,)


def _load_archive(path: Path, log: Log, header: RunHeader, missing: Collection[float] | None) -> LoadedRun:
    problems = ProblemLog(str(path))
    with Archive(path) as archive:
        summaries = _summaries_in(archive, problems)

    def fetch(item: str, epoch: str) -> Log | None:
        with Archive(path) as archive:
            base = f"samples/{item}_epoch_{epoch}"
            found = archive.json(f"{base}.json") or _chunked(archive, base)
        return found if isinstance(found, dict) else None

    return _run_of(log, summaries, header, problems, fetch, missing)


def _chunked(archive: Archive, base: str) -> Log | None:
    """A sample that is stored in parts: its shell, its metadata, and its attachments, which are told by their number.

    Each file of attachments is named after the number of its first.
    """
    shell = archive.json(f"{base}/sample.json")
    if not isinstance(shell, dict):
        return None
    metadata = archive.json(f"{base}/metadata.json")
    attachments: dict[str, Any] = {}
    for name in archive.names:
        part = _ATTACHMENTS.match(name)
        if part is not None and part["base"] == base and isinstance(texts := archive.json(name), list):
            attachments |= {str(int(part["start"]) + place): said for place, said in enumerate(texts)}
    kept = mapping(shell.get("attachments"))
    return {
        **shell,
        **({"metadata": metadata} if isinstance(metadata, dict) else {}),
        "attachments": {**attachments, **kept},
    }


def _summaries_in(archive: Archive, problems: ProblemLog) -> list[Log]:
    """Summaries of all samples: the final list, else the journal's; samples in neither are opened themselves."""
    parts: list[Any] = []
    if "summaries.json" in archive.names:
        final = _objects(archive.json("summaries.json"), problems)
        if len({_key(entry) for entry in final}) == len(final):
            parts.append(final)
        elif final:  # a sample that stands there twice is settled with the others
            return final
    if not parts:
        names = [name for name in archive.names if name.startswith("_journal/summaries/")]
        for name in names:
            try:
                parts.append(archive.json(name))
            except InputError as error:
                problems.add(error.message.removeprefix(f"{archive.path}: "), error.hint)
    summaries = {
        _key(entry): entry for part in parts if isinstance(part, list) for entry in part if isinstance(entry, dict)
    }
    for name in archive.names:
        found = _SAMPLE_NAME.match(name)
        if found is None or (found["id"], found["epoch"]) in summaries:
            continue
        try:
            sample = archive.json(name)
        except InputError as error:
            problems.add(error.message.removeprefix(f"{archive.path}: "), error.hint, kind="bad sample")
            continue
        if isinstance(sample, dict):
            thin = {
                field: value for field, value in sample.items() if field not in ("messages", "events", "attachments")
            }
            summaries.setdefault(_key(sample), thin)
    return list(summaries.values())


def _load_json(path: Path, header: RunHeader, missing: Collection[float] | None) -> LoadedRun:
    with open_binary(path) as file:
        try:
            log = mapping(parse_json(file.read())[0])
        except BadLineError as error:
            raise InputError(f"{path}: {error}", "copy the log again") from error
    problems = ProblemLog(str(path))
    samples = _objects(log.get("samples"), problems)
    by_key = {_key(sample): sample for sample in samples}
    return _run_of(log, samples, header, problems, lambda item, epoch: by_key.get((item, epoch)), missing)


def _objects(listed: Any, problems: ProblemLog) -> list[Log]:
    """The samples of a list; whatever else stands there is named."""
    entries = listed if isinstance(listed, list) else []
    for entry in entries:
        if not isinstance(entry, dict):
            problems.add("a sample is no object: left out", "log the task again", kind="no sample")
    return [entry for entry in entries if isinstance(entry, dict)]


def _run_of(
    log: Log,
    summaries: list[Log],
    header: RunHeader,
    problems: ProblemLog,
    fetch: Fetch,
    missing: Collection[float] | None,
) -> InspectRun:
    numbers = [numbers_of(sample_scores(sample)) for sample in summaries]
    for message in set_scores_aside(numbers, missing):
        problems.add_once(message, HINT)
    from ragtui.sources.cube.cube import CubeBuilder

    builder = CubeBuilder(header.uid, problems, definitions=graded_in_letters(summaries))
    for place, sample in enumerate(summaries):
        item, epoch = _key(sample)
        if not item:
            problems.add("a sample has no id: left out", kind="no id")
            continue
        digest = hash(repr(sample))  # two different samples of one id and epoch are refused, as everywhere
        record = builder.add(item, epoch, place, digest=digest, failed=bool(sample.get("error")))
        builder.scores(record, numbers[place])
        if measured := dict(_measured(sample)):
            builder.scores(record, measured)
    if not summaries:
        problems.add(
            "holds no samples, only totals: it cannot be compared item by item", "log with samples (log_samples)"
        )
    cube = builder.build(sample_ids(log))
    if summaries and not any(metric.role is Role.QUALITY for metric in cube.scores.metrics):
        problems.add("none of its samples was scored", "score the log with `inspect score`")
    return InspectRun(header, cube, (*header.problems, *problems.found()), summaries, fetch)


def _measured(sample: Log) -> Iterable[tuple[str, float]]:
    if (seconds := sample_seconds(sample)) is not None:
        yield LATENCY.name, seconds
    if tokens := token_total(sample.get("model_usage")):
        yield TOKENS.name, float(tokens)


def _key(sample: Log) -> tuple[str, str]:
    return identifier(sample.get("id")), identifier(sample.get("epoch")) or "1"
