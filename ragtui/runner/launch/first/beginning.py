"""A first plan from what lies in a folder: a dataset, a function that answers, an endpoint in the environment."""

from __future__ import annotations

import ast
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ragtui.errors import RagtuiError
from ragtui.files.regular import read_regular
from ragtui.sources.datasetfile import read_dataset

_DATASETS = (".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".parquet")
_ANSWERS = (
    "answer",
    "ask",
    "query",
    "run",
    "predict",
    "generate",
    "respond",
    "chat",
    "invoke",
    "pipeline",
    "rag",
    "main",
)
_SKIPPED = frozenset({"node_modules", "site-packages", "__pycache__", "build", "dist", "tests", "runs"})
_MOST_FILES, _MOST_BYTES = 400, 20_000_000
_CORPORA = ("docs", "corpus", "documents", "knowledge", "pages", "data/docs")


@dataclass(frozen=True, slots=True)
class Findings:
    """What a folder offers; each list best first.

    Attributes:
        datasets: path and number of items.
        functions: "module:function" of what may answer questions.
        corpora: folders of documents, for the built-in pipeline.
        base_url: an endpoint that the environment names.
    """

    datasets: tuple[tuple[str, int], ...]
    functions: tuple[str, ...]
    corpora: tuple[str, ...]
    base_url: str
    key_variable: str
    unread: tuple[str, ...] = ()
    """Tables in which no column is known to hold questions."""


def look_around(folder: Path) -> Findings:
    """Look at the files of a folder, two levels deep; nothing is imported or asked."""
    files = list(_files(folder))
    corpora = [name for name in _CORPORA if _has_documents(folder / name)]
    key = next((name for name in ("OPENAI_API_KEY", "AZURE_OPENAI_API_KEY", "LLM_API_KEY") if os.environ.get(name)), "")
    unread: list[str] = []
    return Findings(
        tuple(_datasets(folder, files, unread)),
        tuple(_functions(folder, files)),
        tuple(corpora),
        os.environ.get("OPENAI_BASE_URL", ""),
        key,
        tuple(unread),
    )


def _files(folder: Path) -> Iterator[Path]:
    seen = 0
    for pattern in ("*", "*/*"):
        for path in sorted(folder.glob(pattern)):
            parts = path.relative_to(folder).parts
            if any(part.startswith(".") or part in _SKIPPED for part in parts) or not path.is_file():
                continue
            seen += 1
            if seen > _MOST_FILES:
                return
            yield path


def _datasets(folder: Path, files: list[Path], unread: list[str]) -> list[tuple[str, int]]:
    found = []
    for path in files:
        if path.suffix.lower() not in _DATASETS or path.stat().st_size > _MOST_BYTES:
            continue
        try:
            items = read_dataset(path).items
        except RagtuiError:
            if path.suffix.lower() != ".json":
                unread.append(path.relative_to(folder).as_posix())
            continue
        if any(item.question for item in items):
            golden = any(word in path.stem.lower() for word in ("gold", "eval", "test", "question", "dataset", "qa"))
            answered = sum(bool(item.expected) for item in items)
            found.append((not golden, -answered, path.relative_to(folder).as_posix(), len(items)))
    return [(name, count) for *_, name, count in sorted(found)]


def _functions(folder: Path, files: list[Path]) -> list[str]:
    found = []
    for path in files:
        if path.suffix != ".py" or path.stat().st_size > _MOST_BYTES:
            continue
        try:
            tree = ast.parse(read_regular(path))
        except (SyntaxError, ValueError, OSError, RecursionError):
            continue
        module = ".".join(path.relative_to(folder).with_suffix("").parts)
        functions = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        found += [(_ANSWERS.index(_stem(one.name)), f"{module}:{one.name}") for one in functions if _answers(one)]
    return [name for _, name in sorted(found)]


def _answers(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    return bool(arguments) and not node.name.startswith("_") and _stem(node.name) in _ANSWERS


def _stem(name: str) -> str:
    return next((word for word in _ANSWERS if name == word or name.startswith(f"{word}_")), name)


def _has_documents(folder: Path) -> bool:
    return folder.is_dir() and any(path.suffix in (".md", ".txt", ".rst") for path in folder.rglob("*"))


@dataclass(frozen=True, slots=True)
class Answers:
    """What the plan is to say. Exactly one of `function`, `url` and `corpus` is set."""

    name: str
    dataset: str
    columns: Mapping[str, str] = field(default_factory=dict)
    function: str = ""
    url: str = ""
    corpus: str = ""
    model: str = ""
    base_url: str = ""
    key_variable: str = ""
    has_expected: bool = True


def plan_text(answers: Answers) -> str:
    """The plan as a file, with comments that teach the next steps."""
    lines = [
        "# ragtui try     one item, everything shown      ragtui plan    what the run will do and cost",
        "# ragtui run     the whole run                   ragtui help plan   every key",
        f"name = {_word(answers.name)}",
        f"dataset = {_word(answers.dataset)}",
        *_columns(answers.columns),
        "repeats = 3                  # repeats of the same code tell noise from change",
    ]
    contexts = not answers.has_expected or bool(answers.corpus)
    scores = ["token_f1"] * answers.has_expected + ["grounding"] * contexts
    lines.append(f"lexical = {json.dumps(scores)}     # scores without a model")
    lines += ["", "[target]"]
    if answers.function:
        lines += ['kind = "python"', f"call = {_word(answers.function)}"]
    elif answers.url:
        lines += ['kind = "http"', f"url = {_word(answers.url)}", 'body = { query = "{question}" }']
    else:
        lines += ['kind = "rag"', f"corpus = {_word(answers.corpus)}", "[target.generator]", *_model(answers)]
    if answers.model:
        lines += ["", "[judge]                      # faithfulness, relevance, context_precision", *_model(answers)]
    return "\n".join(lines) + "\n"


def _columns(columns: Mapping[str, str]) -> list[str]:
    told = ", ".join(f"{role} = {_word(column)}" for role, column in columns.items())
    return [f"columns = {{ {told} }}"] if told else []


def _model(answers: Answers) -> list[str]:
    lines = [f"model = {_word(answers.model or 'gpt-4o-mini')}"]
    if answers.base_url:
        lines.append(f"base_url = {_word(answers.base_url)}")
    if answers.key_variable and answers.key_variable != "OPENAI_API_KEY":
        lines.append(f"api_key_env = {_word(answers.key_variable)}")
    return lines


def _word(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
