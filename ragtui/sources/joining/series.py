"""Files that are called as repeats of one run: `eval_run1.csv`, `eval_run2.csv`, `eval_run3.csv`.

Names alone do not make repeats: people number experiments the same way, and the difference between two experiments
would be learned as noise. So the files stay runs of their own, and how to pool them is said.
"""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from ragtui.files.packed import inner_name
from ragtui.model import Problem, RunHeader
from ragtui.sources.table.unfolding.passes import pass_in

_FORMATS = ("table", "plain")
_MOST_NAMED = 4


def called_as_repeats(headers: Iterable[RunHeader]) -> Iterator[Problem]:
    """One remark for each series of files of a folder whose names number repeats, with the same metrics and items.

    Args:
        headers: the runs of a place; those that number their repeats themselves are passed over.
    """
    series: dict[tuple[object, ...], dict[str, Path]] = defaultdict(dict)
    for header in headers:
        path = Path(header.location)
        numbered = pass_in(Path(inner_name(path.name)).stem) if header.format in _FORMATS else None
        if numbered and header.repeats == 1 and "#" not in header.id:
            metrics = tuple(metric.name for metric in header.metrics)
            series[path.parent, numbered.arm, path.suffix, header.items, metrics].setdefault(numbered.number, path)
    for (folder, *_), held in series.items():
        if len(held) > 1:
            files = [path.name for _, path in sorted(held.items(), key=lambda one: int(one[0]))]
            more = f" and {len(files) - _MOST_NAMED} more" if len(files) > _MOST_NAMED else ""
            yield Problem(
                str(folder),
                f"{', '.join(files[:_MOST_NAMED])}{more} are called as repeats of one run, and stay runs of their own",
                f"if they are repeats, pool them: mark them and press J, or name all on one side of a comparison,"
                f" `--vs {shlex.join(files[:2])}{' …' if len(files) > 2 else ''}`",
            )
