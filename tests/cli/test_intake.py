"""What the reader assumed or passed over, and changing it, at the command line; every path to a file works."""

import json
from pathlib import Path

import pytest

from ragtui.cli import main
from ragtui.exits import Exit
from ragtui.sources.table.opening import preview_table


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = [
        {"case_id": f"c{n}", "arm": arm, "pass_no": k, "answer": "…", "recall": round(n / 10 + k / 100, 3)}
        for n in range(6)
        for arm in ("old", "new")
        for k in (1, 2)
    ]
    (tmp_path / "arms.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "arms.json").write_text(json.dumps(rows))
    for name in ("monday", "tuesday"):
        (tmp_path / name).mkdir()
        lines = [json.dumps({"id": f"q{n}", "scores": {"recall": n / 10}}) + "\n" for n in range(10)]
        (tmp_path / name / "results.jsonl").write_text("".join(lines))
        (tmp_path / f"{name}.jsonl").write_text("".join(lines))
    (tmp_path / "torn.jsonl").write_text('{"id": "a", "scores": {"recall": 1}\n')
    for number in range(3):
        (tmp_path / f"bad{number}.csv").write_text("id,answer,recall\na,x,maybe\nb,y,perhaps\nc,z,1\n")
    return tmp_path


def runs(place: Path, *words: str, capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    assert main(["runs", str(place), "--format", "json", *words]) == Exit.OK
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def shapes(found: dict[str, object]) -> list[tuple[str, int, int]]:
    groups = found["groups"]
    assert isinstance(groups, list)
    return sorted((run["name"], run["items"], run["repeats"]) for group in groups for run in group["runs"])


@pytest.mark.parametrize("name", ["arms.jsonl", "arms.json"])
def test_roles_of_columns_are_said_in_one_step(folder: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder / name
    assert shapes(runs(path, capsys=capsys)) == [("new", 6, 2), ("old", 6, 2)]
    assert shapes(runs(path, "--columns", "run=arm,pass_no", "--columns", "repeat=", capsys=capsys)) == [
        ("new, pass_no=1", 6, 1), ("new, pass_no=2", 6, 1), ("old, pass_no=1", 6, 1), ("old, pass_no=2", 6, 1),
    ]  # fmt: skip
    assert shapes(runs(path, "--columns", "item=case_id,arm", "--columns", "run=", capsys=capsys)) == [("arms", 12, 2)]


@pytest.mark.parametrize(("word", "message"), [
    ("colour=arm", "not ROLE=COLUMN"), ("run", "not ROLE=COLUMN"), ("run=amr", "no column 'amr'"),
])  # fmt: skip
def test_a_role_or_column_that_is_none_is_an_error(
    folder: Path, word: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["runs", str(folder / "arms.jsonl"), "--columns", word])
    assert message in capsys.readouterr().err
    assert code == Exit.ERROR


def test_what_was_assumed_and_passed_over_is_listed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = runs(folder, capsys=capsys)
    problems = found["problems"]
    assert isinstance(problems, list)
    said = "\n".join(problem["message"] for problem in problems)
    assert "`arm` makes 2 configurations beside `pass_no`: new, old" in said and "holds no JSON object" in said
    main(["runs", str(folder)])
    few = capsys.readouterr().err
    assert few.count("ragtui: ") == 4 and "more; --problems lists them" in few
    main(["runs", str(folder), "--problems"])
    every = capsys.readouterr().err
    assert "torn.jsonl" in every and every.count("ragtui: ") == len(problems)


@pytest.mark.parametrize("command", ["compare", "noise", "gate", "explain"])
@pytest.mark.parametrize("form", ["{}.jsonl", "{}/results.jsonl", "{}", "./{}.jsonl"])
def test_every_path_to_a_file_works(
    folder: Path, command: str, form: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    for here in ("", f"{folder}/"):
        if here and form.startswith("./"):
            continue
        base, cand = here + form.format("monday"), here + form.format("tuesday")
        words = {
            "compare": ["compare", base, "--vs", cand], "noise": ["noise", base],
            "explain": ["explain", "q3", base, "--vs", cand],
            "gate": ["gate", "--baseline", base, "--candidate", cand],
        }[command]  # fmt: skip
        assert main(words) in (Exit.OK, Exit.CANNOT_TELL), capsys.readouterr().err


@pytest.mark.parametrize("name", ["arms.json", "arms.jsonl"])
def test_columns_of_any_table_can_be_looked_at(folder: Path, name: str) -> None:
    preview = preview_table(folder / name)
    assert preview.columns == ("case_id", "arm", "pass_no", "answer", "recall")
    assert (preview.guess.item, preview.guess.run, preview.guess.repeat) == (("case_id",), ("arm",), "pass_no")
