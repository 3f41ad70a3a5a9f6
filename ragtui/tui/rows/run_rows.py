"""Rows of the runs screen: configurations, and unfolded, the runs that repeat them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from rich.style import Style
from rich.text import Text

from ragtui.model import Group, RunHeader, RunStatus, repeats_told
from ragtui.present.clean import one_line
from ragtui.present.numbers import MISSING, age, count, duration, mean_of_name, money
from ragtui.present.sentences.people import say_run_scores

if TYPE_CHECKING:
    from ragtui.workbench import SideComparison


@dataclass(frozen=True, slots=True)
class RunRow:
    """A line of the list: a whole configuration, or one run inside an unfolded one.

    Attributes:
        group, header: the configuration, and the run where the line is a single one.
        confirming: targeted runs that repeat items of this configuration; they fold under it.
        depth: 1 inside of another line.
    """

    group: Group
    header: RunHeader | None = None
    confirming: tuple[Group, ...] = ()
    depth: int = 0

    @property
    def headers(self) -> tuple[RunHeader, ...]:
        """The runs this line stands for."""
        return self.group.headers if self.header is None else (self.header,)

    @property
    def first(self) -> RunHeader:
        """The run whose facts are shown."""
        return self.headers[0]

    @property
    def key(self) -> str:
        """Stable over reloads."""
        return self.group.key if self.header is None else self.header.uid

    @property
    def uids(self) -> frozenset[str]:
        """Uids of the runs."""
        return frozenset(header.uid for header in self.headers)

    @property
    def repeats(self) -> int | None:
        """Repeats of all runs of the line; None while one of them does not say."""
        return repeats_told(self.headers)

    @property
    def label(self) -> str:
        """Name of the line."""
        return self.group.label if self.header is None else self.header.name


def lay_out(groups: Sequence[Group], unfolded: Collection[str]) -> list[RunRow]:
    """Lines in order; targeted runs fold under what they confirm, where that is listed."""
    full = {
        header.original: group
        for group in groups
        if group.headers[0].selection is None
        for header in (*group.headers, *group.copies)
    }
    confirming: dict[str, list[Group]] = {}
    tops = []
    for group in groups:
        first = group.headers[0]
        parent = full.get(first.confirms or "") if first.selection is not None else None
        if parent is None:
            tops.append(group)
        else:
            confirming.setdefault(parent.key, []).append(group)
    rows: list[RunRow] = []
    for group in tops:
        row = RunRow(group, confirming=tuple(confirming.get(group.key, ())))
        rows.append(row)
        if group.key in unfolded:
            rows += inside(row)
    return rows


def inside(row: RunRow) -> list[RunRow]:
    """The lines that a configuration folds: its runs and their copies where there are several, and what confirms it."""
    members = (*row.group.headers, *row.group.copies)
    own = [RunRow(row.group, header, depth=1) for header in members] if len(members) > 1 else []
    return [*own, *(RunRow(group, depth=1) for group in row.confirming)]


def name_cell(row: RunRow, unfolded: Collection[str]) -> str:
    """The name with its fold mark; "=" before a copy of another line."""
    if row.header is not None:
        return f" {'=' if row.header in row.group.copies else ' '} {one_line(row.label)}"
    if row.depth:
        return f"  └ {one_line(row.label)}"
    mark = "  " if not inside(row) else "▾ " if row.group.key in unfolded else "▸ "
    parts = [count(len(row.group.headers), "run")] if len(row.group.headers) > 1 else []
    parts += [f"+{len(row.confirming)} confirming"] if row.confirming else []
    return f"{mark}{one_line(row.label)}  ({', '.join(parts)})" if parts else f"{mark}{one_line(row.label)}"


def state_mark(row: RunRow) -> tuple[str, str]:
    """Sign and style of a run that is not simply complete."""
    states = {header.status for header in row.headers}
    within = {header.status for group in row.confirming for header in group.headers}
    if RunStatus.RUNNING in states | within:
        return "▶", "accent"
    if states & {RunStatus.FAILED, RunStatus.CANCELLED, RunStatus.PARTIAL}:
        return "!", "warning"
    if any(header.errors for header in row.headers):
        return "!", "failed"
    return " ", ""


def mean_of(row: RunRow, metric: str) -> tuple[float, int, int]:
    """Mean over the runs of the line by their scored results; scored and expected counts. NaN without any."""
    total, scored, expected = 0.0, 0, 0
    for header in row.headers:
        for summary in header.metrics:
            if summary.name == metric and summary.mean is not None:
                total += summary.mean * summary.scored
                scored += summary.scored
                expected += summary.expected
    return (total / scored if scored else float("nan")), scored, expected


def metric_names(rows: Sequence[RunRow]) -> list[str]:
    """Metric names of all runs, most common first."""
    seen: dict[str, int] = {}
    for row in rows:
        for header in row.headers:
            for summary in header.metrics:
                seen[summary.name] = seen.get(summary.name, 0) + 1
    return sorted(seen, key=lambda name: -seen[name])


def details(
    row: RunRow, baseline: RunRow | None, result: SideComparison | None, styles: Mapping[str, Style], now: datetime,
) -> Text:  # fmt: skip
    """Everything about the highlighted line, as the pane beside the list shows it."""
    out = Text()
    first = row.first

    def fact(name: str, value: str) -> None:
        if value and value != MISSING:
            out.append(f"{name:<10}", styles["muted"])
            out.append(f"{one_line(value)}\n")

    for origin in dict.fromkeys(header.origin for header in row.headers if header.origin):
        out.append(f"{origin}: not a measurement\n", styles["warning"])
    fact("dataset", " @ ".join(part for part in (first.dataset, first.dataset_version) if part))
    fact("status", first.status.value)
    fact("items", "" if first.items is None else str(first.items))
    fact("repeats", "" if row.repeats is None else str(row.repeats))
    if first.selection is not None:
        confirms = f", confirms {first.confirms}" if first.confirms else ""
        fact("targeted", f"{count(len(first.selection), 'item')} only{confirms}")
    fact("re-judged", f"answers of {first.rejudge_of}" if first.rejudge_of else "")
    fact("copy", f"of the local run {first.mirror_of}" if first.mirror_of else "")
    if row.header is None and row.group.copies:
        fact("copies", f"{len(row.group.copies)}, not counted (z): {row.group.copies[0].location} …")
    fact("git", str(first.revision) if first.revision else "")
    fact("made", f"{first.created:%Y-%m-%d %H:%M} ({_ago(first.created, now)})" if first.created else "")
    fact("took", duration(first.duration_s))
    fact("cost", money(first.cost_usd))
    fact("own score", say_run_scores(first.extra.get("run_scores") or {}))
    fact("tokens", f"{first.tokens:,}" if first.tokens else "")
    fact("format", first.format)
    fact("as of", f"{first.as_of:%Y-%m-%d %H:%M}" if first.as_of else "")
    fact("file", first.location)
    if first.description:
        out.append(f"\n{one_line(first.description)}\n")
    means = [(summary.name, mean_of(row, summary.name)) for summary in first.metrics]
    if means:
        out.append("\nmeans (scored of expected)\n", styles["title"])
        for name, (mean, scored, expected) in means:
            incomplete = scored < expected
            out.append(f"{one_line(name)[:18]:<18} {mean_of_name(name, mean):>8}  ")
            out.append(f"{scored}/{expected}\n", styles["warning"] if incomplete else styles["muted"])
    if baseline is not None and result is not None:
        from ragtui.tui.rows.run_figures import against

        against(out, result, styles)
    problems = [problem for header in row.headers for problem in header.problems]
    if problems:
        out.append(f"\n{count(len(problems), 'problem')}\n", styles["warning"])
        for problem in problems[:8]:
            out.append(f"{one_line(str(problem))}\n")
    return out


def _ago(created: datetime, now: datetime) -> str:
    passed = age(created, now)
    return "just now" if passed == "now" else f"{passed} ago"
