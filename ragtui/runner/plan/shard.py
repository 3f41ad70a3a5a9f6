"""One part of a run that is split over machines: which part of how many, and which items are its own.

Every machine is started with the same plan and a number of its own. Nothing connects them: a part knows what it is a
part of, and `ragtui merge` puts the parts together.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from ragtui.errors import UsageError
from ragtui.files.fields import mapping, text, whole

T = TypeVar("T")
AUTO = "auto"

_ARRAYS = (
    # (number of this job, how many jobs, first number, the array's own name): as the schedulers document them
    ("SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_JOB_ID"),
    ("CI_NODE_INDEX", "CI_NODE_TOTAL", 1, "CI_PIPELINE_ID"),
    ("CIRCLE_NODE_INDEX", "CIRCLE_NODE_TOTAL", 0, "CIRCLE_WORKFLOW_ID"),
    ("BUILDKITE_PARALLEL_JOB", "BUILDKITE_PARALLEL_JOB_COUNT", 0, "BUILDKITE_BUILD_ID"),
    ("AWS_BATCH_JOB_ARRAY_INDEX", "AWS_BATCH_JOB_ARRAY_SIZE", 0, "AWS_BATCH_JOB_ID"),
    ("JOB_COMPLETION_INDEX", "JOB_COMPLETIONS", 0, "JOB_NAME"),
)
_RUN_NAMES = ("GITHUB_RUN_ID", "CI_PIPELINE_ID", "CIRCLE_WORKFLOW_ID", "BUILDKITE_BUILD_ID", "SLURM_ARRAY_JOB_ID")


@dataclass(frozen=True, slots=True)
class Shard:
    """A part of a run.

    Attributes:
        index: from 1 to `count`.
        count: how many parts there are.
        of: what tells this splitting of the run from another one, such as the job array's number; may be empty.
    """

    index: int
    count: int
    of: str = ""

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"

    def own(self, items: Sequence[T]) -> tuple[T, ...]:
        """The items of this part: every `count`-th, so that hard stretches of a dataset are shared out."""
        return tuple(items[self.index - 1 :: self.count])

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {"index": self.index, "count": self.count, "of": self.of}

    @classmethod
    def from_document(cls, document: object) -> Shard | None:
        """From JSON; None when it is none."""
        fields: Mapping[str, Any] = mapping(document)
        index, count = whole(fields.get("index")), whole(fields.get("count"))
        if index is None or count is None or not 1 <= index <= count:
            return None
        return cls(index, count, text(fields.get("of")))


def read_shard(word: str, of: str = "", environment: Mapping[str, str] | None = None) -> Shard:
    """What `--shard` says: "2/8", "auto" (number and count from the job array's variables), or "auto/8".

    Args:
        of: a name for the whole splitting; empty takes the job array's or the pipeline's from the environment.

    Raises:
        UsageError: it says something else, or the environment names no array.
    """
    environment = os.environ if environment is None else environment
    if word == AUTO or word.startswith(f"{AUTO}/"):
        return _from_environment(word.partition("/")[2], of, environment)
    found = re.fullmatch(r"(\d+)/(\d+)", word)
    if not found or not 1 <= int(found[1]) <= int(found[2]):
        raise UsageError(
            f"--shard {word}: not a part of a whole",
            'Give "2/8" for the second of eight parts, or "auto" inside a job array.',
        )
    named = of or next((environment[name] for name in _RUN_NAMES if environment.get(name)), "")
    return Shard(int(found[1]), int(found[2]), named)


def _from_environment(total: str, of: str, environment: Mapping[str, str]) -> Shard:
    for number, count, first, name in _ARRAYS:
        index = _counted(environment.get(number, ""))
        if index is None:
            continue
        begin = first if isinstance(first, int) else _counted(environment.get(first, "")) or 0
        wanted = _counted(total or environment.get(count, ""))
        if wanted is None:
            raise UsageError(f"--shard auto: {number} is set, {count} is not", "Say how many parts there are: auto/8.")
        shard = read_shard(f"{index - begin + 1}/{wanted}", of, environment)
        return replace(shard, of=of or environment.get(name, "").partition(":")[0])
    known = ", ".join(number for number, *_ in _ARRAYS)
    raise UsageError("--shard auto: no job array here", f'None of {known} is set. Give "2/8" instead.')


def _counted(word: str) -> int | None:
    return int(word) if word.isdecimal() else None
