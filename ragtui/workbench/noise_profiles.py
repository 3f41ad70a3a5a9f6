"""Noise profiles: repeats of one configuration, kept so that a single run of it can be judged later.

A profile holds the scores themselves, item by item, because the band is learned from them; together with what they
are valid for (dataset version, judge of each metric, pipeline), when they were made, and how they did in the
self-check. A profile that does not fit is refused with the reason, metric by metric.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from ragtui.errors import InputError, UsageError
from ragtui.files.atomic import dump_json, write_named
from ragtui.files.regular import read_regular
from ragtui.model import Configuration, DirectionFrom, Kind, Metric, Repeat, Role, Scores, State
from ragtui.present.sentences.evidence import say_unfit
from ragtui.stats import noise_report
from ragtui.stats.noise.taught import Taught, Teacher, Unfit, UnfitProfile
from ragtui.workbench.comparing import NoiseEvidence
from ragtui.workbench.sides import Pass, Side

VERSION = 2

MAX_AGE = timedelta(days=30)
"""Default age at which a profile is stale: hosted models change behind their names."""


@dataclass(frozen=True, eq=False)
class Profile:
    """A saved profile.

    Attributes:
        path: the file.
        label: side it was made from.
        created: when the repeats were saved.
        configuration: what was repeated.
        judges: judge settings by metric, as text; a metric without a judge is absent.
        scores: the repeats.
        passes: which pass of which run each of them is.
        self_checks: by metric, share of cells outside the band among the repeats themselves; absent below 3 repeats.
    """

    path: Path
    label: str
    created: datetime
    configuration: Configuration
    judges: Mapping[str, str]
    scores: Scores
    passes: tuple[Pass, ...]
    self_checks: Mapping[str, float]


def save_profile(path: Path, side: Side, now: datetime | None = None) -> None:
    """Save the repeats of a side as a noise profile.

    Args:
        path: JSON file to write; its folder is made.
        side: at least two repeats of one configuration.
        now: moment of saving; None: the clock.

    Raises:
        UsageError: nothing is repeated, or several configurations are mixed.
        InputError: the file cannot be written.
    """
    if len(side.scores.repeats) < 2:
        raise UsageError(f"{side.label}: one repeat tells no noise", "Repeat the run: three repeats are a start.")
    prints = {header.configuration.fingerprint() for header in side.headers}
    if len(prints) > 1:
        raise UsageError(
            f"{side.label}: {len(prints)} configurations are mixed", "Save the repeats of one configuration."
        )
    report = noise_report(side.scores)
    checks = {entry.metric.name: entry.self_check.share for entry in report.metrics if entry.self_check is not None}
    configuration = side.configuration
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{path.parent}: cannot be made ({error.strerror})", "Choose another place.") from error
    content = dump_json(
        {
            "ragtui_noise": VERSION,
            "label": side.label,
            "created": (now or datetime.now(UTC)).isoformat(timespec="seconds"),
            "dataset": configuration.dataset,
            "dataset_version": configuration.dataset_version,
            "pipeline": dict(configuration.pipeline),
            "judges": dict(configuration.judges),
            "repeats": [{"run": run, "created": made, "repeat": label} for run, made, label in side.passes],
            "items": list(side.scores.items),
            "metrics": [_metric_entry(side.scores, metric, checks) for metric in side.scores.metrics],
        },
        indent=True,
    )
    write_named(path, content)


def _metric_entry(scores: Scores, metric: Metric, checks: Mapping[str, float]) -> dict[str, Any]:
    return {
        "name": metric.name,
        "kind": metric.kind.value if metric.kind else None,
        "higher_is_better": metric.higher_is_better,
        "direction_from": metric.direction_from.value,
        "scale": list(metric.scale) if metric.scale else None,
        "unit": metric.unit,
        "role": metric.role.value,
        "self_check": checks.get(metric.name),
        "scores": [
            [value if math.isfinite(value) else None for value in row] for row in scores.of(metric.name).tolist()
        ],
    }


def read_profile(path: Path) -> Profile:
    """A saved profile, whether or not it fits anything.

    Raises:
        InputError: the file cannot be read or is no noise profile.
    """
    try:
        raw = orjson.loads(read_regular(path))
        if raw["ragtui_noise"] != VERSION:
            raise InputError(
                f"{path}: a noise profile of version {raw['ragtui_noise']}", "Save it again with this version."
            )
        return _profile(path, raw)
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read ({error.strerror})", "Save one with `ragtui noise --save`."
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise InputError(f"{path}: no noise profile ({error})", "Save one with `ragtui noise --save`.") from error


def _profile(path: Path, raw: Mapping[str, Any]) -> Profile:
    metrics = tuple(
        Metric(
            entry["name"],
            Kind(entry["kind"]) if entry["kind"] else None,
            None if entry["higher_is_better"] is None else bool(entry["higher_is_better"]),
            (float(entry["scale"][0]), float(entry["scale"][1])) if entry["scale"] else None,
            entry["unit"],
            Role(entry["role"]),
            DirectionFrom(entry.get("direction_from", DirectionFrom.GUESSED)),
        )
        for entry in raw["metrics"]
    )
    items = tuple(map(str, raw["items"]))
    passes = tuple((str(one["run"]), str(one["created"]), str(one["repeat"])) for one in raw["repeats"])
    repeats = tuple(Repeat(f"noise-profile|{run}", label) for run, _, label in passes)
    values = np.full((len(items), len(metrics), len(repeats)), np.nan)
    for column, entry in enumerate(raw["metrics"]):
        values[:, column, :] = np.array(entry["scores"], float).reshape(len(items), len(repeats))
    states = np.where(np.isfinite(values), State.SCORED, State.MISSING).astype(np.uint8)
    judges = dict(raw["judges"])
    return Profile(
        path=path,
        label=str(raw["label"]),
        created=_moment(raw["created"]),
        configuration=Configuration(raw["dataset"], raw["dataset_version"], dict(raw["pipeline"]), judges),
        judges={metric.name: _ruler(judges, metric.name) for metric in metrics},
        scores=Scores(items, metrics, repeats, values, states),
        passes=passes,
        self_checks={entry["name"]: entry["self_check"] for entry in raw["metrics"] if entry["self_check"] is not None},
    )


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def fitting(profile: Profile, side: Side, now: datetime, max_age: timedelta = MAX_AGE) -> Profile | UnfitProfile:
    """The part of a profile that is valid for a side, or why none is.

    The pipeline may differ: an item's habit to vary carries over, its level does not. The dataset version and a
    metric's judge may not: another judge is another ruler.
    """

    def unfit(why: Unfit, theirs: str = "", ours: str = "") -> UnfitProfile:
        return UnfitProfile(profile.path.name, profile.label, why, theirs, ours, profile.created, now, max_age)

    if now - profile.created > max_age:
        return unfit(Unfit.STALE)
    mine, theirs = side.configuration, profile.configuration
    if mine.dataset and theirs.dataset and mine.dataset != theirs.dataset:
        return unfit(Unfit.DATASET, theirs.dataset, mine.dataset)
    if mine.dataset_version and theirs.dataset_version and mine.dataset_version != theirs.dataset_version:
        return unfit(Unfit.VERSION, theirs.dataset_version, mine.dataset_version)
    if not set(profile.scores.items) & set(side.scores.items):
        return unfit(Unfit.ITEMS)
    kept = [
        metric
        for metric in profile.scores.metrics
        if metric.name in side.scores.column_of
        and profile.judges.get(metric.name, "") == _ruler(mine.judges, metric.name)
    ]
    if not any(metric.role is Role.QUALITY for metric in kept):
        return unfit(Unfit.JUDGES)
    return replace(profile, scores=profile.scores.aligned(profile.scores.items, kept))


def _ruler(judges: Mapping[str, Any], metric: str) -> str:
    return orjson.dumps(judges[metric], option=orjson.OPT_SORT_KEYS).decode() if metric in judges else ""


def load_profile_evidence(
    path: Path, a: Side, b: Side, now: datetime | None = None, max_age: timedelta = MAX_AGE
) -> NoiseEvidence:
    """A profile that must fit both sides, as evidence for a comparison.

    Raises:
        InputError: the file cannot be read or is no noise profile.
        UsageError: the profile is stale or foreign to a side.
    """
    now = now or datetime.now(UTC)
    profile = read_profile(path)
    found = _fitting_both(profile, a, b, now, max_age)
    if isinstance(found, UnfitProfile):
        raise UsageError(say_unfit(found), "Save a fresh one with `ragtui noise --save`, or leave --profile out.")
    return _evidence(found, a, b, now)


def find_profile(
    folder: Path, a: Side, b: Side, now: datetime | None = None, max_age: timedelta = MAX_AGE
) -> tuple[NoiseEvidence | None, tuple[str, ...]]:
    """The youngest fitting profile of a folder, and the reasons why others were refused.

    A damaged file is a reason, too, never an error: it is not what the user named.
    """
    now = now or datetime.now(UTC)
    usable, refused = [], []
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        try:
            found = _fitting_both(read_profile(path), a, b, now, max_age)
        except InputError as error:
            refused.append(error.message)
            continue
        if isinstance(found, UnfitProfile):
            refused.append(say_unfit(found))
        else:
            usable.append(found)
    if not usable:
        return None, tuple(refused)
    return _evidence(max(usable, key=lambda profile: profile.created), a, b, now), ()


def _fitting_both(profile: Profile, a: Side, b: Side, now: datetime, max_age: timedelta) -> Profile | UnfitProfile:
    first = fitting(profile, a, now, max_age)
    return first if isinstance(first, UnfitProfile) else fitting(first, b, now, max_age)


def _evidence(profile: Profile, a: Side, b: Side, now: datetime) -> NoiseEvidence:
    """Without the repeats that are compared: they tell their noise already, and counted twice they would feign less."""
    compared = {*a.passes, *b.passes}
    others = [place for place, one in enumerate(profile.passes) if one not in compared]
    if not others:
        return NoiseEvidence(None)
    scores = profile.scores if len(others) == len(profile.passes) else profile.scores.only(others)
    worst = max(profile.self_checks.values(), default=None)
    told = Taught(Teacher.PROFILE, profile.label, len(others), profile.created, now, worst)
    return NoiseEvidence(scores, (told,))
