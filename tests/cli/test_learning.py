"""A learner's way through a lab."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from grader.embedded import process
from tests.cli.conftest import Home


def color(home: Home) -> str:
    text = (home.root / "labyard/kubernetes/small/notes.txt").read_text()
    return text.removeprefix("The color is ").rstrip(".\n")


def test_a_lab_is_started_worked_on_checked_and_stopped(home: Home) -> None:
    started = home.run("start", str(home.lab))
    assert started.code == 0
    assert f"Make a config map `one` with color {color(home)}." in started.out
    failed = home.run("check")
    assert failed.code == 1
    assert "next:     Make it with kubectl create configmap." in failed.out
    assert "skipped: it needs “The config map one has its color”" in failed.out
    home.kubectl("create", "configmap", "one", f"--from-literal=color={color(home)}")
    home.kubectl("create", "configmap", "two", "--from-literal=a=b")
    passed = home.run("check")
    assert (passed.code, "3 of 3 points" in passed.out) == (0, True)
    status = home.run("status", "--output", "json").document
    assert (status["attempts"], status["earned"], status["passed"], status["alive"]) == (2, 3, True, True)
    assert home.run("stop").code == 0
    assert process.find(home.cluster) is None
    assert not home.cluster.exists()
    assert home.run("status").code == 2


def test_starting_twice_resumes_and_never_overwrites(home: Home) -> None:
    home.run("start", str(home.lab))
    notes = home.root / "labyard/kubernetes/small/notes.txt"
    notes.write_text("mine")
    home.kubectl("create", "configmap", "one")
    again = home.run("start", str(home.lab), "--output", "json").document
    assert again["resumed"] is True
    assert notes.read_text() == "mine"
    assert "nothing" in home.run("check").out  # the learner's config map, without its color, is still there


def test_the_users_own_kubeconfig_is_never_touched(home: Home) -> None:
    own = home.root / ".kube" / "config"
    own.parent.mkdir()
    own.write_text("mine")
    home.run("start", str(home.lab))
    home.run("check")
    assert own.read_text() == "mine"
    assert sorted(path.name for path in own.parent.iterdir()) == ["config"]


def test_a_cluster_that_was_killed_comes_back_with_its_objects(home: Home) -> None:
    import os
    import signal

    home.run("start", str(home.lab))
    home.kubectl("create", "configmap", "one", f"--from-literal=color={color(home)}")
    running = process.find(home.cluster)
    assert running is not None
    os.kill(running.pid, signal.SIGKILL)
    report = home.run("check", "--output", "json").document
    assert [task["verdict"] for task in report["tasks"]] == ["passed", "failed"]


def test_hints_come_one_by_one_for_the_first_task_that_is_not_done(home: Home) -> None:
    home.run("start", str(home.lab))
    assert home.run("hint", "--output", "json").document["hints"] == ["Look at kubectl create configmap."]
    second = home.run("hint", "--output", "json").document
    assert (second["task"], len(second["hints"]), second["left"]) == ("one", 2, 0)
    home.kubectl("create", "configmap", "one", f"--from-literal=color={color(home)}")
    assert home.run("hint", "--output", "json").document["task"] == "two"
    assert "has no task three" in home.run("hint", "--task", "three").err


def test_the_solution_is_shown_when_one_insists(home: Home) -> None:
    home.run("start", str(home.lab))
    assert f"--from-literal=color={color(home)}" in home.run("solution", "--yes").out
    assert home.run("solution").code != 0


def test_reset_empties_the_cluster_and_keeps_the_files(home: Home) -> None:
    home.run("start", str(home.lab))
    (home.root / "labyard/kubernetes/small/mine.txt").write_text("mine")
    home.kubectl("create", "configmap", "one", f"--from-literal=color={color(home)}")
    assert home.run("reset").code == 0
    assert home.run("check", "--output", "json").document["earned"] == 0
    assert (home.root / "labyard/kubernetes/small/mine.txt").exists()
    moved = home.run("reset", "--files", "--output", "json").document["moved"]
    assert not (home.root / "labyard/kubernetes/small/mine.txt").exists()
    assert (home.root / moved / "mine.txt").read_text() == "mine"


def test_the_environment_is_for_eval_in_any_shell(home: Home) -> None:
    home.run("start", str(home.lab))
    assert f"export KUBECONFIG={home.cluster / 'kubeconfig'}" in home.run("env").out
    assert "set -gx KUBECONFIG" in home.run("env", "--shell", "fish").out
    assert stat.S_IMODE((home.cluster / "kubeconfig").stat().st_mode) == 0o600


def test_a_report_is_one_json_document(home: Home) -> None:
    home.run("start", str(home.lab))
    result = home.run("check", "--output", "json")
    document = json.loads(result.out)
    assert (document["schemaVersion"], document["kind"], document["verdict"]) == (1, "Report", "failed")
    finding = document["tasks"][0]["checks"][0]["finding"]
    assert finding["expected"] == "ConfigMap one"
    assert finding["nextStep"] == "Make it with kubectl create configmap."


def test_a_learner_is_spoken_to_in_chinese(home: Home) -> None:
    home.run("start", str(home.lab))
    out = home.run("--lang", "zh-TW", "check").out
    assert "預期：ConfigMap one" in out
    assert "得 0 分，滿分 3 分" in out


def test_next_and_list_show_the_course(home: Home) -> None:
    labs = home.run("list", "--output", "json").document["labs"]
    assert "kubernetes/scaling" in [lab["lab"] for lab in labs]
    assert home.run("next", "--output", "json").document["lab"] == labs[0]["lab"]


def test_watching_ends_when_everything_passes(home: Home) -> None:
    from threading import Thread

    home.run("start", str(home.lab))
    home.kubectl("create", "configmap", "one", f"--from-literal=color={color(home)}")
    variables = home.run("env", "--output", "json").document["variables"]

    def work() -> None:
        import os
        import subprocess

        argv = ["kubectl", "create", "configmap", "two", "--from-literal=a=b"]
        subprocess.run(argv, env={**os.environ, **variables}, check=True, capture_output=True, timeout=30)

    worker = Thread(target=work, daemon=True)
    worker.start()
    result = home.run("check", "--watch")
    worker.join()
    assert result.code == 0
    assert "one: passed  1/1" in result.out
    assert "two: passed  2/2" in result.out


def test_the_demo_solves_a_lab_and_leaves_nothing_behind(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", None)
    result = home.run("demo", str(home.lab))
    assert result.code == 0
    assert "kubectl create configmap one --from-literal=color=red\nconfigmap/one created" in result.out
    assert "3 of 3 points" in result.out
    assert list((tmp_path / "tmp").iterdir()) == []
    assert home.run("demo", str(home.lab), "--output", "json").document["earned"] == 3
