"""Two sides become verdicts. Ask `ragtui.workbench.recipe` for a comparison: it also finds what tells the noise."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ragtui.errors import NotComparable, UsageError
from ragtui.model import About, Note, RunHeader, Scores, distinct
from ragtui.present.as_of import cached_words
from ragtui.present.origin import origin_badge
from ragtui.present.sentences.evidence import freshness_note
from ragtui.present.sentences.notes import say_note
from ragtui.present.sentences.people import say_run_scores
from ragtui.settings import read_settings
from ragtui.stats import Comparison, Settings, compare
from ragtui.stats.doubts.handed_on import hands_on, some_repeat_agrees
from ragtui.stats.noise.taught import Taught, Teacher
from ragtui.workbench.library import Library
from ragtui.workbench.pairing.circumstances import circumstances
from ragtui.workbench.pairing.matching import match_sides
from ragtui.workbench.people import agreement_notes
from ragtui.workbench.sides import Side, alike, refuse_several, runs_meant, side_of, told_apart

_PROBLEMS_SAID = 5
"""Of one side's files; the rest is counted."""


@dataclass(frozen=True, eq=False)
class SideComparison:
    """Two sides and everything said about them.

    Attributes:
        a, b: baseline and candidate.
        comparison: the statistics.
        evidence: where noise was learned beside the two sides themselves; empty for nowhere else.
        warnings: what is to be known of the sides before a number is trusted.
        blockers: why the sides should not be compared at all; the comparison is shown all the same.
        learned: the repeats that `evidence` names; None for nowhere else.
        fresh: the same comparison on the targeted repeats of both sides, which alone confirm; None without any.
    """

    a: Side
    b: Side
    comparison: Comparison
    evidence: tuple[Taught, ...] = ()
    warnings: tuple[Note, ...] = ()
    blockers: tuple[Note, ...] = ()
    fresh: SideComparison | None = None
    learned: NoiseEvidence | None = None

    @property
    def origins(self) -> tuple[str, ...]:
        """Of all its runs; "" for a measured one."""
        return tuple(dict.fromkeys((*self.a.origins, *self.b.origins)))

    @property
    def notes(self) -> tuple[Note, ...]:
        """Everything to know before a number is trusted: of the sides, of the comparison, of every metric."""
        every = (*self.comparison.notes, *(note for entry in self.comparison.metrics for note in entry.notes))
        return (*self.warnings, *every)


@dataclass(frozen=True, eq=False)
class NoiseEvidence:
    """Repeats that tell how noisy items are, beside those being compared.

    Attributes:
        scores: how noisy each of these very items is; None when nothing else is known of them.
        taught: what they are.
        learn_from: how noisy the metrics are, whatever the item.
    """

    scores: Scores | None
    taught: tuple[Taught, ...] = ()
    learn_from: tuple[Scores, ...] = ()


def compare_sides(
    a: Side,
    b: Side,
    settings: Settings | None = None,
    evidence: NoiseEvidence | None = None,
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
    matched = match_sides(*told_apart(a, b))
    a, b = matched.a, matched.b
    common = set(a.scores.items) & set(b.scores.items)
    if not common:
        raise NotComparable(
            f"{a.label} and {b.label} have no items in common",
            "Compare runs of one dataset, or give both the same item ids.",
        )
    clusters = None
    if groups is not None:
        clusters = [groups.get(item, item) for item in a.scores.items]
    evidence = evidence or NoiseEvidence(None)
    settings = settings or Settings()
    comparison = compare(
        a.scores,
        b.scores,
        replace(settings, borrow=settings.borrow and read_settings().borrow_noise),
        evidence.scores,
        clusters,
        learn_from=evidence.learn_from,
        beside=(circumstances(a), circumstances(b)),
    )
    return SideComparison(
        a,
        b,
        comparison,
        evidence.taught,
        (*matched.notes, *_warnings(a, b, comparison, settings)),
        (*matched.blockers, *_blockers(a, b)),
    )


def pick_sides(
    library: Library, baseline: Sequence[RunHeader], candidate: Sequence[RunHeader], labels: tuple[str, str] = ("", "")
) -> tuple[Side, Side]:
    """Two disjoint sides: a run named on both belongs to the narrower choice, and the other side says so.

    Comparing one run with the rest of its own configuration is the usual case of this.

    Raises:
        UsageError: nothing is left on one side.
    """
    named = [{header.uid for header in side} for side in (baseline, candidate)]
    narrow_first = len(named[1]) <= len(named[0])
    keep = named[1] if narrow_first else named[0]
    left = [header for header in baseline if not narrow_first or header.uid not in keep]
    right = [header for header in candidate if narrow_first or header.uid not in keep]
    if not left or not right:
        raise UsageError("both sides are the same runs", "Choose a different baseline or candidate.")
    a, b = side_of(library, left, labels[0]), side_of(library, right, labels[1])
    both = tuple(dict.fromkeys(header.location for header in baseline if header.uid in named[0] & named[1]))
    return (replace(a, opposite=both), b) if narrow_first else (a, replace(b, opposite=both))


def find_evidence(library: Library, a: Side, b: Side) -> NoiseEvidence | None:
    """Further repeats of either side's own configuration, when a side has no repeats of its own.

    They say how noisy an item is; they are not averaged into either side. Targeted repeats are too few to learn noise
    from; the full runs of their configurations teach it, but say nothing about the chosen items.
    """
    if all(header.selection is not None for header in (*a.headers, *b.headers)):
        return _full_runs(library, a, b)
    if min(len(a.scores.repeats), len(b.scores.repeats)) > 1:
        return None
    others = distinct(alike(library, a, b), taken=(*a.headers, *b.headers))
    if not others:
        return None
    side = side_of(library, others)
    repeats = len(side.scores.repeats)
    if repeats < 2:
        return None
    return NoiseEvidence(side.scores, (Taught(Teacher.OTHERS, side.label, repeats),))


def chosen_evidence(library: Library, refs: Sequence[str], a: Side, b: Side, *, pool: bool = False) -> NoiseEvidence:
    """Repeats that the user named to learn noise from, without those that are compared: they count as it is.

    They have to be what noise is: repeats, of one configuration, of these items, by the judge of both sides. Anything
    else would widen or narrow every band without a word. Runs of which nothing tells that they are of one configuration
    are refused whether they are named one by one or by their folder.

    Raises:
        UsageError: a word means no run or, without `pool`, several configurations; they are no repeats, or of another
            dataset or judge.
        RagtuiError: a run cannot be read.
    """
    others = distinct(runs_meant(library, refs, pool=pool), taken=(*a.headers, *b.headers))
    if not others:
        return NoiseEvidence(None)
    if not pool:
        refuse_several(library, " and ".join(refs), others, "holds" if len(refs) == 1 else "are")
    side = side_of(library, others)
    about = f"noise from {side.label}"
    if len(side.scores.repeats) < 2:
        raise UsageError(f"{about}: was not repeated, which tells no noise", "Name runs with repeats.")
    for one in (a, b):
        if not set(side.scores.items) & set(one.scores.items):
            raise UsageError(f"{about}: has no item of {one.label}", "Name repeats of the same dataset.")
        for blocker in _blockers(side, one):
            raise UsageError(
                f"{about} does not fit {one.label}: {say_note(blocker)}",
                "Name repeats on the same dataset, scored by the same judge.",
            )
    return NoiseEvidence(side.scores, (Taught(Teacher.CHOSEN, side.label, len(side.scores.repeats)),))


def _full_runs(library: Library, a: Side, b: Side) -> NoiseEvidence | None:
    found = alike(library, a, b)
    taught = []
    for print_ in sorted({header.configuration.fingerprint() for header in found}):
        headers = distinct(header for header in found if header.configuration.fingerprint() == print_)
        if headers and len((side := side_of(library, headers)).scores.repeats) > 1:
            taught.append(side)
    if not taught:
        return None
    told = tuple(Taught(Teacher.FULL_RUNS, side.label, len(side.scores.repeats)) for side in taught)
    return NoiseEvidence(None, told, tuple(side.scores for side in taught))


def _blockers(a: Side, b: Side) -> Iterator[Note]:
    first, second = a.configuration, b.configuration
    renamed = bool(first.dataset and second.dataset and first.dataset != second.dataset)
    versions = bool(first.dataset_version and second.dataset_version)
    changed_version = versions and first.dataset_version != second.dataset_version
    # A dataset is what it asks: a copy under another name, or on a server that counts versions of its own, is the same
    # one. Another version of one name is another dataset even where its questions are equal: somebody changed it.
    copied = renamed or _is_hosted(a) != _is_hosted(b)
    if (renamed or changed_version) and not (copied and _same_questions(a, b)):
        if renamed:
            yield Note(About.OTHER_DATASET, names=(first.dataset, second.dataset))
        else:
            yield Note(About.OTHER_VERSION, names=(first.dataset_version, second.dataset_version))
    judged = sorted(set(first.judges) & set(second.judges))
    if changed := [metric for metric in judged if first.judges[metric] != second.judges[metric]]:
        yield Note(About.OTHER_JUDGE, names=tuple(changed))


def _is_hosted(side: Side) -> bool:
    return any(header.format == "langfuse" for header in side.headers)


def _same_questions(a: Side, b: Side) -> bool:
    """Whether all common items ask and expect the same, in words that are there on both sides."""
    for item_id in set(a.scores.items) & set(b.scores.items):
        one, two = a.item(item_id), b.item(item_id)
        told = [(_plain(each.question), _plain(each.expected)) for each in (one, two)]
        if not one.question or told[0] != told[1]:
            return False
    return True


def _plain(text: str) -> str:
    """Words alone: a server may trim texts and write line ends and accents its own way."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def _warnings(a: Side, b: Side, comparison: Comparison, settings: Settings) -> Iterator[Note]:
    named_alike = len(distinct(b.headers, taken=a.headers)) < len(b.headers) and _may_be_copies(a, b)
    if named_alike or hands_on(a.scores, b.scores, claimed=settings.repeats_are_fresh):
        yield Note(About.COPY_OF_BASELINE, b.label, names=(a.label,))
    for side, fresh in ((a, comparison.fresh_a), (b, comparison.fresh_b)):
        yield from _origin(side)
        prints = {header.configuration.fingerprint() for header in side.headers if header.configuration.known}
        if len(prints) > 1:
            yield Note(About.MIXED, side.label, count=len(prints))
        if doubt := freshness_note(fresh, len(side.scores.repeats)):
            yield Note(About.REPEATS, side.label, detail=doubt)
        if side.without:
            yield Note(About.WITHOUT, side.label, names=side.without)
        if selected := [header.name for header in side.headers if header.selection is not None]:
            yield Note(About.CHOSEN_ITEMS, side.label, names=tuple(selected))
        if side.opposite:
            yield Note(About.OPPOSITE, side.label, names=side.opposite)
        if side.copies:
            yield Note(About.COPIES, side.label, names=side.copies)
        if read := [header.as_of for header in side.headers if header.as_of is not None]:
            yield Note(About.AS_OF, side.label, detail=cached_words(min(read)))
        yield from agreement_notes(side)
        for header in side.headers:
            if said := say_run_scores(header.extra.get("run_scores") or {}):
                yield Note(About.RUN_SCORES, header.name, detail=said)
        yield from _problems(side)


def _may_be_copies(a: Side, b: Side) -> bool:
    """Whether runs of one id and date can be one run: whoever writes runs may call all of a day alike.

    Scores of a published copy may have been corrected since; a folder that was copied still says what it said.
    """
    if any(header.mirror_of or header.url for header in (*a.headers, *b.headers)):
        return True
    return some_repeat_agrees(a.scores, b.scores)


def _origin(side: Side) -> Iterator[Note]:
    if badge := origin_badge(side.origins):
        yield Note(About.ORIGIN, side.label, detail=badge)


def _problems(side: Side) -> Iterator[Note]:
    """What the reader assumed or could not use, word by word as long as it is little."""
    for problem in side.problems[:_PROBLEMS_SAID]:
        yield Note(About.PROBLEM, side.label, detail=str(problem).removeprefix(f"{side.label}: "))
    if more := sum(problem.count for problem in side.problems[_PROBLEMS_SAID:]):
        yield Note(About.MORE_PROBLEMS, side.label, count=more)
