"""A plan from TOML: strict, typed, and every complaint names the file, the line, the key and the way out."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ragtui.errors import InputError, UsageError
from ragtui.files.regular import read_regular_text
from ragtui.files.tomltable import Table, parse_toml
from ragtui.model import DirectionFrom, Kind, Metric, guess_metric
from ragtui.places import real_path
from ragtui.runner.plan import keys
from ragtui.runner.plan.matrix import Combination, MatrixError, combinations
from ragtui.runner.plan.metrics import LEXICAL
from ragtui.runner.plan.plan import (
    BASELINE,
    BUILT_IN_JUDGES,
    SIMULATED,
    Budget,
    EvaluatorSpec,
    JudgeSpec,
    ModelUse,
    Plan,
    Price,
    SideSpec,
    Simulation,
    Structured,
)
from ragtui.runner.plan.prices import listed_prices
from ragtui.runner.plan.targetfile import merged, model_use, read_target, target_keys

DEFAULT_NAME = "ragtui.toml"


def read_plan(path: Path | str) -> Plan:
    """Read a plan file, or the `ragtui.toml` of a folder.

    Raises:
        InputError: the file cannot be read or is not TOML.
        UsageError: a key is unknown, missing or has an impossible value.
    """
    path = Path(path)
    path = path / DEFAULT_NAME if path.is_dir() else path
    try:
        text = read_regular_text(path)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise InputError(f"{path}: cannot be read ({reason})", "Give a plan, see `ragtui help running`.") from error
    try:
        document = parse_toml(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path}: not TOML: {error}", "Correct the file at the place named.") from error
    return plan_of(document, str(path), real_path(path.parent), text)


def plan_of(document: Mapping[str, Any], source: str, base: Path, text: str = "") -> Plan:
    """A plan from what TOML says.

    Args:
        source: named in every complaint.
        base: folder that relative paths start from.
        text: the file as it is, to name lines.

    Raises:
        UsageError: as for `read_plan`.
    """
    table = Table(document, source, text)
    said = keys.TOP.read(table)
    simulation = _simulation(said["simulated"])
    simulated = simulation is not None
    python = said["python"]
    plan = Plan(
        name=said["name"],
        dataset=_place(base, said["dataset"]),
        sides=_sides(table, said, base, simulated),
        judges=_judges(said["judge"], said["judges"], base, simulated),
        evaluators=tuple(_evaluator(entry) for entry in said["evaluators"]),
        lexical=_lexical(table, said["lexical"]),
        budget=Budget(**keys.BUDGET.read(said["budget"])) if said["budget"] is not None else Budget(),
        prices=_prices(said["prices"]),
        out=base / said["out"],
        simulation=simulation,
        python=str(base / python) if "/" in python else python,
        resources=_resources(said["resources"]),
        columns=said["columns"] or {},
        cache=base / said["cache"] if said["cache"] else None,
        source=source,
        base=base,
        document=dict(document),
        **{name: said[name] for name in _AS_THEY_ARE},
    )
    if not simulated:
        plan = replace(plan, prices={**listed_prices(plan.models(), plan.prices), **plan.prices})
    _check(plan, table)
    return plan


_AS_THEY_ARE = (
    "description", "repeats", "concurrency", "timeout_s", "retries", "patience_s", "outage_s", "seed", "order",
    "silent_s",
)  # fmt: skip


def _place(base: Path, dataset: str) -> Path:
    """A dataset's file; one on Langfuse keeps its address."""
    return Path(dataset) if dataset.startswith("langfuse:") else base / dataset


def _resources(entry: Table | None) -> dict[str, float]:
    """What a worker of a cluster must have: names and amounts, such as GPU = 1."""
    return {} if entry is None else {key: entry.number(key, 0.0) or 0.0 for key in entry.names()}


def _simulation(entry: Table | None) -> Simulation | None:
    return None if entry is None else Simulation(**keys.SIMULATED.read(entry))


def _sides(table: Table, said: Mapping[str, Any], base: Path, simulated: bool) -> tuple[SideSpec, ...]:
    listed, first, candidate, matrix = said["sides"], said["target"], said["candidate"], said["matrix"]
    if listed:
        for key in ("target", "candidate", "matrix"):
            if said[key] is not None:
                raise table.refuse(key, "stands beside [[sides]]", "Write every side whole under [[sides]], or none.")
        sides = [_whole_side(entry, base, simulated) for entry in listed]
        names = [side.name for side in sides]
        if len(set(names)) < len(names):
            raise table.refuse("sides", "two sides have one name", "Give every side a name of its own.")
        return tuple(sides)
    if first is None:
        raise table.refuse("target", "missing", f"Add [target] with kind = one of {', '.join(keys.TARGET_KINDS)}.")
    if matrix is not None:
        if candidate is not None:
            raise table.refuse("matrix", "stands beside [candidate]", "Use one of them: both make further sides.")
        return _swept(table, said["name"], matrix, base, simulated)
    sides = [SideSpec(said["name"], read_target(first, base, simulated))]
    if candidate is not None:
        _candidate_name(candidate, said["name"])
        written = side_tables(table.document)[1]
        sides.append(SideSpec(written.name, read_target(candidate.like(written.target, "target"), base, simulated)))
    return tuple(sides)


def _swept(table: Table, name: str, matrix: Table, base: Path, simulated: bool) -> tuple[SideSpec, ...]:
    """A side for each combination of the matrix; what is wrong with one of its values is said of the matrix."""
    place = "matrix"
    try:
        sides = side_tables(table.document)
    except MatrixError as error:
        if not error.key:
            raise table.refuse("matrix", str(error), error.hint) from None
        raise matrix.refuse(error.key, str(error), error.hint) from None
    try:
        read_target(table.like(table.json("target"), "target"), base, simulated)
    except UsageError:  # the target lacks what the matrix gives, or is wrong itself: then that is said
        place = "target"
    return tuple(SideSpec(one.name, read_target(table.like(one.target, place), base, simulated)) for one in sides)


def side_tables(document: Mapping[str, Any]) -> list[Combination]:
    """Name and target table of every side of a plan, whichever way they are written; the first is the baseline.

    Raises:
        MatrixError: `matrix` makes no sides.
    """
    if "sides" in document:
        return [Combination(side["name"], side["target"]) for side in document["sides"]]
    name, target = document["name"], document["target"]
    if "matrix" in document:
        own = target_keys(target.get("kind", ""))
        models = [key.name for key in keys.MODEL.keys] if target.get("kind") == "rag" else []
        return combinations(name, target, document["matrix"], own, models)
    sides = [Combination(name, target)]
    candidate = document.get("candidate")
    if candidate is not None:
        changed = candidate.get("target") or {}
        same_kind = changed.get("kind", target.get("kind")) == target.get("kind")
        own_name = candidate.get("name") or f"{name}-candidate"
        sides.append(Combination(own_name, merged(target, changed) if same_kind else changed))
    return sides


def _candidate_name(candidate: Table, name: str) -> None:
    if (keys.CANDIDATE.read(candidate)["name"] or f"{name}-candidate") == name:
        raise candidate.refuse("name", f"is the baseline's name {name!r}", "Give the candidate another name.")


def _whole_side(table: Table, base: Path, simulated: bool) -> SideSpec:
    """One entry of [[sides]]: a target of its own, not a change to another."""
    said = keys.SIDE.read(table)
    return SideSpec(said["name"], read_target(said["target"], base, simulated))


def check_batch_budget(budget: Budget, source: str) -> None:
    """Refuse a budget that cannot be held: what a batch costs is known when it is back.

    Raises:
        UsageError: a budget of dollars or tokens.
    """
    if budget.cost_usd is not None or budget.tokens is not None:
        raise UsageError(
            f"{source}: a batch queue and a budget of dollars or tokens",
            "A batch is paid as a whole and its cost is known when it is back: use budget.calls.",
        )


def _judges(common: Table | None, named: Table | None, base: Path, simulated: bool) -> tuple[JudgeSpec, ...]:
    if common is None and named is None:
        return ()
    said = keys.JUDGE.read(common) if common is not None else {}
    has_model = simulated or bool(said.get("model"))
    use = model_use(said, common, simulated) if has_model and common is not None else None
    if common is None and simulated:
        use = ModelUse(model=SIMULATED)
    structured = said.get("structured") or Structured.AUTO
    wanted = (said.get("metrics") or tuple(BUILT_IN_JUDGES)) if has_model and common is not None else ()
    own = {name: named.table(name) for name in named.names()} if named is not None else {}
    for name in wanted:
        if name not in BUILT_IN_JUDGES and name not in own and common is not None:
            raise common.refuse(
                "metrics",
                f"{name!r} is not known",
                f"Known: {', '.join((*BUILT_IN_JUDGES, *own))}; or add [judges.{name}].",
            )
    names = dict.fromkeys((*wanted, *own))
    return tuple(_judge(name, own.get(name), base, use, structured, simulated) for name in names)


def _judge(
    name: str, table: Table | None, base: Path, use: ModelUse | None, structured: Structured, simulated: bool
) -> JudgeSpec:
    if table is None:
        assert use is not None
        return JudgeSpec(metric=BUILT_IN_JUDGES[name], use=use, structured=structured)
    said = keys.OWN_JUDGE.read(table)
    prompt = said["prompt"]
    against = said["against"] or ""
    if against:
        for key in ("scale", "kind"):
            if said[key] is not None:
                raise table.refuse(key, "stands beside against", "A pairwise judge scores 1, 0.5 or 0: leave it out.")
    elif prompt is None and name not in BUILT_IN_JUDGES:
        raise table.refuse("prompt", "missing", f"Only {', '.join(BUILT_IN_JUDGES)} have a prompt of their own.")
    panel = said["panel"] or ()
    if panel and said["model"] is None:
        said = {**said, "model": panel[0]}
    own = model_use(said, table, simulated, use)
    default = BUILT_IN_JUDGES.get(name) or replace(guess_metric(name), kind=Kind.ORDINAL, scale=(1.0, 5.0))
    if against:
        default = Metric(name, Kind.UNIT, scale=(0.0, 1.0))
    return JudgeSpec(
        metric=_metric(said, default),
        use=own,
        prompt=base / prompt if prompt else None,
        structured=said["structured"] or structured,
        panel=tuple(replace(own, model=model) for model in panel),
        against=against if against in ("", BASELINE) else str(base / against),
    )


def _metric(said: Mapping[str, Any], default: Metric) -> Metric:
    scale = said["scale"]
    kind = said["kind"] or (Kind.BINARY if scale == (0.0, 1.0) else default.kind)
    metric = replace(default, kind=kind, scale=default.scale if scale is None else scale)
    return metric.directed(said["higher_is_better"], DirectionFrom.PLAN)


def _evaluator(table: Table) -> EvaluatorSpec:
    said = keys.EVALUATOR.read(table)
    metrics = []
    for entry in said["metrics"]:
        own = keys.METRIC.read(entry)
        metrics.append(_metric(own, guess_metric(own["name"])))
    return EvaluatorSpec(
        call=said["call"],
        metrics=tuple(metrics),
        settings=said["settings"] or {},
        threads=said["threads"],
        processes=said["processes"],
        memory_mb=said["memory_mb"],
    )


def _lexical(table: Table, names: Any) -> tuple[str, ...]:
    for name in names:
        if name not in LEXICAL:
            raise table.refuse("lexical", f"{name!r} is not known", f"Known: {', '.join(LEXICAL)}.")
    return tuple(dict.fromkeys(names))


def _prices(entry: Table | None) -> dict[str, Price]:
    if entry is None:
        return {}
    found: dict[str, Price] = {}
    for model in entry.names():
        own = entry.table(model)
        assert own is not None
        found[model] = Price(**keys.PRICE.read(own))
    return found


def _check(plan: Plan, table: Table) -> None:
    names = [judge.metric.name for judge in plan.judges] + list(plan.lexical)
    names += [metric.name for evaluator in plan.evaluators for metric in evaluator.metrics]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(f"{plan.source}: metric {twice[0]} is defined twice", "Rename one of them.")
    if plan.batched:
        check_batch_budget(plan.budget, plan.source)
    unpriced = [use.model for use in plan.models() if use.model not in plan.prices]
    if plan.budget.cost_usd is not None and unpriced and not plan.simulation:
        raise table.refuse(
            "budget", f"cost_usd cannot be kept: no price for {unpriced[0]}", f'Add [prices."{unpriced[0]}"].'
        )
