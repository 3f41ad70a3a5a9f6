"""A plan from TOML: strict, typed, and every complaint names the file, the line, the key and the way out."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ragtui.errors import InputError, UsageError
from ragtui.files.tomltable import Table
from ragtui.model import DirectionFrom, Kind, Metric, guess_metric
from ragtui.runner.plan.metrics import LEXICAL
from ragtui.runner.plan.plan import (
    BUILT_IN_JUDGES,
    SIMULATED,
    Budget,
    CommandTarget,
    EvaluatorSpec,
    HttpTarget,
    JudgeSpec,
    ModelUse,
    Order,
    Plan,
    Price,
    PythonTarget,
    RagTarget,
    Retriever,
    SideSpec,
    Simulation,
    Structured,
    Target,
)

DEFAULT_NAME = "ragtui.toml"
_CALL = re.compile(r"^[A-Za-z_][\w.]*:[A-Za-z_][\w.]*$")
_SECRET_HEADER = re.compile(r"auth|key|token|secret|cookie|password", re.IGNORECASE)
_TARGET_KINDS = ("rag", "python", "command", "http")


def read_plan(path: Path | str) -> Plan:
    """Read a plan file, or the `ragtui.toml` of a folder.

    Raises:
        InputError: the file cannot be read or is not TOML.
        UsageError: a key is unknown, missing or has an impossible value.
    """
    path = Path(path)
    path = path / DEFAULT_NAME if path.is_dir() else path
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise InputError(f"{path}: cannot be read ({reason})", "Give a plan, see `ragtui help running`.") from error
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path}: not TOML: {error}", "Correct the file at the place named.") from error
    return plan_of(document, str(path), path.parent.resolve(), text)


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
    simulation = _simulation(table)
    name = _needed(table, "name")
    dataset = base / _needed(table, "dataset")
    sides = _sides(table, name, base, simulation is not None)
    judges = _judges(table, base, simulation is not None)
    plan = Plan(
        name=name,
        dataset=dataset,
        sides=sides,
        judges=judges,
        evaluators=tuple(_evaluator(entry) for entry in table.tables("evaluators")),
        lexical=_lexical(table),
        repeats=table.whole("repeats", 1) or 1,
        concurrency=table.whole("concurrency", 1) or 8,
        timeout_s=table.number("timeout_s", 0.05) or 60.0,
        retries=_or(table.whole("retries", 0), 3),
        patience_s=_or(table.number("patience_s", 0.0), 300.0),
        outage_s=_or(table.number("outage_s", 0.0), 60.0),
        seed=table.whole("seed", 0),
        order=table.choice("order", Order) or Order.REPEATS,
        budget=_budget(table),
        prices=table.named("prices", _price),
        out=base / (table.word("out") or "runs"),
        description=table.word("description") or "",
        simulation=simulation,
        resources=_resources(table),
        silent_s=table.number("silent_s", 0.1),
        source=source,
        base=base,
        document=dict(document),
    )
    table.end()
    _check(plan, table)
    return plan


def _resources(table: Table) -> dict[str, float]:
    """What a worker of a cluster must have: names and amounts, such as GPU = 1."""
    entry = table.table("resources")
    if entry is None:
        return {}
    found = {key: entry.number(key, 0.0) or 0.0 for key in entry.names()}
    entry.end()
    return found


def _or(value: Any, default: Any) -> Any:
    return default if value is None else value


def _needed(table: Table, key: str) -> str:
    value = table.word(key)
    if value is None:
        raise table.refuse(key, "missing", f'Write {key} = "...".')
    return value


def _simulation(table: Table) -> Simulation | None:
    inner = table.table("simulated")
    if inner is None:
        return None
    simulation = Simulation(
        seed=inner.whole("seed", 0),
        latency_s=_or(inner.number("latency_s", 0.0, 60.0), 0.05),
        nonsense=_or(inner.number("nonsense", 0.0, 1.0), 0.003),
    )
    inner.end()
    return simulation


def _model_use(table: Table, simulated: bool, inherited: ModelUse | None = None) -> ModelUse:
    own = inherited or ModelUse(model=SIMULATED if simulated else "")
    model = table.word("model") or own.model
    if not model:
        raise table.refuse("model", "missing", 'Name the model: model = "...".')
    key_name = table.word("api_key_env") or own.api_key_env
    if key_name and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", key_name):
        raise table.refuse("api_key_env", "is not the name of a variable", "Name the variable, not the key itself.")
    base_url = table.word("base_url") or own.base_url
    if base_url and not base_url.startswith(("http://", "https://")):
        raise table.refuse("base_url", f"is {base_url!r}", "Write it as https://host/v1.")
    return ModelUse(
        model=model,
        base_url=base_url,
        api_key_env=key_name,
        temperature=_or(table.number("temperature", 0.0, 2.0), own.temperature),
        top_p=_or(table.number("top_p", 0.0, 1.0), own.top_p),
        max_tokens=table.whole("max_tokens", 1) or own.max_tokens,
        extra=table.json("extra") or own.extra,
    )


def _sides(table: Table, name: str, base: Path, simulated: bool) -> tuple[SideSpec, ...]:
    listed = table.tables("sides")
    if listed:
        sides = [_whole_side(entry, base, simulated) for entry in listed]
        names = [side.name for side in sides]
        if len(set(names)) < len(names):
            raise table.refuse("sides", "two sides have one name", "Give every side a name of its own.")
        return tuple(sides)
    first = table.table("target")
    if first is None:
        raise table.refuse("target", "missing", f"Add [target] with kind = one of {', '.join(_TARGET_KINDS)}.")
    raw = table.json("target")
    sides = [SideSpec(name, _target(first, base, simulated))]
    candidate = table.table("candidate")
    if candidate is not None:
        own_name = candidate.word("name") or f"{name}-candidate"
        changed = candidate.json("target")
        candidate.end()
        if own_name == name:
            raise candidate.refuse("name", f"is the baseline's name {name!r}", "Give the candidate another name.")
        same_kind = changed.get("kind", raw.get("kind")) == raw.get("kind")
        whole = merged(raw, changed) if same_kind else changed
        sides.append(SideSpec(own_name, _target(Table(whole, table.source, "", "candidate.target."), base, simulated)))
    return tuple(sides)


def _whole_side(table: Table, base: Path, simulated: bool) -> SideSpec:
    """One entry of [[sides]]: a target of its own, not a change to another."""
    name, target = _needed(table, "name"), table.table("target")
    if target is None:
        raise table.refuse("target", "missing", "Add [sides.target].")
    table.end()
    return SideSpec(name, _target(target, base, simulated))


def merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Tables of `over` laid over those of `under`, key by key."""
    out = dict(under)
    for key, value in over.items():
        below = out.get(key)
        out[key] = merged(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return out


def _target(table: Table, base: Path, simulated: bool) -> Target:
    kind = table.word("kind") or ""
    if kind not in _TARGET_KINDS:
        raise table.refuse("kind", f"is {kind!r}" if kind else "missing", f"Known: {', '.join(_TARGET_KINDS)}.")
    target: Target
    if kind == "rag":
        target = _rag(table, base, simulated)
    elif kind == "python":
        target = PythonTarget(
            call=_call(table),
            settings=table.json("settings"),
            processes=table.whole("processes", 1),
            threads=table.whole("threads", 1),
            memory_mb=table.whole("memory_mb", 64),
        )
    elif kind == "command":
        command = table.words("command")
        if not command:
            raise table.refuse("command", "missing", 'Write it as a list: command = ["python", "answer.py"].')
        target = CommandTarget(command=command, settings=table.json("settings"))
    else:
        target = _http(table)
    table.end()
    return target


def _rag(table: Table, base: Path, simulated: bool) -> RagTarget:
    generator = table.table("generator")
    if generator is None and not simulated:
        raise table.refuse("generator", "missing", 'Add [target.generator] with model = "..." and base_url = "...".')
    generator = generator or Table({}, table.source, "", "target.generator.")
    embeddings = table.table("embeddings")
    retriever = table.choice("retriever", Retriever) or Retriever.LEXICAL
    if retriever is not Retriever.LEXICAL and embeddings is None:
        raise table.refuse("retriever", f"{retriever} needs embeddings", "Add [target.embeddings] with a model.")
    prompt = table.word("prompt")
    target = RagTarget(
        corpus=base / _needed(table, "corpus"),
        generator=_model_use(generator, simulated),
        chunk_words=table.whole("chunk_words", 5) or 120,
        chunk_overlap=_or(table.whole("chunk_overlap", 0), 20),
        top_k=table.whole("top_k", 1) or 4,
        context_words=table.whole("context_words", 1),
        retriever=retriever,
        embeddings=_model_use(embeddings, simulated) if embeddings else None,
        prompt=base / prompt if prompt else None,
    )
    generator.end()
    if embeddings:
        embeddings.end()
    if target.chunk_overlap >= target.chunk_words:
        raise table.refuse("chunk_overlap", f"is {target.chunk_overlap}", "Make it smaller than chunk_words.")
    return target


def _http(table: Table) -> HttpTarget:
    url = _needed(table, "url")
    if not url.startswith(("http://", "https://")):
        raise table.refuse("url", f"is {url!r}", "Write it as https://host/path.")
    headers = table.table("headers")
    texts = headers.texts() if headers else {}
    for name, value in texts.items():
        if _SECRET_HEADER.search(name) and "${" not in value:
            assert headers is not None
            raise headers.refuse(
                name, "holds its value in the file", f'Name a variable instead: {name} = "Bearer ${{MY_KEY}}".'
            )
    return HttpTarget(
        url=url,
        headers=texts,
        output=table.word("output") or "",
        contexts=table.word("contexts") or "",
        settings=table.json("settings"),
    )


def _call(table: Table) -> str:
    call = _needed(table, "call")
    if not _CALL.match(call):
        raise table.refuse("call", f"is {call!r}", 'Write it as "package.module:function".')
    return call


def _judges(table: Table, base: Path, simulated: bool) -> tuple[JudgeSpec, ...]:
    common = table.table("judge")
    named = table.table("judges")
    if common is None and named is None:
        return ()
    common = common or Table({}, table.source, "", "judge.")
    has_model = simulated or "model" in common.names()
    use = _model_use(common, simulated) if has_model else None
    structured = common.choice("structured", Structured) or Structured.JSON_SCHEMA
    wanted = common.words("metrics") or tuple(BUILT_IN_JUDGES) if has_model else ()
    common.end()
    own = {name: named.table(name) for name in named.names()} if named else {}
    for name in wanted:
        if name not in BUILT_IN_JUDGES and name not in own:
            raise common.refuse(
                "metrics",
                f"{name!r} is not known",
                f"Known: {', '.join((*BUILT_IN_JUDGES, *own))}; or add [judges.{name}].",
            )
    found = [_judge(name, own.get(name), base, use, structured, simulated) for name in dict.fromkeys((*wanted, *own))]
    if named:
        named.end()
    return tuple(found)


def _judge(
    name: str, table: Table | None, base: Path, use: ModelUse | None, structured: Structured, simulated: bool
) -> JudgeSpec:
    if table is None:
        assert use is not None
        return JudgeSpec(metric=BUILT_IN_JUDGES[name], use=use, structured=structured)
    prompt = table.word("prompt")
    if prompt is None and name not in BUILT_IN_JUDGES:
        raise table.refuse("prompt", "missing", f"Only {', '.join(BUILT_IN_JUDGES)} have a prompt of their own.")
    default = BUILT_IN_JUDGES.get(name) or replace(guess_metric(name), kind=Kind.ORDINAL, scale=(1.0, 5.0))
    spec = JudgeSpec(
        metric=_metric(table, default),
        use=_model_use(table, simulated, use),
        prompt=base / prompt if prompt else None,
        structured=table.choice("structured", Structured) or structured,
    )
    table.end()
    return spec


def _metric(table: Table, default: Metric) -> Metric:
    scale = table.json_list("scale")
    bounds = default.scale
    if scale is not None:
        if len(scale) != 2 or not all(isinstance(b, int | float) for b in scale) or scale[0] >= scale[1]:
            raise table.refuse("scale", f"is {scale!r}", "Write it as [lowest, highest].")
        bounds = (float(scale[0]), float(scale[1]))
    kind = table.choice("kind", Kind) or (Kind.BINARY if scale == [0, 1] else default.kind)
    metric = replace(default, kind=kind, scale=bounds)
    return metric.directed(table.flag("higher_is_better"), DirectionFrom.PLAN)


def _evaluator(table: Table) -> EvaluatorSpec:
    call = _call(table)
    metrics = []
    for entry in table.tables("metrics"):
        metrics.append(_metric(entry, guess_metric(_needed(entry, "name"))))
        entry.end()
    table.end()
    return EvaluatorSpec(call=call, metrics=tuple(metrics))


def _lexical(table: Table) -> tuple[str, ...]:
    names = table.words("lexical")
    for name in names:
        if name not in LEXICAL:
            raise table.refuse("lexical", f"{name!r} is not known", f"Known: {', '.join(LEXICAL)}.")
    return tuple(dict.fromkeys(names))


def _budget(table: Table) -> Budget:
    inner = table.table("budget")
    if inner is None:
        return Budget()
    budget = Budget(
        cost_usd=inner.number("cost_usd", 0.0),
        calls=inner.whole("calls", 1),
        tokens=inner.whole("tokens", 1),
        minutes=inner.number("minutes", 0.0),
        error_rate=inner.number("error_rate", 0.0, 1.0),
    )
    inner.end()
    return budget


def _price(table: Table) -> Price:
    given = table.number("input", 0.0)
    if given is None:
        raise table.refuse("input", "missing", "Write US dollars per million tokens: input = 0.15.")
    return Price(given, table.number("output", 0.0) or 0.0)


def _check(plan: Plan, table: Table) -> None:
    names = [judge.metric.name for judge in plan.judges] + list(plan.lexical)
    names += [metric.name for evaluator in plan.evaluators for metric in evaluator.metrics]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(f"{plan.source}: metric {twice[0]} is defined twice", "Rename one of them.")
    unpriced = [use.model for use in plan.models() if use.model not in plan.prices]
    if plan.budget.cost_usd is not None and unpriced and not plan.simulation:
        raise table.refuse(
            "budget", f"cost_usd cannot be kept: no price for {unpriced[0]}", f'Add [prices."{unpriced[0]}"].'
        )
