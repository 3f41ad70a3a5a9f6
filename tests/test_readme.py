"""Every `$ ragtui …` example of the README is run, and prints what the README says it prints."""

import re
import shlex
from pathlib import Path

import pytest

from ragtui.cli import main

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```console\n(.*?)```", README, flags=re.DOTALL)


def examples() -> list[tuple[str, str]]:
    """(command, expected output) of every console block; a block may hold several."""
    found = []
    for block in BLOCKS:
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, expected = part.partition("\n")
            found.append((command, expected))
    return found


def pattern(expected: str) -> str:
    """The expected text as a pattern: a line of three dots stands for any lines, dots within a line for any text."""
    lines = [r"(?:.*\n)*?" if line.strip() == "..." else re.escape(line).replace(r"\.\.\.", ".*") + "\n"
             for line in expected.splitlines()]  # fmt: skip
    return "".join(lines)


@pytest.mark.parametrize(("command", "expected"), examples(), ids=[command for command, _ in examples()])
def test_example(
    command: str, expected: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(ROOT)
    words = shlex.split(command.replace("OUT/", f"{tmp_path}/"))
    assert words[0] == "ragtui"
    try:
        code = main(words[1:])
    except SystemExit as stopped:
        code = stopped.code
    out = capsys.readouterr().out
    assert code in (0, 1, 3), f"exit {code}"
    assert re.fullmatch(pattern(expected), out), f"printed:\n{out}"


def test_there_are_examples_and_the_pictures_exist() -> None:
    assert len(examples()) >= 5
    for picture in re.findall(r"!\[[^]]+\]\(([^)]+)\)", README):
        assert (ROOT / picture).read_text(encoding="utf-8").startswith("<svg"), picture


def test_every_exit_code_of_the_readme_is_the_real_one() -> None:
    from ragtui.exits import Exit

    stated = dict(re.findall(r"^\| (\d+) \| `(\w+)`", README, flags=re.MULTILINE))
    assert stated == {str(int(code)): code.name for code in Exit}
