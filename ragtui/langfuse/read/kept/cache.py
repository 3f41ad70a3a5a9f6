"""What was read once stays readable: an SQLite file per server and project. Holds no key."""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from ragtui.langfuse.api.credentials import Credentials
from ragtui.model import Problem
from ragtui.places import cache_folder

VERSION = 2
KEPT_S = 180 * 86_400.0
"""Runs nobody opened for this long are read again when they are; their lines in the list stay."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
    kind TEXT NOT NULL, key TEXT NOT NULL, read REAL NOT NULL, body BLOB NOT NULL, PRIMARY KEY (kind, key)
)
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """A cached value and when it was read, seconds since 1970."""

    value: Any
    read: float

    def age(self, now: float | None = None) -> float:
        """Seconds since it was read."""
        return (time.time() if now is None else now) - self.read


class Cache:
    """Values by kind and name. A file that cannot be read is put aside and begun anew, with a problem to show.

    Args:
        path: the SQLite file; None keeps everything in memory.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.problems: tuple[Problem, ...] = ()
        self._lock = threading.Lock()
        self._database: sqlite3.Connection | None = None
        try:
            self._database = self._connect(path)
        except (sqlite3.Error, OSError) as error:
            self._rebuild(str(error))

    def get(self, kind: str, key: str = "") -> Kept | None:
        """A value, if it is there and can be read."""
        row = self._run(
            lambda db: db.execute("SELECT body, read FROM entries WHERE kind=? AND key=?", (kind, key)).fetchone()
        )
        if row is None:
            return None
        try:
            return Kept(orjson.loads(row[0]), float(row[1]))
        except (orjson.JSONDecodeError, TypeError, ValueError):
            return None

    def put(self, kind: str, key: str, value: Any, read: float | None = None) -> None:
        """Keep a JSON value; replaces what was there."""
        try:
            body = orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS)
        except (TypeError, ValueError):
            return  # text that is not valid Unicode: such a run is read again each time
        moment = time.time() if read is None else read

        def write(db: sqlite3.Connection) -> None:
            with db:
                db.execute("INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?)", (kind, key, moment, body))

        self._run(write)

    def keys(self, kind: str, path: str, value: str) -> list[str]:
        """Keys of the values that hold a text at a JSON path."""
        query = "SELECT key FROM entries WHERE kind=? AND json_extract(CAST(body AS TEXT), ?)=?"
        rows = self._run(lambda db: db.execute(query, (kind, path, value)).fetchall())
        return [str(key) for (key,) in rows or ()]

    def drop(self, kind: str, key: str) -> None:
        """Forget a value."""

        def delete(db: sqlite3.Connection) -> None:
            with db:
                db.execute("DELETE FROM entries WHERE kind=? AND key=?", (kind, key))

        self._run(delete)

    def close(self) -> None:
        """Closes the file."""
        with self._lock:
            if self._database is not None:
                self._database.close()
                self._database = None

    # -- the file --------------------------------------------------------------------------------------------------

    @staticmethod
    def _connect(path: Path | None) -> sqlite3.Connection:
        if path is not None:
            # What pipelines answered is nobody else's business.
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        database = sqlite3.connect(path or ":memory:", timeout=5.0, check_same_thread=False)
        try:
            # Several ragtui windows may share the file: readers must not wait for writers.
            database.execute("PRAGMA journal_mode=WAL")
            found = database.execute("PRAGMA user_version").fetchone()[0]
            if found not in (0, VERSION):
                database.execute("DROP TABLE IF EXISTS entries")
            database.execute(_SCHEMA)
            database.execute(f"PRAGMA user_version={VERSION}")
            database.execute("DELETE FROM entries WHERE kind = 'bundle' AND read < ?", (time.time() - KEPT_S,))
            database.commit()
        except BaseException:
            database.close()
            raise
        return database

    def _run(self, work: Callable[[sqlite3.Connection], Any]) -> Any:
        with self._lock:
            if self._database is None:
                return None
            try:
                return work(self._database)
            except sqlite3.OperationalError:
                return None  # busy or read-only: a cache may fail silently, the server has the truth
            except sqlite3.DatabaseError as error:
                self._database.close()
                self._rebuild(str(error))
                return None

    def _rebuild(self, reason: str) -> None:
        where = str(self.path or "cache")
        self._database = None
        if self.path is not None:
            aside = self.path.with_suffix(".broken")
            with contextlib.suppress(OSError):
                self.path.replace(aside)
            for leftover in ("-wal", "-shm"):
                with contextlib.suppress(OSError):
                    Path(f"{self.path}{leftover}").unlink()
        for place in (self.path, None):
            try:
                self._database = self._connect(place)
                break
            except (sqlite3.Error, OSError):
                continue
        if place is None and self.path is not None:
            message = f"the cache cannot be kept there ({reason}); it is held in memory until this command ends"
            self.problems = (Problem(where, message, "RAGTUI_CACHE_DIR names another folder."),)
            return
        self.problems = (
            Problem(where, f"the cache could not be read ({reason}) and was begun anew", "Nothing of yours is lost."),
        )


def open_cache(credentials: Credentials, project_id: str, folder: Path | None = None) -> Cache:
    """The cache of one project on one server."""
    name = hashlib.sha256(f"{credentials.base_url}\n{project_id}".encode()).hexdigest()[:24]
    return Cache((folder or cache_folder() / "langfuse") / f"{name}.sqlite")


class KnownServers:
    """Which project a key belongs to, so that its cache is found when the server is not.

    Keys are kept as salted digests only: enough to recognise one, useless to anyone else.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._cache = Cache((folder or cache_folder() / "langfuse") / "servers.sqlite")

    @staticmethod
    def _digest(credentials: Credentials) -> str:
        salt = f"ragtui/{credentials.base_url}".encode()
        return hashlib.scrypt(credentials.public_key.encode(), salt=salt, n=2**12, r=8, p=1, dklen=16).hex()

    def recall(self, credentials: Credentials) -> Kept | None:
        """The last probe's finding for these keys."""
        return self._cache.get("server", self._digest(credentials))

    def remember(self, credentials: Credentials, server: dict[str, Any]) -> None:
        """Keep a probe's finding."""
        self._cache.put("server", self._digest(credentials), server)

    def forget(self, credentials: Credentials) -> None:
        """The server turned out to be another kind; which project it is stays known."""
        kept = self.recall(credentials)
        if kept is not None:
            self._cache.put("server", self._digest(credentials), kept.value, read=0.0)

    def close(self) -> None:
        """Closes the file."""
        self._cache.close()
