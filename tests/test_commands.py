"""The one way to run a program."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from grader.commands import Command, CommandError, run
from grader.errors import ToolError


def test_output_and_code_are_kept() -> None:
    done = run(Command(["sh", "-c", "echo out; echo err >&2; exit 3"]), timeout=10)
    assert (done.code, sorted(done.output.split())) == (3, ["err", "out"])


def test_a_failure_can_be_pasted_into_a_shell(tmp_path: Path) -> None:
    with pytest.raises(CommandError) as caught:
        run(Command(["sh", "-c", "echo 'no way'; exit 1"], cwd=tmp_path), timeout=10).check()
    assert f"cd {tmp_path} && sh -c 'echo '\"'\"'no way'\"'\"'; exit 1'" in str(caught.value)
    assert "no way" in str(caught.value)


def test_a_program_that_takes_too_long_is_killed_with_its_children(tmp_path: Path) -> None:
    began = time.monotonic()
    done = run(Command(["sh", "-c", f"sleep 60 & echo $! > {tmp_path}/pid; wait"]), timeout=0.3)
    assert done.timed_out
    assert time.monotonic() - began < 5
    child = int((tmp_path / "pid").read_text())
    assert gone(child)


def gone(pid: int) -> bool:
    """Whether a process ends within two seconds."""
    for _ in range(200):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.01)
    return False


def test_nothing_is_left_behind_by_a_program_that_ends(tmp_path: Path) -> None:
    run(Command(["sh", "-c", f"sleep 60 > /dev/null 2>&1 & echo $! > {tmp_path}/pid"]), timeout=10)
    child = int((tmp_path / "pid").read_text())
    assert gone(child)


def test_output_is_bounded_and_told_as_it_comes() -> None:
    seen: list[str] = []
    done = run(Command(["sh", "-c", "yes | head -c 100000"]), timeout=10, limit=1000, on_output=seen.append)
    assert len(done.output) == 1000
    assert sum(map(len, seen)) == 100000


def test_a_program_that_is_not_there_says_what_to_do() -> None:
    with pytest.raises(ToolError, match="lab doctor"):
        run(Command(["no-such-program"]), timeout=1)
