"""The verbs as a whole: each has its help and its page; help is quick; bare clusters."""

from __future__ import annotations

import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from grader import bundle
from grader.cli.main import VERBS
from tests.cli.conftest import Home


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_its_help_and_its_page(home: Home, verb: str) -> None:
    assert "Usage: lab" in home.run(verb, "--help").out
    for language in ("", ".zh-TW"):
        assert (bundle.folder("content") / "reference" / f"lab-{verb}{language}.md").is_file()


def test_help_imports_nothing_heavy() -> None:
    code = "import sys; from grader.cli.main import run; run(['--help']); print(sorted(sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    for module in ("pydantic", "rich", "kubernetes", "yaml", "aiohttp", "asyncio"):
        assert f"'{module}'" not in out


def test_grading_never_imports_what_runs_clusters() -> None:
    code = "import sys, grader.runner.grading, grader.environments.embedded; print(sorted(sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    for module in ("aiohttp", "orjson", "bashkit", "rich"):
        assert f"'{module}'" not in out


def test_the_completion_script_is_for_the_shell(home: Home) -> None:
    assert "_LAB_COMPLETE=bash_complete" in home.run("completion", "bash").out


def test_a_bare_cluster_starts_is_found_and_stops(home: Home) -> None:
    started = home.run("cluster", "start", "--name", "toy", "--nodes", "1", "--output", "json").document
    assert home.run("cluster", "list", "--output", "json").document["clusters"][0]["running"] is True
    kubeconfig = home.run("cluster", "kubeconfig", "--name", "toy").out.strip()
    assert kubeconfig == started["kubeconfig"]
    assert Path(kubeconfig).is_file()
    assert home.run("cluster", "stop", "--name", "toy").code == 0
    assert "Start it with `lab cluster start --name toy`" in home.run("cluster", "kubeconfig", "--name", "toy").err
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(started["url"], timeout=2)


def test_the_doctor_finds_this_machine_healthy(home: Home) -> None:
    symptoms = home.run("doctor", "--output", "json").document["symptoms"]
    assert [each["name"] for each in symptoms if each["needed"] and not each["good"]] == []
