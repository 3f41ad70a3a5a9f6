"""The sentence to paste: the last line of every view and report."""

from __future__ import annotations

from collections.abc import Sequence

from ragtui.model import About, Note
from ragtui.present.numbers import count, mean_decimals, number
from ragtui.present.order import ranked_cells, sizes
from ragtui.present.sentences.causes import tally_causes
from ragtui.present.sentences.labels import shares_text
from ragtui.present.sentences.notes import say_notes
from ragtui.stats import NOISE_UNKNOWN, Comparison, MetricComparison, Outcome, Verdict
from ragtui.stats.why.causes import Causes

_ITEMS_NAMED = 5

_WORSE = (Verdict.REGRESSED, Verdict.ERROR)
_MOVED = (
    ("worse on", Outcome.REGRESSED),
    ("changed down on", Outcome.CHANGED_DOWN),
    ("changed up on", Outcome.CHANGED_UP),
    ("better on", Outcome.IMPROVED),
)


def upshot(comparison: Comparison, causes: Causes | None = None, blockers: Sequence[Note] = ()) -> str:
    """ "worse on faithfulness by 0.54 ± 0.03; 7 of 40 items carry it: 031 004 …; 4 lost a passage".

    Args:
        comparison: the statistics.
        causes: why the flagged items changed, where that was looked up.
        blockers: why nothing may be concluded.
    """
    if blockers:
        return f"not comparable: {'; '.join(say_notes(blockers))}"
    parts = _means(comparison) or [_still(comparison)]
    return "; ".join([*parts, *_items(comparison, causes), *_doubts(comparison)])


def _doubts(comparison: Comparison) -> list[str]:
    """What nothing can be concluded of: a sentence that left it out would read as if it had not moved."""
    parts = []
    if refused := [entry.metric.name for entry in comparison.quality if entry.refused]:
        parts.append(f"not compared: {', '.join(refused)}")
    entries = [entry for entry in comparison.quality if not entry.refused]
    unknown = sum(entry.cells.count(*NOISE_UNKNOWN) for entry in entries)
    if unknown:
        lent = sum(entry.cells.count(Verdict.BORROWED) for entry in entries)
        borrowed = f", {lent} outside a borrowed band" if lent else ""
        parts.append(f"noise unknown for {count(unknown, 'cell')} that moved{borrowed}: repeats would tell")
    wild = (note for note in comparison.notes if note.about is About.WILD_REPEAT)
    parts += [f"{note.side} repeat {note.names[0]} is not like the others" for note in wild]
    for entry in entries:
        abouts = {note.about: note for note in entry.notes}
        if About.ONE_SHIFT in abouts:
            parts.append(f"nearly all items moved alike on {entry.metric.name}: did the judge or its scale change?")
        if gap := abouts.get(About.TELLING_GAP):
            parts.append(f"{entry.metric.name} leaves out {count(gap.count, 'item')} not like the others")
    return parts


def _means(comparison: Comparison) -> list[str]:
    parts = []
    for words, outcome in _MOVED:
        found = [e for e in comparison.quality if e.aggregate is not None and e.aggregate.outcome is outcome]
        if found:
            found.sort(key=lambda entry: -_size(entry))
            others = ", ".join(entry.metric.name for entry in found[1:])
            parts.append(f"{words} {found[0].metric.name} by {_by(found[0])}{f' (also {others})' if others else ''}")
    return [*parts, *(_labels(entry) for entry in comparison.quality if entry.outcome is Outcome.CHANGED)]


def _labels(entry: MetricComparison) -> str:
    return f"other labels on {entry.metric.name} ({'; '.join(shares_text(entry, brief=True))})"


def _size(entry: MetricComparison) -> float:
    """The mean's move on the metric's own scale."""
    moved = entry.cells.delta != 0
    whole = sizes(entry)
    assert entry.aggregate is not None
    per_score = whole[moved].max(initial=0.0) / max(float(abs(entry.cells.delta[moved]).max(initial=0.0)), 1e-12)
    return float(abs(entry.aggregate.delta) * per_score)


def _by(entry: MetricComparison) -> str:
    mean, digits = entry.aggregate, mean_decimals(entry.metric)
    assert mean is not None
    unit = f" {entry.metric.unit}" if entry.metric.unit else ""
    half = "" if mean.interval is None else f" ± {number((mean.interval.hi - mean.interval.lo) / 2, digits)}"
    return f"{number(abs(mean.delta), digits)}{half}{unit}"


def _items(comparison: Comparison, causes: Causes | None) -> list[str]:
    """Items that are proven to have moved, with their causes: those for the worse, else those for the better."""
    groups = (
        ("worse or failed", _WORSE),
        ("changed", (Verdict.CHANGED_DOWN, Verdict.CHANGED_UP, Verdict.CHANGED)),
        ("better", (Verdict.IMPROVED,)),
    )
    for word, verdicts in groups:
        rows = dict.fromkeys(row for _, row in ranked_cells(comparison, *verdicts))
        if rows:
            names = [comparison.items[row] for row in rows]
            failed = any(
                _failed(comparison, row) for row in rows
            )  # what failed everywhere is on no side's common items
            total = count(len(comparison.items) if failed else comparison.common_items(), "item")
            shown = " ".join(names[:_ITEMS_NAMED]) + (" …" if len(names) > _ITEMS_NAMED else "")
            said = [f"{len(names)} of {total} {'is' if len(names) == 1 else 'are'} {word}: {shown}"]
            known = [] if causes is None else [causes.of_item[name] for name in names if name in causes.of_item]
            return [*said, *([tally_causes(known)] if known else [])]
    return []


def _failed(comparison: Comparison, row: int) -> bool:
    return any(entry.cells.verdict[row] == Verdict.ERROR for entry in comparison.quality)


def _still(comparison: Comparison) -> str:
    entries = [entry for entry in comparison.quality if entry.aggregate is not None]
    if not entries:
        return "nothing to compare: no item has a quality score on both sides"
    unknown = [e for e in entries if e.aggregate is not None and e.aggregate.outcome is Outcome.UNKNOWN]
    if len(unknown) == len(entries):
        return "noise unknown, so no change can be told from chance: repeat the runs"
    names = ", ".join(entry.metric.name for entry in entries if entry not in unknown)
    return f"no change of the mean shown on {names}"
