"""`ragtui publish RUN --verdicts BASE`: what a comparison found, on the candidate's run in Langfuse."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ragtui.errors import UsageError
from ragtui.exits import Exit
from ragtui.sources.addresses import LANGFUSE, is_langfuse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragtui.langfuse.write.verdicts import Said
    from ragtui.workbench import SideComparison


def publish_verdicts(args: argparse.Namespace) -> int:
    """Compare, put the verdicts on every hosted repeat of the candidate, read them back."""
    from ragtui.cli.options import how_read, open_places
    from ragtui.cli.output import tell
    from ragtui.cli.waiting import Telling
    from ragtui.langfuse.api.abilities import abilities_of
    from ragtui.langfuse.api.probe import probe
    from ragtui.langfuse.api.sending import sending
    from ragtui.langfuse.read.run import LangfuseRun
    from ragtui.langfuse.write.publisher import Phase
    from ragtui.langfuse.write.verdicts import Spot, send_verdicts
    from ragtui.langfuse.write.wire import Experiment
    from ragtui.present.clean import clean
    from ragtui.workbench import comparison, pick_sides, runs_meant

    candidate = hosted_words(args.path, args.profile)
    places = list(dict.fromkeys([*args.places, *candidate, *_places(args.verdicts)]))
    library = open_places(places, **how_read(args)).library
    a, b = pick_sides(library, runs_meant(library, args.verdicts), runs_meant(library, candidate))
    result = comparison(library, a, b)
    if result.blockers:
        from ragtui.present.sentences.notes import say_notes

        raise UsageError(f"not comparable: {'; '.join(say_notes(result.blockers))}", "No verdict was sent.")
    said = _in_words(result)
    phases = []
    with sending(args.profile, Telling().wait) as http:
        abilities = abilities_of(probe(http))
        for run in b.runs:
            if not isinstance(run, LangfuseRun):
                continue
            spots = [Spot(item, trace, root, start) for item, trace, root, start in run.spots()]
            target = Experiment(run.header.id, f"verdicts on {run.header.name}", "", run.header.dataset)
            progress = send_verdicts(http, abilities, target, spots, said, _outbox_folder(), args.wait)
            phases.append(progress.phase)
            print(clean(progress.line()))
    if not phases:
        raise UsageError(f"{args.path}: no run of it is on Langfuse", "Publish it first, without --verdicts.")
    if set(phases) == {Phase.VERIFIED}:
        return Exit.OK
    tell("run the same command again to finish; what is there already is not sent twice")
    return Exit.ERROR if set(phases) == {Phase.FAILED} else Exit.INCOMPLETE


def hosted_words(word: str, profile: str = "") -> list[str]:
    """The hosted runs a word means: its own address, or what was published from a run folder.

    Raises:
        UsageError: nothing was published from there.
    """
    from ragtui.langfuse.write.outbox import read_heading
    from ragtui.langfuse.write.publishing_folder import outbox_path

    if is_langfuse(word):
        return [word]
    headings = (read_heading(path) for path in sorted(outbox_path(word, "any").parent.glob("*.outbox")))
    prefix = f"{LANGFUSE}{profile}/" if profile else LANGFUSE
    found = [f"{prefix}{one.dataset}/{one.name}" for one in headings if one is not None and one.dataset and one.sent]
    if not found:
        raise UsageError(f"{word}: nothing was published from there", "Publish it first, or give langfuse:DATASET/RUN.")
    return found


def _outbox_folder() -> Path:
    """Where an interrupted sending is gone on with; a job without a home has nowhere, and sends all again."""
    import tempfile

    from ragtui.places import state_folder

    folder = state_folder() / "outbox" / "verdicts"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return Path(tempfile.mkdtemp(prefix="ragtui-verdicts-"))
    return folder


def _places(words: Sequence[str]) -> list[str]:
    return [word for word in words if is_langfuse(word) or Path(word).exists()]


def _in_words(result: SideComparison) -> list[Said]:
    """The verdict of every cell of the quality metrics, with its sentence."""
    from ragtui.langfuse.write.verdicts import Said
    from ragtui.present.report.content import cell_line
    from ragtui.workbench.reporting import subject_of

    subject = subject_of(result)
    lines = (
        cell_line(subject, entry, row)
        for entry in result.comparison.quality
        for row in range(len(result.comparison.items))
    )
    against = f"{result.b.label} against {result.a.label}"
    return [Said(line.item, line.metric, line.sign.word, f"{line.explanation} ({against})") for line in lines]
