"""One object store through fsspec: what lies under an address, and the bytes of one object in ranges.

Credentials come from where the store's own tools look for them (environment, profile files, instance roles), never from
the address: an address is shown on screens and written into reports.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ragtui.errors import InputError, RagtuiError, RemoteError, UsageError

BLOCK = 8 * 1024 * 1024
"""Bytes a request: large enough that latency does not rule, small enough that a cancel is felt."""

_TOKENS = ("ETag", "etag", "md5Hash", "content_settings", "crc32c", "generation", "last_modified", "LastModified",
           "mtime", "modified", "created")  # fmt: skip
_SECRET_WORDS = ("key", "token", "secret", "password", "signature", "sig", "credential", "auth")


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One object under an address.

    Attributes:
        name: relative to the address, with slashes; "" when the address is the object itself.
        path: what the store calls it.
        size: bytes; None where the store does not say.
        token: changes when the content does; "" where the store gives nothing to tell by.
    """

    name: str
    path: str
    size: int | None
    token: str


class Store:
    """The objects under one address.

    Args:
        address: such as `s3://bucket/runs`.

    Raises:
        UsageError: the address carries a credential, or the package for its kind is not installed.
    """

    def __init__(self, address: str) -> None:
        self.address = checked(address)
        try:
            from fsspec.core import url_to_fs
        except ImportError as error:
            raise _not_installed(address) from error
        try:
            # Listings are asked for anew each time: a listing that fsspec remembers hides new runs.
            self._files, self._root = url_to_fs(self.address, use_listings_cache=False, skip_instance_cache=True)
        except ImportError as error:
            raise _not_installed(address) from error
        except Exception as error:  # each store has exceptions of its own
            raise UsageError(f"{address}: cannot be opened ({_words(error)})", _WAY_OUT) from error

    def objects(self) -> Iterator[StoredObject]:
        """Every object under the address, in the order of their names.

        Raises:
            RemoteError: the store does not answer, or refuses.
        """
        try:
            found: Mapping[str, Mapping[str, Any]] = self._files.find(self._root, detail=True)
            if not found and self._files.isfile(self._root):
                found = {self._root: self._files.info(self._root)}
        except FileNotFoundError as error:
            raise InputError(f"{self.address}: nothing is there", "Check the address.") from error
        except Exception as error:
            raise RemoteError(f"{self.address}: cannot be listed ({_words(error)})", _WAY_OUT) from error
        root = self._root.rstrip("/")
        for path, about in sorted(found.items()):
            if about.get("type") == "directory" or path.endswith("/"):
                continue
            name = "" if path == root else path.removeprefix(root).lstrip("/")
            yield StoredObject(name, path, _size(about), _token(about))

    def blocks(self, thing: StoredObject, start: int, stopped: Callable[[], bool]) -> Iterator[bytes]:
        """The bytes of an object from `start` on, a block a request.

        Raises:
            RemoteError: the object cannot be read, or reading was stopped.
        """
        at = start
        while thing.size is None or at < thing.size:
            if stopped():
                raise RemoteError(f"{self.address}: reading was stopped")
            end = None if thing.size is None else min(at + BLOCK, thing.size)
            try:
                block: bytes = self._files.cat_file(thing.path, start=at or None, end=end)
            except Exception as error:
                raise RemoteError(f"{thing.path}: cannot be read ({_words(error)})", _WAY_OUT) from error
            if end is not None and len(block) > end - at:
                # A web server without ranges sends the whole object to every request.
                if len(block) != thing.size:
                    raise RemoteError(f"{thing.path}: the server sent more than was asked for", "Copy the file here.")
                block = block[at:]
            if end is not None and not block:
                raise RemoteError(f"{thing.path}: ended after {at} of {thing.size} bytes", "Reload.")
            yield block
            at += len(block)
            if thing.size is None:
                return

    def again(self, thing: StoredObject) -> StoredObject:
        """The object as it is now, to see whether it changed while it was read.

        Raises:
            RemoteError: it is gone, or the store does not answer.
        """
        try:
            about = self._files.info(thing.path)
        except Exception as error:
            raise RemoteError(f"{thing.path}: cannot be read ({_words(error)})", _WAY_OUT) from error
        return StoredObject(thing.name, thing.path, _size(about), _token(about))


def checked(address: str) -> str:
    """The address, when it holds no credential.

    Raises:
        UsageError: it does; the message does not repeat it.
    """
    parts = urlsplit(address)
    named = [name for name, _ in parse_qsl(parts.query, keep_blank_values=True)]
    if "@" in parts.netloc or any(word in name.lower() for name in named for word in _SECRET_WORDS):
        place = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
        raise UsageError(
            f"{place}: the address holds a credential",
            "Take it out: keys are read from the environment or from the store's own profile files.",
        )
    return address.rstrip("/")


def safe_name(name: str) -> bool:
    """Whether an object's name can be a path below a folder of ours: object names may hold anything."""
    parts = PurePosixPath(name).parts
    return not (
        name.startswith("/") or "\\" in name or "\0" in name or ":" in name or ".." in parts or len(name) > 1000
    )


_WAY_OUT = "Check the address, the network and your credentials for it."


def _not_installed(address: str) -> RagtuiError:
    return UsageError(
        f"{address}: reading from object stores needs packages that are not installed",
        "pip install 'ragtui[remote]'",
    )


def _words(error: Exception) -> str:
    """The first line of a store's own message."""
    return (str(error).strip().splitlines() or [""])[0][:200] or type(error).__name__


def _size(about: Mapping[str, Any]) -> int | None:
    size = about.get("size", about.get("Size"))
    return size if isinstance(size, int) and size >= 0 else None


def _token(about: Mapping[str, Any]) -> str:
    for name in _TOKENS:
        if about.get(name):
            return f"{name}={about[name]}"
    return ""
