"""The user's configuration file, read once and strictly: theme, keys, Langfuse profiles, metrics. Never written.

A key nobody knows is an error that names file, line and the nearest known key: a setting that is silently ignored is
worse than none, because a number then means something else than the person thinks.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from ragtui.errors import UsageError
from ragtui.files.regular import read_regular_text
from ragtui.files.tomltable import Table, parse_toml
from ragtui.places import config_file, config_is_named

if TYPE_CHECKING:
    from ragtui.model import Kind, Metric, Scores


class Direction(StrEnum):
    """Which way a metric is better."""

    HIGHER = "higher"
    LOWER = "lower"


@dataclass(frozen=True, slots=True)
class MetricSetting:
    """What a person says about a metric, under `[metrics.NAME]`; None where nothing is said.

    Attributes:
        direction: which way is better.
        scale: lowest and highest score.
        unit: suffix for display, such as "s".
        kind: the lattice its scores live on.
        good: of a metric whose scores are labels, those that are good.
    """

    direction: Direction | None = None
    scale: tuple[float, float] | None = None
    unit: str | None = None
    kind: Kind | None = None
    good: tuple[str, ...] = ()

    def applied_to(self, metric: Metric) -> Metric:
        """The metric with everything a person said about it; a person outranks files and guesses."""
        from ragtui.model import DirectionFrom

        stated = None if self.direction is None else self.direction is Direction.HIGHER
        return replace(
            metric.directed(stated, DirectionFrom.CONFIG),
            scale=self.scale or metric.scale,
            unit=metric.unit if self.unit is None else self.unit,
            kind=self.kind or metric.kind,
        )


@dataclass(frozen=True, slots=True)
class LangfuseProfile:
    """One `[langfuse.NAME]`: an address and the names of the variables that hold its keys, never the keys.

    Attributes:
        base_url: address of the server; "" for Langfuse Cloud.
        public_key_env, secret_key_env: names of environment variables.
        requests_per_minute: calls a minute the project allows; None to assume the plan's smallest.
        name_rule: regular expression that tells repeats by name; "" for none.
    """

    base_url: str = ""
    public_key_env: str = "LANGFUSE_PUBLIC_KEY"
    secret_key_env: str = "LANGFUSE_SECRET_KEY"
    requests_per_minute: int | None = None
    name_rule: str = ""


@dataclass(frozen=True, slots=True)
class UserSettings:
    """Everything the configuration file says.

    Attributes:
        path: the file, whether or not it exists.
        theme: name of a theme; "" for the default.
        ascii_only: draw with ASCII characters.
        borrow_noise: draw a provisional band from noise that others measured where nothing was repeated.
        keys: binding id to keys, for example {"compare.next_flagged": "n"}.
        metrics: what a person says about metrics, by name.
        langfuse: profiles by name.
        name_rule: regular expression that tells repeats by name where a profile has none of its own.
    """

    path: Path
    theme: str = ""
    ascii_only: bool = False
    borrow_noise: bool = True
    keys: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, MetricSetting] = field(default_factory=dict)
    langfuse: Mapping[str, LangfuseProfile] = field(default_factory=dict)
    name_rule: str = ""

    def profile(self, name: str) -> LangfuseProfile:
        """The Langfuse profile of a name.

        Raises:
            UsageError: there is none; names those there are.
        """
        if name in self.langfuse:
            return self.langfuse[name]
        if not self.langfuse:
            known = "It has none."
        else:
            near = get_close_matches(name, self.langfuse, n=1)
            known = (f"Did you mean {near[0]}? " if near else "") + f"It has {', '.join(sorted(self.langfuse))}."
        raise UsageError(
            f"{self.path}: no Langfuse profile named {name!r}",
            f'{known} A profile is a section [langfuse.{name}] with base_url = "…", public_key_env = "…" and '
            'secret_key_env = "…", which name environment variables.',
        )

    def metric(self, metric: Metric) -> Metric:
        """A metric with what the person said about it."""
        category = self.metrics.get(metric.label_of)
        if category is not None and category.good:
            from ragtui.model import DirectionFrom, judged_label

            metric = judged_label(metric, category.good, DirectionFrom.CONFIG)
        setting = self.metrics.get(metric.name)
        return metric if setting is None else setting.applied_to(metric)

    def of(self, scores: Scores) -> Scores:
        """Scores whose metrics are what the person said they are."""
        if not self.metrics:
            return scores
        return replace(scores, metrics=tuple(map(self.metric, scores.metrics)))


def read_settings(path: Path | None = None) -> UserSettings:
    """The configuration; the file is read again only when it changed.

    Args:
        path: another file than the user's own.

    Raises:
        UsageError: it is no TOML, holds an unknown key or a value of the wrong type; names file, line and way out. Or
            RAGTUI_CONFIG names a file that is not there: a misspelt name would decide without the metrics it sets.
    """
    must_be = path is None and config_is_named()
    path = path or config_file()
    try:
        found = path.stat()
    except FileNotFoundError:
        if must_be:
            raise UsageError(
                f"RAGTUI_CONFIG: {path}: no such file", "Correct the name, or unset the variable."
            ) from None
        return UserSettings(path)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror or error})", "Check its rights.") from None
    if not path.is_file():
        raise UsageError(f"{path}: not a file", "RAGTUI_CONFIG names a TOML file.")
    return _read(path, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=8)
def _read(path: Path, _changed: int, _size: int) -> UserSettings:
    try:
        text = read_regular_text(path)
        raw = parse_toml(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path}: {error}", "Correct the file; it is TOML in UTF-8.") from None
    top = Table(raw, str(path), text)
    rule, profiles = _langfuse(top.table("langfuse"))
    settings = UserSettings(
        path=path,
        theme=top.word("theme") or "",
        ascii_only=bool(top.flag("ascii")),
        borrow_noise=top.flag("borrow_noise") is not False,
        keys=_keys(top.table("keys")),
        metrics=top.named("metrics", _metric),
        langfuse=profiles,
        name_rule=rule,
    )
    top.end()
    return settings


def _keys(table: Table | None) -> dict[str, str]:
    if table is None:
        return {}
    found = {}
    for binding in table.names():
        keys = table.word(binding)
        assert keys is not None
        found[binding] = keys
    return found


def _metric(table: Table) -> MetricSetting:
    from ragtui.model import Kind  # brings numpy, for which the first frame must not wait

    return MetricSetting(
        direction=table.choice("direction", Direction),
        scale=table.bounds("scale"),
        unit=table.text("unit"),
        kind=table.choice("kind", Kind),
        good=table.some_words("good"),
    )


def _langfuse(table: Table | None) -> tuple[str, dict[str, LangfuseProfile]]:
    if table is None:
        return "", {}
    rule = _rule(table)
    profiles = {}
    for name in table.names():
        if name == "name_rule":
            continue
        inner = table.table(name)
        assert inner is not None
        profiles[name] = _profile(inner)
        inner.end()
    return rule, profiles


def _profile(table: Table) -> LangfuseProfile:
    for key in ("public_key", "secret_key"):
        if key in table.names():
            raise table.refuse(
                key,
                "a profile holds no key itself",
                f"Put the key in an environment variable and write {key}_env = its name. Then revoke the key.",
            )
    return LangfuseProfile(
        base_url=table.word("base_url") or "",
        public_key_env=table.word("public_key_env") or "LANGFUSE_PUBLIC_KEY",
        secret_key_env=table.word("secret_key_env") or "LANGFUSE_SECRET_KEY",
        requests_per_minute=table.whole("requests_per_minute", 2),
        name_rule=_rule(table),
    )


def _rule(table: Table) -> str:
    rule = table.word("name_rule") or ""
    try:
        re.compile(rule)
    except re.error as error:
        raise table.refuse(
            "name_rule",
            f"{rule!r} is no regular expression ({error})",
            r"Such as name_rule = '^(?P<config>.+?) ?#\d+$', which makes base #1 and base #2 repeats of base.",
        ) from None
    return rule
