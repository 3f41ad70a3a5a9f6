"""Whether a run folder may be executed: a `launch.json` is a program, and folders travel.

A run folder names commands, modules, addresses and the variables that hold keys. One that this user's own ragtui wrote
is known by its content; any other (a download, a CI artefact, a copy somebody edited) is shown and asked about once.
What is remembered is a digest of the content, in the state folder: `launch.json` alone for folders of our own, and for
others also the code it names, so that code which changes after the question is asked about again.

Everything that executes comes through `require`, which refuses; screens and commands ask first and call `allow`.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragtui.errors import InputError, RagtuiError
from ragtui.files.regular import read_regular
from ragtui.model import canonical_hash
from ragtui.places import state_folder
from ragtui.runner.launch.launchfile import LAUNCH, read_launch
from ragtui.runner.plan.plan import BASELINE, CommandTarget, HttpTarget, ModelUse, PythonTarget, RagTarget, Target
from ragtui.runner.plan.secrets import key_variable, variables_in

if TYPE_CHECKING:
    from ragtui.runner.launch.prepare import Launch

STORE = "trusted-launches.txt"
_MOST_BYTES = 64 * 2**20
_EXECUTED = ("plan", "base", "rejudge")
"""What of a `launch.json` says what is run; all folders of a launch say the same."""
_written_here: set[str] = set()
"""Digests of this process, for a state folder that cannot be written."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One address that is talked to.

    Attributes:
        purpose: what for, such as "judge faithfulness".
        url: as in the plan; empty for the `openai` package's own default.
        keys: variables whose values are sent along.
    """

    purpose: str
    url: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Execution:
    """What a run folder does when it is worked on, as far as it concerns whoever starts it.

    Attributes:
        folder: the run folder.
        programs: commands and functions, each with the folder it runs in.
        sent: addresses, each with the keys it gets.
        reads: files and folders outside the run folder whose text is sent on.
        own: whether this user's own ragtui wrote it.
        digest: of everything above and the code it names.
    """

    folder: Path
    programs: tuple[str, ...]
    sent: tuple[Sent, ...]
    reads: tuple[str, ...]
    own: bool
    digest: str

    def lines(self) -> list[str]:
        """One line for each thing that would happen."""
        found = [f"runs    {program}" for program in self.programs]
        for sent in self.sent:
            keys = f" with the value of {', '.join(sent.keys)}" if sent.keys else ""
            found.append(f"asks    {sent.url or 'the default address of openai'}{keys}  ({sent.purpose})")
        found.extend(f"reads   {place}" for place in self.reads)
        if self.programs:
            found.append("Programs see every variable of this environment and may do what you may do.")
        return found or ["asks nobody and runs nothing of its own"]


class UntrustedError(RagtuiError):
    """A folder that was not written here and that nobody has agreed to run yet.

    Attributes:
        execution: what it would do.
    """

    def __init__(self, execution: Execution) -> None:
        what = "\n".join(f"  {line}" for line in execution.lines())
        super().__init__(
            f"{execution.folder}: was not made by this user's ragtui, and it would do this:\n{what}",
            "Look at it; --trust agrees and remembers it. Nothing was run.",
        )
        self.execution = execution


def execution_of(launch: Launch) -> Execution:
    """What working on a launch would do.

    Raises:
        InputError: its folders say different things and were not all written here. A folder that names one of our own
            beside itself would have that one's trust.
    """
    plan = launch.plan
    targets = [] if launch.rejudging is not None else [(side.name, side.target) for side in plan.sides]
    programs = [found for _, target in targets if (found := _program(target, plan.base, plan.python))]
    programs += [_function(spec.call, plan.base, plan.python, "evaluator") for spec in plan.evaluators]
    sent = [entry for name, target in targets for entry in _sent_by(name, target)]
    sent += [_sent(f"judge {spec.metric.name}", spec.use) for spec in plan.judges]
    if plan.simulation is not None:  # models are pretended; commands, functions and addresses of targets are not
        sent = [entry for name, target in targets if isinstance(target, HttpTarget) for entry in _sent_by(name, target)]
    reads = [f"documents of {target.corpus}" for _, target in targets if isinstance(target, RagTarget)]
    reads += [f"prompt {path}" for path in _prompts(launch) if path is not None]
    reads += [f"answers of {spec.against}" for spec in plan.judges if spec.against not in ("", BASELINE)]
    if launch.rejudging is not None:
        reads.append(f"answers of {launch.rejudging.run}")
    documents = [read_launch(folder) for folder in launch.folders]
    own = all(_known(f"own {_own_digest(document)}") for document in documents)
    said = [[document.get(key) for key in _EXECUTED] for document in documents]
    if not own and any(one != said[0] for one in said):
        others = ", ".join(folder.name for folder in launch.folders[1:])
        raise InputError(
            f"{launch.lead}: is named as launched together with {others}, which would run something else",
            f"Look at {LAUNCH} of each; start a new run from the plan.",
        )
    content = (documents, sorted(_digests(launch)))
    return Execution(
        launch.lead,
        tuple(dict.fromkeys(programs)),
        tuple(dict.fromkeys(sent)),
        tuple(dict.fromkeys(reads)),
        own,
        canonical_hash(content, 64),
    )


def is_trusted(execution: Execution) -> bool:
    """Whether it was written here, or agreed to as it is now."""
    return execution.own or _known(f"agreed {execution.digest}")


def require(launch: Launch) -> None:
    """Refuse to go on with a launch that nobody has agreed to.

    Raises:
        UntrustedError: it was neither written here nor agreed to; it says what would have been done.
    """
    execution = execution_of(launch)
    if not is_trusted(execution):
        raise UntrustedError(execution)


def allow(execution: Execution) -> None:
    """Remember that a person agreed to this, exactly as it was shown."""
    _remember(f"agreed {execution.digest}")


def remember_own(document: Mapping[str, Any]) -> None:
    """Remember a `launch.json` that was just written here."""
    _remember(f"own {_own_digest(document)}")


def _own_digest(document: Mapping[str, Any]) -> str:
    return canonical_hash(document, 64)


def _program(target: Target, base: Path, python: str) -> str:
    if isinstance(target, CommandTarget):
        return f"the command {' '.join(target.command)!r} in {base}"
    if isinstance(target, PythonTarget):
        return _function(target.call, base, python, "target")
    return ""


def _function(call: str, base: Path, python: str, role: str) -> str:
    return f"the {role} {call} of {base}{f' under {python}' if python else ''}"


def _sent_by(name: str, target: Target) -> list[Sent]:
    if isinstance(target, RagTarget):
        uses = [("embeddings", target.embeddings), ("answers", target.generator)]
        return [_sent(f"{purpose} of {name}", use) for purpose, use in uses if use is not None]
    if isinstance(target, HttpTarget):
        keys = variables_in(target.url, *target.headers.values())
        return [Sent(f"answers of {name}", target.url, keys)]
    return []


def _sent(purpose: str, use: ModelUse) -> Sent:
    key = key_variable(use)
    return Sent(
        purpose, use.base_url, tuple(dict.fromkeys([*([key] if key else []), *variables_in(*use.headers.values())]))
    )


def _prompts(launch: Launch) -> Iterable[Path | None]:
    yield from (spec.prompt for spec in launch.plan.judges)
    if launch.rejudging is None:
        yield from (side.target.prompt for side in launch.plan.sides if isinstance(side.target, RagTarget))


def _digests(launch: Launch) -> Iterable[str]:
    """Digests of what a launch names to be run: modules, their interpreter, and files among the words of commands."""
    from ragtui.runner.launch.identity import code_hash

    base = launch.plan.base
    for side in launch.plan.sides:
        if isinstance(side.target, PythonTarget):
            yield f"{side.target.call} {code_hash(side.target.call, base)}"
        if isinstance(side.target, CommandTarget):
            yield from (f"{word} {digest}" for word in side.target.command if (digest := _file_digest(base / word)))
    for spec in launch.plan.evaluators:
        yield f"{spec.call} {code_hash(spec.call, base)}"
    if launch.plan.python:
        yield f"{launch.plan.python} {_file_digest(base / launch.plan.python)}"


def _file_digest(path: Path) -> str:
    try:
        return hashlib.sha256(read_regular(path)).hexdigest() if path.is_file() else ""
    except (OSError, ValueError):
        return ""


def _known(line: str) -> bool:
    return line in _written_here or line in _lines()


def _lines() -> set[str]:
    """What was remembered; nothing when the file is not an ordinary one of sane size."""
    try:
        descriptor = os.open(state_folder() / STORE, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except OSError:
        return set()
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode) or found.st_size > _MOST_BYTES:
            return set()
        return set(file.read().decode("utf-8", "replace").splitlines())


def _remember(line: str) -> None:
    """Append a line; where the state folder cannot be written it holds for this process."""
    if _known(line):
        return
    _written_here.add(line)
    path = state_folder() / STORE
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NONBLOCK", 0), 0o600)
        try:
            os.write(descriptor, f"{line}\n".encode())  # one short write: two processes never mix theirs
        finally:
            os.close(descriptor)
    except OSError:
        return
