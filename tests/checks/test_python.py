"""The check kind `python`, and `command`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from grader.checks.base import Outcome
from grader.errors import LabError
from tests.checks.conftest import World

SOURCE = """
def test_good(cluster, workspace, parameters):
    assert parameters["n"] == 3 and workspace.name == "work"

def test_bad(cluster):
    found = len(cluster.objects("Pod"))
    assert found == 7, f"7 pods; there are {found}"

def test_broken(cluster):
    cluster.no_such_thing()

def test_endless():
    import time
    time.sleep(60)
"""


@pytest.fixture
def lab(world: World, tmp_path: Path) -> World:
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks" / "test_it.py").write_text(SOURCE)
    (tmp_path / "work").mkdir()
    world.facts.update(folder=tmp_path, workspace=tmp_path / "work", values={"n": 3})
    return world


def test_a_function_that_passes_passes(lab: World) -> None:
    assert lab.judge(python={"file": "checks/test_it.py", "test": "test_good"}).passed


def test_a_failed_assertion_is_the_finding(lab: World, said: Callable[[Outcome], str]) -> None:
    assert said(lab.judge(python={"file": "checks/test_it.py", "test": "test_bad"})) == "7 pods | there are 0"


def test_broken_code_is_the_authors(lab: World) -> None:
    with pytest.raises(LabError, match="no_such_thing"):
        lab.judge(python={"file": "checks/test_it.py", "test": "test_broken"})
    with pytest.raises(LabError, match="is missing"):
        lab.judge(python={"file": "checks/test_no.py", "test": "test_it"})


def test_an_endless_function_is_ended(lab: World, said: Callable[[Outcome], str]) -> None:
    assert "it still runs" in said(
        lab.judge(python={"file": "checks/test_it.py", "test": "test_endless", "timeout": 1})
    )


def test_commands_are_counted_or_writes_where_there_is_an_audit_log(
    world: World, said: Callable[[Outcome], str]
) -> None:
    check = {"ran": "^kubectl delete", "wrote": {"verb": "delete", "resource": "pods"}}
    world.facts["commands"] = ["kubectl get pods", "kubectl delete pod web"]
    assert world.judge(command=check).passed
    world.facts["writes"] = [
        {"verb": "delete", "resource": "pods", "code": 404},
        {"verb": "delete", "resource": "pods", "code": 200, "dryRun": True},
    ]
    assert "seen 0 times" in said(world.judge(command=check))
    world.facts["writes"] = [{"verb": "delete", "resource": "pods", "code": 200}]
    assert world.judge(command=check).passed


def test_without_any_record_the_learner_is_told_how_to_be_recorded(
    world: World, said: Callable[[Outcome], str]
) -> None:
    assert "lab shell" in said(world.judge(command={"ran": "kubectl"}))
