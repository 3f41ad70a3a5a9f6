"""Reading a policy: every key is known, every value has its type and range, or the file is refused."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ragtui.errors import UsageError
from ragtui.files.regular import read_regular
from ragtui.files.tomltable import Table, parse_toml
from ragtui.gate.deciding.policy import ErrorRule, ItemRule, Limit, MetricRule, Policy, SliceRule
from ragtui.stats import Estimand
from ragtui.stats.means.claim import Mode

_DIRECTIONS = {"higher": True, "lower": False}


def read_policy(path: Path) -> Policy:
    """The policy in a TOML file.

    Raises:
        UsageError: the file cannot be read, is not TOML, or asks for something that does not exist.
    """
    try:
        text = read_regular(path).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise UsageError(f"{path}: the policy cannot be read ({reason})", "Name a TOML file after --policy.") from error
    if not text.strip():  # cut short on its way here, it would ask for nothing
        raise UsageError(f"{path}: the policy is empty", "Restore it, or leave --policy out to gate without one.")
    return parse_policy(text, str(path))


def parse_policy(text: str, source: str = "policy") -> Policy:
    """The policy in a TOML text; `source` names it in messages.

    Raises:
        UsageError: see `read_policy`.
    """
    try:
        raw = parse_toml(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{source}: not valid TOML: {error}", "Mend the line it names.") from error
    policy = _policy(Table(raw, source, text))
    _check_together(policy)
    return policy


def _policy(table: Table) -> Policy:
    default = Policy()
    policy = Policy(
        mode=table.choice("mode", Mode) or default.mode,
        margin=table.number("margin", 0.0),
        coverage=_or(table.number("coverage", 0.0, 1.0), default.coverage),
        confidence=_or(table.number("confidence", 0.6, 0.9999), default.confidence),
        estimand=table.choice("estimand", Estimand) or default.estimand,
        require_not_worse=bool(table.flag("require_not_worse")),
        repeats_are_fresh=bool(table.flag("repeats_are_fresh")),
        min_repeats=table.whole("min_repeats", 1) or default.min_repeats,
        smallest_slice=table.whole("smallest_slice", 2) or default.smallest_slice,
        profile_days=_or(table.number("profile_days", 0.0), default.profile_days),
        metrics=table.named("metrics", _metric),
        errors=_errors(table.table("errors")),
        limits=table.named("limits", _limit),
        items=_items(table.table("items")),
        slices=tuple(_slice(entry) for entry in table.tables("slices")),
        source=table.source,
    )
    table.end()
    return policy


def _metric(table: Table) -> MetricRule:
    direction = table.word("direction")
    if direction is not None and direction not in _DIRECTIONS:
        raise table.refuse("direction", f"is {direction!r}", 'Write "higher" or "lower": which one is better.')
    return MetricRule(
        margin=table.number("margin", 0.0),
        higher_is_better=None if direction is None else _DIRECTIONS[direction],
        coverage=table.number("coverage", 0.0, 1.0),
        mode=table.choice("mode", Mode),
        good=table.some_words("good"),
    )


def _limit(table: Table) -> Limit:
    limit = Limit(most=table.number("max"), increase=table.number("max_increase", 0.0))
    table.end()
    if limit.most is None and limit.increase is None:
        raise table.refuse("max", "is missing, and so is max_increase: nothing is limited", "Write max = 2.5, or both.")
    return limit


def _errors(table: Table | None) -> ErrorRule:
    default = ErrorRule()
    if table is None:
        return default
    rule = ErrorRule(
        most=_or(table.number("max", 0.0, 1.0), default.most),
        margin=_or(table.number("margin", 0.0, 1.0), default.margin),
    )
    table.end()
    return rule


def _items(table: Table | None) -> ItemRule:
    if table is None:
        return ItemRule()
    rule = ItemRule(never_regress=table.some_words("never_regress"), most_regressed=table.whole("most_regressed", 0))
    table.end()
    return rule


def _slice(table: Table) -> SliceRule:
    by, name, margin = table.word("by") or "", table.word("name") or "", table.number("margin", 0.0)
    inner = table.table("where")
    where = inner.texts() if inner else {}
    table.end()
    if bool(by) == bool(where):
        raise table.refuse(
            "slices", "needs either `by` or `where`", 'Write by = "topic", or where = {topic = "billing"}.'
        )
    return SliceRule(
        by=by, where=where, name=name or by or " ".join(f"{k}={v}" for k, v in where.items()), margin=margin
    )


def _or(value: float | None, default: float) -> float:
    return default if value is None else value


def _check_together(policy: Policy) -> None:
    gated: Sequence[str] = tuple(policy.metrics) or ("",)
    for metric in gated:
        if policy.mode_of(metric) is Mode.NON_INFERIORITY and not policy.margin_of(metric):
            name = f"metrics.{metric}.margin" if metric else "margin"
            raise UsageError(
                f"{policy.source}: {policy.mode_of(metric)} without a margin",
                f'"Not worse" needs a smallest change that matters: set {name}.',
            )


def with_options(
    policy: Policy, *, estimand: str | None, require_not_worse: bool, repeats_are_fresh: bool = False
) -> Policy:
    """The policy after the command line's own words.

    Raises:
        UsageError: "not worse" is asked and no margin is set.
    """
    changed = replace(
        policy,
        estimand=Estimand(estimand) if estimand else policy.estimand,
        require_not_worse=policy.require_not_worse or require_not_worse,
        repeats_are_fresh=policy.repeats_are_fresh or repeats_are_fresh,
        source=policy.source or "command line",
    )
    _check_together(changed)
    return replace(changed, source=policy.source)
