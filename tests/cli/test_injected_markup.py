"""Names of a run are text in every report: to a browser, an XML parser, a renderer of Markdown, a notebook."""

import csv
import io
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from gate_cases.chromium import CHROMIUM, Chromium
from injecting import ATTACKS, MARK, lay_out, wrong_in_html, wrong_in_markdown, wrong_in_xml

import ragtui
from ragtui.cli import main
from ragtui.exits import Exit

TURNS = range(len(ATTACKS)) if os.environ.get("RAGTUI_ALL_ATTACKS") else (0, 7)
"""How far the list of attacks is turned: 0 to 17 bring every attack to every place (RAGTUI_ALL_ATTACKS=1)."""


@pytest.fixture(scope="module", params=TURNS)
def runs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("attacks")
    attacks = [*ATTACKS.values()]
    turned = attacks[request.param :] + attacks[: request.param]
    lay_out(folder / "base", turned, 1, 0)
    lay_out(folder / "new", turned, 2, 2)
    return folder


def wrong_in_csv(text: str) -> list[str]:
    return [cell for row in csv.reader(io.StringIO(text)) for cell in row if cell.startswith(("=", "+", "@"))]


def wrong_in_json(text: str) -> list[str]:
    json.loads(text)
    return [] if MARK in text else ["the names are not there"]


def wrong_in_text(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith(("::", "#", "- [", ">"))]


CHECKS: dict[str, Callable[[str], list[str]]] = {
    "html": wrong_in_html, "markdown": wrong_in_markdown, "junit": wrong_in_xml, "sarif": wrong_in_json,
    "json": wrong_in_json, "csv": wrong_in_csv, "text": wrong_in_text,
}  # fmt: skip
FORMS = {
    "gate -b base -c new": ("html", "markdown", "junit", "sarif", "json", "text"),
    "compare base --vs new": ("html", "markdown", "csv", "json", "text"),
    "noise base new": ("markdown", "csv", "json", "text"),
    "trend .": ("markdown", "csv", "json", "text"),
    "runs .": ("markdown", "csv", "json", "text"),
    "slices base --vs new": ("text",),
}


@pytest.mark.parametrize("words", FORMS)
def test_every_form_of_a_report(
    words: str, runs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(runs)
    for form in FORMS[words]:
        code = main([*words.split(), "-f", form])
        out, err = capsys.readouterr()
        assert code != Exit.ERROR, err
        assert CHECKS[form](out) == [], form


def test_a_picture_and_a_notebook(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(runs)
    assert main(["gate", "-b", "base", "-c", "new", "-o", "picture.svg"]) != Exit.ERROR
    picture = (runs / "picture.svg").read_text("utf-8")
    assert wrong_in_xml(picture) + wrong_in_html(picture) == []
    assert wrong_in_html(ragtui.compare(str(runs / "base"), str(runs / "new"))._repr_html_()) == []


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
def test_a_browser_runs_and_loads_nothing(
    runs: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(runs)
    main(["gate", "-b", "base", "-c", "new", "-o", "gate.html", "picture.svg"])
    main(["compare", "base", "--vs", "new", "-f", "html", "-o", "compare.html"])
    notebook = ragtui.compare(str(runs / "base"), str(runs / "new"))._repr_html_()
    Path("notebook.html").write_text(f"<!DOCTYPE html><title>notebook</title><body>{notebook}</body>", "utf-8")
    with Chromium(tmp_path) as browser:
        for name in ("gate.html", "compare.html", "picture.svg", "notebook.html"):
            browser.open(runs / name)
            assert browser.evaluate("document.title") != MARK, name
            assert browser.evaluate("document.documentElement.textContent.includes('PWNED')"), name
            assert browser.evaluate("document.querySelectorAll('script, img, iframe, form').length") == 0, name
        asked = [address for address in browser.requests() if not address.startswith(("file:", "data:"))]
        assert asked == []
