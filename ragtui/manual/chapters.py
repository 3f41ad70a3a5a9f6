"""The manual by its headings, which is how the app shows it and looks things up in it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ragtui.manual import pages

_HEADING = re.compile(r"^(#{1,3}) (.+)$")
_FENCE = "```"


@dataclass(frozen=True, slots=True)
class Chapter:
    """What stands under one heading.

    Attributes:
        topic: its page, as `ragtui help TOPIC` takes it.
        title: the heading, without marks.
        level: 1 for the page's own.
        text: the heading and all up to the next one, as Markdown.
    """

    topic: str
    title: str
    level: int
    text: str

    def says(self, wanted: str) -> bool:
        """Whether every word that is looked for stands in it, in any case."""
        text = f"{self.topic} {self.text}".casefold()
        return all(word in text for word in wanted.casefold().split())


def chapters() -> tuple[Chapter, ...]:
    """All of them, in reading order."""
    return tuple(chapter for page in pages() for chapter in cut(page.topic, page.text))


def cut(topic: str, text: str) -> list[Chapter]:
    """One page, cut at its headings; a line of a code block that begins with # is none."""
    found: list[tuple[str, int, list[str]]] = []
    fenced = False
    for line in text.splitlines():
        fenced ^= line.startswith(_FENCE)
        heading = None if fenced else _HEADING.match(line)
        if heading is not None or not found:
            title = heading[2].replace("`", "") if heading else topic
            found.append((title, len(heading[1]) if heading else 1, []))
        found[-1][2].append(line)
    return [Chapter(topic, title, level, "\n".join(lines).strip() + "\n") for title, level, lines in found]
