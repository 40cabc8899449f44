"""Workspaces: filled in, and never overwritten."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from grader.errors import WorkspaceError
from grader.workspace.folder import copy_filled, prepare, require


@pytest.fixture
def starter(tmp_path: Path) -> Path:
    folder = tmp_path / "starter"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.yaml").write_text("port: __port__\n")
    (folder / "deep" / "run.sh").write_text("echo __port__ __other__\n")
    (folder / "deep" / "run.sh").chmod(0o755)
    (folder / "picture").write_bytes(b"\0__port__\xff")
    (folder / "link").symlink_to("/etc/passwd")
    return folder


def test_parameters_are_filled_in_and_modes_kept(starter: Path, tmp_path: Path) -> None:
    prepare(tmp_path / "work", "k/a", starter, {"port": 80})
    assert (tmp_path / "work/a.yaml").read_text() == "port: 80\n"
    assert (tmp_path / "work/deep/run.sh").read_text() == "echo 80 __other__\n"
    assert os.access(tmp_path / "work/deep/run.sh", os.X_OK)


def test_binary_files_are_copied_and_links_are_not(starter: Path, tmp_path: Path) -> None:
    prepare(tmp_path / "work", "k/a", starter, {"port": 80})
    assert (tmp_path / "work/picture").read_bytes() == b"\0__port__\xff"
    assert not (tmp_path / "work/link").is_symlink()


def test_files_of_the_learner_stay(starter: Path, tmp_path: Path) -> None:
    prepare(tmp_path / "work", "k/a", starter, {})
    (tmp_path / "work/a.yaml").write_text("mine")
    assert prepare(tmp_path / "work", "k/a", starter, {}) == []
    assert (tmp_path / "work/a.yaml").read_text() == "mine"
    copy_filled(starter, tmp_path / "work", {}, overwrite=True)
    assert (tmp_path / "work/a.yaml").read_text() == "port: __port__\n"


def test_the_workspace_of_another_lab_is_refused(starter: Path, tmp_path: Path) -> None:
    prepare(tmp_path / "work", "k/a", starter, {})
    with pytest.raises(WorkspaceError, match="is the workspace of k/a"):
        prepare(tmp_path / "work", "k/b", starter, {})


def test_a_lab_without_a_starter_has_an_empty_workspace(tmp_path: Path) -> None:
    assert prepare(tmp_path / "work", "k/a", tmp_path / "nothing", {}) == []
    require(tmp_path / "work", "k/a")


def test_a_workspace_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="is gone"):
        require(tmp_path / "work", "k/a")
