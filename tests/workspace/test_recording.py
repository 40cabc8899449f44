"""Commands are recorded whatever their words are, and the real program runs."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.workspace.recording import Recording

WORDS = st.lists(
    st.text(st.characters(exclude_characters="\0\x1e\x1f", exclude_categories=["Cs"]), max_size=12), max_size=4
)


def recording(tmp_path: Path) -> Recording:
    real = tmp_path / "real tool"
    real.write_text('#!/bin/sh\necho "real: $#"\n')
    real.chmod(0o755)
    made = Recording(tmp_path / "session")
    made.install({"kubectl": real})
    return made


def test_a_command_runs_and_is_recorded(tmp_path: Path) -> None:
    made = recording(tmp_path)
    done = subprocess.run(
        [made.bin / "kubectl", "get", "pods", "-l", "a b"], capture_output=True, text=True, check=True
    )
    assert done.stdout == "real: 4\n"
    assert made.commands() == ["kubectl get pods -l 'a b'"]
    assert made.commands(since=1) == []


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(WORDS)
def test_any_words_are_recorded_as_they_were(tmp_path: Path, words: list[str]) -> None:
    made = recording(tmp_path)
    before = len(made.commands())
    subprocess.run([made.bin / "kubectl", *words], check=True, capture_output=True)
    assert shlex.split(made.commands(before)[0]) == ["kubectl", *words]


def test_a_log_that_cannot_be_written_stops_no_command(tmp_path: Path) -> None:
    made = recording(tmp_path)
    (tmp_path / "session" / "commands.log").mkdir()
    done = subprocess.run([made.bin / "kubectl", "x"], capture_output=True, text=True, check=False)
    assert done.stdout == "real: 1\n"
