"""`ragtui publish`: a local run mirrored to Langfuse, and read back before it is called published."""

from __future__ import annotations

import argparse
import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ragtui.cli.options import add_places, add_reading
from ragtui.cli.parsing import kept, whole
from ragtui.errors import InputError
from ragtui.exits import Exit

if TYPE_CHECKING:
    from ragtui.langfuse.write.publisher import PublishProgress
    from ragtui.sources import LoadedRun

DESCRIPTION = (
    "Mirror a local run to Langfuse from its files, whatever produced it: one experiment a repeat, one trace an item,\n"
    "one score a judgement. Everything is read back before it is called verified. The run's own files stay as they are."
)

EPILOG = """\
examples:
  ragtui publish runs/baseline-1
  ragtui publish runs/baseline-1 --langfuse support-docs --profile staging
  ragtui publish runs/baseline-1 --resume            go on after an interruption or a 'partial'
  ragtui publish runs/baseline-1 --wait 0            send, look once, do not wait

  ragtui publish langfuse:docs/pr-12 --verdicts langfuse:docs/main   what a comparison found, beside the scores

What was sent is kept in <run>/langfuse/; sending it again changes nothing on the server.

exit codes: 0 verified (every item and score was read back),
            4 partial: the server took some or all of it and does not show it all yet (resume later),
            2 failed: usage, refused keys, no text for an item, or the server took nothing
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("path", metavar="RUN", help="a run folder or a file of any format that holds one run")
    parser.add_argument(
        "--verdicts", nargs="+", metavar="BASE",
        help="instead: compare with these runs, and put each verdict as a categorical score on the hosted run",
    )  # fmt: skip
    add_places(parser)
    add_reading(parser, decides=True)
    parser.add_argument(
        "--langfuse", type=kept, metavar="DATASET", default="", help="dataset there (default: the run's dataset)"
    )
    parser.add_argument(
        "--name", type=kept, metavar="NAME", default="", help="experiment name (default: the run's name)"
    )
    parser.add_argument("--profile", default="", metavar="P", help="Langfuse profile of the config file")
    parser.add_argument("--resume", action="store_true", help="finish a publication that was begun")
    parser.add_argument(
        "--again", action="store_true", help="a second copy of a run that is there under another name or dataset"
    )
    parser.add_argument(
        "--wait", type=duration, default=720.0, metavar="TIME", help="longest time, such as 90s or 12m (default 12m)"
    )
    parser.add_argument("--concurrency", type=whole(1), default=3, metavar="N", help="requests at once (default 3)")


def run(args: argparse.Namespace) -> int:
    """Send, read back, say how far it got."""
    from ragtui.cli.waiting import Telling
    from ragtui.langfuse.api.abilities import abilities_of
    from ragtui.langfuse.api.probe import probe
    from ragtui.langfuse.api.sending import sending
    from ragtui.langfuse.live.target import target_of
    from ragtui.langfuse.read.kept.forget import forget_runs
    from ragtui.langfuse.write.earlier import publish_command
    from ragtui.langfuse.write.publish import Options, publish_run
    from ragtui.langfuse.write.publisher import Phase
    from ragtui.present.clean import clean

    if args.verdicts:
        from ragtui.cli.commands.hosted.verdicts import publish_verdicts

        return publish_verdicts(args)
    local = _one_run(Path(args.path))
    target = target_of(Path(args.path))
    if target is not None:
        # A run that was launched with --langfuse goes on where it was going, unless the user says otherwise.
        args.langfuse, args.name = args.langfuse or target.dataset, args.name or target.name
        args.profile = args.profile or target.profile
    options = Options(
        dataset=args.langfuse,
        name=args.name,
        resume=args.resume,
        again=args.again,
        profile=args.profile,
        wait_s=args.wait,
        concurrency=max(1, args.concurrency),
    )
    with sending(args.profile, Telling().wait) as http:
        server = probe(http)
        _say(server.label)
        if server.notice:
            _say(server.notice)
        publication = publish_run(local, http, abilities_of(server), options, _Ticker())
    names = [progress.experiment for progress in publication.experiments]
    forget_runs(http.credentials, [url.rpartition("=")[2] for url in publication.urls], names)
    for problem in publication.problems:
        _say(str(problem))
    for progress, url in zip(publication.experiments, publication.urls, strict=True):
        print(clean(progress.line()))
        print(clean(f"  {url}"))
    if publication.phase is Phase.VERIFIED:
        return Exit.OK
    words = publish_command(args.path, args.langfuse, args.name, args.profile, resume=True)
    _say(f"finish it with: {words}")
    return Exit.ERROR if publication.phase is Phase.FAILED else Exit.INCOMPLETE


def duration(text: str) -> float:
    """Seconds in "90", "90s", "12m" or "1h"."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smh]?)", text.strip())
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no time; write 90s, 12m or 1h")
    return float(found[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[found[2]]


def _one_run(path: Path) -> LoadedRun:
    from ragtui.model import RunHeader
    from ragtui.sources import open_source

    source = open_source(path)
    headers = [found for found in source.headers() if isinstance(found, RunHeader)]
    if not headers:
        raise InputError(f"{path}: no run found", "name a run folder or a file that holds a run")
    if len(headers) > 1:
        names = ", ".join(header.location for header in headers[:5])
        raise InputError(f"{path} holds {len(headers)} runs: {names}", "name one of them")
    return source.load(headers[0].id)


class _Ticker:
    """Prints progress when a count has changed, not for every request."""

    def __init__(self) -> None:
        self._last: dict[str, str] = {}

    def __call__(self, progress: PublishProgress) -> None:
        line = progress.line()
        if progress.finished:  # the verdict goes to stdout
            return
        if self._last.get(progress.experiment) != line:
            self._last[progress.experiment] = line
            _say(line)


def _say(message: str) -> None:
    from ragtui.present.clean import clean

    print(clean(f"ragtui: {message}"), file=sys.stderr)


def next_step(args: argparse.Namespace) -> str:
    """See it there, or finish it."""
    again = f"ragtui publish {shlex.quote(args.path)} --resume finishes what is not visible yet"
    return f"ragtui langfuse:{args.langfuse or ''} opens it; {again}"
