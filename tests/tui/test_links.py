"""`o` opens what is a web address; what else a run names there is said, and nothing is started."""

import json
from pathlib import Path

import pytest
from builders import steady, write_run
from tui.driving import go_to, opened, press

from ragtui.tui.widgets.message_line import MessageLine

REFUSED = (
    "file:///etc/passwd",
    "javascript:alert(1)",
    "+!touch pwned",
    "../../x.html",
    "-psn",
    "ftp://h/x",
    " https://h",
)


def with_address(folder: Path, address: str) -> None:
    """A run that names an address for itself and for each of its traces."""
    write_run(folder, steady(5, 4, 2, i003=[1, 1]), day=2)
    lines = [json.loads(line) for line in (folder / "results.jsonl").read_text("utf-8").splitlines()]
    text = "".join(json.dumps({**line, "trace_url": address}) + "\n" for line in lines)
    (folder / "results.jsonl").write_text(text, "utf-8")
    summary = json.loads((folder / "summary.json").read_text("utf-8"))
    (folder / "summary.json").write_text(json.dumps({**summary, "url": address}), "utf-8")


@pytest.mark.parametrize("address", [*REFUSED, "https://h/x", "http://h/x", ""])
async def test_only_web_addresses_are_opened(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_run(tmp_path / "base", steady(5, 4, 2))
    with_address(tmp_path / "worse", address)
    heard: list[str] = []
    said: list[str] = []
    monkeypatch.setattr(MessageLine, "say", lambda _line, text, *_, **__: said.append(text))
    async with opened(tmp_path) as (app, pilot):
        app.open_url = lambda url, **_: heard.append(url)  # type: ignore[method-assign]
        await go_to(app, pilot, "worse")
        for keys in (("o",), ("enter", "enter", "o")):
            said.clear()
            await press(pilot, *keys)
            refused = any("only http and https" in text for text in said)
            assert refused is (address in REFUSED), said
            assert any("address" in text for text in said) is not address.startswith("http"), said
    assert heard == ([address] * 2 if address.startswith("http") else [])


@pytest.mark.parametrize("linked", ["the run", "its results", "nothing"])
async def test_the_editor_says_where_a_link_out_of_the_place_led(
    linked: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, elsewhere = tmp_path / "place", tmp_path / "elsewhere"
    write_run(place / "base", steady(5, 4, 2))
    write_run(elsewhere / "other", steady(5, 4, 2))
    if linked == "the run":
        (place / "other").symlink_to(elsewhere / "other")
    else:
        write_run(place / "other", steady(5, 4, 2))
        if linked == "its results":
            (place / "other" / "results.jsonl").unlink()
            (place / "other" / "results.jsonl").symlink_to(elsewhere / "other" / "results.jsonl")
    monkeypatch.setenv("EDITOR", "true")
    said: list[str] = []
    monkeypatch.setattr(MessageLine, "say", lambda _line, text, *_, **__: said.append(text))
    async with opened(place) as (app, pilot):
        await go_to(app, pilot, "other")
        said.clear()
        await press(pilot, "e")
    named = [text for text in said if "out of this place" in text]
    assert len(named) == (linked != "nothing"), said
    assert all(str((elsewhere / "other" / "results.jsonl").resolve()) in text for text in named)
