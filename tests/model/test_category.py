"""Labels as columns of a score cube."""

from __future__ import annotations

import numpy as np

from ragtui.model import Kind, Repeat, Scores, State, label_metric, label_name


def cube(labels: tuple[str, ...], rows: dict[str, list[str | None]], run: str) -> Scores:
    """Repeats of labels; None where the judge failed."""
    metrics = tuple(label_metric("winner", label) for label in labels)
    repeats = len(next(iter(rows.values())))
    values = np.full((len(rows), len(labels), repeats), np.nan)
    states = np.full(values.shape, int(State.METRIC_ERROR), np.uint8)
    for row, given in enumerate(rows.values()):
        for repeat, label in enumerate(given):
            if label is not None:
                values[row, :, repeat] = [float(label == other) for other in labels]
                states[row, :, repeat] = State.SCORED
    layers = tuple(Repeat(run, str(repeat + 1)) for repeat in range(repeats))
    return Scores(tuple(rows), metrics, layers, values, states)


def test_a_label_is_a_column_of_its_category() -> None:
    column = label_metric("winner", "left = right")
    assert (column.kind, column.label_of, label_name(column)) == (Kind.BINARY, "winner", "left = right")
    assert column.higher_is_better is None


def test_a_label_that_a_run_never_saw_was_not_given_there_but_a_failure_stays_one() -> None:
    one = cube(("left", "tie"), {"a": ["left"], "b": ["tie"], "c": [None]}, "one")
    two = cube(("left",), {"a": ["left"], "b": ["left"], "d": ["left"]}, "two")
    both = Scores.pooled([one, two])
    assert both.of("winner = tie").tolist()[:2] == [[0.0, 0.0], [1.0, 0.0]]
    states = both.states_of("winner = tie")
    assert states[2].tolist() == [State.METRIC_ERROR, State.MISSING]
    assert states[3].tolist() == [State.MISSING, State.SCORED]
