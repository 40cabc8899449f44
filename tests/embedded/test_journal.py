"""What the journal keeps when its process is killed."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from grader.embedded.journal import JournalError, SqliteJournal
from grader.embedded.objects import Key
from grader.embedded.store import Store

_WRITER = """
import sys
from pathlib import Path
from grader.embedded.journal import SqliteJournal
from grader.embedded.store import Store
journal = SqliteJournal(Path(sys.argv[1]), lambda commit: None)
store = Store(journal)
for number in range(100_000):
    store.create("pods", {"metadata": {"name": f"p{number}", "namespace": "default"}})
    journal.commit()
    print(number, flush=True)
"""


def _opened(path: Path) -> Store:
    journal = SqliteJournal(path, lambda commit: None)
    store = Store(journal)
    records, revision = journal.load()
    store.restore(list(records), revision)
    journal.close()
    return store


def test_what_was_committed_survives_kill_9(tmp_path: Path) -> None:
    path = tmp_path / "objects.sqlite"
    child = subprocess.Popen([sys.executable, "-c", _WRITER, str(path)], stdout=subprocess.PIPE)
    assert child.stdout is not None
    seen = -1
    while seen < 50:
        seen = int(child.stdout.readline())
    os.kill(child.pid, signal.SIGKILL)
    rest = child.stdout.read().split(b"\n")
    child.wait()
    child.stdout.close()
    last = int(rest[-2]) if len(rest) > 1 else seen
    store = _opened(path)
    assert store.count("pods") in (last + 1, last + 2)
    assert store.revision == store.count("pods")


def test_deletions_and_the_revision_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "objects.sqlite"
    journal = SqliteJournal(path, lambda commit: None)
    store = Store(journal)
    store.create("pods", {"metadata": {"name": "a", "namespace": "default"}})
    store.create("pods", {"metadata": {"name": "b", "namespace": "default"}})
    store.delete("pods", Key("default", "a"))
    journal.close()
    again = _opened(path)
    assert [p["metadata"]["name"] for p in again.list("pods")] == ["b"]
    assert again.revision == 3


def test_a_damaged_file_is_said_to_be_one(tmp_path: Path) -> None:
    path = tmp_path / "objects.sqlite"
    path.write_bytes(b"no database" * 100)
    with pytest.raises(JournalError, match="remove the cluster and start it again"):
        SqliteJournal(path, lambda commit: None)


def test_a_file_of_another_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "objects.sqlite"
    SqliteJournal(path, lambda commit: None).close()
    with sqlite3.connect(path) as db:
        db.execute("UPDATE facts SET value = 99 WHERE name = 'format'")
    db.close()
    with pytest.raises(JournalError, match="another version"):
        SqliteJournal(path, lambda commit: None)
