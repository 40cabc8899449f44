"""What can go wrong on a learner's machine: a message, a remedy, the exit code, and nothing lost."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.embedded import process
from tests.cli.conftest import Home, Result


def is_told(result: Result, *words: str) -> None:
    """Exit code 2, the words on standard error, and no traceback."""
    assert result.code == 2, result.out + result.err
    for word in words:
        assert word in result.err
    assert "Traceback" not in result.err + result.out
    assert result.out == ""


def test_a_lab_that_is_not_there_names_the_nearest(home: Home) -> None:
    is_told(home.run("start", "scalin"), "No lab is named scalin.", "Did you mean scaling?")


def test_a_verb_that_is_not_there_names_the_nearest(home: Home) -> None:
    is_told(home.run("chek"), "did you mean 'check'?")


def test_checking_before_starting_says_how_to_start(home: Home) -> None:
    is_told(home.run("check"), "No lab is in progress.", "`lab start LAB`")


def test_a_workspace_that_was_deleted_can_be_made_again(home: Home) -> None:
    home.run("start", str(home.lab))
    shutil.rmtree(home.root / "labyard")
    is_told(home.run("check"), "is gone", "`lab start kubernetes/small` makes it again")
    assert home.run("start", str(home.lab)).code == 0
    assert home.run("check").code == 1


def test_a_workspace_of_another_lab_is_not_taken(home: Home, tmp_path: Path) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    (folder / ".labyard").write_text("kubernetes/pods\n")
    is_told(home.run("start", str(home.lab), "--dir", str(folder)), "is the workspace of kubernetes/pods", "--dir")


def test_a_file_where_the_workspace_should_be_is_left_alone(home: Home, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    is_told(home.run("start", str(home.lab), "--dir", str(tmp_path / "file")), "is a file, not a folder")


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ('#!/bin/sh\necho \'{"clientVersion": {"gitVersion": "v1.21.3"}}\'\n', "1.21.3"),
        ("#!/bin/sh\nexit 1\n", "does not run"),
        ("\x7fELF broken", "does not run"),
    ],
)
def test_a_kubectl_that_will_not_do_is_named(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, words: str
) -> None:
    tools = only_bash(tmp_path, monkeypatch)
    (tools / "kubectl").write_text(script)
    (tools / "kubectl").chmod(0o755)
    is_told(home.run("start", str(home.lab)), words, "1.30", "pip install 'labyard[kubectl]'")
    assert process.find(home.cluster) is None


def test_a_missing_kubectl_says_how_to_get_one(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only_bash(tmp_path, monkeypatch)
    is_told(home.run("start", str(home.lab)), "There is no kubectl on PATH.", "pip install 'labyard[kubectl]'")


def only_bash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with nothing but bash, and no wheel of kubectl."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("bash", "sh"):
        (tools / name).symlink_to(shutil.which(name) or "/bin/sh")
    monkeypatch.setenv("PATH", str(tools))
    monkeypatch.setattr("grader.environments.kubectl._from_wheel", lambda: None)
    return tools


def test_a_full_disk_loses_nothing(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.run("start", str(home.lab))
    home.kubectl("create", "configmap", "one")

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(home.state.root / "file"))

    with monkeypatch.context() as patch:
        patch.setattr("grader.workspace.folder.os.replace", full)
        is_told(home.run("reset", "--files"), "The disk is full", "Free some space")
    assert home.run("check").code in (1, 2)
    assert home.run("start", str(home.lab)).code == 0


def test_a_damaged_progress_file_says_what_to_do(home: Home) -> None:
    home.state.prepare().progress.write_bytes(b"this is no database, not at all" * 100)
    is_told(home.run("list"), "is damaged", "Move it away")


def test_a_state_folder_that_cannot_be_made_says_what_to_do(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plain").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "plain"))
    is_told(home.run("list"), "plain")


def test_a_cluster_whose_objects_are_gone_says_how_to_begin_anew(home: Home) -> None:
    home.run("start", str(home.lab))
    process.stop(home.cluster, remove=True)
    is_told(home.run("check"), "is gone with all that was in it", "`lab reset")
    assert home.run("start", str(home.lab)).code == 0


def test_a_set_up_that_fails_names_the_lab_and_is_done_anew(home: Home, write_lab: Callable[..., Path]) -> None:
    good = (home.lab / "setup/given.yaml").read_text()
    write_lab({"setup/given.yaml": good.replace("name: given", "name: Not_Valid")})
    is_told(home.run("start", str(home.lab)), "lab.yaml", "the set-up failed", "Not_Valid")
    is_told(home.run("check"), "No lab is in progress")
    write_lab()
    assert home.run("start", str(home.lab)).code == 0
    assert home.run("check").code == 1


def test_errors_are_json_when_json_is_asked_for(home: Home) -> None:
    result = home.run("check", "--output", "json")
    assert result.code == 2
    assert result.document["kind"] == "Error"
    assert result.document["remedy"]


def test_two_starts_at_once_wait_for_each_other(home: Home) -> None:
    argv = [sys.executable, "-c", "from grader.cli import main; main()", "start", str(home.lab)]
    runs = [subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    outputs = [run.communicate(timeout=60) for run in runs]
    assert [run.returncode for run in runs] == [0, 0], outputs
    assert sum(b"Resumed" in out for out, _ in outputs) == 1


def test_an_interrupted_check_ends_with_130_and_keeps_everything(home: Home, write_lab: Callable[..., Path]) -> None:
    lab = (home.lab / "lab.yaml").read_text()
    write_lab(
        {"lab.yaml": lab.replace("          advice: Make it", "          within: 60s\n          advice: Make it")}
    )
    home.run("start", str(home.lab))
    home.kubectl("create", "deployment", "web", "--image=hellok8s:v1", "--replicas=1")
    argv = [sys.executable, "-c", "from grader.cli import main; main()", "check", "--watch"]
    run = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert run.stdout is not None
    assert "failed" in run.stdout.readline()
    run.send_signal(signal.SIGINT)
    _, err = run.communicate(timeout=20)
    assert run.returncode == 130
    assert "Interrupted; everything so far is kept." in err
    assert "Traceback" not in err
    assert home.run("status").code == 0


def test_a_fault_of_ours_is_no_traceback(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr("grader.course.catalogue.places", broken)
    is_told(home.run("list"), "Labyard itself failed: RuntimeError: boom", "report")
