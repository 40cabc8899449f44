"""The pytest plugin for checks of the kind `python`: the fixtures `cluster`, `workspace` and `parameters`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from grader.checks.cluster import Cluster


def _given() -> dict[str, Any]:
    given: dict[str, Any] = json.loads(os.environ["LABYARD_CHECK"])
    return given


@pytest.fixture
def cluster() -> Cluster:
    """The lab's cluster: `objects`, `find`, `get`, `logs`, `exec`, `proxy` (see `grader.checks.cluster.Cluster`)."""
    given = _given()
    return Cluster.at(Path(given["kubeconfig"]), given["namespace"])


@pytest.fixture
def workspace() -> Path:
    """The learner's folder."""
    return Path(_given()["workspace"])


@pytest.fixture
def parameters() -> dict[str, Any]:
    """The drawn values of the lab's parameters."""
    values: dict[str, Any] = _given()["values"]
    return values


def pytest_exception_interact(call: pytest.CallInfo[Any]) -> None:
    """Tell the grader what failed: an assertion is the learner's, anything else the author's."""
    if call.excinfo is None:
        return
    error = call.excinfo.value
    message = str(error).split("\nassert ")[0].strip()
    told = {"assertion": isinstance(error, AssertionError), "message": message}
    Path(_given()["told"]).write_text(json.dumps(told), encoding="utf-8")
