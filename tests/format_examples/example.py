"""What an example says of itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Said:
    """One metric of a run.

    Attributes:
        mean: over everything scored; None where nothing was.
        first, last: score of the first item in the first repeat, and of the last in the last; None where there is none.
        higher: which way it is better; None where nobody knows.
        told: who says so, as in `DirectionFrom`.
        scored, failed, missing: cells; `failed` counts judges that failed or numbers that are not finite.
    """

    mean: float | None
    first: float | None
    last: float | None
    higher: bool | None = True
    told: str = "file"
    scored: int = 0
    failed: int = 0
    missing: int = 0


@dataclass(frozen=True, slots=True)
class Told:
    """One run: shape, quality metrics by name, and cells lost to errors of the pipeline (items x repeats)."""

    items: int
    repeats: int
    metrics: Mapping[str, Said]
    errors: int = 0
    name: str = ""
    configuration: Mapping[str, str] = field(default_factory=dict)
    question: str = ""
    expected: str = ""
    output: str = ""
    rationale: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    resources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Example:
    """Files of one run or several, and what is read from them.

    Attributes:
        id: of the test.
        format: by whose name the runs are listed.
        files: content by path; objects are written as JSON, lists under .jsonl as lines, texts as they are.
        open: which of them (or which folder) is opened; the folder of all by default.
    """

    id: str
    format: str
    files: Mapping[str, Any]
    runs: tuple[Told, ...]
    open: str = ""

    def write(self, folder: Path) -> Path:
        """Write the files; what to open."""
        for name, content in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(encoded(name, content))
        return folder / self.open if self.open else folder


def encoded(name: str, content: Any) -> bytes:
    """A file's bytes."""
    if isinstance(content, bytes):
        return content
    if isinstance(content, str):
        return content.encode()
    if name.endswith(".jsonl"):
        return b"".join(json.dumps(line).encode() + b"\n" for line in content)
    return json.dumps(content).encode()
