"""The manual: one Markdown page a topic, shipped with the package, read by `ragtui help` and by the app."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from importlib.resources import files

from ragtui.errors import UsageError

TOPICS = (
    "reading", "files", "run-folder", "running", "plan", "many-machines", "langfuse", "gate", "statistics",
    "configuration", "python", "architecture", "decisions",
)  # fmt: skip
"""File names without suffix, in the order in which a newcomer reads them."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page.

    Attributes:
        topic: its name on the command line.
        title: the first heading.
        summary: the sentence below it.
        text: all of it, as Markdown.
    """

    topic: str
    title: str
    summary: str
    text: str


def pages() -> tuple[Page, ...]:
    """All pages, in reading order."""
    return tuple(map(page, TOPICS))


def page(topic: str) -> Page:
    """One page.

    Raises:
        UsageError: there is none of that name; names the nearest, or all.
    """
    if topic not in TOPICS:
        near = get_close_matches(topic, TOPICS, n=1)
        raise UsageError(
            f"the manual has no page {topic!r}",
            f"Did you mean {near[0]!r}?" if near else f"Topics are {', '.join(TOPICS)}.",
        )
    text = files(__name__).joinpath(f"{topic}.md").read_text("utf-8")
    if topic == "files":
        from ragtui.manual.tables import filled

        text = filled(text)
    title, summary = [block for block in text.split("\n\n") if block.strip()][:2]
    return Page(topic, title.removeprefix("# "), " ".join(summary.split()), text)
