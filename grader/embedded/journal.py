"""The store's writes on disk: an SQLite file that survives `kill -9` of the process at any moment.

Writes of one turn of the event loop share a transaction. The API commits before it answers, so what a
client was told is kept. `synchronous=OFF` is enough for that: what the process has handed to the operating
system outlives the process, and a machine that loses power loses a practice cluster's last moments at most.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson

from grader.embedded.objects import Key, Obj

_LAYOUT = """
CREATE TABLE IF NOT EXISTS objects (
    resource TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL, data BLOB NOT NULL,
    PRIMARY KEY (resource, namespace, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
"""
_FORMAT = 1


class JournalError(Exception):
    """The file cannot be used; the text says why and what to do."""


class SqliteJournal:
    """Keeps every object's newest version. `soon` schedules a commit (the event loop's `call_soon`)."""

    def __init__(self, path: Path, soon: Callable[[Callable[[], None]], object]) -> None:
        self._soon = soon
        self._open = False
        self._puts: dict[tuple[str, Key], bytes | None] = {}
        self._revision = 0
        try:
            self._db = sqlite3.connect(path, isolation_level=None)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=OFF")
            self._db.executescript(_LAYOUT)
            self._check_format()
        except sqlite3.Error as error:
            raise JournalError(
                f"the cluster's objects in {path} cannot be read ({error}); "
                "free disk space or, if the file is damaged, remove the cluster and start it again"
            ) from error

    def _check_format(self) -> None:
        self._db.execute("INSERT OR IGNORE INTO facts VALUES ('format', ?)", (_FORMAT,))
        (found,) = self._db.execute("SELECT value FROM facts WHERE name = 'format'").fetchone()
        if found != _FORMAT:
            raise JournalError(
                f"the cluster was written by another version of Labyard (format {found}, this one reads {_FORMAT}); "
                "remove the cluster and start it again"
            )

    def load(self) -> tuple[Iterator[tuple[str, Obj]], int]:
        """(resource, object) of all that was kept, and the last revision."""
        row = self._db.execute("SELECT value FROM facts WHERE name = 'revision'").fetchone()
        rows = self._db.execute("SELECT resource, data FROM objects")
        return ((resource, orjson.loads(data)) for resource, data in rows), row[0] if row else 0

    def put(self, resource: str, key: Key, revision: int, data: bytes) -> None:
        self._note((resource, key), data, revision)

    def drop(self, resource: str, key: Key, revision: int) -> None:
        self._note((resource, key), None, revision)

    def _note(self, place: tuple[str, Key], data: bytes | None, revision: int) -> None:
        self._puts[place] = data
        self._revision = revision
        if not self._open:
            self._open = True
            self._soon(self.commit)

    def commit(self) -> None:
        """Write what is pending. Raises sqlite3.Error (a full disk); what is pending stays so and is tried again."""
        if not self._puts:
            self._open = False
            return
        db = self._db
        db.execute("BEGIN")
        try:
            kept = [(r, k.namespace, k.name, d) for (r, k), d in self._puts.items() if d is not None]
            gone = [(r, k.namespace, k.name) for (r, k), d in self._puts.items() if d is None]
            db.executemany("INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?)", kept)
            db.executemany("DELETE FROM objects WHERE resource = ? AND namespace = ? AND name = ?", gone)
            db.execute("INSERT OR REPLACE INTO facts VALUES ('revision', ?)", (self._revision,))
            db.execute("COMMIT")
        except sqlite3.Error:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise
        self._puts.clear()
        self._open = False

    def close(self) -> None:
        self.commit()
        self._db.close()
