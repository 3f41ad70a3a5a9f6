"""Options that several commands share, and the steps from words to sides."""

from __future__ import annotations

import argparse
import math
import re
import shlex
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from ragtui.cli.parsing import nearest, number_in, whole
from ragtui.errors import UsageError
from ragtui.places import real_path, wants_ascii
from ragtui.sources.addresses import is_address

if TYPE_CHECKING:
    from ragtui.model import Problem, RunHeader
    from ragtui.sources import Reading
    from ragtui.stats import Settings
    from ragtui.workbench import Library, Side, SideComparison, StateFile

_OPEN: list[Library] = []
"""Libraries of this command: their texts are read until its last line is printed."""

SIDES = ("baseline", "candidate")
_PACKAGE = Path(__file__).parents[1]


def form_names(report: str = "compare") -> list[str]:
    """Names of a report's forms, text first; looked up without importing one, so that parsing stays quick.

    Args:
        report: "compare", "noise", "trend", "runs" or "gate".
    """
    room = "gate/reports/forms" if report == "gate" else f"present/report/forms/{report}"
    names = (path.stem for path in (_PACKAGE / room).glob("*.py") if not path.stem.startswith("_"))
    return sorted(names, key=lambda name: (name != "text", name))


def add_places(parser: argparse.ArgumentParser) -> None:
    """--in: where run names are looked up."""
    parser.add_argument(
        "-i", "--in", dest="places", action="append", default=[], metavar="PATH",
        help="folder or langfuse: address whose runs may be called by name, and whose other repeats tell noise; "
        "may be repeated",
    )  # fmt: skip


def add_reading(parser: argparse.ArgumentParser, *, decides: bool = False) -> None:
    """--as-of, and --refresh where the command does not read hosted runs anew anyway.

    Args:
        decides: something is decided on the numbers, so old ones are taken only when the user says so.
    """
    if not decides:
        parser.add_argument(
            "--refresh", action="store_true", help="read hosted runs anew, texts too; scores are looked at in any case"
        )
    parser.add_argument(
        "--as-of", choices=("cache",), type=str.lower, metavar="CACHE",
        help="take hosted runs as they were read last, asking nobody",
    )  # fmt: skip
    add_days(parser)
    parser.set_defaults(decides=decides)


def add_days(parser: argparse.ArgumentParser) -> None:
    """--days"""
    parser.add_argument(
        "--days", type=whole(1), metavar="N",
        help="list hosted runs of so many days (default: all of a dataset, a project's last 90)",
    )  # fmt: skip


class HowRead(TypedDict):
    """How hosted runs are read: how new, and from how long ago."""

    reading: Reading
    days: int | None


def how_read(args: argparse.Namespace) -> HowRead:
    """What the options say of hosted runs."""
    return {"reading": reading_of(args), "days": getattr(args, "days", None)}


def reading_of(args: argparse.Namespace) -> Reading:
    """How new the numbers of hosted runs must be."""
    from ragtui.sources import Reading

    if getattr(args, "as_of", None):
        return Reading.CACHED
    return Reading.FRESH if getattr(args, "decides", False) or getattr(args, "refresh", False) else Reading.CHECKED


def tell_age(headers: Iterable[RunHeader]) -> None:
    """Say on stderr which numbers nobody was asked for just now."""
    from datetime import UTC, datetime

    from ragtui.cli.output import tell
    from ragtui.present.as_of import cached_words
    from ragtui.present.numbers import count

    read = []
    for header in headers:
        moment = header.extra.get("means_as_of")
        if header.as_of is not None:
            read.append(header.as_of)
        elif isinstance(moment, int | float):
            read.append(datetime.fromtimestamp(moment, UTC))
    if read:
        tell(f"{count(len(read), 'hosted run')} {cached_words(min(read))}; --refresh reads them anew")


def add_sides(parser: argparse.ArgumentParser) -> None:
    """BASE… --vs CAND…"""
    parser.add_argument("base", nargs="+", metavar="BASE", help="runs of the baseline; they are pooled as repeats")
    parser.add_argument(
        "--vs", nargs="+", required=True, metavar="CAND", help="runs of the candidate; they are pooled as repeats"
    )
    add_pool(parser)
    add_places(parser)
    add_columns(parser)


def side_words(args: argparse.Namespace) -> str:
    """BASE… --vs CAND… as they were typed, for the next command."""
    places = "".join(f" --in {shlex.quote(place)}" for place in args.places)
    return f"{shlex.join(args.base)} --vs {shlex.join(args.vs)}{places}"


def confirm_words(args: argparse.Namespace, more: str = "") -> str:
    """`ragtui confirm` for the sides that were just compared; "" where nothing says how one of them is run again."""
    from ragtui.runner.launch.again import is_launched

    sides = (args.compared.a, args.compared.b)
    launched = all(any(is_launched(header.location) for header in side.headers) for side in sides)
    return f"ragtui confirm {side_words(args)}{more}" if launched else ""


def add_pool(parser: argparse.ArgumentParser, then: str = "their differences then count as noise") -> None:
    """--pool"""
    parser.add_argument(
        "--pool", action="store_true",
        help=f"pool runs of several configurations as if they were repeats; {then}",
    )  # fmt: skip


def add_statistics(parser: argparse.ArgumentParser) -> None:
    """Options that change what the statistics answer."""
    parser.add_argument(
        "--estimand", choices=("suite", "population"),
        help="suite: did these items change (default); population: would new items like these agree",
    )  # fmt: skip
    parser.add_argument(
        "--margin", action="append", default=[], metavar="METRIC=DELTA",
        help="smallest difference that matters: then 'not worse' and 'equivalent' can be shown",
    )  # fmt: skip
    parser.add_argument(
        "--noise", metavar="RUN", nargs="+", default=[], help="take noise from the repeats of these runs"
    )
    parser.add_argument("--profile", metavar="FILE", help="take noise from a profile saved by `ragtui noise --save`")
    parser.add_argument(
        "--no-borrowed", action="store_true",
        help="without repeats, show no provisional band from noise that others measured",
    )  # fmt: skip
    add_claim(parser)
    add_without(parser)
    parser.add_argument("--group-by", metavar="KEY", help="item metadata that clusters items, such as the document")


def add_claim(parser: argparse.ArgumentParser) -> None:
    """--repeats-are-fresh"""
    parser.add_argument(
        "--repeats-are-fresh", action="store_true",
        help="vouch that repeats which never vary were run again; without it they prove nothing. The claim stands in "
        "every report",
    )  # fmt: skip


def add_without(parser: argparse.ArgumentParser) -> None:
    """--without"""
    parser.add_argument(
        "--without", action="extend", nargs="+", default=[], metavar="REPEAT",
        help="leave repeats out: baseline:3 (the third one), RUN:2, or RUN for a whole run of several; what is left "
        "out stands in every report",
    )  # fmt: skip


def add_ascii(parser: argparse.ArgumentParser) -> None:
    """--ascii"""
    parser.add_argument("--ascii", action="store_true", help="signs as ASCII (default where the locale is not UTF-8)")


def ascii_only(args: argparse.Namespace) -> bool:
    """Whether signs must be ASCII: asked for, or stdout cannot encode them."""
    if args.ascii or wants_ascii():
        return True
    return "utf" not in (sys.stdout.encoding or "ascii").lower()


def settings_of(args: argparse.Namespace, a: Side, b: Side) -> Settings:
    """Statistics settings from the options, for two sides.

    Raises:
        UsageError: a margin is not METRIC=NUMBER, names no metric of either side, is given twice, or is as wide as
            the metric's scale.
    """
    from ragtui.stats import Estimand, Settings
    from ragtui.workbench import check_margins

    known = dict.fromkeys(metric.name for side in (a, b) for metric in side.scores.metrics)
    margins = margins_of(args.margin, list(known))
    check_margins(margins, (a, b), "--margin")
    return Settings(
        estimand=Estimand(args.estimand) if args.estimand else None,
        margins=margins,
        repeats_are_fresh=args.repeats_are_fresh,
        borrow=not args.no_borrowed,
    )


def margin_of(word: str) -> tuple[str, float]:
    """Metric and amount of one METRIC=DELTA.

    Raises:
        UsageError: it is not that, or the amount is not above zero.
    """
    name, _, amount = word.rpartition("=")
    margin = number_in(amount)
    if not name or margin is None:
        raise UsageError(f"--margin {word}: not METRIC=NUMBER", "For example --margin faithfulness=0.1")
    if not 0 < margin < math.inf:
        raise UsageError(f"--margin {word}: the margin must be above zero", "For example --margin faithfulness=0.1")
    return name, margin


def margins_of(words: Sequence[str], known: Sequence[str]) -> dict[str, float]:
    """Margins by metric, from METRIC=DELTA words.

    Raises:
        UsageError: one is no such word, names no known metric, or is given twice.
    """
    margins: dict[str, float] = {}
    for word in words:
        name, margin = margin_of(word)
        check_metric(name, known, "--margin")
        if name in margins:
            raise UsageError(f"--margin {name}: given twice, {margins[name]:g} and {margin:g}", "Give one.")
        margins[name] = margin
    return margins


def check_metric(name: str, known: Sequence[str], option: str) -> None:
    """See that a metric is one of those at hand.

    Raises:
        UsageError: it is not; names the nearest.
    """
    if name not in known:
        raise UsageError(f"{option} {name}: no such metric", nearest(name, known, "Metrics are"))


@dataclass(frozen=True)
class Opened:
    """A library and the file that holds decisions about it."""

    library: Library
    state_file: StateFile


def add_columns(parser: argparse.ArgumentParser) -> None:
    """--columns"""
    parser.add_argument(
        "--columns", action="append", default=[], metavar="ROLE=COLUMN",
        help="what columns of score tables mean, such as repeat=run, run=arm,top_k, item=case_id, judge=grader,"
        " metrics=f1,recall or lower_is_better=wer; an empty name takes the role away; may be repeated",
    )  # fmt: skip


PROBLEMS_NAMED = 3
"""Problems that a command names unasked; --problems lists all."""


def add_problems(parser: argparse.ArgumentParser) -> None:
    """--problems"""
    parser.add_argument(
        "--problems", action="store_true",
        help="list on stderr everything that was wrong with the files, passed over or assumed (else the first "
        f"{PROBLEMS_NAMED})",
    )  # fmt: skip


def say_problems(problems: Iterable[Problem], *, every: bool) -> None:
    """Name problems on stderr: the first few and how many there are, or all of them."""
    from ragtui.cli.output import tell

    said = sorted(dict.fromkeys(problems), key=lambda problem: not problem.partial)
    for problem in said if every else said[:PROBLEMS_NAMED]:
        tell(str(problem))
    if not every and (more := len(said) - PROBLEMS_NAMED) > 0:
        tell(f"and {more} more; --problems lists them")


def column_roles(words: Sequence[str]) -> dict[str, Any]:
    """Roles of columns from ROLE=COLUMN words, as fields of a `ColumnMap`.

    Raises:
        UsageError: a word is none, or names no role.
    """
    from ragtui.sources.columns import ROLES, ColumnMap

    said: dict[str, Any] = {}
    for word in words:
        role, sign, named = word.partition("=")
        if not sign or role not in ROLES:
            raise UsageError(
                f"--columns {word}: not ROLE=COLUMN", f"{nearest(role, ROLES)} Roles are {', '.join(ROLES)}.".strip()
            )
        if role in said:
            raise UsageError(f"--columns {role} is given twice", "Name several columns with commas.")
        columns = [part.strip() for part in named.split(",") if part.strip()]
        said[role] = columns if isinstance(getattr(ColumnMap(), role), tuple) else ",".join(columns)
    read = ColumnMap.from_dict(said)
    return {role: getattr(read, role) for role in said}


def open_places(
    places: Sequence[str], columns: Sequence[str] = (), reading: Reading | None = None, days: int | None = None
) -> Opened:
    """A library over these places, with the hand grouping and column maps a person confirmed for them.

    Args:
        places: paths and addresses.
        columns: --column.
        reading: how new the numbers of hosted runs must be.
        days: how far back hosted runs are listed; None for as far as usual.
    """
    from ragtui.cli.waiting import Telling
    from ragtui.sources import ColumnMap, Reading
    from ragtui.workbench import StateFile, open_library

    state_file = StateFile(places)
    state = state_file.read()
    confirmed = {path: ColumnMap.from_dict(dict(raw)) for path, raw in state.columns.items()}
    overrules = {key: str(value) for key, value in state.overrules.items()}
    library = open_library(
        places, state.marks, confirmed, overrules, Telling(), roles=column_roles(columns),
        reading=reading or Reading.CHECKED, days=days,
    )  # fmt: skip
    library.settle(state.directions)
    _OPEN.append(library)
    return Opened(library, state_file)


def close_places() -> None:
    """Let go of connections and caches of everything that was opened; texts cannot be read any more."""
    while _OPEN:
        _OPEN.pop().close()


def places_for(args: argparse.Namespace, refs: Sequence[str]) -> list[str]:
    """Where to look: --in, else the paths among the words themselves, and this folder where some are names.

    Raises:
        UsageError: a word is written like a path, and nothing is there.
    """
    paths = [ref for ref in refs if is_address(ref) or Path(ref).exists()]
    names = [ref for ref in refs if ref not in paths]
    if args.places:
        return [*args.places, *(path for path in paths if not _inside(path, args.places))]
    if wrong := next((name for name in names if _LIKE_A_PATH.search(name)), ""):
        raise UsageError(
            f"{wrong}: no such file or folder", "Give a path, or say with --in PATH where runs of that name are."
        )
    # `ragtui runs` lists this folder: what it prints is a name here too.
    return [*(path for path in paths if not _inside(path, ["."])), "."] if names else list(paths)


_LIKE_A_PATH = re.compile(r"[/\\]|\.[A-Za-z]{2,8}$|^\s*$")
"""A folder in the name, or a file's suffix: gpt-4.1 has none."""


def _inside(path: str, places: Sequence[str]) -> bool:
    if is_address(path):
        return path in places
    resolved = real_path(path)
    roots = [real_path(place) for place in places if not is_address(place)]
    return any(resolved == root or root in resolved.parents for root in roots)


def compare_words(args: argparse.Namespace) -> SideComparison:
    """The comparison that BASE… --vs CAND… and the statistics options ask for."""
    return compare_opened(args)[1]


def compare_opened(args: argparse.Namespace) -> tuple[Library, SideComparison]:
    """The same, with the library it was read from."""
    from ragtui.workbench import Asked, comparison, leave_out, pick_sides

    places = places_for(args, [*args.base, *args.vs, *args.noise])
    library = open_places(places, args.columns, **how_read(args)).library
    base, candidate = (_meant(library, args, words) for words in (args.base, args.vs))
    a, b = leave_out(list(zip(SIDES, pick_sides(library, base, candidate), strict=True)), args.without)
    profile = Path(args.profile) if args.profile else None
    asked = Asked(settings_of(args, a, b), args.noise, args.pool, profile, group_by=args.group_by or "")
    args.compared = comparison(library, a, b, asked)  # what the next step depends on
    return library, args.compared


def _meant(library: Library, args: argparse.Namespace, words: Sequence[str]) -> list[RunHeader]:
    """The runs that words mean; where one was only looked for in this folder, the way out names others.

    Raises:
        UsageError: one means no run, or several configurations.
    """
    from ragtui.workbench import runs_meant

    try:
        return runs_meant(library, words, pool=args.pool)
    except UsageError as error:
        if args.places or not error.message.startswith("no run is called"):
            raise
        raise UsageError(error.message, f"{error.hint} Or say with --in PATH where runs of that name are.") from error


def kept_notes(args: argparse.Namespace) -> Mapping[str, str]:
    """What a person wrote on items of these places in the app, by "dataset/item"."""
    from ragtui.workbench import StateFile

    return StateFile(places_for(args, [*args.base, *args.vs, *args.noise])).read().item_notes()
