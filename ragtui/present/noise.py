"""The noise view as text and JSON: how much does nothing change?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ragtui.present.clean import one_line
from ragtui.present.numbers import MISSING, count, decimals, number, share
from ragtui.stats import MetricNoise, NoiseReport, SelfCheck
from ragtui.stats.why.flicker import Flicker


class Split(Protocol):
    """Noise by origin (see `ragtui.workbench.judge_noise.JudgeSplit`)."""

    @property
    def judge_sd(self) -> float:
        """Of one fixed answer."""

    @property
    def pipeline_sd(self) -> float | None:
        """Of answers that differ."""

    @property
    def answers(self) -> int:
        """Fixed answers judged again."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One configuration's noise.

    Attributes:
        splits: metric name to judge and pipeline noise apart, where answers were judged again.
        origins: of its runs; "" for a measured one.
        flickers: metric name to the stages its flicker comes from, where the repeats' records tell.
    """

    label: str
    report: NoiseReport
    splits: Mapping[str, Split]
    origins: Sequence[str] = ()
    flickers: Mapping[str, Flicker] = field(default_factory=dict)


HEAD = ("metric", "vary", "item sd", "run sd", "signal/noise", "smallest Δ seen", "repeats to see")


def row(entry: MetricNoise) -> tuple[str, ...]:
    """One metric's line: share of items that vary, spreads, and what these repeats could show."""
    digits = decimals(entry.metric)
    plan = ", ".join(f"{number(delta, digits)}: {needed or 'more items'}" for delta, needed in entry.repeats_for)
    if entry.varied_share == 0:
        plan = "never varied: one tells"
    return (
        one_line(entry.metric.name),
        MISSING if entry.varied_share is None else share(entry.varied_share),
        number(entry.sigma_e, digits),
        number(entry.sigma_run, digits),
        number(entry.snr, 1),
        number(entry.mde, digits),
        plan or MISSING,
    )


def check_sentence(check: SelfCheck | None) -> str:
    """The self-check in words: what the band promises, and what it kept on these very repeats."""
    if check is None:
        return "needs three repeats to check itself"
    limit = share(check.nominal)
    sentence = (
        f"{share(check.share)} of {count(check.cells, 'cell')} leave the band between repeats (limit {limit}), "
        f"{check.proven} called changed"
    )
    return f"{sentence}: noisier than the model, trust unproven marks less" if check.warn else sentence


def split_sentence(split: Split, digits: int) -> str:
    """Judge noise beside pipeline noise."""
    judge = f"re-judging {count(split.answers, 'fixed answer')} moves a score by {number(split.judge_sd, digits)}"
    if split.pipeline_sd is None:
        return f"{judge}; judge noise only, the pipeline was not repeated"
    return f"{judge}, the pipeline's own answers by {number(split.pipeline_sd, digits)}"


def flicker_sentence(found: Flicker) -> str:
    """ "flicker: retrieval 20 % (12 % to 31 %), …"."""
    return f"flicker: {flicker_stages(found)}"


def flicker_stages(found: Flicker) -> str:
    """Which stages a metric's flicker comes from, each with its share and 90 % interval."""
    stages = (
        ("retrieval", found.retrieval),
        ("generation", found.generation),
        ("judge", found.judge),
        ("errors", found.errors if found.errors.part > 0 else None),
    )
    parts = [f"{name} {share(part.part)} ({share(part.low)} to {share(part.high)})" for name, part in stages if part]
    if found.untold > 0.005:
        parts.append(f"{share(found.untold)} cannot be told apart{_why_untold(found)}")
    failed = f"; {share(found.failed)} of the results failed" if found.failed else ""
    return f"{', '.join(parts)}{failed}"


def _why_untold(found: Flicker) -> str:
    if not found.answers_recorded or not found.passages_recorded:
        return f", as no {'passages' if found.answers_recorded else 'answers'} were recorded"
    if found.judge is None:
        return ", as hardly an answer came twice"
    return ", as the same passages hardly came twice" if found.retrieval is None else ""
