"""How items repeat their labels, learned from every item that was labelled twice or more.

An item gives each label with some chance. Items are a mixture of few behaviours: nearly always one label, mostly one,
or undecided; each behaviour is a Dirichlet distribution of those chances, so that label counts have a Dirichlet-
multinomial likelihood in closed form (Minka 2000, "Estimating a Dirichlet distribution"), and EM learns how common
every behaviour is. Labels have no order, so nothing here depends on which label is which number.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ragtui.stats.arrays import Floats, Ints

_PURITIES = ((0.99, 0.4), (0.9, 0.3), (0.7, 0.15))
"""Chance of an item's usual label in each steady behaviour, and the prior share of items that behave so."""
_UNDECIDED = 0.15
"""Prior share of items that may give any label."""
_STEADINESS = 30.0
"""How much alike items of one behaviour are: as if each had been seen so often before."""
_PRIOR_ITEMS = 8.0
"""Items that the prior of the behaviours counts as."""
_STEPS = 60
_MOST_OUTCOMES = 20_000
"""Label counts that are told apart when a band is worked out; rarer labels are taken together beyond that."""


@dataclass(frozen=True, eq=False)
class LabelNoise:
    """Learned behaviours.

    Attributes:
        alphas: Dirichlet parameters, (behaviours, labels).
        weights: share of items of each behaviour, (behaviours,).
        units: repeated item-sides it was learned from.
    """

    alphas: Floats
    weights: Floats
    units: int

    @classmethod
    def learned(cls, units: Floats, seen: Floats) -> LabelNoise:
        """From repeated items.

        Args:
            units: label counts of item-sides with at least two labels, (units, labels).
            seen: how often each label is seen at all, (labels,).
        """
        shares = (seen + 0.5) / (seen + 0.5).sum()
        alphas, prior = _behaviours(shares)
        weights = prior
        likelihood = _log_likelihood(alphas, units)
        likelihood = np.exp(likelihood - likelihood.max(axis=1, keepdims=True)) if len(units) else likelihood
        for _ in range(_STEPS if len(units) else 0):
            belongs = likelihood * weights
            belongs /= belongs.sum(axis=1, keepdims=True)
            weights = (belongs.sum(axis=0) + _PRIOR_ITEMS * prior) / (len(units) + _PRIOR_ITEMS)
        return cls(alphas, weights, len(units))

    def log_bayes_factor(self, a: Floats, b: Floats) -> Floats:
        """Two behaviours against one for each item, (items,): that baseline and candidate are drawn apart, or alike."""
        log_weights = np.log(self.weights)
        apart = _log_sum(log_weights + _log_likelihood(self.alphas, a)) + _log_sum(
            log_weights + _log_likelihood(self.alphas, b)
        )
        return apart - _log_sum(log_weights + _log_likelihood(self.alphas, a + b))

    def tails(self, shown: Floats, runs: int) -> LabelTails:
        """How far another `runs` labels of an unchanged item lie from those it has shown, (labels,)."""
        kept = _told_apart(shown, runs)
        merged = _merged(shown, kept)
        outcomes = np.array(list(_compositions(runs, len(merged))), float)
        alphas = np.column_stack([self.alphas[:, kept], self.alphas.sum(axis=1) - self.alphas[:, kept].sum(axis=1)])
        posterior = np.log(self.weights) + _log_likelihood(self.alphas, shown[None])[0]
        log_chance = _log_likelihood(alphas + merged, outcomes) + _log_ways(outcomes)[:, None]
        chance = np.exp(log_chance + posterior - _log_sum(posterior[None])[0]).sum(axis=1)
        distance = label_distance(np.broadcast_to(merged, outcomes.shape), outcomes)
        order = np.argsort(-distance, kind="stable")
        return LabelTails(distance[order], np.minimum(np.cumsum(chance[order]), 1.0), kept)


@dataclass(frozen=True, eq=False)
class LabelTails:
    """Distances in falling order beside the chance of one at least as large; `kept` labels are told apart."""

    distance: Floats
    chance: Floats
    kept: Ints

    def chance_of(self, shown: Floats, other: Floats) -> float:
        """Chance of labels at least as far from `shown` as `other` is."""
        seen = label_distance(_merged(shown, self.kept)[None], _merged(other, self.kept)[None])[0]
        last = int(np.searchsorted(-self.distance, -(seen - 1e-9), side="right")) - 1
        return float(self.chance[last]) if last >= 0 else 0.0

    def half_width(self, alpha: float) -> float:
        """The largest distance that is not rarer than `alpha`: a band that unchanged items leave no more often."""
        wide = np.flatnonzero(self.chance > alpha)
        return float(self.distance[wide[0]]) if len(wide) else 0.0


def label_distance(a: Floats, b: Floats) -> Floats:
    """Half the sum of absolute differences of the labels' shares (total variation), (items,): 0 to 1; NaN if empty."""
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = [counts / counts.sum(axis=1, keepdims=True) for counts in (a, b)]
        found: Floats = np.abs(shares[0] - shares[1]).sum(axis=1) / 2
    return found


def flip_rate(counts: Floats) -> float:
    """Chance that two repeats of one item differ in their label, over items with two or more; NaN without any."""
    runs = counts.sum(axis=1)
    pairs = runs * (runs - 1)
    alike = (counts * (counts - 1)).sum(axis=1)
    repeated = pairs > 0
    return float(1 - (alike[repeated] / pairs[repeated]).mean()) if repeated.any() else math.nan


def usual_label(counts: Floats) -> Ints:
    """The label an item gives most often, (items,); -1 where there is none or two are equally frequent."""
    if not counts.size:
        return np.full(len(counts), -1)
    most = counts.max(axis=1)
    alone = (counts == most[:, None]).sum(axis=1) == 1
    return np.where(alone & (most > 0), counts.argmax(axis=1), -1)


def _behaviours(shares: Floats) -> tuple[Floats, Floats]:
    labels = len(shares)
    alphas, prior = [np.maximum(labels * shares, 0.05)], [_UNDECIDED]
    for purity, common in _PURITIES:
        for label in range(labels):
            others = np.delete(shares, label)
            chances = np.insert((1 - purity) * others / others.sum(), label, purity) if labels > 1 else np.ones(1)
            alphas.append(_STEADINESS * chances)
            prior.append(common * shares[label])
    return np.array(alphas), np.array(prior) / sum(prior)


def _log_likelihood(alphas: Floats, counts: Floats) -> Floats:
    """Log chance of label sequences with these counts under each behaviour, (items, behaviours)."""
    out = np.zeros((len(counts), len(alphas)))
    most = int(counts.sum(axis=1).max(initial=0))
    for label in range(counts.shape[1]):
        out += _rising(alphas[:, label], most)[:, counts[:, label].astype(int)].T
    return out - _rising(alphas.sum(axis=1), most)[:, counts.sum(axis=1).astype(int)].T


def _rising(alpha: Floats, most: int) -> Floats:
    """Log of alpha (alpha + 1) … (alpha + n - 1) for n from 0 to `most`, (behaviours, most + 1)."""
    steps = np.log(np.maximum(alpha[:, None] + np.arange(most), 1e-300))  # nothing is left of no label
    return np.concatenate([np.zeros((len(alpha), 1)), np.cumsum(steps, axis=1)], axis=1)


def _log_ways(counts: Floats) -> Floats:
    """Log number of orders in which labels with these counts can come, (items,)."""
    factorials = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, int(counts.sum(axis=1).max(initial=0)) + 1)))])
    found: Floats = factorials[counts.sum(axis=1).astype(int)] - factorials[counts.astype(int)].sum(axis=1)
    return found


def _log_sum(log: Floats) -> Floats:
    top = log.max(axis=1)
    found: Floats = top + np.log(np.exp(log - top[:, None]).sum(axis=1))
    return found


def _told_apart(shown: Floats, runs: int) -> Ints:
    """Labels of an item that are told apart: those it has shown, as many as can be enumerated.

    Labels it never showed may be taken together without loss: they all add to the distance.
    """
    order = np.argsort(-shown, kind="stable")
    seen = int((shown > 0).sum())
    while seen > 1 and math.comb(runs + seen, seen) > _MOST_OUTCOMES:
        seen -= 1
    return np.sort(order[:seen])


def _merged(counts: Floats, kept: Ints) -> Floats:
    return np.append(counts[kept], counts.sum() - counts[kept].sum())


def _compositions(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    if parts == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in _compositions(total - first, parts - 1):
            yield (first, *rest)
