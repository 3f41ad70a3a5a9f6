"""Every `$ ragtui …` example of the README and the manual is run, and prints what the page says it prints."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest

from ragtui.cli import main
from ragtui.manual import TOPICS, pages

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = {"README": README, **{page.topic: page.text for page in pages()}}


def blocks(language: str) -> list[tuple[str, str]]:
    """(page, content) of every block of a language."""
    return [
        (page, block)
        for page, text in PAGES.items()
        for block in re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)
    ]


def examples() -> list[tuple[str, str, str]]:
    """(page, command, expected output) of every console block; a block may hold several."""
    found = []
    for page, block in blocks("console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, expected = part.partition("\n")
            found.append((page, command, expected))
    return found


def pattern(expected: str) -> str:
    """The expected text as a pattern: a line of three dots stands for any lines, dots within a line for any text."""
    lines = [r"(?:.*\n)*?" if line.strip() == "..." else re.escape(line).replace(r"\.\.\.", ".*") + "\n"
             for line in expected.splitlines()]  # fmt: skip
    return "".join(lines)


@pytest.mark.parametrize(
    ("command", "expected"),
    [pytest.param(command, expected, id=f"{page}: {command}") for page, command, expected in examples()],
)
def test_example(
    command: str, expected: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(ROOT)
    words = shlex.split(command.replace("OUT/", f"{tmp_path}/"))
    assert words[0] == "ragtui"
    try:
        code = main(words[1:])
    except SystemExit as stopped:
        code = int(stopped.code or 0)
    out = capsys.readouterr().out
    assert code in (0, 1, 3), f"exit {code}"
    assert re.fullmatch(pattern(expected), out), f"printed:\n{out}"


def test_there_are_examples_and_the_pictures_exist() -> None:
    assert len(examples()) >= 5
    for picture in re.findall(r"!\[[^]]+\]\(([^)]+)\)", README):
        assert (ROOT / picture).read_text(encoding="utf-8").startswith("<svg"), picture


def test_the_readme_is_short_and_names_every_page() -> None:
    assert README.count("\n") <= 180
    assert re.findall(r"\(ragtui/manual/([a-z-]+)\.md\): |\(ragtui/manual/([a-z-]+)\.md\) \|$", README)
    for topic in TOPICS:
        assert f"| `{topic}` | [" in README


def test_what_pip_is_told_to_install_can_be_installed() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    texts = [*PAGES.values(), (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")]
    texts += [path.read_text(encoding="utf-8") for path in (ROOT / "ragtui").rglob("*.py")]
    named = {one for text in texts for found in re.findall(r"ragtui\[([\w,]+)\]", text) for one in found.split(",")}
    assert named and named <= set(extras)


def test_links_between_pages_lead_somewhere() -> None:
    for page, text in PAGES.items():
        folder = ROOT if page == "README" else ROOT / "ragtui" / "manual"
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
            assert (folder / target).exists(), f"{page}: {target}"


def test_every_exit_code_of_the_manual_is_the_real_one() -> None:
    from ragtui.exits import Exit

    stated = dict(re.findall(r"^\| (\d+) \| `(\w+)`", PAGES["configuration"], flags=re.MULTILINE))
    assert stated == {str(int(code)): code.name for code in Exit}


@pytest.mark.parametrize(("page", "block"), blocks("toml"))
def test_toml_is_what_its_reader_takes(page: str, block: str, tmp_path: Path) -> None:
    """A plan, a policy or a configuration, told apart by its page; a fragment is put where it belongs."""
    from ragtui.gate.deciding.policyfile import read_policy
    from ragtui.runner.plan.planfile import read_plan
    from ragtui.settings import read_settings

    tomllib.loads(block)
    path = tmp_path / "file.toml"
    if page in ("running", "many-machines"):
        (tmp_path / "docs").mkdir()
        (tmp_path / "golden.json").write_text('{"name": "golden", "items": [{"id": "1", "input": "?"}]}', "utf-8")
        whole = block if "dataset" in block else f'name = "x"\ndataset = "golden.json"\n{block}'
        path.write_text(whole, "utf-8")
        read_plan(path)
    elif page == "plan":
        path.write_text(_whole_plan(block), "utf-8")
        read_plan(path)
    elif page == "gate":
        path.write_text(block, "utf-8")
        read_policy(path)
    else:
        assert page == "configuration"
        path.write_text(block, "utf-8")
        read_settings(path)


@pytest.mark.parametrize(("page", "block"), [pair for pair in blocks("python") if pair[0] == "python"])
def test_python_of_the_manual_uses_what_there_is(page: str, block: str) -> None:
    """Its names exist and its calls fit: compiled, and every attribute of ragtui looked up."""
    import ast

    import ragtui

    tree = ast.parse(block)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "ragtui":
            assert hasattr(ragtui, node.attr), node.attr
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "compare":
            import inspect

            known = inspect.signature(ragtui.compare).parameters
            assert {word.arg for word in node.keywords} <= set(known)


def test_the_page_of_plan_keys_is_the_table_that_checks_plans() -> None:
    from ragtui.runner.plan.reference import page as reference

    assert PAGES["plan"] == reference(), "write it anew: python -m ragtui.runner.plan.reference > ragtui/manual/plan.md"


def _whole_plan(block: str) -> str:
    """A fragment of the reference page with the least that makes it a plan."""
    top = "" if "dataset =" in block else 'name = "x"\ndataset = "golden.json"\n'
    python = '[target]\nkind = "python"\ncall = "a:b"\n'
    rag = '[target]\nkind = "rag"\ncorpus = "docs"\n'
    model = '[target.generator]\nmodel = "m"\n'
    if block.startswith("[target.generator]"):
        return top + rag + block
    if block.startswith("[[evaluators.metrics]]"):
        return top + python + '[[evaluators]]\ncall = "a:c"\n' + block
    if block.startswith("[[sides]]"):
        return top + block + '[sides.target]\nkind = "python"\ncall = "a:b"\n'
    if block.startswith("[candidate]"):
        return top + rag + model + block
    if 'kind = "rag"' in block:
        return top + block + model + '[target.embeddings]\nmodel = "e"\n'
    if block.startswith("[budget]"):
        return top + python + block
    return top + (block if "[target]" in block else block + python)
