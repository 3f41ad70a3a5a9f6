"""Small datasets and runs for tests of reading."""

from typing import Any

from ragtui.langfuse.read.source import LangfuseSource
from ragtui.model import Problem, RunHeader


def items(count: int, **more: Any) -> dict[str, dict[str, Any]]:
    return {
        f"i{n:03d}": {"input": {"question": f"Q{n}"}, "expectedOutput": f"A{n}", "metadata": {"topic": "t"}, **more}
        for n in range(count)
    }


def results(count: int, first: int = 0, **more: Any) -> dict[str, dict[str, Any]]:
    return {
        f"i{n:03d}": {
            "output": f"answer {n}",
            "scores": {"faithfulness": (n % 5 + 1.0, f"because {n}"), "passed": bool(n % 2)},
            "cost": 0.25,
            "tokens": {"input": 10, "output": 2},
            "seconds": 1.5,
            "judging": 4.0,
            **more,
        }
        for n in range(first, first + count)
    }


def listed(source: LangfuseSource) -> tuple[dict[str, RunHeader], list[Problem]]:
    found = list(source.headers())
    return (
        {each.name: each for each in found if isinstance(each, RunHeader)},
        [each for each in found if isinstance(each, Problem)],
    )
