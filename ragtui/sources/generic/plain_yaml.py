"""YAML documents of a hand-made harness: read safely, with aliases that expand to too much refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ragtui.errors import InputError
from ragtui.files.regular import read_regular
from ragtui.model import Problem
from ragtui.sources.format import Format
from ragtui.sources.found import Found, Request
from ragtui.sources.peek import Peek

MAX_BYTES = 64 * 1024 * 1024
MAX_NODES = 2_000_000
"""Values a document may hold with all aliases written out: nine lines of "billion laughs" are a billion."""


def read(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """The runs in the document."""
    from ragtui.sources.table.documents import read_document

    try:
        document = load_yaml(peek.path)
    except InputError:
        if request.direct:
            raise
        return  # most YAML in a folder is configuration, and not ours to judge
    yield from read_document(peek.path, document, request)


def load_yaml(path: Path) -> Any:
    """A YAML document as plain values; several documents as a list.

    Raises:
        InputError: it is too large, nested too deeply, no YAML, or holds a key twice.
    """
    import yaml

    raw = read_regular(path, MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise InputError(f"{path}: larger than {MAX_BYTES // 2**20} MB", "write it as JSON Lines")
    try:
        loader = yaml.SafeLoader(raw.decode("utf-8", "replace"))
        documents = []
        while loader.check_node():
            node = loader.get_node()
            _refuse_bomb(path, node)
            documents.append(loader.construct_document(node))
    except (yaml.YAMLError, ValueError, TypeError, AttributeError) as error:
        said = " ".join(str(error).split())[:200]
        raise InputError(f"{path}: cannot be read as YAML ({said})", "check the file, or write JSON") from error
    except RecursionError as error:
        raise InputError(f"{path}: nested too deeply", "write it as JSON Lines") from error
    return documents[0] if len(documents) == 1 else documents


def _refuse_bomb(path: Path, node: Any) -> None:
    """See that a tree of nodes is of a size that can be held once its aliases are written out."""
    import yaml

    sizes: dict[int, int] = {}

    def size(inner: Any) -> int:
        known = sizes.get(id(inner))
        if known is not None:
            return known
        sizes[id(inner)] = MAX_NODES + 1  # an alias to what holds it never ends
        if isinstance(inner, yaml.MappingNode):
            _refuse_doubles(path, inner)
            found = 1 + sum(size(key) + size(value) for key, value in inner.value)
        elif isinstance(inner, yaml.SequenceNode):
            found = 1 + sum(map(size, inner.value))
        else:
            found = 1
        sizes[id(inner)] = found
        return found

    if size(node) > MAX_NODES:
        raise InputError(f"{path}: its aliases expand to more than {MAX_NODES:,} values", "write them out, or fewer")


def _refuse_doubles(path: Path, node: Any) -> None:
    names = [key.value for key, _ in node.value if isinstance(key.value, str)]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError(f'{path}: "{twice[:60]}" stands twice in one object', "keep one of them")


FORMAT = Format(
    name="yaml",
    tool="any harness",
    files="a YAML document with a list of results",
    told_by="records at any depth, as in JSON",
    item="`item`, `id`, `case`, `question_id` and the like; else made from the question",
    repeat="`repeat`, `epoch`, `trial` and the like",
    configuration="a column that tells rows of one item apart; `K` or --columns changes it",
    error="`error`, `exception`",
    endings=(".yaml", ".yml"),
    sniff=lambda peek: peek.suffix in (".yaml", ".yml"),
    read=read,
)
