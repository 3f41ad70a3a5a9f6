"""Retrieved passages of both sides in one table: rank on each side, moves, lost and new ones; any of them in full."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.style import Style
from rich.text import Text

from ragtui.model import Context
from ragtui.present.clean import clean, one_line
from ragtui.present.numbers import number
from ragtui.tui.widgets.table.column_table import Column

Styles = Mapping[str, Style]


@dataclass(frozen=True, slots=True)
class PassagePair:
    """One passage on either side.

    Attributes:
        base, cand: rank from 1 and the passage as that side recorded it; None where it was not retrieved.
    """

    base: tuple[int, Context] | None
    cand: tuple[int, Context] | None

    @property
    def any(self) -> Context:
        """The candidate's record, else the baseline's."""
        found = self.cand or self.base
        assert found is not None
        return found[1]

    @property
    def change(self) -> tuple[str, str]:
        """What happened to it, and the name of a style."""
        if self.base is None:
            return "new", "added"
        if self.cand is None:
            return "lost", "removed"
        moved = self.base[0] - self.cand[0]
        return (f"{'↑' if moved > 0 else '↓'}{abs(moved)}", "accent") if moved else ("", "muted")

    @property
    def name(self) -> str:
        """Title, else id, else its first words."""
        found = self.any
        return one_line(found.title or found.id) or one_line(found.text)[:40] or "untitled"


def passages(base: Sequence[Context], cand: Sequence[Context]) -> list[PassagePair]:
    """Both sides' passages, the candidate's in rank order and then those it lost."""
    before = {_key(context): (rank, context) for rank, context in enumerate(base, start=1)}
    out, seen = [], set()
    for rank, context in enumerate(cand, start=1):
        key = _key(context)
        out.append(PassagePair(before.get(key), (rank, context)))
        seen.add(key)
    out += [PassagePair(found, None) for key, found in before.items() if key not in seen]
    return out


def tally(found: Sequence[PassagePair]) -> str:
    """ "4 → 2 · 4 lost · 2 new"."""
    before = sum(passage.base is not None for passage in found)
    after = sum(passage.cand is not None for passage in found)
    lost = sum(passage.cand is None for passage in found)
    new = sum(passage.base is None for passage in found)
    parts = [f"{before} → {after}", f"{lost} lost" if lost else "", f"{new} new" if new else ""]
    return " · ".join(part for part in parts if part)


def passage_columns(found: Sequence[PassagePair], styles: Styles) -> list[Column]:
    """Columns of the table of passages."""

    def rank(side: str) -> Column:
        def render(row: int) -> Text:
            place = getattr(found[row], side)
            return Text("" if place is None else str(place[0]), styles["muted"])

        return Column(side, side, 4, 1, align="right", render=render)

    def relevant(row: int) -> Text:
        return Text({True: "●", False: "○", None: " "}[found[row].any.relevant])

    def change(row: int) -> Text:
        words, style = found[row].change
        return Text(words, styles[style])

    def score(row: int) -> Text:
        value = found[row].any.score
        return Text("" if value is None else number(value, 2), styles["muted"])

    return [
        rank("base"),
        rank("cand"),
        Column("change", "", 4, 0, render=change),
        Column("relevant", "", 1, 3, render=relevant),
        Column("title", "passage", 24, 0, flexible=True, cut="middle", render=lambda row: Text(found[row].name)),
        Column("score", "score", 5, 4, align="right", render=score),
        Column("text", "begins", 30, 2, flexible=True,
               render=lambda row: Text(one_line(found[row].any.text), styles["muted"])),
    ]  # fmt: skip


def in_full(found: Sequence[PassagePair], styles: Styles) -> Text:
    """Passages with their whole text."""
    out = Text()
    for passage in found:
        words, style = passage.change
        ranks = [
            f"{side} {place[0]}" for side, place in (("baseline", passage.base), ("candidate", passage.cand)) if place
        ]
        out.append(f"{passage.name}  ", styles["title"])
        out.append(f"{', '.join(ranks)}  ", styles["muted"])
        out.append(f"{words}\n", styles[style])
        out.append(f"{clean(passage.any.text).strip() or 'no text recorded'}\n\n")
        if passage.base and passage.cand and passage.base[1].text != passage.cand[1].text:
            out.append("in the baseline it read\n", styles["muted"])
            out.append(f"{clean(passage.base[1].text).strip()}\n\n")
    out.rstrip()
    return out


def _key(context: Context) -> str:
    return context.id or context.text
