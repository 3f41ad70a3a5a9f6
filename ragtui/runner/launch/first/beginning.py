"""A first plan from what lies in a folder: a dataset, a function that answers, an endpoint in the environment."""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from ragtui.errors import RagtuiError
from ragtui.runner.launch.first.answering import Answering, may_answer, what_answers
from ragtui.runner.launch.first.parts import interpreter, parts_of
from ragtui.sources.datasetfile import read_dataset
from ragtui.sources.golden.rows import read_rows

_DATASETS = (".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".parquet", ".xlsx", ".yaml", ".yml", ".txt")
_GOLDEN = ("gold", "eval", "test", "question", "dataset", "qa", "case")
_ASKING = ("question", "prompt", "quer", "gold")
"""What a plain text is called that holds a question a line."""
_OF_A_MODEL = frozenset({"system", "template", "templates", "instruction", "instructions"})
"""What it is called where it tells a model how to answer."""
_SKIPPED = frozenset({"node_modules", "site-packages", "__pycache__", "build", "dist", "runs"})
_MOST_FILES, _MOST_BYTES, _DEEPEST = 400, 20_000_000, 4
_CORPORA = ("docs", "corpus", "documents", "knowledge", "pages", "data/docs")


@dataclass(frozen=True, slots=True)
class Findings:
    """What a folder offers; each list best first.

    Attributes:
        datasets: path and number of items.
        answering: functions, objects, programs and addresses that may answer questions.
        python: the project's own interpreter, where it is another one than ours.
        corpora: folders of documents, for the built-in pipeline.
        base_url: an endpoint that the environment names.
    """

    datasets: tuple[tuple[str, int], ...]
    answering: Answering
    corpora: tuple[str, ...]
    base_url: str
    key_variable: str
    unread: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Tables in which no column is known to hold questions, and their columns."""
    python: str = ""
    broken: tuple[str, ...] = ()
    """What was wrong with files that are called like datasets."""
    parts: tuple[str, ...] = ()
    """Folders that are projects of their own; nothing in them is among `answering`."""


def look_around(folder: Path) -> Findings:
    """Look at the files of a folder, four levels deep; nothing is imported or asked."""
    files = list(_files(folder))
    corpora = [name for name in _CORPORA if _has_documents(folder / name)]
    key = next((name for name in ("OPENAI_API_KEY", "AZURE_OPENAI_API_KEY", "LLM_API_KEY") if os.environ.get(name)), "")
    unread: list[tuple[str, tuple[str, ...]]] = []
    broken: list[str] = []
    parts = parts_of(folder, _is_skipped)
    own = [path for path in files if not any(path.is_relative_to(part) for part in parts)]
    return Findings(
        tuple(_datasets(folder, files, unread, broken)),
        what_answers(folder, [path for path in own if "tests" not in path.relative_to(folder).parts]),
        tuple(corpora),
        os.environ.get("OPENAI_BASE_URL", ""),
        key,
        tuple(unread),
        interpreter(folder, sys.prefix),
        tuple(broken),
        tuple(part.relative_to(folder).as_posix() for part in parts),
    )


def look_into(folder: Path, found: Findings) -> list[tuple[str, Findings]]:
    """The projects in a repository that answer: where each lies, and what it and the repository around it offer."""
    offering = []
    for name in found.parts:
        part = look_around(folder / name)
        if part.answering.calls or part.answering.programs:
            around = [(file, count) for file, count in found.datasets if not file.startswith(f"{name}/")]
            shared = [(Path(os.path.relpath(file, name)).as_posix(), count) for file, count in around]
            offering.append((name, replace(part, datasets=(*part.datasets, *shared))))
    return offering


def _files(folder: Path) -> Iterator[Path]:
    """Files that may matter, those near the top first."""
    level, seen = [folder], 0
    for _ in range(_DEEPEST):
        below: list[Path] = []
        for place in level:
            with contextlib.suppress(OSError):
                for path in sorted(place.iterdir()):
                    if path.is_dir():
                        below += [] if _is_skipped(path) else [path]
                    elif path.name.startswith("."):
                        continue
                    elif (path.suffix.lower() in (".py", *_DATASETS) or may_answer(path)) and path.is_file():
                        seen += 1
                        if seen > _MOST_FILES:
                            return
                        yield path
        level = below


def _is_skipped(folder: Path) -> bool:
    is_named_so = folder.name.startswith(".") or folder.name in _SKIPPED
    return is_named_so or (folder / "pyvenv.cfg").exists() or folder.is_symlink()


def _datasets(
    folder: Path, files: list[Path], unread: list[tuple[str, tuple[str, ...]]], broken: list[str]
) -> list[tuple[str, int]]:
    found = []
    for path in files:
        if path.suffix.lower() == ".txt" and not any(word in path.stem.lower() for word in _ASKING):
            continue
        if path.suffix.lower() not in _DATASETS or path.stat().st_size > _MOST_BYTES:
            continue
        try:
            items = read_dataset(path).items
        except RagtuiError as error:
            items = ()
            broken += [error.message] if any(word in path.stem.lower() for word in _GOLDEN) else []
        if path.suffix.lower() == ".txt" and not _asks(path, [item.question for item in items]):
            continue
        if any(item.question for item in items):
            golden = any(word in path.stem.lower() for word in _GOLDEN)
            answered = sum(bool(item.expected) for item in items)
            found.append((not golden, -answered, path.relative_to(folder).as_posix(), len(items)))
        elif path.suffix.lower() not in (".json", ".yaml", ".yml"):
            unread += [(path.relative_to(folder).as_posix(), columns) for columns in _columns_of(path)]
    return [(name, count) for *_, name, count in sorted(found)]


def _asks(path: Path, lines: Sequence[str]) -> bool:
    """Whether a plain text holds questions, and not the prompt of a model: by its name, else by most of its lines."""
    words = set(re.split(r"[\W_\d]+", path.stem.lower()))
    if words & _OF_A_MODEL:
        return False
    asking = sum(line.rstrip(" \"'»”").endswith(("?", "？", "؟", "፧")) for line in lines)
    return bool(words & {"questions", "queries"}) or 2 * asking > len(lines)


def _columns_of(path: Path) -> Iterator[tuple[str, ...]]:
    with contextlib.suppress(RagtuiError):
        yield tuple(map(str, read_rows(path).rows[0]))


def _has_documents(folder: Path) -> bool:
    return folder.is_dir() and any(path.suffix in (".md", ".txt", ".rst") for path in folder.rglob("*"))


@dataclass(frozen=True, slots=True)
class Answers:
    """What the plan is to say. Exactly one of `function`, `url`, `command` and `corpus` is set."""

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
    command: tuple[str, ...] = ()
    stdin: str | None = None
    python: str = ""
    asks: str = ""
    """What the code behind the address calls the question."""


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
    if answers.python and answers.function:
        lines.append(f"python = {_word(answers.python)}     # the project's own interpreter")
    contexts = not answers.has_expected or bool(answers.corpus)
    scores = ["token_f1"] * answers.has_expected + ["grounding"] * contexts
    lines.append(f"lexical = {json.dumps(scores)}     # scores without a model")
    lines += ["", "[target]"]
    if answers.function:
        lines += ['kind = "python"', f"call = {_word(answers.function)}"]
    elif answers.url:
        lines += ['kind = "http"', f"url = {_word(answers.url)}", *_sent(answers)]
    elif answers.command:
        lines += ['kind = "command"', f"command = {json.dumps(answers.command, ensure_ascii=False)}"]
        lines += [f"stdin = {_word(answers.stdin)}"] if answers.stdin is not None else []
    else:
        lines += ['kind = "rag"', f"corpus = {_word(answers.corpus)}", "[target.generator]", *_model(answers)]
    if answers.model:
        lines += ["", "[judge]                      # faithfulness, relevance, context_precision", *_model(answers)]
    return "\n".join(lines) + "\n"


_MESSAGES = 'messages = [{ role = "user", content = "{question}" }]'
_BODIES = (
    (r"/chat/completions$|/api/chat$", _MESSAGES),
    (r"/responses$|/invoke$", 'input = "{question}"'),
    (r"/completions$|/generate$", 'prompt = "{question}"'),
)
"""What services of known forms want, by the end of their path."""
_AZURE = "/openai/deployments/"


def _sent(answers: Answers) -> list[str]:
    """What an address is sent, as far as its path or the code behind it tells."""
    path = urlsplit(answers.url).path.rstrip("/")
    known = next((body for end, body in _BODIES if re.search(end, path)), "")
    asked = f'{answers.asks} = "{{question}}"' if answers.asks else known or 'query = "{question}"'
    lines = [f"body = {{ {asked} }}"]
    if known == _MESSAGES and _AZURE not in path:
        lines.append(f'# body = {{ model = "NAME", {_MESSAGES} }}     # where the service wants its name')
    elif not known:
        lines.append(f"# body = {{ {_MESSAGES} }}     # as chat services want it")
    if _AZURE in path:
        variable = answers.key_variable if "AZURE" in answers.key_variable else "AZURE_OPENAI_API_KEY"
        lines.append(f'headers = {{ api-key = "${{{variable}}}" }}')
    else:
        lines.append('# headers = { Authorization = "Bearer ${SERVICE_TOKEN}" }')
    return [
        *lines,
        '# output = "result.text"        # where the answer is, when it is not found; contexts and usage likewise',
    ]


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
