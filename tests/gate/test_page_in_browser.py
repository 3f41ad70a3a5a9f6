"""The HTML report in a real browser: landmarks, headings, keyboard, light and dark, no network, no complaints."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from gate_cases.chromium import CHROMIUM, Chromium

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")

PAGE = Path(__file__).parent / "golden" / "regressed.html"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    with Chromium(tmp_path_factory.mktemp("chromium")) as one:
        yield one


def roles(browser: Chromium) -> list[tuple[str, str]]:
    """Role and accessible name of everything a screen reader is told of, in reading order."""
    nodes = browser.call("Accessibility.getFullAXTree")["nodes"]
    return [
        (node["role"]["value"], node.get("name", {}).get("value", ""))
        for node in nodes
        if not node.get("ignored") and "role" in node
    ]


def test_it_opens_from_disk_without_network_or_complaint(browser: Chromium) -> None:
    browser.open(PAGE)
    assert browser.complaints() == []
    assert [address for address in browser.requests() if not address.startswith(("file:", "data:"))] == []


def test_landmarks_and_headings(browser: Chromium) -> None:
    browser.open(PAGE)
    found = roles(browser)
    names = [role for role, _ in found]
    for landmark in ("banner", "navigation", "main", "contentinfo"):
        assert names.count(landmark) == 1, landmark
    assert ("navigation", "Sections") in found
    regions = [name for role, name in found if role == "region"]
    for section in ("Reasons", "Gated means", "Items", "How this was decided"):
        assert section in regions
    levels = browser.evaluate("[...document.querySelectorAll('h1,h2,h3')].map(h => +h.tagName[1])")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert browser.evaluate("document.documentElement.lang") == "en"


def test_tables_and_plots_speak(browser: Chromium) -> None:
    browser.open(PAGE)
    found = roles(browser)
    assert {"columnheader", "rowheader"} <= {role for role, _ in found}
    assert browser.evaluate("[...document.querySelectorAll('table')].every(t => t.caption && t.caption.textContent)")
    plots = [name for role, name in found if role in ("img", "image", "graphics-document")]
    assert len(plots) == browser.evaluate("document.querySelectorAll('svg').length") >= 2
    assert all(plots)


def test_the_keyboard_reaches_everything_in_order(browser: Chromium) -> None:
    browser.open(PAGE)
    wanted = browser.evaluate("document.querySelectorAll('a[href],summary,.scroll').length")
    seen = []
    for _ in range(wanted):
        browser.press("Tab", 9)
        seen.append(browser.evaluate("document.activeElement.tagName + ' ' + document.activeElement.className"))
        outline = browser.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", f"{seen[-1]} shows no focus"
    assert seen[0] == "A skip"
    assert len(seen) == wanted
    assert "BODY " not in seen
    assert {"A ", "DIV scroll", "SUMMARY "} <= set(seen)


def test_details_open_by_keyboard(browser: Chromium) -> None:
    browser.open(PAGE)
    assert browser.evaluate("document.querySelectorAll('details[open]').length") == 0
    browser.evaluate("document.querySelector('summary').focus()")
    browser.press("Enter", 13, text="\r")
    assert browser.evaluate("document.querySelectorAll('details[open]').length") == 1


def test_text_can_be_read_in_light_and_dark(browser: Chromium) -> None:
    """WCAG contrast of every text against the page, at least 4.5."""
    for scheme in ("light", "dark"):
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        browser.call("Emulation.setEmulatedMedia", features=features)
        browser.open(PAGE)
        ground = _rgb(browser.evaluate("getComputedStyle(document.body).backgroundColor"))
        colours = browser.evaluate(
            "[...new Set([...document.querySelectorAll('body, p, a, th, td, li, caption, dt, h2, svg text')]"
            ".map(e => e.closest('svg') ? getComputedStyle(e).fill : getComputedStyle(e).color))]"
        )
        assert (sum(ground) < 200) is (scheme == "dark")
        for colour in colours:
            assert _contrast(_rgb(colour), ground) >= 4.5, (scheme, colour)


def test_a_narrow_window_scrolls_tables_not_the_page(browser: Chromium) -> None:
    browser.call("Emulation.setDeviceMetricsOverride", width=360, height=700, deviceScaleFactor=1, mobile=False)
    browser.open(PAGE)
    assert browser.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    browser.call("Emulation.clearDeviceMetricsOverride")


def _rgb(text: str) -> tuple[float, ...]:
    return tuple(float(part) for part in text[text.index("(") + 1 : text.index(")")].split(",")[:3])


def _contrast(first: tuple[float, ...], second: tuple[float, ...]) -> float:
    def luminance(colour: tuple[float, ...]) -> float:
        parts = [part / 255 for part in colour]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)
