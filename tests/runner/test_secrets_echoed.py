"""A target that echoes keys of the environment: they reach no file, no screen and no judge."""

from __future__ import annotations

from pathlib import Path

import pytest
from openai_standin import standin
from runner_kit import lay_out, records

from ragtui.cli import main
from ragtui.runner.plan.secrets import HIDDEN, hidden, secrets_in, without_secrets

VALUES = {
    "BILLING_API_KEY": "bk-4471-raven-9",
    "DB_PASSWORD": "hunter2!",
    "SIGNING_SECRET": "line one of it\nline two of it",
    "BOT_TOKEN": "bk-4471-raven-9-longer",
}
TARGET = """
import os

def answer(item):
    said = " and ".join(os.environ[name] for name in {names!r})
    if item.id == "q1":
        raise RuntimeError("refused: " + said)
    print("log: " + said)
    return {{"output": "It is red. " + said, "metadata": {{"settings": [said, {{said: said}}]}},
             "contexts": [{{"id": "d1", "text": "a " + said, "title": said}}]}}
"""


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in VALUES.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "own.py").write_text(TARGET.format(names=list(VALUES)))
    monkeypatch.chdir(tmp_path)
    return lay_out(tmp_path, "", rag=False, judges=False, items=3)


def assert_clean(text: str) -> None:
    for name, value in VALUES.items():
        for line in value.splitlines():
            assert line not in text, name


def test_no_file_screen_or_judge_gets_them(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with standin() as server:
        model = f'model = "m1"\nbase_url = "{server.url}"\napi_key_env = "STANDIN_KEY"\n'
        plan.write_text(f'{plan.read_text()}\n[target]\nkind = "python"\ncall = "own:answer"\n[judge]\n{model}')
        assert main(["run", "ragtui.toml"]) == 4  # one item fails
        assert main(["try", "ragtui.toml", "--prompts"]) == 0
    shown = capsys.readouterr()
    assert_clean(shown.out + shown.err)
    folder = Path(shown.out.splitlines()[0])
    for path in folder.parent.rglob("*"):
        if path.is_file():
            assert_clean(path.read_text(errors="replace"))
    (found,) = [record for record in records(folder) if record["item"] == "q0"]
    assert found["output"].startswith("It is red. ***") and found["contexts"][0]["text"].startswith("a ***")
    assert set(found["metadata"]["secrets_hidden"]) == set(VALUES)


def test_ordinary_words_of_an_answer_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADMIN_PASSWORD", "password")
    monkeypatch.setenv("SHORT_KEY", "none")
    assert secrets_in(["The password is none of your business."]) == ()
    assert hidden({"password": ["none"]}) == {"password": ["none"]}
    assert without_secrets("refused: password") == f"refused: {HIDDEN}", "an error needs no word to be exact"
