"""Names and texts of a run are data on stdout: no commands of a CI job or a terminal, no formulas."""

import csv
import io
import json
import re
import xml.etree.ElementTree as ElementTree
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ragtui.cli import main
from ragtui.exits import Exit
from ragtui.model import Dataset, Item, Judgement, Kind, Metric, Result
from ragtui.sources.own.writer import RunWriter

HOSTILE = (
    "=HYPERLINK(1)\n::error file=a.py::PWNED\r\n\x1b]52;c;aGk=\x07\x9b31m\u202e##[error]"
    "##vso[task.x]##teamcity[y]\uffff\ufffe\ud800"
)
METRIC = Metric(f"m{HOSTILE}", Kind.ORDINAL, scale=(1, 5))
OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff\ud800-\udfff]")


def hostile_run(folder: Path, name: str, repeats: int, fall: float, day: int) -> Path:
    items = tuple(Item(f"{prefix}{number}{HOSTILE}", f"::warning::q{HOSTILE}", HOSTILE, {"topic": HOSTILE})
                  for number, prefix in enumerate(("=", "＋", "-", "@", "::add-mask::", "x") * 3))  # fmt: skip
    writer = RunWriter.create(
        folder,
        name=f"::set-output name=x::{name}{HOSTILE}",
        dataset=Dataset(f"::d{HOSTILE}", items),
        pipeline={"version": name, "note": HOSTILE},
        judges={METRIC.name: {"model": HOSTILE}},
        metrics=[METRIC],
        repeats=repeats,
        created=datetime(2026, 11, day, tzinfo=UTC),
        sync_each=False,
    )
    with writer:
        for repeat in range(1, repeats + 1):
            for number, item in enumerate(items):
                score = 5 - (fall if number < 12 else 0) - (repeat + number) % 2 * 0.5
                if number == 17 and fall:
                    writer.append(Result(item.id, str(repeat), error=f"::error::{HOSTILE}"))
                    continue
                judged = {METRIC.name: Judgement(score, rationale=HOSTILE)}
                writer.append(Result(item.id, str(repeat), output=HOSTILE, judgements=judged, latency_s=1.0 + repeat))
        writer.finish()
    return folder


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile") / "runs"
    hostile_run(folder / "base", "base", 3, 0, 1)
    hostile_run(folder / "new", "new", 3, 2, 2)
    hostile_run(folder / "one", "one", 1, 1, 3)
    return folder


SIDES = ["base", "--vs", "new"]
COMMANDS = [
    ["compare", *SIDES], ["compare", *SIDES, "--all"], ["compare", "one", "--vs", "new"],
    ["compare", *SIDES, "-f", "markdown"], ["compare", *SIDES, "-f", "json"], ["compare", *SIDES, "-f", "csv"],
    ["runs", "."], ["runs", ".", "-f", "json"],
    ["noise", "base"], ["noise", "base", "-f", "json"],
    ["trend", "."], ["trend", ".", "-f", "json"], ["trend", ".", "-f", "csv"],
    ["explain", f"={0}{HOSTILE[:-1]}\ufffd", *SIDES],
    ["gate", "-b", "base", "-c", "new"], ["gate", "-b", "base", "-c", "new", "-f", "markdown"],
    ["gate", "-b", "base", "-c", "new", "-f", "json"], ["gate", "-b", "base", "-c", "new", "-f", "junit"],
    ["gate", "-b", "base", "-c", "new", "-f", "html"], ["gate", "-b", "base", "-c", "new", "-f", "sarif"],
]  # fmt: skip


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: " ".join(words)[:60].encode("ascii", "replace").decode())
def test_nothing_of_a_run_is_obeyed(
    words: list[str], places: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(places)
    code = main(words)
    out, err = capsys.readouterr()
    assert code in (Exit.OK, Exit.REGRESSION, Exit.CANNOT_TELL, Exit.INCOMPLETE, Exit.NOT_COMPARABLE), err
    assert "PWNED" in out
    for line in (out + err).split("\n"):
        assert not line.lstrip().startswith("::"), line
        assert not re.search(r"##\w*\[", line), line
    assert not OBEYED.search(out + err), OBEYED.findall(out + err)
    if "json" in words or "sarif" in words:
        json.loads(out)
    if "junit" in words:
        ElementTree.fromstring(out)
    if "csv" in words:
        for row in csv.reader(io.StringIO(out)):
            for cell in row:
                assert not cell.startswith(("=", "+", "@", "\t", "\r", "＋")), row
                assert not cell.startswith("-") or re.fullmatch(r"-[\d.e-]+", cell), row


def test_errors_are_clean_too(capsys: pytest.CaptureFixture[str], places: Path) -> None:
    assert main(["compare", f"x{HOSTILE}", "--vs", "new", "--in", str(places)]) == Exit.ERROR
    assert not OBEYED.search(capsys.readouterr().err)


@pytest.mark.parametrize(
    ("text", "kept", "gone"),
    [
        ("http://user:PASSWD@h/x failed", "http://***@h/x failed", "PASSWD"),
        ("https://h/?api_key=SECRET&a=1", "https://h/?api_key=***&a=1", "SECRET"),
        ("postgresql://u:p%40w@h:1/db", "postgresql://***@h:1/db", "p%40w"),
        ("mail a@b.c or http://h/a@b", "mail a@b.c or http://h/a@b", "***"),
    ],
)
def test_addresses_lose_their_credentials(text: str, kept: str, gone: str) -> None:
    from ragtui.errors import without_credentials

    assert without_credentials(text) == kept
    assert gone not in without_credentials(text)
