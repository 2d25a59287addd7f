"""What a server did, call by call, and the records of what ran; in SQLite, one transaction each.

A kill of the process loses nothing that was written: it is on its way to the disk. What the machine had not yet written
when its power failed is lost, from the end backwards.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import StateError
from .folder import StateFolder
from .plain import dumped, loaded

_INLINE = 8192
"""Bytes of a body that stay in the database; longer ones become files."""
_BEGINS = "key >= ? AND key < ? || char(0x10FFFF)"
"""Of keys that begin like a text; by the order of keys, so that the others are not read."""
_TABLES = """
CREATE TABLE IF NOT EXISTS calls (
    id INTEGER PRIMARY KEY AUTOINCREMENT, service TEXT NOT NULL, operation TEXT NOT NULL, moment REAL NOT NULL,
    seed BLOB NOT NULL, request TEXT NOT NULL, body BLOB, file TEXT, answer TEXT, subject TEXT, reads TEXT
);
CREATE INDEX IF NOT EXISTS calls_subject ON calls (subject) WHERE subject IS NOT NULL;
CREATE INDEX IF NOT EXISTS calls_reads ON calls (reads) WHERE reads IS NOT NULL;
CREATE TABLE IF NOT EXISTS records (
    kind TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (kind, key)
) WITHOUT ROWID;
"""


@dataclass
class Call:
    """A call that changed something, with all that its repetition needs."""

    service: str
    operation: str
    moment: float
    """When it began, in seconds since 1970."""
    seed: bytes
    """What everything random in it derives from."""
    request: dict[str, Any]
    body: bytes = b""
    answer: str | None = None
    """What must be equal when it is repeated; None if that is not known."""
    subject: str | None = None
    """What it is about: the bucket and key of an object."""
    reads: str | None = None
    """The subject that it reads."""
    id: int | None = None


class Journal:
    """The calls and records of one state; thread-safe. All methods raise ``StateError`` when the disk fails."""

    def __init__(self, folder: StateFolder) -> None:
        """Raises ``StateError`` for a database that cannot be read."""
        self._folder = folder
        self._lock = threading.RLock()
        try:
            self._database = _opened(folder.database)
        except sqlite3.DatabaseError as error:
            raise StateError(f"{folder.database} cannot be read: {error}") from error
        self._closed = False

    def calls(self) -> Iterator[Call]:
        """All calls in their order. Raises ``StateError`` if one, or its file, is missing or damaged."""
        rows = self._all(
            "SELECT service, operation, moment, seed, request, body, file, answer, subject, reads, id FROM calls "
            "ORDER BY id"
        )
        for service, operation, moment, seed, request, body, file, *rest in rows:
            content = body or b"" if file is None else self._folder.get(file)
            yield Call(service, operation, moment, seed, self._loaded("call", rest[-1], request), content, *rest)

    def add(self, call: Call) -> None:
        """Keeps a call; called again, its answer."""
        if call.id is not None:
            self._do("UPDATE calls SET answer = ? WHERE id = ?", call.answer, call.id)
            return
        file = self._folder.put(call.body) if len(call.body) > _INLINE else None
        values = (
            call.service, call.operation, call.moment, call.seed, dumped(call.request),
            None if file else call.body, file, call.answer, call.subject, call.reads,
        )  # fmt: skip
        call.id = self._do(
            "INSERT INTO calls (service, operation, moment, seed, request, body, file, answer, subject, reads) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            *values,
        )

    def has(self, condition: str, *values: Any) -> bool:
        """Whether there is a call of which a condition in SQL holds."""
        return bool(self._all(f"SELECT 1 FROM calls WHERE {condition} LIMIT 1", *values))

    def count(self, condition: str, *values: Any) -> int:
        """Of how many calls a condition in SQL holds."""
        rows = self._all(f"SELECT count(*) FROM calls WHERE {condition}", *values)
        return int(rows[0][0]) if rows else 0

    def drop(self, condition: str, *values: Any) -> None:
        """Forgets the calls of which a condition in SQL holds: later ones have made up for them."""
        self._do(f"DELETE FROM calls WHERE {condition}", *values)

    def put(self, kind: str, key: str, value: Any) -> None:
        """Keeps a record of plain data, instead of the one that has its kind and key."""
        self._do("INSERT OR REPLACE INTO records VALUES (?, ?, ?)", kind, key, dumped(value))

    def remove(self, kind: str, key: str) -> None:
        """Forgets the record that has this kind and key."""
        self._do("DELETE FROM records WHERE kind = ? AND key = ?", kind, key)

    def remove_all(self, kind: str, prefix: str) -> None:
        """Forgets the records of a kind whose key begins like this."""
        self._do(f"DELETE FROM records WHERE kind = ? AND {_BEGINS}", kind, prefix, prefix)

    def records(self, kind: str, prefix: str = "") -> dict[str, Any]:
        """The records of a kind whose key begins like this, in the order of their keys.

        Raises ``StateError`` for one that is damaged.
        """
        rows = self._all(
            f"SELECT key, value FROM records WHERE kind = ? AND {_BEGINS} ORDER BY key", kind, prefix, prefix
        )
        return {key: self._loaded(kind, key, value) for key, value in rows}

    def tidy(self) -> None:
        """Removes the files of calls that are forgotten."""
        self._folder.keep_only(
            {file for (file,) in self._all("SELECT DISTINCT file FROM calls WHERE file IS NOT NULL")}
        )

    def close(self) -> None:
        """Ends the use of the folder; what is still told is not kept."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._database.close()
                self._folder.close()

    def _loaded(self, kind: str, key: object, text: str) -> Any:
        try:
            return loaded(text)
        except ValueError as error:
            named = f"the {kind} {str(key).strip()!r}"
            raise StateError(f"{self._folder.database} cannot be read: {named} is damaged: {error}") from error

    def _do(self, statement: str, *values: Any) -> int | None:
        with self._lock:
            if self._closed:
                return None
            try:
                with self._database:
                    return self._database.execute(statement, values).lastrowid
            except sqlite3.Error as error:
                raise StateError(f"{self._folder.database} cannot be written: {error}") from error

    def _all(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._lock:
            try:
                return [] if self._closed else self._database.execute(statement, values).fetchall()
            except sqlite3.Error as error:
                raise StateError(f"{self._folder.database} cannot be read: {error}") from error


def _opened(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, check_same_thread=False)
    try:
        path.chmod(0o600)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        database.executescript(_TABLES)
    except BaseException:
        database.close()
        raise
    return database
