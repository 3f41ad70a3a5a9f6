"""An exception of the user's code in words: the message first and whole, then where in his code it was."""

from __future__ import annotations

import os
import re
import sys
import traceback
from typing import Any

_OWN_FOLDER = os.path.dirname(os.path.abspath(__file__))
_LONGEST_MESSAGE, _LONGEST_TRACE, _MOST_FRAMES, _LONGEST_FILE, _MOST_LOOKED_AT = 4000, 8000, 12, 100_000, 200


class UnfitError(Exception):
    """The function cannot be called the way it is written; the text says what to change."""


class BadResponseError(Exception):
    """A handler of a web service returned a status that is no answer."""


def told(error: BaseException, folder: str = "", *, got_text: bool = False) -> dict[str, str]:
    """`error`: type, message and place on one line; `trace`: the frames of the user's code, innermost last.

    Args:
        folder: the project's; a frame of a file in it is what the person wants to see.
        got_text: whether a target was given its question as a text, where it might have wanted an object.
    """
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not _is_ours(frame.filename)]
    said = _message(error)
    if isinstance(error, SystemExit):
        said = f"the function called sys.exit({error.code!r})"
    here = _in_project(frames, folder)
    place = f" ({_short(here.filename, folder)}:{here.lineno} in {here.name})" if here is not None else ""
    lines = [f"{_short(f.filename, folder)}:{f.lineno} in {f.name}: {f.line}" for f in frames[-_MOST_FRAMES:]]
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and not isinstance(error, UnfitError):
        lines.append(f"caused by {_message(cause)}")
    said += _way_out(error, said, folder, got_text, frames)
    return {"error": f"{said}{place}", "trace": "\n".join(lines)[-_LONGEST_TRACE:]}


def _message(error: BaseException) -> str:
    """Type and text; what pydantic adds about its own website is not the error."""
    try:
        text = str(error)
    except Exception as broken:
        text = f"(its text cannot be made: {type(broken).__name__})"
    lines = [line.strip() for line in text.splitlines()]
    kept = [line for line in lines if line and not line.startswith("For further information visit")]
    name = "" if isinstance(error, UnfitError) else type(error).__name__
    whole = ": ".join(part for part in (name, "; ".join(kept)) if part)
    return whole[:_LONGEST_MESSAGE]


def _way_out(error: BaseException, said: str, folder: str, got_text: bool, frames: list[Any]) -> str:
    """What to do about faults that the code of a project has only here: what to write into the plan, or set before."""
    if isinstance(error, ModuleNotFoundError) and folder:
        venv = next((n for n in (".venv", "venv") if os.path.exists(os.path.join(folder, n, "pyvenv.cfg"))), "")
        if venv and os.path.realpath(os.path.join(folder, venv)) != os.path.realpath(sys.prefix):
            return f'; python = "{venv}/bin/python" at the top of the plan runs it under the project\'s own interpreter'
    unset = [name for name in _names_in(os.path.join(folder, ".env")) if name not in os.environ] if folder else []
    if name := next((name for name in unset if re.search(rf"\b{re.escape(name)}\b", said)), ""):
        way = "`set -a; . ./.env; set +a` first, or load_dotenv() in the code"
        return f"; .env sets {name}, and nothing has read it: {way}"
    if folder and (given := _set_elsewhere(folder, said)):
        return given
    if isinstance(error, SystemExit) and any(os.path.basename(f.filename) == "argparse.py" for f in frames):
        return (
            "; its words are read where it is imported, and there are none: give them defaults, or read them below "
            '`if __name__ == "__main__":`'
        )
    if any(words in said for words in _MAIN_THREAD_ONLY):
        return "; threads = 1 beside its `call` gives every call a process to itself, and its main thread"
    if isinstance(error, NameError) and "'get_ipython'" in said:
        return "; that line belongs to a notebook: leave it out, or put it below `if 'get_ipython' in globals():`"
    if (
        got_text
        and isinstance(error, (TypeError, AttributeError))
        and ("string indices" in said or "'str' object has no" in said)
    ):
        return f"; it was given the question as a text: {_table_for(frames)} in [target] lays out a table"
    return ""


_MAIN_THREAD_ONLY = (
    "signal only works in main thread", "SQLite objects created in a thread", "main thread is not in main loop",
    "not thread-safe", "not thread safe",
)  # fmt: skip
_KEY = re.compile(r"""(?:\[|\.get\()["'](\w+)["'][\]),]""")


def _table_for(frames: list[Any]) -> str:
    """What the plan says to lay out the table that the line which failed wanted."""
    key = next(iter(_KEY.findall(frames[-1].line or "")), "input") if frames else "input"
    if key in ("messages", "conversation"):
        return f'input = {{ {key} = [{{ role = "user", content = "{{question}}" }}] }}'
    return f'input = {{ {key} = "{{question}}" }}'


_SETS = re.compile(r"""environ(?:\.setdefault\(|\[)\s*["'](\w+)["'](?:\s*,|\]\s*=)\s*["']([\w.]+)["']""")


def _set_elsewhere(folder: str, said: str) -> str:
    """Where a script beside the code, such as Django's manage.py, sets a variable that an error names: what it says."""
    for name in sorted(os.listdir(folder))[:_MOST_LOOKED_AT]:
        if not name.endswith(".py") or not os.path.isfile(os.path.join(folder, name)):
            continue
        for variable, value in _SETS.findall(_text_of(os.path.join(folder, name))):
            if variable not in os.environ and re.search(rf"\b{re.escape(variable)}\b", said):
                return f"; {name} sets it, and is not run here: export {variable}={value}"
    return ""


def _text_of(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(_LONGEST_FILE)
    except OSError:
        return ""


def _names_in(path: str) -> list[str]:
    """Names that a file of variables sets; what it sets them to is not kept."""
    found = [re.match(r"\s*(?:export\s+)?([A-Za-z_]\w*)\s*=", line) for line in _text_of(path).splitlines()]
    return [said[1] for said in found if said is not None]


def _is_ours(filename: str) -> bool:
    if filename.startswith("<frozen "):  # of the interpreter itself, such as <frozen os>
        return True
    path = os.path.abspath(filename)
    machinery = ("importlib._bootstrap", os.path.join("importlib", "__init__.py"))
    return path.startswith(_OWN_FOLDER + os.sep) or any(name in filename for name in machinery)


def _in_project(frames: list[Any], folder: str) -> Any:
    """The innermost frame of a file in the project, else the innermost of all."""
    files = [f for f in frames if not f.filename.startswith("<")]  # "<string>" would seem to lie in the current folder
    own = [f for f in files if folder and os.path.abspath(f.filename).startswith(os.path.abspath(folder) + os.sep)]
    own = [f for f in own if "site-packages" not in f.filename] or frames
    return own[-1] if own else None


def _short(filename: str, folder: str) -> str:
    path, base = os.path.abspath(filename), os.path.abspath(folder) if folder else ""
    return os.path.relpath(path, base) if base and path.startswith(base + os.sep) else path
