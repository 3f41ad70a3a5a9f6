"""Commits in working trees of their own, and the runs that a plan makes in them.

The repository that is worked in is not touched: each commit is checked out into a folder beside the runs. Plan and
dataset are those of the working tree, so that only the code under test differs. What was run is kept: a search that
was stopped goes on with the runs that are there.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from ragtui.errors import InputError, UsageError
from ragtui.exits import Exit
from ragtui.files.problems import ProblemLog
from ragtui.gate.bisecting.search import Commit
from ragtui.gate.deciding.case import Case
from ragtui.gate.deciding.policy import Policy
from ragtui.gate.gathering import case_of, compare_by_policy
from ragtui.places import clean_environment, real_path
from ragtui.runner.launch.child import run_command
from ragtui.runner.plan.planfile import read_plan
from ragtui.sources.own.summary import SUMMARY, read_summary
from ragtui.workbench import open_library, side_of

RUNS, TREES = "runs", "trees"


class Checkouts:
    """Runs of commits, made as they are asked for.

    Args:
        plan: the plan's path, within the repository.
        out: folder for runs and working trees; made when missing.
        repeats: of the first look at a commit.

    Raises:
        UsageError: the plan lies in no repository, or has two sides.
        InputError: the plan cannot be read.
    """

    def __init__(self, plan: Path, out: Path, policy: Policy, repeats: int = 2) -> None:
        self._plan = real_path(plan)
        self.repository = Path(_git(self._plan.parent, "rev-parse", "--show-toplevel"))
        self._out, self._policy, self._repeats = real_path(out), policy, repeats
        read = read_plan(self._plan)
        if len(read.sides) != 1:
            raise UsageError(f"{plan}: has two sides", "Bisecting compares commits: leave [candidate] out.")
        self._dataset = real_path(read.dataset)
        self._good: Commit | None = None

    def between(self, good: str, bad: str) -> tuple[Commit, tuple[Commit, ...]]:
        """GOOD, and the commits after it up to and with BAD, oldest first, along first parents.

        Raises:
            UsageError: a name means no commit, or GOOD is no ancestor of BAD.
        """
        start, end = (_git(self.repository, "rev-parse", "--verify", f"{word}^{{commit}}") for word in (good, bad))
        if subprocess.run(
            ["git", "-C", str(self.repository), "merge-base", "--is-ancestor", start, end], check=False
        ).returncode:
            raise UsageError(f"{good} is no ancestor of {bad}", "Name the older, good commit first.")
        said = _git(self.repository, "log", "--first-parent", "--reverse", "--format=%H %s", f"{start}..{end}")
        commits = tuple(Commit(*line.partition(" ")[::2]) for line in said.splitlines())
        if not commits:
            raise UsageError(f"{good} and {bad} are the same commit", "There is nothing between them.")
        self._good = Commit(start)
        return self._good, commits

    def __call__(self, commit: Commit, look: int) -> Case:
        """Both commits with as many repeats as this look has, compared by the policy.

        Raises:
            RagtuiError: a commit cannot be checked out or run.
        """
        assert self._good is not None
        repeats = self._repeats + look - 1
        places = [self._run(one, repeats) for one in (self._good, commit)]
        with contextlib.closing(open_library([str(self._out / RUNS)])) as library:
            base, candidate = (side_of(library, library.find(str(place)), one.short)
                               for place, one in zip(places, (self._good, commit), strict=True))  # fmt: skip
            return case_of(compare_by_policy(self._policy, base, candidate), self._policy)

    def spent(self) -> float | None:
        """Dollars that all runs here cost; None when a run does not know."""
        total = 0.0
        for summary in (self._out / RUNS).glob(f"*/*/{SUMMARY}"):
            spent = read_summary(summary, ProblemLog(str(summary))).get("spent")
            cost = spent.get("cost_usd") if isinstance(spent, dict) else None
            if not isinstance(cost, (int, float)) or (isinstance(spent, dict) and spent.get("unpriced_calls")):
                return None
            total += float(cost)
        return total

    def close(self) -> None:
        """Take the working trees away; the runs stay."""
        for tree in sorted((self._out / TREES).glob("*")):
            subprocess.run(
                ["git", "-C", str(self.repository), "worktree", "remove", "--force", str(tree)],
                check=False, capture_output=True,
            )  # fmt: skip

    def _run(self, commit: Commit, repeats: int) -> Path:
        """The run of a commit, with at least so many repeats."""
        folder = self._out / RUNS / commit.short
        with self._tree(commit) as plan:
            made = sorted(path.parent for path in folder.glob(f"*/{SUMMARY}"))
            if made:
                words = run_command(made[0], "--repeats", str(max(repeats, self._has(made[0]))))
            else:
                words = run_command(plan, "--repeats", str(repeats), "--out", str(folder))
            _work(words, commit, plan.parent)
        made = sorted(path.parent for path in folder.glob(f"*/{SUMMARY}"))
        if not made:
            raise InputError(f"{commit.short}: made no run", "Run the plan by hand at that commit.")
        return made[0]

    @staticmethod
    def _has(run: Path) -> int:
        repeats = read_summary(run / SUMMARY, ProblemLog(str(run))).get("repeats")
        return repeats if isinstance(repeats, int) else 1

    @contextlib.contextmanager
    def _tree(self, commit: Commit) -> Iterator[Path]:
        """A working tree of the commit, with the present plan and dataset in it; gives the plan's path there."""
        tree = self._out / TREES / commit.short
        if not (tree / ".git").exists():
            tree.parent.mkdir(parents=True, exist_ok=True)
            shutil.rmtree(tree, ignore_errors=True)
            _git(self.repository, "worktree", "prune")
            _git(self.repository, "worktree", "add", "--detach", "--quiet", str(tree), commit.id)
        for path in (self._plan, self._dataset):
            with contextlib.suppress(ValueError):  # a dataset outside the repository is named by its own path
                there = tree / path.relative_to(self.repository)
                there.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, there)
        yield tree / self._plan.relative_to(self.repository)


def _work(words: Sequence[str], commit: Commit, folder: Path) -> None:
    """Run in a process of its own: the code under test must not be able to end the search."""
    done = subprocess.run(
        words,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        env=clean_environment(),
    )
    if done.returncode == Exit.INTERRUPTED:
        raise KeyboardInterrupt
    if done.returncode not in (Exit.OK, Exit.INCOMPLETE):
        last = [line for line in done.stderr.strip().splitlines() if not line.startswith("ragtui: running")][-2:]
        raise InputError(f"{commit.short}: did not run: {' '.join(last)[:300]}", "It is skipped.")


def _git(folder: Path, *words: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *words], capture_output=True, text=True, check=False, errors="replace"
        )
    except OSError as error:
        raise UsageError(f"git cannot be started ({error})", "Install git.") from error
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["failed"])[-1]
        raise UsageError(f"git {words[0]}: {said}", "Name commits of the repository that holds the plan.")
    return done.stdout.strip()
