"""`launch.json`, the note in a run folder of how it was made, read as it lies there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

from ragtui.errors import InputError
from ragtui.files.fields import mapping, text
from ragtui.files.jsonlines import BadLineError, parse_json
from ragtui.files.regular import read_regular

LAUNCH = "launch.json"


def read_launch(folder: Path) -> Mapping[str, Any]:
    """The content of a folder's launch.json.

    Raises:
        InputError: there is none, or it is damaged.
    """
    path = folder / LAUNCH
    if path.exists() and not path.is_file():  # a pipe or a device would be waited for
        raise InputError(f"{path}: not an ordinary file", "Take it away, or start a new run.")
    try:
        document, _ = parse_json(read_regular(path))
    except (FileNotFoundError, NotADirectoryError):  # a table of somebody else's is a file
        raise InputError(
            f"{folder}: was not launched by ragtui, so how it was made is not known",
            "Start a new run from its plan (ragtui run PLAN), or name the plan where the command takes --plan.",
        ) from None
    except (OSError, BadLineError) as error:
        raise InputError(f"{path}: cannot be used ({error})", "Restore it, or start a new run.") from error
    return mapping(document)


_AS_ADDRESS = "file://"


def written_path(path: Path) -> str:
    """A path as JSON can hold it: as it is, or as a file: address where it is not UTF-8."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return path.as_uri()
    return str(path)


def base_of(document: Mapping[str, Any]) -> Path:
    """The folder that a launch was started for."""
    said = text(document.get("base"))
    if said.startswith(_AS_ADDRESS):
        said = os.fsdecode(unquote_to_bytes(said.removeprefix(_AS_ADDRESS)))
    return Path(said)
