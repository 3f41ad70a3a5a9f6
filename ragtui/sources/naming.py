"""Names of runs whose files do not name them: by what tells their paths apart.

Harnesses write `results/no-rerank/judge_results.csv` and `results/rerank/judge_results.csv`: the folder is the name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath


def telling_names(names: Sequence[str]) -> Mapping[str, str]:
    """For paths whose last parts are alike, the shortest part of each that is like no other; others are left out.

    Args:
        names: paths relative to the place that is listed, with slashes.
    """
    alike: dict[str, list[str]] = defaultdict(list)
    for name in names:
        alike[PurePosixPath(name).stem].append(name)
    found: dict[str, str] = {}
    for group in alike.values():
        if len(group) > 1:
            found |= _told_apart(group)
    return found


def _told_apart(group: Sequence[str]) -> dict[str, str]:
    folders = {name: PurePosixPath(name).parent.parts for name in group}
    deepest = max(map(len, folders.values()))
    for place in range(1, deepest + 1):  # one folder on the way that is different everywhere
        said = [parts[-place] if len(parts) >= place else "" for parts in folders.values()]
        if len(set(said)) == len(said) and all(said):
            return dict(zip(folders, said, strict=True))
    shared = 0
    while all(len(parts) > shared for parts in folders.values()) and len({p[shared] for p in folders.values()}) == 1:
        shared += 1
    paths = {name: "/".join((*parts[shared:], PurePosixPath(name).stem)) for name, parts in folders.items()}
    if len(set(paths.values())) == len(paths):
        return paths
    return {name: "/".join((*parts[shared:], PurePosixPath(name).name)) for name, parts in folders.items()}
