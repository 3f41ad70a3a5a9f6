"""Where somebody was: the comparison, what was shown of it, and the cell; the same places open there again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from ragtui.model import RunHeader

KEPT = "at"
"""Under which a spot is kept among the view settings."""
LINE = "runs.line"
"""Under which the line of the list of runs is kept."""


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """A cell of a comparison, and what of the comparison was shown.

    Attributes:
        baseline, candidates: uids of the runs on each side.
        place: the candidate at hand.
        item, metric: the cell; "" where there was none.
        filter, view, folded, mode: what the board showed.
    """

    baseline: tuple[str, ...]
    candidates: tuple[tuple[str, ...], ...]
    place: int = 0
    item: str = ""
    metric: str = ""
    filter: str = ""
    view: str = "all"
    folded: bool = False
    mode: str = ""

    def written(self) -> str:
        """As text, for the state file."""
        return orjson.dumps(asdict(self)).decode()

    @classmethod
    def read(cls, text: str) -> Whereabouts | None:
        """What `written` wrote; None for anything else, as a spot is not worth a message."""
        try:
            raw = dict(orjson.loads(text))
            spot = cls(tuple(raw.pop("baseline")), tuple(tuple(uids) for uids in raw.pop("candidates")), **raw)
        except (ValueError, TypeError, KeyError):
            return None
        kinds = {"place": int, "folded": bool}
        values = asdict(spot)
        sound = all(isinstance(values[name], kinds.get(name, str)) for name in list(values)[2:])
        uids = [uid for side in (spot.baseline, *spot.candidates) for uid in side]
        known = all(isinstance(uid, str) for uid in uids) and all((spot.baseline, spot.candidates, *spot.candidates))
        return spot if sound and known and 0 <= spot.place < len(spot.candidates) else None

    def runs(
        self, headers: Mapping[str, RunHeader]
    ) -> tuple[tuple[RunHeader, ...], tuple[tuple[RunHeader, ...], ...]] | None:
        """The runs of both sides; None when one of them is no longer there."""
        sides = [tuple(headers[uid] for uid in side if uid in headers) for side in (self.baseline, *self.candidates)]
        whole = [len(found) == len(side) for found, side in zip(sides, (self.baseline, *self.candidates), strict=True)]
        return (sides[0], tuple(sides[1:])) if all(whole) else None
