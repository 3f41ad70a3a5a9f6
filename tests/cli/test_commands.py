"""Commands: what they print, where, and what they exit with."""

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from builders import steady, write_run

from ragtui.cli import main
from ragtui.exits import Exit

ITEMS = 24


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    folder = tmp_path / "runs"
    write_run(folder / "base", steady(5, ITEMS, 4, i003=[5, 4, 5, 4]))
    write_run(folder / "same", steady(5, ITEMS, 4, i003=[4, 5, 4, 5]), day=2)
    write_run(folder / "worse", steady(5, ITEMS, 4, i007=[2, 2, 2, 2], i009=["timeout"] * 4), day=3)
    write_run(folder / "single", steady(5, ITEMS, 1, i003=[4]), day=4)
    return folder


def test_compare_names_what_regressed_and_says_why(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", str(runs / "base"), "--vs", str(runs / "worse")]) == Exit.OK
    out, err = capsys.readouterr()
    assert err == ""
    assert "regressed beyond noise (1)" in out
    assert "007 · quality fell 3.00 (5.00 → 2.00, 4 v 4 runs)" in out
    assert "failed (1)" in out
    assert "009" in out
    assert "92/96" in out, "coverage stands beside the mean"
    assert "003" not in out, "noise is not listed"


def test_names_are_looked_up_in_a_folder(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "base", "--vs", "same", "--in", str(runs)]) == Exit.OK
    assert "regressed beyond" not in capsys.readouterr().out
    assert main(["compare", "base", "--vs", "sane", "--in", str(runs)]) == Exit.ERROR
    assert "same" in capsys.readouterr().err
    assert main(["compare", "base", "--vs", "same"]) == Exit.ERROR
    assert "--in" in capsys.readouterr().err


def test_fail_on(runs: Path) -> None:
    base = ["compare", "base", "--in", str(runs), "--fail-on", "regressed", "--vs"]
    assert main([*base, "same"]) == Exit.OK
    assert main([*base, "worse"]) == Exit.REGRESSION


def test_fail_on_cannot_tell_what_rests_on_copies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def table(name: str, scores: np.ndarray) -> str:
        rows = [f"q{item},{turn},{score:.6f}" for (item, turn), score in np.ndenumerate(scores)]
        (tmp_path / name).write_text("item,repeat,similarity\n" + "\n".join(rows) + "\n")
        return str(tmp_path / name)

    level = np.random.default_rng(99).uniform(0.3, 0.7, (80, 1))
    a, b = (level + 0.08 * np.random.default_rng([7, seed]).normal(size=(80, 3)) for seed in (2, 52))
    honest = [table("a.csv", a), "--vs", table("b.csv", b)]
    half = [np.where(np.arange(80)[:, None] < 40, side[:, :1], side) for side in (a, b)]
    halves = [table("half-a.csv", half[0]), "--vs", table("half-b.csv", half[1])]
    frozen = [table("one-a.csv", a[:, [0, 0, 0]]), "--vs", table("one-b.csv", a[:, [0, 0, 0]] - (level > 0.5) * 0.2)]
    fallen = [*halves[:2], table("fallen.csv", half[1] - 0.2)]
    asked = "--fail-on", "regressed"
    for sides, code in ((honest, 0), (halves, 3), (frozen, 3), (fallen, 1), ([*honest[:2], table("again.csv", a)], 3)):
        assert main(["compare", *sides]) == Exit.OK, "whatever the verdict"
        capsys.readouterr()
        assert main(["compare", *sides, *asked]) == code, sides
        assert ("cannot tell" in capsys.readouterr().err) is (code == 3), "and says why"
    assert main(["compare", *halves, *asked, "--repeats-are-fresh"]) == Exit.REGRESSION, "a person's word"


def test_fail_on_cannot_tell_what_was_never_measured(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_run(runs / "single-2", steady(5, ITEMS, 1, i003=[1]), day=5)
    write_run(runs / "all-failed", [["timeout"] * ITEMS] * 4, day=6)
    words = ["compare", "--in", str(runs), "--fail-on", "regressed"]
    for base, candidate, why in (
        ("single", "single-2", "nothing was repeated, so the noise of quality is unknown"),
        ("base", "all-failed", "no item has a score of quality on both sides"),
    ):
        assert main([*words[:3], base, "--vs", candidate]) == Exit.OK, "asked nothing"
        capsys.readouterr()
        assert main([*words, base, "--vs", candidate]) == Exit.CANNOT_TELL
        assert f"--fail-on cannot tell (exit 3): {why}" in capsys.readouterr().err
    assert main([*words, "base", "--vs", "single-2"]) == Exit.REGRESSION, "the baseline's repeats tell the noise"


def test_fail_on_cannot_tell_what_changed_without_a_direction(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, level in (("a", 7), ("b", 3)):
        rows = [f"q{n},{turn},{level + (n + turn) % 2 / 4}" for n in range(30) for turn in range(3)]
        (tmp_path / f"{name}.csv").write_text("item,repeat,wobble\n" + "\n".join(rows) + "\n")
    sides = ["compare", str(tmp_path / "a.csv"), "--vs", str(tmp_path / "b.csv"), "--fail-on", "regressed"]
    assert main(sides) == Exit.CANNOT_TELL
    assert "wobble changed, and which way is better is not known" in capsys.readouterr().err
    assert main([*sides, "--columns", "lower_is_better=wobble"]) == Exit.OK
    assert main([*sides, "--columns", "higher_is_better=wobble"]) == Exit.REGRESSION


def test_fail_on_cannot_tell_of_labels_of_which_nobody_told_the_good_ones(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, most, few in (("a", "first", "second"), ("b", "second", "first")):
        rows = [f"q{n},{turn},{few if n % 10 == turn else most}" for n in range(40) for turn in range(4)]
        (tmp_path / f"{name}.csv").write_text("item,repeat,winner\n" + "\n".join(rows) + "\n")
    sides = ["compare", str(tmp_path / "a.csv"), "--vs", str(tmp_path / "b.csv"), "--repeats-are-fresh"]
    assert main([*sides, "--fail-on", "regressed"]) == Exit.CANNOT_TELL
    assert "winner changed, and which way is better is not known" in capsys.readouterr().err


def test_one_run_is_unknown_not_a_verdict(runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_run(runs / "single-2", steady(5, ITEMS, 1))
    assert main(["compare", "single", "--vs", "single-2", "--in", str(runs), "--all"]) == Exit.OK
    assert "noise unknown" in capsys.readouterr().out


def test_json_is_one_document_and_carries_every_cell(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["compare", "base", "--vs", "worse", "--in", str(runs), "--format", "json"])
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == "ragtui.compare/1"
    quality = next(metric for metric in document["metrics"] if metric["name"] == "quality")
    cells = {cell["item"]: cell for cell in quality["cells"]}
    assert len(cells) == ITEMS
    assert cells["007"]["verdict"] == "regressed"
    assert cells["007"]["delta"] == -3
    assert cells["009"] | {"explanation": ""} == {
        "item": "009", "verdict": "error", "n": [4, 0], "baseline": 5.0, "candidate": None, "delta": None,
        "band": None, "delta_in_bands": None, "p_noise": None, "borrowed": None, "explanation": "", "note": None,
        "why": "4 of 4 repeats failed (0 of 4 in the baseline)",
        "fresh": None,
    }  # fmt: skip


def test_csv_and_markdown(runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["compare", "base", "--vs", "worse", "--in", str(runs), "-f", "csv"])
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["verdict"] for row in rows if row["item"] == "009"][:1] == ["error"]
    assert [row["candidate"] for row in rows if row["item"] == "009" and row["metric"] == "quality"] == [""]
    target = tmp_path / "report.md"
    main(["compare", "base", "--vs", "worse", "--in", str(runs), "-f", "markdown", "-o", str(target)])
    assert "<summary>Regressed beyond noise: 1 cell</summary>" in target.read_text()
    assert main(["compare", "base", "--vs", "worse", "--in", str(runs), "-o", str(tmp_path / "no" / "x")]) == Exit.ERROR


def test_ascii(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["compare", "base", "--vs", "worse", "--in", str(runs), "--ascii"])
    assert "▼ 007" not in capsys.readouterr().out


def test_explain(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "003", "base", "--vs", "same", "--in", str(runs)]) == Exit.OK
    out = capsys.readouterr().out
    assert "Question 3?" in out
    assert "003 · quality is the same (4.50, 4 v 4 runs)" in out
    assert main(["explain", "003", "base", "--vs", "worse", "--in", str(runs)]) == Exit.OK
    assert "within noise" in capsys.readouterr().out
    assert main(["explain", "0x3", "base", "--vs", "same", "--in", str(runs)]) == Exit.ERROR
    assert "no item '0x3'" in capsys.readouterr().err
    assert main(["explain", "003", "base", "--vs", "same", "--in", str(runs), "-m", "qualty"]) == Exit.ERROR


def test_runs(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (runs / "broken").mkdir()
    (runs / "broken" / "summary.json").write_text("{")
    assert main(["runs", str(runs)]) == Exit.OK
    out, err = capsys.readouterr()
    assert [line.split()[0] for line in out.splitlines()[1:5]] == ["single", "worse", "same", "base"]
    assert "summary.json" in err
    main(["runs", str(runs), "--format", "json"])
    labels = [group["label"] for group in json.loads(capsys.readouterr().out)["groups"]]
    assert labels[:4] == ["single", "worse", "same", "base"]


def test_no_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["runs", str(tmp_path)]) == Exit.OK
    assert "No runs under" in capsys.readouterr().err
    assert main(["runs", str(tmp_path / "nowhere")]) == Exit.ERROR


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("broken.json", Exit.ERROR), ("runs broken.json", Exit.ERROR), ("broken.json -f json", Exit.ERROR),
        ("notes.txt", Exit.ERROR), ("broken", Exit.ERROR), ("cut", Exit.ERROR),
        ("empty", Exit.OK), ("runs", Exit.OK), (".", Exit.OK),
        ("runs runs/base", Exit.OK), ("runs/base runs", Exit.OK), ("runs --where nothing", Exit.OK), ("", Exit.OK),
    ],
)  # fmt: skip
def test_a_named_place_of_which_nothing_can_be_read_is_unusable_input(
    words: str, code: int, runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """One of several too; a folder with some runs is listed, and the rest of it named. An empty one is just empty."""
    place = tmp_path / "place"
    (place / "broken" / "run").mkdir(parents=True)
    (place / "empty").mkdir()
    (place / "cut").mkdir()
    (place / "cut" / "notes.json").write_text('{"a": [1,')
    (place / "broken" / "run" / "summary.json").write_text("{")
    (place / "broken.json").write_text('{"a": [1,')
    (place / "notes.txt").write_text("nothing")
    (place / "runs").symlink_to(runs)
    monkeypatch.chdir(place)
    assert main(["runs", *words.split()]) == code
    out, err = capsys.readouterr()
    assert "fault of ragtui" not in err and (code == Exit.OK or "broken" in err or "notes" in err)
    assert "base" in out or not words.startswith(("runs", ".")) or "--where" in words


@pytest.mark.parametrize("named", ["base", "worse"])
def test_noise_from_a_run_that_is_compared_changes_nothing(
    runs: Path, named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its repeats count as it is; counted twice they would feign less noise."""
    words = ["compare", "base", "--vs", "worse", "--in", str(runs), "-f", "json"]
    assert main(words) == Exit.OK
    plain = capsys.readouterr().out
    main([*words, "--noise", named])
    assert capsys.readouterr().out == plain


def test_noise(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["noise", str(runs / "base")]) == Exit.OK
    out = capsys.readouterr().out
    assert "4 repeats, 24 items" in out
    assert "4.2 %" in out, "one of 24 items varies"
    assert main(["noise", str(runs / "single")]) == Exit.CANNOT_TELL
    assert "noise unknown" in capsys.readouterr().out
    main(["noise", str(runs / "base"), "--format", "json"])
    assert json.loads(capsys.readouterr().out)["configurations"][0]["metrics"][0]["name"] == "quality"


def test_usage(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["compare"]) == Exit.ERROR
    assert "required: BASE, --vs" in capsys.readouterr().err
    assert main([str(tmp_path / "nothing-here")]) == Exit.ERROR
    assert "no such file, folder or command" in capsys.readouterr().err
    assert main([str(tmp_path)]) == Exit.ERROR
    assert "needs a terminal" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [["--help"], ["compare", "--help"], ["runs", "-h"], ["explain", "-h"], ["noise", "-h"]]
)
def test_help_teaches(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(words)
    assert stopped.value.code == 0
    out = capsys.readouterr().out
    assert "ragtui " in out
    assert "exit codes" in out


def test_margins_are_checked(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["compare", "base", "--vs", "same", "--in", str(runs), "--margin"]
    assert main([*words, "quality"]) == Exit.ERROR
    assert "METRIC=NUMBER" in capsys.readouterr().err
    assert main([*words, "quality=-1"]) == Exit.ERROR
    assert main([*words, "quality=0.5"]) == Exit.OK
