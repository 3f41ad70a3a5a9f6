"""The page `ragtui help plan`, written from the table that checks plans: python -m ragtui.runner.plan.reference"""

from __future__ import annotations

import sys

from ragtui.runner.plan.keys import SECTIONS
from ragtui.runner.plan.schema import REQUIRED, Key, PlanTable

_HEAD = """\
# Every key of a plan

Types, defaults and examples of everything a plan file may say; an unknown key is an error that names the nearest.

This page is written from the table that checks plans. `ragtui plan FILE` checks a file and shows its cost, `ragtui try
FILE` runs one item of it, `ragtui init` writes one. Paths start at the plan's folder.
"""


def page() -> str:
    """All of it, as Markdown."""
    return "\n".join([_HEAD, *(_section(section) for section in SECTIONS)])


def _section(section: PlanTable) -> str:
    kind = f" with `{section.fixed}`" if section.fixed else ""
    lines = [f"## {f'`{section.header}`' if section.header else 'The top'}{kind}", "", section.says, ""]
    lines += [_line(key) for key in section.keys if not (key.name == "kind" and section.fixed)]
    examples = [f"{key.name} = {key.example}" for key in section.keys if key.example]
    lines += ["", "```toml", *filter(None, [section.header, section.fixed]), *examples, "```", ""]
    return "\n".join(lines)


def _line(key: Key) -> str:
    if key.default == REQUIRED:
        left_out = "required"
    elif key.shown:
        left_out = f"default: {key.shown}"
    elif key.default is None:
        left_out = "may be left out"
    else:
        left_out = f"default: {_plain(key.default)}"
    return f"- `{key.name}` ({key.kind}; {left_out}): {key.says}"


def _plain(value: object) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return str(value) if value != "" else "empty"


if __name__ == "__main__":
    sys.stdout.write(page())
