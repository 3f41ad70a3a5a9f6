"""What a reader must know of a run before trusting its numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from ragtui.langfuse.api.records import Bundle, ScoreRow
from ragtui.langfuse.read.cube.cells import Belongings, Cell, failure_of
from ragtui.model import Problem, Scores, is_human

_NAMED = 5
"""Items that a problem names; the rest is counted."""


def problems_of(
    bundle: Bundle, cells: Mapping[str, Cell], missing: Sequence[str], verbal: Sequence[str], where: str, fresh: bool
) -> tuple[Problem, ...]:
    """Everything about a run a reader must know before trusting its numbers.

    Args:
        fresh: the run was active so recently that its server may still be working on it.
    """
    late = "It ran minutes ago; Langfuse can be 10 minutes behind. Refresh later." if fresh else ""
    return (
        *(Problem(where, message, hint) for message, hint in bundle.notes),
        *_item_problems(cells, missing, where, late),
        *_score_problems(cells, where, late),
        *_capped(bundle, cells, where),
        *_shared(bundle, where),
        *_given_again(cells, where),
        *_of_other_kind(cells, where),
        *(Problem(where, f"{name} is free text: shown with each item, not compared") for name in verbal),
    )


def _item_problems(cells: Mapping[str, Cell], missing: Sequence[str], where: str, late: str) -> Iterator[Problem]:
    if missing:
        message = f"{len(missing)} of {len(missing) + len(cells)} items are missing: {_some(missing)}"
        lost = "They were lost on the way or never run; Langfuse does not say which."
        yield Problem(where, message, late or lost)
    twice = [f"{key} ×{len(cell.others) + 1}" for key, cell in cells.items() if cell.others]
    if twice:
        names = ", ".join(twice[:_NAMED])
        message = f"{len(twice)} of {len(cells)} items are recorded more than once ({names}); the latest counts"
        again = "The same run name was used again, or a retry was stored twice. The others are kept with each item."
        yield Problem(where, message, again)
    errors = [key for key, cell in cells.items() if cell.error]
    if errors:
        message = f"the pipeline failed on {len(errors)} of {len(cells)} items: {_some(errors)}"
        yield Problem(where, message, "They count as errors, never as zero.")


def _capped(bundle: Bundle, cells: Mapping[str, Cell], where: str) -> Iterator[Problem]:
    if bundle.capped:
        message = f"{len(bundle.capped)} of {len(cells)} items have 50 scores, the most this listing gives"
        yield Problem(where, message, "There may be more. Refresh when the scores endpoint answers again.")


def _given_again(cells: Mapping[str, Cell], where: str) -> Iterator[Problem]:
    for name in sorted({name for cell in cells.values() for name in cell.several}):
        items = [key for key, cell in cells.items() if name in cell.several]
        message = f"{name}: {len(items)} of {len(cells)} items have several scores that differ: {_some(items)}"
        yield Problem(
            where, message, "The newest counts. Two judges of one name are told apart by giving them two names."
        )


def _of_other_kind(cells: Mapping[str, Cell], where: str) -> Iterator[Problem]:
    for name in sorted({name for cell in cells.values() for name in cell.odd}):
        given = [f"{key} {cell.odd[name]}" for key, cell in cells.items() if name in cell.odd]
        message = f"{name}: {len(given)} of {len(cells)} scores are not of the kind of the others: {_some(given)}"
        yield Problem(where, message, "A metric is numbers or labels. They count as failed, never as zero or a label.")


def _shared(bundle: Bundle, where: str) -> Iterator[Problem]:
    names = [score.name for score in Belongings(bundle).nobodys()]
    if names:
        which = _some(sorted(set(names)))
        message = f"{len(names)} scores lie on traces that several items share ({which}): they count for none of them"
        yield Problem(where, message, "Scores on the observation of one item are that item's.")


def _some(names: Sequence[str]) -> str:
    """The first few, and how many more there are."""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"


def _score_problems(cells: Mapping[str, Cell], where: str, late: str) -> list[Problem]:
    out = []
    judged = [cell for cell in cells.values() if not cell.error]
    names = sorted({name for cell in judged for name in cell.scores})
    for name in names:
        scored = sum(_says_something(cell.scores.get(name)) for cell in judged)
        failed = sum(bool(failure_of(cell, name)) for cell in judged)
        # People score a sample; how many they scored stands in every table.
        if scored < len(judged) and not is_human(name):
            empty = sum(name in cell.scores for cell in judged) - scored
            reasons = [f"{failed} failed"] * bool(failed) + [f"{empty} hold no number that is a score"] * bool(empty)
            because = f" ({', '.join(reasons)})" if reasons else ""
            hint = late or "Server-side judges may score only a sample; a lost score never arrives."
            out.append(Problem(where, f"{name}: {scored} of {len(judged)} items scored{because}", hint))
    evaluators = sorted({name for cell in judged if cell.measure for name in cell.measure.failed_metrics} - set(names))
    for name in evaluators:
        failed = sum(bool(failure_of(cell, name)) for cell in judged)
        out.append(Problem(where, f"evaluator {name} failed on {failed} of {len(judged)} items and left no score"))
    if judged and not names:
        out.append(Problem(where, f"none of {len(judged)} items has a score", late or "Was an evaluator set?"))
    return out


def _says_something(score: ScoreRow | None) -> bool:
    return score is not None and bool(score.label or score.value is not None)


def run_score_problems(run_scores: Mapping[str, ScoreRow], scores: Scores, where: str) -> tuple[Problem, ...]:
    """Run-level scores that are not the mean of the items' scores of the same name."""
    out = []
    for name, score in run_scores.items():
        stem = next(
            (name.removeprefix(start) for start in ("mean_", "avg_", "average_") if name.startswith(start)), name
        )
        if score.value is None or stem not in scores.column_of:
            continue
        values = scores.of(stem)
        mean = float(np.nanmean(values)) if np.isfinite(values).any() else None
        if mean is not None and abs(mean - score.value) > 0.005 * max(1.0, abs(mean)):
            message = f"the run's own score {name} is {score.value:g}; the mean of its items is {mean:g}"
            out.append(Problem(where, message, "It was computed by whoever sent it, perhaps over other items."))
    return tuple(out)
