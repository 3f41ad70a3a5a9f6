"""Notes in plain words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import cast

from ragtui.model import About, Note, Weight
from ragtui.present.clean import one_line
from ragtui.present.numbers import count, duration, shortest, signed
from ragtui.present.sentences.config import example_label, toml_key
from ragtui.present.sentences.people import say_agreement, say_raters
from ragtui.present.sentences.refusals import say_refusal
from ragtui.stats.refusal import Refusal

_METRICS_NAMED = 3
_ITEMS_NAMED = 10


def say_note(note: Note) -> str:
    """One note in a sentence without a full stop; its metric is not named."""
    return _WORDS[note.about](note)


def say_notes(notes: Iterable[Note], *, least: Weight = Weight.REMARK) -> list[str]:
    """Notes in words, doubts first; what is the same for several metrics is said once with their names.

    Args:
        notes: in any order.
        least: lighter notes are left out.
    """
    merged: dict[tuple[Weight, str], list[str]] = {}
    for note in notes:
        if note.weight >= least:
            metrics = merged.setdefault((note.weight, say_note(note)), [])
            metrics += [note.metric] if note.metric and note.metric not in metrics else []
    ordered = sorted(merged.items(), key=lambda entry: -entry[0][0])
    return [f"{_named(metrics)}: {words}" if metrics else words for (_, words), metrics in ordered]


def _named(metrics: Sequence[str]) -> str:
    rest = len(metrics) - _METRICS_NAMED
    return f"{', '.join(metrics[:_METRICS_NAMED])} and {rest} more" if rest > 1 else ", ".join(metrics)


def _drift(note: Note) -> str:
    return f"how much whole runs drift was measured on {count(note.count, 'degree')} of freedom"


def _only(note: Note) -> str:
    return f"{count(note.count, 'item')} only in the {note.side}"


def _unscored(note: Note) -> str:
    said = (
        f"{note.count} of {count(note.total, f'{note.side} result')} have no score, which the coverage asked for allows"
    )
    rest = len(note.names) - _ITEMS_NAMED
    items = f"{', '.join(note.names[:_ITEMS_NAMED])}{f' and {rest} more' if rest > 0 else ''}"
    return f"{said}; not compared: {items}" if note.names else said


def _left_out(note: Note) -> str:
    repeats = "repeat" if len(note.names) == 1 else "repeats"
    return f"{note.side} {repeats} {', '.join(note.names)}: too few of the common items to count as whole runs"


def _sparse(note: Note) -> str:
    verb = "scores" if note.count == 1 else "score"
    return f"{count(note.count, f'{note.side} repeat')} {verb} too few items to measure how whole runs drift"


def _guessed(note: Note) -> str:
    return (
        f"{note.detail} is better? Guessed from the {'name' if len(note.names) == 1 else 'names'} of "
        f'{", ".join(note.names)}; [metrics.{toml_key(note.names[0])}] direction = "{note.detail}" in config.toml '
        "settles it"
    )


def _unknown(note: Note) -> str:
    return (
        f"which way is better is not known of {', '.join(note.names)}: changes are neither improved nor regressed; "
        f'[metrics.{toml_key(note.names[0])}] direction = "higher" (or "lower") in config.toml says it'
    )


def _few(note: Note) -> str:
    return (
        f"too few repeats to learn noise ({note.count} repeated, {note.total} needed): nothing can be proven; "
        "repeat the whole run"
    )


def _other_questions(note: Note) -> str:
    item, one, other = note.names
    return (
        f"the question differs on {note.count} of {note.total} items of the same id: {item} asks {one!r} in the"
        f" baseline and {other!r} in the candidate"
    )


def _edited(note: Note) -> str:
    item, *versions = note.names
    when = f" (versions {' and '.join(versions)})" if len(versions) > 1 else ""
    return (
        f"the dataset was edited between these runs: {note.count} of {count(note.total, 'item')} asked or expected"
        f" something else in some of them, such as {item}{when}"
    )


def _moments(note: Note) -> str:
    return (
        f"the runs are pinned to different versions of the dataset, {' and '.join(note.names)}; of the"
        f" {count(note.total, 'item')} on both sides each asks and expects the same"
    )


def _by_input(note: Note) -> str:
    why = (
        f"the question differs on {count(note.count, 'item')} of the same id ({note.detail})"
        if note.count
        else ("the ids differ in every run")
    )
    return f"{why}: items are matched by their input, {note.total} of them are on both sides"


def _chosen(note: Note) -> str:
    return f"{note.side}: {', '.join(note.names)} ran chosen items only"


def _copies(note: Note) -> str:
    return f"{note.side}: {', '.join(note.names)} left out, a run that is there already (named twice, or a copy)"


def _opposite(note: Note) -> str:
    return f"{note.side}: {', '.join(note.names)} left out, compared with as the other side"


def _wild(note: Note) -> str:
    repeat, metric = note.names
    distance, usual = (shortest(size) for size in note.sizes)
    return (
        f"{note.side} repeat {repeat} is not like the others: its {metric} is {distance} away from theirs on average, "
        f"theirs are {usual} apart. All of that counts as noise; `--without {note.side}:{repeat.rpartition('#')[2]}` "
        "leaves it out"
    )


def _apart(note: Note) -> str:
    gap, *moves = note.sizes
    effects = ", ".join(f"{signed(move)} on {name}" for name, move in zip(note.names, moves, strict=True))
    return (
        f"the sides were run {duration(gap)} apart: a day effect of {effects} would explain the change as well; "
        "repeats of both sides in turn would tell"
        f"{'. The candidate is the older one: are the sides the right way round?' if note.side == 'candidate' else ''}"
    )


def _shift(note: Note) -> str:
    by = f"a factor of {shortest(note.sizes[0])}" if note.detail else signed(note.sizes[0])
    return (
        f"nearly all items moved alike, by {by}: one shift explains them better than many changes. Did the judge or "
        "its scale change?"
    )


def _gap(note: Note) -> str:
    mean, others = (shortest(size) for size in note.sizes)
    return (
        f"{count(note.count, 'item')} without a score in the {note.side} score {mean} on the other side where the rest "
        f"scores {others}: the mean leaves out items that are not like the others"
    )


def _far(note: Note) -> str:
    score, low, high = (shortest(size) for size in note.sizes)
    times = "once" if note.count == 1 else f"{note.count} times"
    return (
        f"{score} was scored {times}, far from all other scores ({low} to {high}): a value that stands for something?"
    )


def _no_room(note: Note) -> str:
    margin, mean, room = (shortest(round(size, 4)) for size in note.sizes)
    left = "nothing" if room == "0" else f"no more than {room}"
    return (
        f"a loss of the margin of {margin} cannot happen: the baseline's mean of {mean} has {left} to lose, "
        "so nothing is asked of it"
    )


def _borrowed(note: Note) -> str:
    moved = count(note.count, "cell") if note.count else "no cell"
    return (
        f"borrowed noise: {moved} moved farther than unchanged items of {', '.join(note.names)} do. That says what is "
        "worth repeating and proves nothing"
    )


def _unordered(note: Note) -> str:
    labels = ", ".join(one_line(label) for label in note.names)
    return (
        f"labels ({labels}) of which nobody told which are good: changes are neither improved nor regressed; "
        f"[metrics.{toml_key(note.detail)}] good = [{example_label(note.detail, note.names)}] in config.toml says it"
    )


_WORDS: Mapping[About, Callable[[Note], str]] = {
    About.OTHER_QUESTIONS: _other_questions,
    About.SOME_OTHER_QUESTIONS: _other_questions,
    About.EDITED_ITEMS: _edited,
    About.SOME_EDITED_ITEMS: _edited,
    About.OTHER_MOMENT: _moments,
    About.MATCHED_BY_INPUT: _by_input,
    About.NO_SCORE: lambda note: "no score on either side",
    About.NO_COMMON_SCORE: lambda note: "no item has a score on both sides",
    About.CONSTANT: lambda note: f"no variation seen in {count(note.count, 'score')}",
    About.IDENTICAL: lambda note: (
        f"every item repeats exactly in the {note.side}: right for a deterministic metric, otherwise cached answers"
    ),
    About.NO_REPEATS: lambda note: "no repeats: noise unknown, so no change can be told from chance",
    About.BORROWED: _borrowed,
    About.FEW_REPEATS: _few,
    About.PROFILE: lambda note: "noise taken from a profile of another configuration",
    About.DRIFT: _drift,
    About.DRIFT_UNKNOWN: lambda note: (
        "how much whole runs drift cannot be measured without repeats: if they do, the interval is too narrow"
    ),
    About.SPARSE_REPEATS: _sparse,
    About.NO_COMMON_ITEMS: lambda note: "no common items",
    About.ONLY_HERE: _only,
    About.LEFT_OUT: _left_out,
    About.JUDGINGS: lambda note: (
        f"{note.side} repeats are judgings of the same answers: they show the judge's noise only"
    ),
    About.REFUSED: lambda note: f"not compared: {say_refusal(cast(Refusal, note.why))}",
    About.FAILED_ITEMS: lambda note: f"{count(note.count, 'item')} failed in every run of a side",
    About.GUESSED_DIRECTIONS: _guessed,
    About.UNKNOWN_DIRECTIONS: _unknown,
    About.COPY_OF_BASELINE: lambda note: (
        f"{note.side} holds a copy of a run of {note.names[0]}: being the same is no finding"
    ),
    About.ORIGIN: lambda note: f"{note.side}: {note.detail} data, not a measurement",
    About.MIXED: lambda note: (
        f"{note.side}: pools {note.count} different configurations; their difference counts as noise"
    ),
    About.REPEATS: lambda note: f"{note.side}: {note.detail}",
    About.CHOSEN_ITEMS: _chosen,
    About.COPIES: _copies,
    About.OPPOSITE: _opposite,
    About.PROBLEM: lambda note: f"{note.side}: {note.detail}",
    About.AS_OF: lambda note: f"{note.side}: {note.detail}",
    About.ONE_SIDED: lambda note: f"{note.metric} is scored on the {note.side} only: shown, not gated",
    About.UNSCORED: _unscored,
    About.MORE_PROBLEMS: lambda note: (
        f"{note.side}: {count(note.count, 'more problem')}; `ragtui runs --problems` names all"
    ),
    About.PROFILE_REFUSED: lambda note: note.detail,
    About.OTHER_DATASET: lambda note: f"different datasets: {' and '.join(note.names)}",
    About.OTHER_VERSION: lambda note: f"different versions of the dataset: {' and '.join(note.names)}",
    About.OTHER_JUDGE: lambda note: (
        f"the judge of {', '.join(note.names)} changed: a different ruler, not a different result; "
        "`ragtui rejudge RUN --plan PLAN` scores stored answers with the judge of the other side"
    ),
    About.WILD_REPEAT: _wild,
    About.LISTED: lambda note: (
        f"only {note.count} of {note.names[0]} items are listed; means, intervals and verdicts are those of all"
    ),
    About.WITHOUT: lambda note: f"{note.side}: left out as asked, {', '.join(note.names)}",
    About.APART_IN_TIME: _apart,
    About.ONE_SHIFT: _shift,
    About.TELLING_GAP: _gap,
    About.FAR_LEVEL: _far,
    About.NO_ROOM: _no_room,
    About.UNORDERED_LABELS: _unordered,
    About.PEOPLE: say_agreement,
    About.RATERS: say_raters,
    About.RUN_SCORES: lambda note: f"{note.side}: scored as a whole: {note.detail}",
    About.MIXED_SIDE: lambda note: (
        f"the {note.side} pools {note.count} configurations, whose difference would count as noise"
    ),
}
