"""Hosted runs on a dataset that was edited between them: what its items asked at the time of each."""

from __future__ import annotations

from ragtui.model import About, Note
from ragtui.workbench.sides import Side

SMALL_SHARE = 0.05
"""Items under whose id another question stands, up to which sides are still compared, with a doubt."""


def edited_items(a: Side, b: Side) -> Note | None:
    """What to know of the dataset's versions the runs were made on; None where all asked the same, as far as is known.

    Two versions are two moments, not two contents: where the items that both sides have ask and expect the same, the
    sides are comparable. Where nobody can tell, they are not.
    """
    asked: dict[str, set[str]] = {}
    for run in (*a.runs, *b.runs):
        for item, words in run.asked.items():
            asked.setdefault(item, set()).add(words)
    common = [item for item in a.scores.items if item in b.scores.row_of and item in asked]
    edited = [item for item in common if len(asked[item]) > 1]
    pinned = [str(header.extra.get("dataset_version") or "") for header in (*a.headers, *b.headers)]
    versions = tuple(dict.fromkeys(filter(None, pinned)))
    if edited:
        few = len(edited) <= SMALL_SHARE * len(common)
        about = About.SOME_EDITED_ITEMS if few else About.EDITED_ITEMS
        return Note(about, count=len(edited), total=len(common), names=(edited[0], *versions))
    if len(versions) < 2:
        return None
    known = all(run.asked for run in (*a.runs, *b.runs))
    return Note(About.OTHER_MOMENT if known else About.OTHER_VERSION, total=len(common), names=versions)
