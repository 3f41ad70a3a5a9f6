"""The one place where two sides become verdicts: the app, `compare` and `gate` all call it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ragtui.errors import NotComparable, UsageError
from ragtui.model import Problem, Repeat, RunHeader, Scores, State, distinct, poolable
from ragtui.present.freshness import freshness_note
from ragtui.present.origin import origin_note
from ragtui.stats import Comparison, Settings, compare
from ragtui.workbench.circumstances import circumstances
from ragtui.workbench.library import Library
from ragtui.workbench.sides import Side, side_of


@dataclass(frozen=True, eq=False)
class SideComparison:
    """Two sides and everything said about them.

    Attributes:
        a, b: baseline and candidate.
        comparison: the statistics.
        evidence: where noise was learned beside the two sides themselves; "" for nowhere else.
        warnings: read before trusting a number.
        blockers: why the sides should not be compared at all; the comparison is shown all the same.
        fresh: the same comparison on the targeted repeats of both sides, which alone confirm; None without any.
    """

    a: Side
    b: Side
    comparison: Comparison
    evidence: str = ""
    warnings: tuple[str, ...] = ()
    blockers: tuple[str, ...] = ()
    fresh: SideComparison | None = None

    @property
    def origins(self) -> tuple[str, ...]:
        """Of all its runs; "" for a measured one."""
        return tuple(dict.fromkeys((*self.a.origins, *self.b.origins)))

    @property
    def origin_notes(self) -> tuple[str, ...]:
        """Those of the warnings that say which side was not measured."""
        return tuple(note for side in (self.a, self.b) if (note := origin_note(side.label, side.origins)))


@dataclass(frozen=True, eq=False)
class Evidence:
    """Repeats that tell how noisy items are, beside those being compared.

    Attributes:
        scores: how noisy each of these very items is; None when nothing else is known of them.
        label: in words.
        learn_from: how noisy the metrics are, whatever the item.
    """

    scores: Scores | None
    label: str
    learn_from: tuple[Scores, ...] = ()


def compare_sides(
    a: Side,
    b: Side,
    settings: Settings | None = None,
    evidence: Evidence | None = None,
    groups: Mapping[str, str] | None = None,
) -> SideComparison:
    """Compare candidate `b` with baseline `a`.

    Args:
        a, b: disjoint sides.
        settings: levels, margins, estimand.
        evidence: repeats of another configuration on the same dataset with the same judge, or of the same
            configuration outside both sides; used for noise only.
        groups: item id to cluster, for questions that share a document.

    Raises:
        UsageError: the same run stands on both sides.
        NotComparable: no item is on both sides.
    """
    shared = {header.uid for header in a.headers} & {header.uid for header in b.headers}
    if shared:
        raise UsageError(f"{a.label} and {b.label} share a run", "A run cannot be compared with itself.")
    common = set(a.scores.items) & set(b.scores.items)
    if not common:
        raise NotComparable(
            f"{a.label} and {b.label} have no items in common",
            "Compare runs of one dataset, or give both the same item ids.",
        )
    clusters = None
    if groups is not None:
        clusters = [groups.get(item, item) for item in a.scores.items]
    evidence = evidence or Evidence(None, "")
    comparison = compare(
        a.scores,
        b.scores,
        settings or Settings(),
        evidence.scores,
        clusters,
        learn_from=evidence.learn_from,
        beside=(circumstances(a), circumstances(b)),
    )
    return SideComparison(
        a,
        b,
        comparison,
        evidence.label,
        tuple(_warnings(a, b, comparison)),
        tuple(_blockers(a, b)),
    )


def pick_sides(
    library: Library, baseline: Sequence[RunHeader], candidate: Sequence[RunHeader], labels: tuple[str, str] = ("", "")
) -> tuple[Side, Side]:
    """Two disjoint sides: a run named on both belongs to the narrower choice.

    Comparing one run with the rest of its own configuration is the usual case of this.

    Raises:
        UsageError: nothing is left on one side.
    """
    narrow_first = len(candidate) <= len(baseline)
    keep = {header.uid for header in (candidate if narrow_first else baseline)}
    left = [header for header in baseline if not narrow_first or header.uid not in keep]
    right = [header for header in candidate if narrow_first or header.uid not in keep]
    if not left or not right:
        raise UsageError("both sides are the same runs", "Choose a different baseline or candidate.")
    return side_of(library, left, labels[0]), side_of(library, right, labels[1])


def find_evidence(library: Library, a: Side, b: Side) -> Evidence | None:
    """Further repeats of either side's own configuration, when a side has no repeats of its own.

    They say how noisy an item is; they are not averaged into either side. Targeted repeats are too few to learn noise
    from; the full runs of their configurations teach it, but say nothing about the chosen items.
    """
    if all(header.selection is not None for header in (*a.headers, *b.headers)):
        return _full_runs(library, a, b)
    if min(len(a.scores.repeats), len(b.scores.repeats)) > 1:
        return None
    prints = {side.configuration.fingerprint() for side in (a, b) if side.configuration.known}
    alike = [
        header
        for header in library.headers.values()
        if poolable(header) and header.configuration.fingerprint() in prints
    ]
    others = distinct(alike, taken=(*a.headers, *b.headers))
    if not others:
        return None
    side = side_of(library, others)
    repeats = len(side.scores.repeats)
    if repeats < 2:
        return None
    return Evidence(side.scores, f"{repeats} other repeats of the same configuration ({side.label})")


def chosen_evidence(library: Library, refs: Sequence[str], a: Side, b: Side) -> Evidence:
    """Repeats that the user named to learn noise from, without those that are compared: they count as it is.

    Raises:
        UsageError: a word means no run.
        RagtuiError: a run cannot be read.
    """
    found = list({header.uid: header for ref in refs for header in library.find(ref)}.values())
    others = distinct(found, taken=(*a.headers, *b.headers))
    if not others:
        return Evidence(None, "")
    side = side_of(library, others)
    return Evidence(side.scores, f"{len(side.scores.repeats)} repeats of {side.label}")


def _full_runs(library: Library, a: Side, b: Side) -> Evidence | None:
    prints = {side.configuration.fingerprint() for side in (a, b) if side.configuration.known}
    taught = []
    for print_ in sorted(prints):
        headers = distinct(
            header
            for header in library.headers.values()
            if poolable(header) and header.configuration.fingerprint() == print_
        )
        if headers and len((side := side_of(library, headers)).scores.repeats) > 1:
            taught.append(side)
    if not taught:
        return None
    names = " and ".join(f"{len(side.scores.repeats)} full repeats of {side.label}" for side in taught)
    return Evidence(None, names, tuple(side.scores for side in taught))


def _blockers(a: Side, b: Side) -> list[str]:
    first, second = a.configuration, b.configuration
    out = []
    if first.dataset and second.dataset and first.dataset != second.dataset:
        out.append(f"different datasets: {first.dataset} and {second.dataset}")
    elif first.dataset_version and second.dataset_version and first.dataset_version != second.dataset_version:
        out.append(f"the dataset changed: version {first.dataset_version} and {second.dataset_version}")
    changed = [
        metric
        for metric in sorted(set(first.judges) & set(second.judges))
        if first.judges[metric] != second.judges[metric]
    ]
    return out + [f"the judge of {metric} changed: a different ruler, not a different result" for metric in changed]


def _warnings(a: Side, b: Side, comparison: Comparison) -> list[str]:
    out = []
    if len(distinct(b.headers, taken=a.headers)) < len(b.headers):
        out.append(f"{b.label} holds a copy of a run of {a.label}: being the same is no finding")
    for side, fresh in ((a, comparison.fresh_a), (b, comparison.fresh_b)):
        out += [note] if (note := origin_note(side.label, side.origins)) else []
        out += [f"{side.label}: {note}" for note in _mixed(side)]
        if doubt := freshness_note(fresh, len(side.scores.repeats)):
            out.append(f"{side.label}: {doubt}")
        selected = [header.name for header in side.headers if header.selection is not None]
        if selected:
            out.append(f"{side.label}: {', '.join(selected)} ran chosen items only")
        if side.copies:
            out.append(f"{side.label}: {', '.join(side.copies)} left out, a copy of a run that is there already")
        if side.problems:
            out.append(f"{side.label}: {_count_problems(side.problems)} in its files")
    return out


def _mixed(side: Side) -> list[str]:
    prints = {header.configuration.fingerprint() for header in side.headers if header.configuration.known}
    if len(prints) > 1:
        return [f"pools {len(prints)} different configurations; their difference counts as noise"]
    return []


def _count_problems(problems: Sequence[Problem]) -> str:
    total = sum(problem.count for problem in problems)
    return f"{total} problem{'s' if total != 1 else ''}"


def repeat_states(side: Side, item: str) -> dict[Repeat, list[State]]:
    """Each repeat's states of one item over all metrics, for the drill-down."""
    row = side.scores.row_of.get(item)
    if row is None:
        return {}
    return {
        repeat: [State(int(state)) for state in side.scores.states[row, :, layer]]
        for layer, repeat in enumerate(side.scores.repeats)
    }
