"""What a learner has started, attempted and reached: SQLite with a write-ahead log, so that a crash loses nothing."""

from __future__ import annotations

import json
import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.errors import HostError, host_error
from grader.language import text

_VERSION = 1
_TABLES = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS sessions (
    lab TEXT PRIMARY KEY, folder TEXT NOT NULL, workspace TEXT NOT NULL, environment TEXT NOT NULL,
    seed TEXT NOT NULL, started REAL NOT NULL, ready INTEGER NOT NULL DEFAULT 0,
    active INTEGER NOT NULL DEFAULT 1, baseline TEXT NOT NULL DEFAULT '{}');
CREATE TABLE IF NOT EXISTS attempts (
    id INTEGER PRIMARY KEY, lab TEXT NOT NULL, at REAL NOT NULL, verdict TEXT NOT NULL,
    earned REAL NOT NULL, points REAL NOT NULL);
CREATE TABLE IF NOT EXISTS hints (
    lab TEXT NOT NULL, task TEXT NOT NULL, taken INTEGER NOT NULL, PRIMARY KEY (lab, task));
CREATE INDEX IF NOT EXISTS attempts_by_lab ON attempts (lab, at);
"""


@dataclass(frozen=True)
class Session:
    """A lab that was started from a folder.

    `ready`: its set-up is done; `baseline`: how things stood then, as the runner noted it.
    """

    lab: str
    folder: Path
    workspace: Path
    environment: str
    seed: str
    started: float
    ready: bool
    active: bool
    baseline: dict[str, Any]


@dataclass(frozen=True)
class Standing:
    """How far a lab has come: number of attempts, the best result, and when it was first passed."""

    lab: str
    attempts: int
    earned: float
    points: float
    passed: bool


class Progress:
    """The database of one learner. Every call is a transaction of its own."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._opened: sqlite3.Connection | None = None

    def seed(self) -> str:
        """The learner's seed, drawn once."""
        with self._transaction() as db:
            db.execute("INSERT OR IGNORE INTO facts VALUES ('seed', ?)", (secrets.token_hex(8),))
            return str(db.execute("SELECT value FROM facts WHERE name = 'seed'").fetchone()[0])

    def session(self, lab: str) -> Session | None:
        """The session of a lab, active or not."""
        with self._transaction() as db:
            row = db.execute(f"SELECT {_SESSION} FROM sessions WHERE lab = ?", (lab,)).fetchone()
        return _session(row) if row else None

    def active(self) -> list[Session]:
        """The labs in progress, the latest first; those whose set-up was cut short too."""
        with self._transaction() as db:
            rows = db.execute(f"SELECT {_SESSION} FROM sessions WHERE active ORDER BY started DESC").fetchall()
        return [_session(row) for row in rows]

    def begin(self, lab: str, folder: Path, workspace: Path, environment: str, seed: str) -> None:
        """Note that a lab is being started; what was there of it before is replaced."""
        with self._transaction() as db:
            db.execute(
                "INSERT OR REPLACE INTO sessions (lab, folder, workspace, environment, seed, started) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (lab, str(folder), str(workspace), environment, seed, time.time()),
            )

    def set_ready(self, lab: str, baseline: dict[str, Any]) -> None:
        """Note that a lab's set-up is done, and how things stand."""
        with self._transaction() as db:
            db.execute(
                "UPDATE sessions SET ready = 1, active = 1, baseline = ? WHERE lab = ?", (json.dumps(baseline), lab)
            )

    def resume(self, lab: str, folder: Path, workspace: Path) -> None:
        """Note that a lab is in progress again, perhaps in another folder."""
        with self._transaction() as db:
            db.execute(
                "UPDATE sessions SET active = 1, started = ?, folder = ?, workspace = ? WHERE lab = ?",
                (time.time(), str(folder), str(workspace), lab),
            )

    def end(self, lab: str, *, forget: bool = False) -> None:
        """Note that a lab is no longer in progress; `forget`: that its set-up is gone too."""
        with self._transaction() as db:
            db.execute("UPDATE sessions SET active = 0, ready = ready AND ? WHERE lab = ?", (not forget, lab))

    def attempt(self, lab: str, verdict: str, earned: float, points: float) -> None:
        """Note a check of a lab."""
        with self._transaction() as db:
            db.execute(
                "INSERT INTO attempts (lab, at, verdict, earned, points) VALUES (?, ?, ?, ?, ?)",
                (lab, time.time(), verdict, earned, points),
            )

    def standings(self) -> dict[str, Standing]:
        """How far each attempted lab has come."""
        with self._transaction() as db:
            rows = db.execute(
                "SELECT lab, COUNT(*), MAX(earned), MAX(points), MAX(verdict = 'passed') FROM attempts GROUP BY lab"
            ).fetchall()
        return {row[0]: Standing(row[0], row[1], row[2], row[3], bool(row[4])) for row in rows}

    def hints(self, lab: str) -> dict[str, int]:
        """How many hints were taken, by task."""
        with self._transaction() as db:
            return dict(db.execute("SELECT task, taken FROM hints WHERE lab = ?", (lab,)).fetchall())

    def take_hint(self, lab: str, task: str, number: int) -> None:
        """Note that hints up to a number were shown."""
        with self._transaction() as db:
            db.execute(
                "INSERT INTO hints VALUES (?, ?, ?) "
                "ON CONFLICT (lab, task) DO UPDATE SET taken = MAX(taken, excluded.taken)",
                (lab, task, number),
            )

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            db = self._open()
            with db:
                yield db
        except sqlite3.DatabaseError as error:
            raise _refused(error, self._path) from error
        except OSError as error:
            raise host_error(error) from error

    def _open(self) -> sqlite3.Connection:
        if self._opened is None:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            db = sqlite3.connect(self._path, timeout=10)
            db.execute("PRAGMA journal_mode = WAL")
            (version,) = db.execute("PRAGMA user_version").fetchone()
            if version > _VERSION:
                raise HostError(
                    text("{path} was written by a newer Labyard.", path=str(self._path)),
                    text("Install that version again: `pip install --upgrade labyard`."),
                )
            if version < _VERSION:
                db.executescript(_TABLES + f"PRAGMA user_version = {_VERSION};")
            self._opened = db
        return self._opened


_SESSION = "lab, folder, workspace, environment, seed, started, ready, active, baseline"


def _session(row: tuple[Any, ...]) -> Session:
    lab, folder, workspace, environment, seed, started, ready, active, baseline = row
    where = Path(folder), Path(workspace)
    return Session(lab, *where, environment, seed, started, bool(ready), bool(active), json.loads(baseline))


def _refused(error: sqlite3.DatabaseError, path: Path) -> HostError:
    """What SQLite could not do, with the remedy."""
    words = str(error)
    if "full" in words:
        return HostError(
            text("The disk is full: {place} could not be written.", place=str(path)),
            text("Free some space and run the command again; nothing that was saved before is lost."),
        )
    if "locked" in words:
        return HostError(text("{path} is in use by another program.", path=str(path)), text("Close it and try again."))
    if "malformed" in words or "not a database" in words:
        return HostError(
            text("{path} is damaged ({reason}).", path=str(path), reason=words),
            text("Move it away: progress begins anew; workspaces and clusters are not affected."),
        )
    return HostError(
        text("{path} cannot be used ({reason}).", path=str(path), reason=words),
        text("See that you may write to its folder, or set XDG_STATE_HOME to another."),
    )
