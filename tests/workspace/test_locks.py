"""One at a time."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from grader.errors import BusyError
from grader.workspace.locks import held


def test_a_held_lock_names_its_holder(tmp_path: Path) -> None:
    path = tmp_path / "locks" / "a.lock"
    with held(path, "a lab"), pytest.raises(BusyError, match=f"process {os.getpid()}"), held(path, "a lab", patience=0):
        pass


def test_a_lock_is_free_after_its_holder(tmp_path: Path) -> None:
    for _ in range(2):
        with held(tmp_path / "a.lock", "a lab", patience=0):
            pass
