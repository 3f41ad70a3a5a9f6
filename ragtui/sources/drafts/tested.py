"""Results of tests: what their metrics are called, and which tests are repeats of one by their names."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

PASSED = "passed"
DURATION = "test_duration_s"
_REPEATED = re.compile(r"(?P<test>.*)\[(?:(?P<case>.*)-)?(?P<number>\d+)-(?P<count>\d+)\]")
"""How pytest-repeat ends the name of a test: "test_answer[case-2-3]" is the second of three."""


def numbered_repeats(ids: Sequence[str]) -> dict[str, tuple[str, str]]:
    """The item of each test and the number of its repeat; none where not all of them, from 1 to the last, are there."""
    numbers: dict[tuple[str, str], set[int]] = defaultdict(set)
    cut = {name: found for name in ids if (found := _REPEATED.fullmatch(name))}
    for found in cut.values():
        numbers[_item(found), found["count"]].add(int(found["number"]))
    out = {}
    for name in ids:
        found = cut.get(name)
        whole = found and numbers[_item(found), found["count"]] == set(range(1, int(found["count"]) + 1))
        out[name] = (_item(found), found["number"]) if found and whole and found["count"] != "1" else (name, "")
    return out


def _item(found: re.Match[str]) -> str:
    return f"{found['test']}[{found['case']}]" if found["case"] else found["test"]
