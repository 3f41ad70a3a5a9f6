"""Runs whose every name is an attack on whoever shows it, and what a report may hold of them.

What a browser, an XML parser or a Markdown renderer makes of a report is asked, not what the report looks like: the
words of the attack have to be there, as text.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from datetime import UTC, datetime
from html.parser import HTMLParser
from itertools import cycle
from pathlib import Path

from markdown_it import MarkdownIt

from ragtui.model import Context, Dataset, Item, Judgement, Kind, Metric, Result
from ragtui.sources.own.writer import RunWriter

MARK = "PWNED"
ATTACKS = {
    "script": f"<script>document.title='{MARK}'</script>",
    "attribute": f"\"'><img src=x onerror=\"document.title='{MARK}'\">",
    "svg": f"</text></svg><svg onload=document.title='{MARK}'>",
    "end of the style": f"</style></title></textarea></pre><iframe srcdoc='<script>parent.document.title=\"{MARK}\"'>",
    "cdata": f"]]><x>{MARK}</x><!--",
    "comment": f"--><b id={MARK}>",
    "entity": f"&#60;img src=x onerror=&#39;document.title=1&#39;&#62; &lt;b&gt; {MARK}",
    "doctype": f'<!DOCTYPE x [<!ENTITY a "{MARK}">]>&a;',
    "template": f"{{{{7*7}}}} ${{7*7}} {{% x %}} {MARK}",
    "link": f"[{MARK}](javascript:document.title=1) <javascript:alert(1)> javascript:alert('{MARK}')",
    "image": f"![{MARK}](https://h.example/x.png) [x]: https://h.example/y.png",
    "html in markdown": f"`<b>` ``` </details></td></table> <img src=//h.example/{MARK}> \\<i\\>",
    "table": f"| {MARK} | b | \\| c ||",
    "heading": f"\n# {MARK}\n\n- [ ] x\n> y\n***\n",
    "mention": f"@everyone @octo/team #1 GH-1 {MARK} 0123456789abcdef0123456789abcdef01234567",
    "address": f"https://h.example/{MARK} www.h.example x@h.example",
    "math": f"$$\\unicode{{x}}$$ $`x`$ {MARK}",
    "wide": f"{MARK} 🔑鍵\u0301 \ufeff \u2028 \u202e",
}
"""What is put into every name that a run has."""


def lay_out(folder: Path, attacks: Sequence[str], day: int, fall: float) -> Path:
    """A run in which everything that a stranger names is an attack: itself, its dataset, items, metric, label,
    settings, judges, texts, errors, passages, metadata. Each takes the next one, so that turning the list around
    brings every attack to every place."""
    next_one = cycle(attacks).__next__
    metric = Metric(f"m {next_one()}", Kind.ORDINAL, scale=(1, 5))
    items = tuple(
        Item(f"{number} {next_one()}", f"{number} {next_one()}", next_one(), {next_one(): next_one()})
        for number in range(9)
    )
    writer = RunWriter.create(
        folder,
        name=f"{folder.name} {next_one()}",
        description=next_one(),
        dataset=Dataset(f"d {next_one()}", items, version=next_one()),
        pipeline={"version": folder.name, next_one(): f"{folder.name} {next_one()}"},
        judges={metric.name: {"model": next_one()}},
        metrics=[metric],
        repeats=3,
        created=datetime(2026, 11, day, tzinfo=UTC),
        git={"commit": next_one(), "branch": next_one(), "dirty": False},
        sync_each=False,
    )
    with writer:
        for repeat in range(1, 4):
            for number, item in enumerate(items):
                if number == 8 and fall:
                    writer.append(Result(item.id, str(repeat), error=f"error {next_one()}"))
                    continue
                score = 5 - (fall if number < 7 else 0) - (repeat + number) % 2 * 0.5
                judged = {metric.name: Judgement(score, next_one(), next_one(), judge=next_one())}
                passages = (Context(next_one(), next_one(), next_one(), 0.5, True),)
                writer.append(
                    Result(item.id, str(repeat), output=f"{next_one()} {repeat}", contexts=passages, judgements=judged,
                           latency_s=1.0 + repeat, trace_id=next_one(), trace_url=next_one(),
                           metadata={next_one(): next_one()})
                )  # fmt: skip
        writer.finish()
    return folder


_NEVER = frozenset((
    "script", "img", "iframe", "object", "embed", "link", "base", "form", "input", "button", "audio", "video", "source",
    "frame", "frameset", "applet", "marquee", "template", "portal", "foreignobject", "image", "animate", "set", "use",
))  # fmt: skip
_NO_ICON = {"rel": "icon", "href": "data:,"}


def is_trace(tag: str, address: str) -> bool:
    """Whether it is a link to a trace, which a person may follow: to the web, and nowhere else."""
    return tag == "a" and address.startswith(("http://", "https://"))


class _Page(HTMLParser):
    """Elements, attributes and text as a browser sees them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.wrong: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _NEVER and (tag, dict(attrs)) != ("link", _NO_ICON):
            self.wrong.append(f"<{tag} {attrs}>")
        for name, value in attrs:
            said = (value or "").strip()
            obeyed = name.startswith("on") or name in ("srcdoc", "action", "formaction", "background")
            follows = name in ("href", "src", "xlink:href") and not said.startswith("#")
            if obeyed or (follows and (tag, said) != ("link", "data:,") and not is_trace(tag, said)):
                self.wrong.append(f"{tag} {name}={said}")
            if name == "http-equiv" and said.casefold() == "refresh":
                self.wrong.append(f"{tag} {name}={said}")
            if name in ("id", "style") and MARK in said:
                self.wrong.append(f"{tag} {name}={said}")

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        if MARK in data:
            self.wrong.append(f"comment {data}")


def wrong_in_html(text: str) -> list[str]:
    """What a browser would run, load, follow or leave out of an HTML page or an SVG picture."""
    page = _Page()
    page.feed(text)
    page.close()
    return page.wrong + ([] if MARK in "".join(page.texts) else ["the names are not there as text"])


def wrong_in_xml(text: str) -> list[str]:
    """What an XML parser stumbles over, or takes for an element of ours."""
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        return [str(error)]
    names = {element.tag.rpartition("}")[2].casefold() for element in root.iter()}
    return sorted(names & (_NEVER | {"x", "b"}))


_MENTION = re.compile(r"(?<![\w`/.])@[A-Za-z]")


def wrong_in_markdown(text: str) -> list[str]:
    """What a renderer that lets HTML through, as GitHub's does, would make of it."""
    rendered = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(text)
    page = _Page()
    page.feed(rendered)
    page.close()
    said = "".join(page.texts)
    wrong = [*page.wrong, *(f"mention {found}" for found in _MENTION.findall(said))]
    return wrong + ([] if MARK in said else ["the names are not there as text"])
