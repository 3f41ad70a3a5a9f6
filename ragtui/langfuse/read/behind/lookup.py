"""What stands behind one item or one setting: read when asked for, and kept where it will not change."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from ragtui.errors import InputError
from ragtui.langfuse.read.behind.prompts import read_prompt
from ragtui.langfuse.read.behind.trace import read_trace
from ragtui.langfuse.read.project import Project
from ragtui.langfuse.read.run import LangfuseRun
from ragtui.model import Trace
from ragtui.present.as_of import cached_words
from ragtui.sources.base import Reading

_ASK = "Leave --as-of out to ask the server."


class Behind:
    """Traces and prompts of one project.

    Args:
        project: where they are.
        reading: how new they must be.
    """

    def __init__(self, project: Project, reading: Reading) -> None:
        self._project, self._reading = project, reading

    def trace(self, run: LangfuseRun, item_id: str, *, anew: bool) -> Trace:
        """What the pipeline did for one item; kept once its run is settled.

        Raises:
            InputError: the run has no such item.
            RagtuiError: it cannot be read.
        """
        spot = next((spot for spot in run.spots() if spot[0] == item_id), None)
        if spot is None:
            raise InputError(f"{run.header.name}: no item {item_id!r}", "`ragtui runs -f json` and the app list them.")
        _, trace_id, _, start = spot
        kept = self._project.known.trace(trace_id)
        settled = bool(run.header.extra.get("settled"))
        cached = self._reading is Reading.CACHED
        if kept is not None and (cached or (settled and not anew and self._reading is not Reading.FRESH)):
            trace, read = kept
            words = cached_words(datetime.fromtimestamp(read, UTC))
            kept_note = f"{words}: comments may have come since"
            return _own_part(replace(trace, notes=(*trace.notes, kept_note)), run.inside(item_id))
        if cached:
            raise InputError(f"the trace of {item_id} was never read", _ASK)
        http = self._project.task()
        experiments = self._project.known.probed(http).has_experiments
        found = read_trace(http, trace_id, start or None, experiments=experiments)
        self._project.known.keep_trace(found)
        return _own_part(found, run.inside(item_id))

    def prompt(self, reference: str) -> str:
        """The text of "NAME@VERSION", read once: a version never changes.

        Raises:
            RagtuiError: there is no such prompt, or it cannot be read.
        """
        kept = self._project.known.prompt(reference)
        if kept is not None:
            return kept
        if self._reading is Reading.CACHED:
            raise InputError(f"prompt {reference} was never read", _ASK)
        found = read_prompt(self._project.task(), reference)
        self._project.known.keep_prompt(reference, found)
        return found


def _own_part(trace: Trace, inside: frozenset[str]) -> Trace:
    """What of a trace is one item's, where several share it."""
    own = [each for each in trace.observations if each.id in inside]
    if not own:
        return trace
    top = min(each.depth for each in own)
    lifted = tuple(replace(each, depth=each.depth - top) for each in own)
    note = f"{len(own)} of {len(trace.observations)} observations: several items share this trace"
    return replace(trace, observations=lifted, notes=(*trace.notes, note))
