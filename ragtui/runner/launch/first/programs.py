"""Programs that read a question, from their input or among their words, told by their text; nothing is run."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from ragtui.files.regular import read_regular

Program = tuple[tuple[str, ...], str | None]
"""Words of a command, and what it reads: None for the whole item as JSON, or nothing at all."""

QUESTION_WORDS = ("question", "query", "q", "ask", "prompt", "message", "text", "user_input", "user-input", "input")
"""What the question of a program is called, surest first: --input beside --question is rather a file."""
_PARSERS = frozenset({"add_argument", "option", "argument"})
"""Of argparse and of click."""


def _asked_by_name(tree: ast.Module) -> tuple[str, ...]:
    """The words that give a program its question, as it tells argparse or click; none where it asks for no question."""
    found: list[tuple[int, str]] = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr not in _PARSERS:
            continue
        names = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        # The long name says what a short one means: -q may be --quiet.
        names = [name for name in names if name.startswith("--")] or names
        words = [(name.lstrip("-").lower(), name) for name in names]
        found += [(QUESTION_WORDS.index(word), name) for word, name in words if word in QUESTION_WORDS]
    if not found:
        return ()
    name = min(found)[1]
    return (name, "{question}") if name.startswith("-") else ("{question}",)


def program_in(path: Path, text: str, tree: ast.Module) -> Program | None:
    """How a file is run that reads a question from its input or among its words."""
    if "__main__" not in text and "sys.stdin" not in text:
        return None
    if "sys.stdin" in text and "json.load" in text:
        return ("python", path.as_posix()), None
    if "sys.stdin" in text or " input(" in text:
        return ("python", path.as_posix()), "{question}"
    if words := _asked_by_name(tree):
        return ("python", path.as_posix(), *words), None
    return (("python", path.as_posix(), "{question}"), None) if "sys.argv" in text else None


def _option_in(text: str) -> tuple[str, ...]:
    """The option that gives a program of any language its question: quoted ("--query"), followed by what it takes
    (--query <text>), or told to a parser by its name alone (option("query", …), query: { type: "string" … })."""
    for word in QUESTION_WORDS:
        if len(word) == 1:
            continue
        told = rf"(?:option|String|flag)\(\s*[\"']{word}[\"']|\b{word}[\"']?\s*:\s*\{{\s*type\s*:\s*[\"']string"
        if re.search(rf"--{word}(?:[\"'\)]|[ =]+[<\[A-Z])|{told}", text):
            return f"--{word}", "{question}"
    return ()


_JAVASCRIPT = ("node", r"process\.stdin|readFileSync\((?:0|[\"']/dev/stdin)|readline", r"JSON\.parse", r"process\.argv")
OTHER_LANGUAGES: dict[str, tuple[str, str, str, str]] = {
    ".js": _JAVASCRIPT,
    ".mjs": _JAVASCRIPT,
    ".cjs": _JAVASCRIPT,
    ".sh": ("bash", r"\bread\b|/dev/stdin|\$\(cat\)|^\s*cat\b|\bjq\b", r"\bjq\b", r"\$\{?[1@*]"),
    ".rb": ("ruby", r"\bSTDIN\b|\$stdin|\bgets\b", r"JSON\.(?:parse|load)", r"\bARGV\b"),
    ".php": ("php", r"php://stdin|\bSTDIN\b", r"json_decode", r"\$argv"),
    ".pl": ("perl", r"<STDIN>|<>", r"decode_json|from_json", r"@ARGV|\$ARGV|\bshift\b"),
    ".ts": ("npx tsx", *_JAVASCRIPT[1:]),
}
"""By suffix: what runs it, and how its text shows that it reads its input, reads JSON there, or reads its words."""
_LONGEST_TEXT = 200_000


def program_elsewhere(path: Path, folder: Path) -> Program | None:
    """How a file in another language is run that reads a question."""
    try:
        text = read_regular(path)[:_LONGEST_TEXT].decode("utf-8", "replace")
    except OSError:
        return None
    runner, reads, as_json, words = OTHER_LANGUAGES[path.suffix]
    command = (*runner.split(), path.relative_to(folder).as_posix())
    if re.search(reads, text, re.MULTILINE):
        return command, None if re.search(as_json, text) else "{question}"
    asked = _option_in(text) if runner != "bash" or "--" in text else ()
    return ((*command, *(asked or ("{question}",))), None) if asked or re.search(words, text) else None
