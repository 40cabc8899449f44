"""READY, STATUS and RESTARTS of pods."""

from __future__ import annotations

from typing import Any

import pytest

from grader.embedded.api.tables import render

NOW = 1_000.0


def container(name: str = "web", **state: Any) -> dict[str, Any]:
    """A container status; `running`, `waiting` or `terminated` is its state."""
    status: dict[str, Any] = {
        "name": name,
        "ready": state.pop("ready", False),
        "restartCount": state.pop("restarts", 0),
    }
    if "last" in state:
        status["lastState"] = {"terminated": {"exitCode": 1, "finishedAt": state.pop("last")}}
    if "started" in state:
        status["started"] = state.pop("started")
    return {**status, "state": state}


def pod(*statuses: dict[str, Any], init: list[dict[str, Any]] | None = None, **parts: Any) -> dict[str, Any]:
    """A pod with a container for each status. `sidecars` names restartable init containers."""
    sidecars = parts.pop("sidecars", ())
    spec: dict[str, Any] = {
        "nodeName": "n1",
        "containers": [{"name": s["name"]} for s in statuses] or [{"name": "web"}],
    }
    status: dict[str, Any] = {"phase": parts.pop("phase", "Running"), **parts.pop("status", {})}
    if statuses:
        status["containerStatuses"] = list(statuses)
    if init is not None:
        status["initContainerStatuses"] = init
        spec["initContainers"] = [
            {"name": i["name"], **({"restartPolicy": "Always"} if i["name"] in sidecars else {})} for i in init
        ]
    metadata = {"name": "p", "creationTimestamp": "1970-01-01T00:00:00Z", **parts.pop("metadata", {})}
    return {"metadata": metadata, "spec": {**spec, **parts}, "status": status}


def cells(obj: dict[str, Any]) -> list[Any]:
    found: list[Any] = render("pods", [obj], now=NOW)["rows"][0]["cells"]
    return found


RUNNING = container(running={}, ready=True, started=True)
READY = {"conditions": [{"type": "Ready", "status": "True"}]}
INITIALIZED = {"conditions": [{"type": "Initialized", "status": "True"}]}


@pytest.mark.parametrize(
    ("obj", "ready", "word"),
    [
        (pod(RUNNING), "1/1", "Running"),
        (pod(phase="Pending"), "0/1", "Pending"),
        (pod(container(running={})), "0/1", "Running"),
        (pod(container(waiting={"reason": "ContainerCreating"}), phase="Pending"), "0/1", "ContainerCreating"),
        (pod(container(waiting={"reason": "CrashLoopBackOff"})), "0/1", "CrashLoopBackOff"),
        (pod(container(waiting={})), "0/1", "Running"),
        (pod(container(terminated={"exitCode": 0, "reason": "Completed"}), phase="Succeeded"), "0/1", "Completed"),
        (pod(container(terminated={"exitCode": 1, "reason": "Error"}), phase="Failed"), "0/1", "Error"),
        (pod(container(terminated={"exitCode": 7})), "0/1", "ExitCode:7"),
        (pod(container(terminated={"exitCode": 137, "signal": 9})), "0/1", "Signal:9"),
        (pod(container("a", terminated={"exitCode": 0, "reason": "Completed"}), RUNNING), "1/2", "NotReady"),
        (
            pod(container("a", terminated={"exitCode": 0, "reason": "Completed"}), RUNNING, status=READY),
            "1/2",
            "Running",
        ),
        (pod(RUNNING, container("b", terminated={"exitCode": 1, "reason": "Error"})), "1/2", "Error"),
        (
            pod(
                container("a", terminated={"exitCode": 0, "reason": "Completed"}),
                container("b", terminated={"exitCode": 1, "reason": "Error"}),
            ),
            "0/2",
            "Error",
        ),
        (pod(phase="Failed", status={"reason": "Evicted"}), "0/1", "Evicted"),
    ],
)
def test_the_status_says_what_the_containers_do(obj: dict[str, Any], ready: str, word: str) -> None:
    assert cells(obj)[1:3] == [ready, word]


@pytest.mark.parametrize(
    ("obj", "ready", "word"),
    [
        (pod(init=[container("i", running={}), container("j", waiting={})], phase="Pending"), "0/1", "Init:0/2"),
        (
            pod(init=[container("i", terminated={"exitCode": 0}), container("j", running={})], phase="Pending"),
            "0/1",
            "Init:1/2",
        ),
        (pod(init=[container("i", waiting={"reason": "PodInitializing"})], phase="Pending"), "0/1", "Init:0/1"),
        (pod(init=[container("i", waiting={"reason": "ErrImagePull"})], phase="Pending"), "0/1", "Init:ErrImagePull"),
        (pod(init=[container("i", terminated={"exitCode": 1, "reason": "Error"})]), "0/1", "Init:Error"),
        (pod(init=[container("i", terminated={"exitCode": 3})]), "0/1", "Init:ExitCode:3"),
        (pod(init=[container("i", terminated={"exitCode": 1, "signal": 9})]), "0/1", "Init:Signal:9"),
        (
            pod(
                container(waiting={"reason": "PodInitializing"}),
                init=[container("i", terminated={"exitCode": 0})],
                phase="Pending",
            ),
            "0/1",
            "PodInitializing",
        ),
        (
            pod(RUNNING, init=[container("side", running={}, ready=True, started=True)], sidecars=["side"]),
            "2/2",
            "Running",
        ),
        (
            pod(RUNNING, init=[container("side", running={}, started=True)], sidecars=["side"]),
            "1/2",
            "Running",
        ),
        (pod(init=[container("side", running={}, started=False)], sidecars=["side"]), "0/2", "Init:0/1"),
        (
            pod(RUNNING, init=[container("side", waiting={"reason": "Oops"})], sidecars=["side"], status=INITIALIZED),
            "1/2",
            "Init:Oops",
        ),
    ],
)
def test_init_containers_and_sidecars_come_first(obj: dict[str, Any], ready: str, word: str) -> None:
    assert cells(obj)[1:3] == [ready, word]


def test_deletion_goes_over_everything_but_an_end_and_a_lost_node() -> None:
    deleted = {"deletionTimestamp": "1970-01-01T00:00:01Z"}
    assert cells(pod(RUNNING, metadata=deleted))[2] == "Terminating"
    assert cells(pod(RUNNING, metadata=deleted, status={"reason": "NodeLost"}))[2] == "Unknown"
    done = container(terminated={"exitCode": 0, "reason": "Completed"})
    assert cells(pod(done, metadata=deleted, phase="Succeeded"))[2] == "Completed"


def test_a_pod_held_back_by_gates_says_so() -> None:
    gated = pod(
        phase="Pending",
        status={"conditions": [{"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}]},
    )
    del gated["spec"]["nodeName"]
    assert cells(gated)[2] == "SchedulingGated"


def test_restarts_say_when_the_last_one_was() -> None:
    again = container(running={}, ready=True, restarts=2, last="1970-01-01T00:16:35Z")
    later = container("b", running={}, ready=True, restarts=1, last="1970-01-01T00:16:30Z")
    assert cells(pod(again, later))[3] == "3 (5s ago)"
    assert cells(pod(container(running={}, restarts=1)))[3] == "1"
    assert cells(pod(RUNNING))[3:5] == ["0", "16m"]


def test_restarts_of_init_containers_count_until_the_pod_is_initialized() -> None:
    failing = container("i", waiting={"reason": "CrashLoopBackOff"}, restarts=3)
    assert cells(pod(init=[failing]))[2:4] == ["Init:CrashLoopBackOff", "3"]
    done = container("i", terminated={"exitCode": 0}, restarts=3)
    assert cells(pod(RUNNING, init=[done]))[3] == "0"
    side = container("side", running={}, ready=True, started=True, restarts=2, last="1970-01-01T00:16:35Z")
    assert cells(pod(RUNNING, init=[done, side], sidecars=["side"]))[3] == "2 (5s ago)"


def test_wide_columns() -> None:
    gates = {"readinessGates": [{"conditionType": "a"}, {"conditionType": "b"}]}
    status = {
        "podIPs": [{"ip": "10.0.0.7"}, {"ip": "fd00::7"}],
        "nominatedNodeName": "n2",
        "conditions": [{"type": "b", "status": "True"}],
    }
    assert cells(pod(RUNNING, status=status, **gates))[5:] == ["10.0.0.7", "n1", "n2", "1/2"]
    empty = pod()
    del empty["spec"]["nodeName"]
    assert cells(empty)[5:] == ["<none>"] * 4


def test_rows_of_finished_pods_have_a_condition() -> None:
    row = render("pods", [pod(phase="Failed")], now=NOW)["rows"][0]
    assert row["conditions"] == [
        {"type": "Completed", "status": "True", "reason": "Failed", "message": "The pod failed."}
    ]
    assert "conditions" not in render("pods", [pod(RUNNING)], now=NOW)["rows"][0]
