"""One cell an item: the pass that counts, the others, and the scores and measures that belong to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ragtui.langfuse.api.records import Bundle, ItemRow, ResultRow, ScoreRow, TraceTotals
from ragtui.langfuse.api.shapes.plain import text_of
from ragtui.langfuse.api.shapes.texts import question_of
from ragtui.langfuse.api.shapes.totals import roots_of
from ragtui.langfuse.read.cube.kinds import mixed_kinds, of_kind
from ragtui.langfuse.read.raters import Picked, pick_scores
from ragtui.model import Rating


@dataclass(frozen=True)
class Cell:
    """One item of a run: the pass that counts, the others, and what belongs to it.

    Attributes:
        ratings: what each person gave, for metrics that several people rated.
        several: metrics that were given more than once, with different results; the newest counts.
        odd: what was given to metrics that are numbers in this run and words here, or the other way round.
    """

    key: str
    chosen: ResultRow
    others: tuple[ResultRow, ...] = ()
    scores: Mapping[str, ScoreRow] = field(default_factory=dict)
    measure: TraceTotals | None = None
    ratings: Mapping[str, tuple[Rating, ...]] = field(default_factory=dict)
    several: frozenset[str] = frozenset()
    odd: Mapping[str, str] = field(default_factory=dict)

    @property
    def error(self) -> str:
        """Why the pipeline failed; empty when it did not, or when it was scored all the same."""
        if not self.chosen.failed or any(score.value is not None for score in self.scores.values()):
            return ""
        said = self.measure.error if self.measure is not None else ""
        return said or self.chosen.error or text_of(self.chosen.output) or "the pipeline failed"


class Belongings:
    """What of a bundle belongs to one pass: its scores and measures, never those of another item in the same trace."""

    def __init__(self, bundle: Bundle) -> None:
        self._measures = {(measure.trace, measure.root): measure for measure in bundle.measures}
        roots = roots_of((row.trace, row.root) for row in bundle.results if row.root)
        self._shared = {trace for trace, own in roots.items() if len(own) > 1}
        self._scores: dict[str, list[ScoreRow]] = {}
        for score in bundle.scores:
            self._scores.setdefault(score.trace, []).append(score)

    def measure(self, row: ResultRow) -> TraceTotals | None:
        """What the spans of a pass add up to; None where they were not read."""
        return self._measures.get((row.trace, row.root))

    def picked(self, row: ResultRow) -> Picked:
        """The scores of a pass."""
        inside: tuple[str, ...] | None = None
        if row.root and row.trace in self._shared:
            measure = self.measure(row)
            inside = tuple(measure.inside) if measure is not None else ()
        return pick_scores(self._scores.get(row.trace, ()), row.root, inside)

    def nobodys(self) -> list[ScoreRow]:
        """Scores on a trace that several items share: they are of all of them, and of none."""
        return [
            score for trace in sorted(self._shared) for score in self._scores.get(trace, ()) if not score.observation
        ]


def cells_of(bundle: Bundle, items: Mapping[str, ItemRow]) -> dict[str, Cell]:
    """Cells by item key, in order of the items. Of several passes of one item the latest counts."""
    by_item: dict[str, list[ResultRow]] = {}
    for row in bundle.results:
        # Data that is no dataset may come without item ids; then each trace stands for itself.
        by_item.setdefault(row.item or row.trace, []).append(row)
    own = Belongings(bundle)
    cells: dict[str, Cell] = {}
    for hosted in [*(each for each in items if each in by_item), *(each for each in by_item if each not in items)]:
        rows = sorted(by_item[hosted], key=lambda row: (row.start or 0.0, row.trace), reverse=True)
        chosen = rows[0]
        key = item_key(hosted, items, chosen)
        key = hosted if key in cells else key
        picked = own.picked(chosen)
        others = tuple(rows[1:])
        cells[key] = Cell(key, chosen, others, picked.scores, own.measure(chosen), picked.ratings, picked.several)
    numeric = mixed_kinds(cell.scores for cell in cells.values())
    return {key: _of_one_kind(cell, numeric) for key, cell in cells.items()} if numeric else cells


def _of_one_kind(cell: Cell, numeric: Mapping[str, bool]) -> Cell:
    scores, odd = dict(cell.scores), {}
    for name in numeric.keys() & scores.keys():
        if (found := of_kind(scores[name], numeric[name])) is None:
            odd[name] = scores[name].label or f"{scores[name].value or 0.0:g}"
            found = replace(scores[name], value=None, label="", kind="")
        scores[name] = found
    return replace(cell, scores=scores, odd=odd)


def item_key(hosted: str, items: Mapping[str, ItemRow], row: ResultRow | None = None) -> str:
    """The id an item has in ragtui: the one its local dataset gave it, where it was seeded from one."""
    if hosted in items:
        return items[hosted].key
    for metadata in (row.item_metadata, row.metadata) if row is not None else ():
        name = metadata.get("ragtui_item")
        if isinstance(name, str) and name:
            return name
    return hosted


def failure_of(cell: Cell, metric: str) -> str:
    """What the evaluator of a metric said when it failed; evaluators are found by name."""
    if cell.measure is None:
        return ""
    return cell.measure.failed_metrics.get(metric, "")


def question_in(row: ResultRow, item: ItemRow | None) -> str:
    """The question of a result: as the pipeline got it, else as the dataset has it now."""
    return question_of(row.input) or (question_of(item.input) if item is not None else "")
