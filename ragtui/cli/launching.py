"""What the commands that launch have in common: options, progress on stderr, the last words."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

from ragtui.cli.parsing import listed
from ragtui.errors import UsageError
from ragtui.exits import Exit

if TYPE_CHECKING:
    from ragtui.langfuse.live.follow import Follower
    from ragtui.runner.launch.prepare import Launch, Overrides
    from ragtui.runner.work.worker import Finished

_PLAIN_EVERY_S, _SIGN_OF_LIFE_S = 5.0, 60.0


def overrides_of(args: argparse.Namespace) -> Overrides:
    """What the command line changes in a plan.

    Raises:
        UsageError: a number below one.
    """
    from ragtui.runner.launch.prepare import Overrides

    numbers = {name: getattr(args, name, None) for name in ("repeats", "concurrency")}
    for name, value in numbers.items():
        if value is not None and value < 1:
            raise UsageError(f"--{name} {value}", "Give a whole number from 1 up.")
    items = getattr(args, "items", None)
    chosen = tuple(listed(items)) if items else None
    return Overrides(numbers["repeats"], numbers["concurrency"], chosen)


def work_and_tell(
    launch: Launch,
    *,
    retry_failed: bool = False,
    base_url: str = "",
    on: str = "",
    resume: str = "",
    folders_to: TextIO | None = None,
) -> int:
    """Do the work with progress on stderr, say how it ended, return the exit code.

    Args:
        on: the cluster that does the work; empty for this process.
        resume: the command that goes on with it, without the folder; default `ragtui run`.
        folders_to: where the run folders are printed; None for stdout.
    """
    from ragtui.present.clean import clean
    from ragtui.runner.work.worker import work

    if launch.plan.origin:
        print(f"ragtui: {launch.plan.origin}: no model is asked; {_made_up(launch)}", file=sys.stderr)
    with _published(launch) as followers, progress() as on_tick:
        finished = work(launch, retry_failed=retry_failed, base_url=base_url, on=on, on_tick=on_tick)
    print(clean(last_words(finished, resume or "ragtui run")), file=sys.stderr)
    for folder in finished.folders:
        print(folder, file=folders_to)
    code = exit_code(finished)
    unfinished = not all(follower.verified for follower in followers)
    return Exit.INCOMPLETE if code is Exit.OK and unfinished else code


def _made_up(launch: Launch) -> str:
    """What is pretended: models are, a person's own programs are not."""
    from ragtui.runner.plan.plan import RagTarget

    if launch.rejudging is None and all(isinstance(side.target, RagTarget) for side in launch.plan.sides):
        return "the answers and judges are made up"
    return "the judges are made up; the targets are real and are run"


def publish_while_running(launch: Launch, dataset: str, profile: str) -> None:
    """Remember beside the run folders that they are to be published whenever they are worked on."""
    from ragtui.langfuse.live.target import LiveTarget, remember_target

    for folder in launch.folders:
        remember_target(folder, LiveTarget(dataset, profile=profile))


@contextmanager
def _published(launch: Launch) -> Iterator[Sequence[Follower]]:
    """Publish to Langfuse what the block writes, where that was asked for; the block never waits for it."""
    from ragtui.langfuse.live.target import target_of

    if launch.rejudging is not None or not any(target_of(folder) for folder in launch.folders):
        yield ()
        return
    from ragtui.langfuse.live.follow import following
    from ragtui.present.clean import clean

    with following(launch.folders, lambda words: print(clean(f"ragtui: {words}"), file=sys.stderr)) as followers:
        yield followers


def exit_code(finished: Finished) -> Exit:
    """0 complete; 2 stopped by a failure, or not one score; 4 results or scores are missing; 130 interrupted."""
    from ragtui.runner.work.engine import Ending

    now = finished.progress
    if finished.stop.ending is Ending.FAILED:
        return Exit.ERROR
    if finished.stop.ending is Ending.INTERRUPTED:
        return Exit.INTERRUPTED
    if now["done"] and not now["scored"]:
        return Exit.ERROR if now["failed"] + now["unjudged"] >= now["done"] else Exit.INCOMPLETE
    whole = finished.stop.ending is Ending.COMPLETE and not now["failed"] and not now["unjudged"]
    return Exit.OK if whole else Exit.INCOMPLETE


def last_words(finished: Finished, resume: str = "ragtui run") -> str:
    """What a person reads when the run has ended."""
    from ragtui.present.numbers import count, money, share

    now, stop = finished.progress, finished.stop
    lines = [f"ragtui: {stop.ending.value}: {now['done']} of {now['total']} results in {round(now['seconds'])} s"]
    if stop.message and stop.message != stop.ending.value:
        lines.append(f"  {stop.message}")
    if now["failed"] or now["unjudged"]:
        failed = now["failed"] / now["done"] if now["done"] else 0.0
        errors, unjudged = count(now["failed"], "error"), count(now["unjudged"], "result")
        lines.append(f"  {errors} of the target ({share(failed)}), {unjudged} without one of the scores")
        lines.extend(f"  {reason}" for reason in now["reasons"])
    if now["done"] and not now["scored"]:
        lines.append("  not one score: nothing was measured")
    if now["estimated_calls"]:
        calls = count(now["estimated_calls"], "reply", "replies")
        lines.append(f"  {calls} did not say how many tokens were used: estimated from the length of the texts")
    if now["cached_calls"]:
        lines.append(f"  {count(now['cached_calls'], 'reply', 'replies')} out of the cache: not asked, not paid")
    if now["unpriced_calls"]:
        lines.append(f"  cost unknown: {now['unpriced_calls']} calls to models without a price in the plan")
    elif now["cost_usd"]:
        lines.append(f"  {money(now['cost_usd'])} spent")
    lines.extend(f"  {note}" for note in finished.notes)
    lines.extend(f"  warning: {warning}" for warning in finished.warnings)
    folder = finished.folders[0]
    if stop.ending.value != "complete":
        lines.append(f"  {stop.hint or 'Resume to go on.'}\n  {resume} {folder}")
    elif now["failed"] or now["unjudged"]:
        lines.append(f"  {resume} {folder} --retry-failed   to do those again")
    return "\n".join(lines)


@contextmanager
def progress() -> Iterator[Callable[[dict[str, Any]], None]]:
    """A bar on a terminal, a line now and then elsewhere; both on stderr."""
    if sys.stderr.isatty():
        with _bar() as on_tick:
            yield on_tick
    else:
        yield _Lines()


@contextmanager
def _bar() -> Iterator[Callable[[dict[str, Any]], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskProgressColumn, TextColumn

    columns = (
        TextColumn("{task.fields[state]}"),
        BarColumn(),
        MofNCompleteColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[detail]}", markup=False),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None, state="starting", detail="")

        def on_tick(now: dict[str, Any]) -> None:
            bar.update(task, total=now["total"], completed=now["done"], state=now["state"], detail=_detail(now))

        yield on_tick


class _Lines:
    """A plain line when something changed, at most every few seconds; a sign of life every minute."""

    def __init__(self) -> None:
        self._last, self._said = 0.0, ("", -1)

    def __call__(self, now: dict[str, Any]) -> None:
        said = (now["state"], now["done"])
        if said[0] == self._said[0]:
            patience_s = _PLAIN_EVERY_S if said != self._said else _SIGN_OF_LIFE_S
            if time.monotonic() - self._last < patience_s:
                return
        self._last, self._said = time.monotonic(), said
        line = f"ragtui: {now['state']} {now['done']}/{now['total']} {_detail(now)}"
        print(line.rstrip(), file=sys.stderr, flush=True)


def _detail(now: dict[str, Any]) -> str:
    from ragtui.present.numbers import duration, money, number

    parts = []
    if now["rate_per_s"]:
        parts.append(f"{number(now['rate_per_s'], 1)}/s")
    if now["eta_s"]:
        parts.append(f"eta {duration(now['eta_s'])}")
    if now["failed"]:
        parts.append(f"{now['failed']} errors")
    if now["retries"]:
        parts.append(f"{now['retries']} retries")
    if now["limit"] < now["ceiling"]:
        parts.append(f"limit {now['limit']} of {now['ceiling']}")
    if now["cost_usd"]:
        parts.append(money(now["cost_usd"]))
    return "  ".join(parts)
