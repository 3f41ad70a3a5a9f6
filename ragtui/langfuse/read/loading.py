"""One hosted run, as new as it must be: from the server, from the cache, or the texts from one and scores from both."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from ragtui.langfuse.api.client import LangfuseError
from ragtui.langfuse.api.rates import Priority
from ragtui.langfuse.api.records import Bundle, HostedRunRow, ItemRow
from ragtui.langfuse.api.shapes.plain import nested
from ragtui.langfuse.api.shapes.rows import pinned_to, to_the_minute
from ragtui.langfuse.read.header import HostedRun, Place
from ragtui.langfuse.read.outage import not_now, unreachable
from ragtui.langfuse.read.project import Project
from ragtui.langfuse.read.reader import Reader, Report
from ragtui.langfuse.read.run import LangfuseRun
from ragtui.model import Problem
from ragtui.sources.base import Reading


class RunLoader:
    """Loads runs of one project.

    Args:
        project: where they are.
        reading: how new the numbers must be.
        name_rule: see `LangfuseSource`.
    """

    def __init__(self, project: Project, reading: Reading, name_rule: str) -> None:
        self._project, self._known = project, project.known
        self._reading, self._name_rule = reading, name_rule

    def kept(self, run: HostedRun, place: Place) -> LangfuseRun | None:
        """A run as it was read last, without asking anyone; None when it never was."""
        bundles = [bundle for row in run.rows if (bundle := self._known.bundle(row)) is not None]
        if len(bundles) < len(run.rows):
            return None
        return self._built(run, bundles, place, None)

    def load(self, run: HostedRun, place: Place, report: Report, priority: Priority, *, anew: bool) -> LangfuseRun:
        """A run with the scores it has now; as it was read last where that is allowed and the server does not answer.

        Args:
            anew: read texts again, too.

        Raises:
            RagtuiError: it cannot be read as `reading` asks.
        """
        now = time.time()
        problems: list[Problem] = []
        bundles: list[Bundle] = []
        cached = True
        for row in run.rows:
            kept = self._known.bundle(row)
            mine = kept is not None and self._project.opened <= kept.read <= now
            # What could not be read the last time is tried again, once a session.
            strict = not mine and (self._reading is Reading.FRESH or (kept is not None and kept.partial))
            settled = kept is not None and not (anew or strict) and kept.settled(row)
            if kept is not None and settled and kept.scores_good(self._project.opened, now):
                bundles.append(kept)
                continue
            try:
                reader = self._project.reader(priority)
                bundles.append(self._read(reader, row, None if anew or strict else kept, report))
                cached = False
            except LangfuseError as error:
                if not unreachable(error):
                    raise
                if self._reading is Reading.FRESH:
                    read = kept.scores_read if kept is not None else None
                    raise not_now(place.location(row), error, read) from None
                if kept is None:
                    raise
                bundles.append(kept)
                hint = "What was read last is shown; refresh when the server is back."
                problems.append(Problem(place.location(row), f"not refreshed: {error.message}", hint))
        loaded = self._built(run, bundles, place, None if cached or problems else priority, problems)
        self._known.keep_summary(run, loaded.summary)
        return loaded

    def _read(self, reader: Reader, row: HostedRunRow, kept: Bundle | None, report: Report) -> Bundle:
        if kept is not None and kept.settled(row):
            bundle = replace(kept, scores=reader.scores(kept, report), scores_read=time.time())
        else:
            bundle = replace(reader.bundle(row, report), ahead=reader.http.ahead)
            if bundle.beside and self._reading is Reading.FRESH:
                raise LangfuseError(bundle.beside, "", status=503)  # some of the scores decide nothing
        try:
            bundle = replace(bundle, run_scores=reader.run_scores(row))
            self._project.read_configs(reader)
        except LangfuseError as error:
            if error.status in (0, 401, 403):
                raise
            note = (f"scores of the run as a whole, and ranges, could not be read ({error.message})", "Refresh later.")
            bundle = replace(bundle, notes=(*bundle.notes, note), partial=True)
        self._known.keep_bundle(row, bundle)
        return bundle

    def _built(
        self,
        run: HostedRun,
        bundles: Sequence[Bundle],
        place: Place,
        priority: Priority | None,
        problems: Iterable[Problem] = (),
    ) -> LangfuseRun:
        """The run in memory; with no priority nobody is asked, as it comes from the cache."""
        bundle = Bundle.merged(bundles)
        items, exact, told = self._items(run, bundle, place, priority)
        return LangfuseRun(
            run,
            bundle,
            items,
            place,
            now=time.time() - self._project.http.ahead,
            cached=priority is None,
            name_rule=self._name_rule,
            configs=self._known.configs(),
            exact=exact,
            extra_problems=(*problems, *told),
        )

    def _items(
        self, run: HostedRun, bundle: Bundle, place: Place, priority: Priority | None
    ) -> tuple[Mapping[str, ItemRow], bool, list[Problem]]:
        """Items of the run's dataset as they were when it began, whether they surely are, and what to know of them.

        The date of an item is that of its last version: one that was edited since looks as if it was added since. So
        where anything was written since, the items of then are asked for. What ragtui published is older than the
        dataset it was published to, and says itself which items it has.
        """
        where, problems = place.location(run.first), []
        try:
            present = self._project.items_of(run.first, priority)
        except LangfuseError as error:
            if self._reading is Reading.FRESH and unreachable(error):
                raise not_now(where, error, None) from None
            present = self._project.known_items(run.first)
            hint = "Those that were read last are taken." if present else "Which items are missing is not known."
            problems.append(Problem(where, f"the items of its dataset cannot be read ({error.message})", hint))
        pinned = pinned_to(bundle.run, bundle.results)
        moment = pinned if pinned is not None else run.first.start
        written = moment is None or any(row.created is None or row.created > moment for row in present.values())
        if moment is None or (pinned is None and (not written or nested(run.metadata, "ragtui_run"))):
            return present, not written and self._project.keeps_versions, problems
        try:
            then = self._project.items_then(run.first, moment, priority)
        except LangfuseError as error:
            if not unreachable(error):
                raise
            if self._reading is Reading.FRESH:
                raise not_now(where, error, None) from None
            message = f"the items that its dataset had then cannot be read ({error.message})"
            problems.append(Problem(where, message, "Those of today are taken."))
            then = None
        if then is not None and {row.item for row in bundle.results} <= set(then):
            return then, True, problems
        if pinned is not None:
            message = f"pinned to its dataset of {to_the_minute(pinned)}, which the server does not give"
            hint = "Its items, and which of them are missing, are those of today."
            problems.append(Problem(where, message, hint))
        return present, False, problems
