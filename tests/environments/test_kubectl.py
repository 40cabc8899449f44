"""Finding a kubectl that will do."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.environments import kubectl
from grader.environments.kubectl import candidates, locate


def tool(folder: Path, version: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "kubectl"
    path.write_text(
        f'#!/bin/sh\necho asked >> {folder}/asked\necho \'{{"clientVersion": {{"gitVersion": "v{version}"}}}}\'\n'
    )
    path.chmod(0o755)
    return path


@pytest.fixture(autouse=True)
def no_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kubectl, "_from_wheel", lambda: None)


def test_the_first_one_on_the_path_that_is_new_enough_is_taken(tmp_path: Path) -> None:
    old, new = tool(tmp_path / "old", "1.29.9"), tool(tmp_path / "new", "1.32.4-dispatcher")
    environ = {"PATH": f"{old.parent}:{new.parent}"}
    assert (locate(tmp_path, environ).path, locate(tmp_path, environ).version) == (new, "1.32.4-dispatcher")


def test_the_wheel_is_taken_when_the_path_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = tool(tmp_path / "wheel", "1.36.4")
    monkeypatch.setattr(kubectl, "_from_wheel", lambda: wheel)
    assert locate(tmp_path, {"PATH": ""}).path == wheel


def test_a_version_is_asked_for_once_until_the_file_changes(tmp_path: Path) -> None:
    path = tool(tmp_path / "bin", "1.36.4")
    environ = {"PATH": str(path.parent)}
    locate(tmp_path, environ)
    locate(tmp_path, environ)
    assert (tmp_path / "bin/asked").read_text() == "asked\n"
    tool(tmp_path / "bin", "1.36.40")
    assert locate(tmp_path, environ).version == "1.36.40"


def test_our_own_stand_ins_are_never_taken(tmp_path: Path) -> None:
    from grader.workspace.recording import Recording

    real = tool(tmp_path / "real", "1.36.4")
    recording = Recording(tmp_path / "session")
    recording.install({"kubectl": real})
    assert list(candidates({"PATH": f"{recording.bin}:{real.parent}"})) == [real]
