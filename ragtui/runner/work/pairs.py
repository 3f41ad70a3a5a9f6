"""Whom a pairwise judge holds an answer against: the first side of the launch, or a stored run.

The first side is held against its own next repeat: one configuration against itself, which tells how much of a
preference is noise. Both answers must be there, so pairs are judged when all answers are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ragtui.model import Result
from ragtui.runner.launch.launchfile import LAUNCH
from ragtui.runner.launch.prepare import Launch, open_launch
from ragtui.runner.plan.plan import BASELINE, JudgeSpec, Plan
from ragtui.runner.scoring.pairwise import Opponent, bias_name, orders_name
from ragtui.runner.targets.stored import StoredAnswers
from ragtui.runner.work.pending import Unit
from ragtui.sources import LoadedRun
from ragtui.sources.own.runfolder import load_folder, read_folder_header


def pairwise(plan: Plan) -> list[JudgeSpec]:
    """The judges of a plan that hold two answers against each other."""
    return [judge for judge in plan.judges if judge.against]


class Opponents:
    """Finds opponents in the run folders, which are read when the first one is asked for."""

    def __init__(self, launch: Launch) -> None:
        self._judges = {judge.metric.name: judge.against for judge in pairwise(launch.plan)}
        self._baseline = launch.lead
        self._place: int | None = None
        self._repeats = launch.plan.repeats
        self._stored: LoadedRun | None = None
        if launch.rejudging is not None and BASELINE in self._judges.values():
            self._follow(launch.rejudging.run)

    def _follow(self, run: Path) -> None:
        """Answers that are judged again are held against the baseline of the launch they come from."""
        first = open_launch(run) if (run / LAUNCH).is_file() else None
        if first is None or run not in first.folders:
            self._judges = {name: against for name, against in self._judges.items() if against != BASELINE}
            return
        self._baseline, self._repeats = first.lead, first.plan.repeats
        self._place = first.folders.index(run)

    def names(self, side: int) -> list[str]:
        """Pairwise judges that have an opponent for answers of a side."""
        place = side if self._place is None else self._place
        control = self._repeats > 1
        return [name for name, against in self._judges.items() if against != BASELINE or place > 0 or control]

    def of(self, unit: Unit) -> Mapping[str, Opponent]:
        """The opponents of a unit's answer, by judge."""
        repeat = unit.repeat.partition(".")[0]
        return {name: self._one(self._judges[name], unit, repeat) for name in self.names(unit.side)}

    def given_to(self, units: Iterable[Unit]) -> list[Unit]:
        """Units whose answers are there, with their opponents."""
        return [replace(unit, against=self.of(unit)) for unit in units]

    def _one(self, against: str, unit: Unit, repeat: str) -> Opponent:
        if against != BASELINE:
            return reference_answer(Path(against), unit.item.id, repeat)
        place = unit.side if self._place is None else self._place
        label = repeat if place else _next(repeat, self._repeats)
        return _opponent(self._answer(unit.item.id, label), f"the baseline's repeat {label}")

    def _answer(self, item: str, label: str) -> Result | None:
        if self._stored is None:
            self._stored = load_folder(self._baseline, read_folder_header(self._baseline, "stored", "baseline"))
        return self._stored.result(item, label)


def reference_answer(run: Path, item: str, repeat: str) -> Opponent:
    """A stored run's answer of the same repeat; its repeats go round where it has fewer."""
    answers = StoredAnswers.of(run)
    if item not in answers.run.scores.row_of or not (labels := answers.repeats_of(item)):
        return Opponent("", error=f"{run.name} has no answer to it")
    label = repeat if repeat in labels else labels[(_number(repeat) - 1) % len(labels)]
    return _opponent(answers.run.result(item, label), f"{run.name}'s repeat {label}")


def _opponent(result: Result | None, where: str) -> Opponent:
    if result is None or result.error:
        return Opponent("", error=f"{where} has no answer to it")
    return Opponent(result.output, tuple(result.contexts))


def _next(repeat: str, repeats: int) -> str:
    return str(_number(repeat) % max(1, repeats) + 1)


def _number(repeat: str) -> int:
    return int(repeat) if repeat.isdecimal() else 1


def pair_notes(launch: Launch) -> list[str]:
    """For each pairwise judge and side: what was preferred, and what the order of the answers decided."""
    judges, lines = pairwise(launch.plan), list[str]()
    for side, folder in enumerate(launch.folders if judges else ()):
        run = load_folder(folder, read_folder_header(folder, "stored", folder.name))
        name = launch.plan.sides[side].name if launch.rejudging is None else folder.name
        for judge in judges:
            metric = judge.metric.name
            pairs = [
                (won, _value(result, orders_name(metric)), _value(result, bias_name(metric)))
                for item in run.scores.items
                for repeat in run.scores.repeats
                if (result := run.result(item, repeat.label)) and (won := _value(result, metric)) is not None
            ]
            if pairs:
                itself = " (against itself)" * (judge.against == BASELINE and side == 0 and launch.rejudging is None)
                lines.append(f"{metric}: {name}{itself}: {_told(pairs)}")
    return lines


def _value(result: Result, metric: str) -> float | None:
    said = result.judgements.get(metric)
    return None if said is None or said.error else said.value


def _told(pairs: Sequence[tuple[float, float | None, float | None]]) -> str:
    """Wins, ties and losses; then how often the orders disagreed, and which place was favoured."""
    wins, losses = (sum(outcome == kind for outcome, *_ in pairs) for kind in (1.0, 0.0))
    turned = sum(agreed is not None and agreed < 1 for _, agreed, _ in pairs)
    first, second = (sum(bias is not None and bias * way > 0 for *_, bias in pairs) for way in (1, -1))
    line = f"{wins} won, {len(pairs) - wins - losses} tied, {losses} lost"
    if not turned:
        return f"{line}; the order of the answers decided nothing"
    return (
        f"{line}; in {turned} of {len(pairs)} pairs the order of the answers decided: "
        f"the first was favoured in {first}, the second in {second}"
    )
