"""The comparison as a page: what runs say stays text, and the page is well formed whatever they say."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from stats_kit import cube

from ragtui.model import About, Kind, Metric, Note
from ragtui.present.report.content import Subject
from ragtui.present.report.registry import form
from ragtui.stats import compare

NASTY = '<script>alert(1)</script> & "quoted" \x1b[31mred\x07 </td>'
FAITH = Metric("faithfulness", Kind.ORDINAL, scale=(1, 5))
VOID = {"meta", "link"}


class Reader(HTMLParser):
    """Tags that are open, the tags that were met, and the text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.met: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.met.add(tag)
        assert not any(name.startswith("on") for name, _ in attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def read(**fields: object) -> Reader:
    result = compare(
        cube({FAITH: {NASTY: [5, 5, 5], "b": [4, 4, 4], "c": [3, 3, 3]}}),
        cube({FAITH: {NASTY: [1, 1, 1], "b": [4, 4, 4], "c": [3, 3, 3]}}),
    )
    page = form("html").write(Subject(result, NASTY, "b", NASTY, lambda item: NASTY, **fields), every=True)  # type: ignore[arg-type]
    assert "\x1b" not in page and "\x07" not in page
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


def test_what_runs_say_stays_text() -> None:
    reader = read(item_notes={NASTY: NASTY})
    assert "script" not in reader.met
    assert "<script>alert(1)</script>" in reader.text


@pytest.mark.parametrize("blocked", [False, True])
def test_a_blocker_stands_first_and_takes_the_verdicts_back(blocked: bool) -> None:
    note = Note(About.OTHER_QUESTIONS, count=2, total=3, names=("b", "old", "new"))
    reader = read(blockers=(note,) if blocked else ())
    assert ("no verdict below may be used" in reader.text) is blocked
