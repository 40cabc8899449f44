"""Progress survives and is told apart by lab."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from grader.errors import HostError
from grader.workspace.progress import Progress


@pytest.fixture
def progress(tmp_path: Path) -> Progress:
    return Progress(tmp_path / "state" / "progress.sqlite")


def test_the_seed_is_drawn_once(progress: Progress, tmp_path: Path) -> None:
    assert progress.seed() == Progress(tmp_path / "state" / "progress.sqlite").seed()


def test_a_session_is_ready_when_its_set_up_is_done(progress: Progress, tmp_path: Path) -> None:
    progress.begin("k/a", tmp_path / "lab", tmp_path / "work", "embedded", "s")
    before = progress.session("k/a")
    assert before is not None
    assert (before.ready, before.active, before.workspace) == (False, True, tmp_path / "work")
    progress.set_ready("k/a", {"version": "7"})
    after = progress.session("k/a")
    assert after is not None
    assert (after.ready, after.baseline) == (True, {"version": "7"})


def test_what_is_ended_is_no_longer_active_and_may_be_forgotten(progress: Progress, tmp_path: Path) -> None:
    for lab in ("k/a", "k/b"):
        progress.begin(lab, tmp_path, tmp_path, "embedded", "s")
        progress.set_ready(lab, {})
    progress.end("k/a")
    progress.end("k/b", forget=True)
    assert progress.active() == []
    assert [progress.session(lab).ready for lab in ("k/a", "k/b")] == [True, False]  # type: ignore[union-attr]


def test_the_best_attempt_counts(progress: Progress) -> None:
    for earned, verdict in ((1, "failed"), (4, "passed"), (2, "failed")):
        progress.attempt("k/a", verdict, earned, 4)
    standing = progress.standings()["k/a"]
    assert (standing.attempts, standing.earned, standing.points, standing.passed) == (3, 4, 4, True)


def test_hints_only_rise(progress: Progress) -> None:
    progress.take_hint("k/a", "one", 2)
    progress.take_hint("k/a", "one", 1)
    assert progress.hints("k/a") == {"one": 2}


def test_what_a_killed_process_had_written_is_there(progress: Progress, tmp_path: Path) -> None:
    progress.attempt("k/a", "passed", 1, 1)
    other = sqlite3.connect(tmp_path / "state" / "progress.sqlite")  # the first connection is never closed
    assert other.execute("SELECT COUNT(*) FROM attempts").fetchone() == (1,)
    assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_newer_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "progress.sqlite"
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(HostError, match="newer Labyard"):
        Progress(path).seed()
