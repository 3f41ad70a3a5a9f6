"""Parts of a suite and what its losers have in common, as text and JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ragtui.model import Metric
from ragtui.present.numbers import MISSING, count, finite, interval, mean_decimals, number, share, signed
from ragtui.present.report.table import table
from ragtui.present.verdicts import outcome_sign
from ragtui.stats.why.slices import Common, Searched, Slice

_NAMED = 8
HEAD = ("value", "metric", "items", "baseline", "candidate", "Δ", "95 % interval", "verdict")


def row(part: Slice, metric: Metric, *, ascii_only: bool = False) -> tuple[str, ...]:
    """One value on one metric, as cells of a table."""
    mean, digits = part.aggregate, mean_decimals(metric)
    if mean is None:
        return (part.value, part.metric, "0", MISSING, MISSING, MISSING, "no common score", "")
    sign = outcome_sign(mean.outcome)
    bounds = interval(mean.interval.lo, mean.interval.hi, digits) if mean.interval else MISSING
    return (
        part.value,
        part.metric,
        str(part.items),
        number(mean.mean_a, digits),
        number(mean.mean_b, digits),
        signed(mean.delta, digits),
        bounds,
        f"{sign.shown(ascii_only=ascii_only)} {sign.word}",
    )


def say_common(one: Common) -> str:
    """What some items have in common, in a sentence without a full stop."""
    found = one.found
    way = "worse" if found.inside < found.outside else "better"
    shown = " ".join(one.members[:_NAMED]) + (" …" if len(one.members) > _NAMED else "")
    return (
        f"{one.said}: {count(found.items, 'item')} moved {signed(found.inside, 1)} bands on average, the others "
        f"{signed(found.outside, 1)} ({way}; chance in the whole search {share(found.p)}): {shown}"
    )


def say_search(searched: Searched) -> list[str]:
    """The outcome of the search, one line a finding."""
    what = f"{count(searched.features, 'feature')} searched together"
    if not searched.answers_read:
        what += "; answers were not read, as the suite is large"
    if not searched.common:
        return [f"the items that moved have nothing in common beyond chance ({what})"]
    return [f"what items that moved have in common ({what}):", *(f"  {say_common(one)}" for one in searched.common)]


def as_text(
    parts: Mapping[str, Sequence[Slice]],
    searched: Searched | None,
    metrics: Mapping[str, Metric],
    *,
    ascii_only: bool = False,
) -> str:
    """Every field's table, then the search.

    Args:
        parts: field to its slices.
        searched: None leaves the search out.
        metrics: definitions by name.
        ascii_only: signs as ASCII.
    """
    blocks = [
        f"{field}\n"
        + table(HEAD, [row(part, metrics[part.metric], ascii_only=ascii_only) for part in found], "llrrrrll")
        for field, found in parts.items()
    ]
    if len(blocks) > 0:
        blocks.append("note: each line is judged alone; among many, some leave their interval by chance")
        if {"verdict", "why"} & set(parts):
            blocks.append("note: verdict and why were chosen by these very scores, so their lines prove nothing")
    if searched is not None:
        blocks.append("\n".join(say_search(searched)))
    return "\n\n".join(blocks) + "\n"


def as_json(parts: Mapping[str, Sequence[Slice]], searched: Searched | None) -> str:
    """The same for programs."""
    document = {
        "schema": "ragtui.slices/1",
        "slices": [part for found in parts.values() for part in _parts(found)],
        "common": None if searched is None else [_common(one) for one in searched.common],
        "features_searched": None if searched is None else searched.features,
    }
    return json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def _parts(found: Sequence[Slice]) -> Iterator[dict[str, Any]]:
    for part in found:
        mean = part.aggregate
        bounds = None if mean is None else mean.interval
        yield {
            "field": part.field,
            "value": part.value,
            "metric": part.metric,
            "items": part.items,
            "baseline": None if mean is None else finite(mean.mean_a),
            "candidate": None if mean is None else finite(mean.mean_b),
            "delta": None if mean is None else finite(mean.delta),
            "low": None if bounds is None else finite(bounds.lo),
            "high": None if bounds is None else finite(bounds.hi),
            "outcome": None if mean is None else mean.outcome.value,
        }


def _common(one: Common) -> dict[str, Any]:
    return {
        "feature": one.said,
        "items": list(one.members),
        "inside": finite(one.found.inside),
        "outside": finite(one.found.outside),
        "p": finite(one.found.p),
        "sentence": say_common(one),
    }
