"""Init containers in order, sidecars beside them, and how a pod with both begins and ends."""

from __future__ import annotations

from typing import Any

WEB = {"name": "web", "image": "web"}
SIDE = {"name": "side", "image": "other", "restartPolicy": "Always"}


def _init(name: str, image: str = "done") -> dict[str, Any]:
    return {"name": name, "image": image}


async def test_init_containers_run_one_after_the_other(cluster: Any) -> None:
    await cluster.run({"initContainers": [_init("a"), _init("b")], "containers": [WEB]})
    status = cluster.pod()["status"]
    assert status["phase"] == "Pending"
    assert "running" in status["initContainerStatuses"][0]["state"]
    assert status["initContainerStatuses"][1]["state"] == {"waiting": {"reason": "PodInitializing"}}
    assert status["containerStatuses"][0]["state"] == {"waiting": {"reason": "PodInitializing"}}
    initialized = cluster.conditions()["Initialized"]
    assert (initialized["status"], initialized["reason"]) == ("False", "ContainersNotInitialized")
    assert initialized["message"] == "containers with incomplete status: [a b]"
    await cluster.clock.advance(1.1)
    assert cluster.conditions()["Initialized"]["message"] == "containers with incomplete status: [b]"
    await cluster.clock.advance(1.1)
    assert cluster.ready()
    done = cluster.container(part="initContainerStatuses")
    assert done["state"]["terminated"]["reason"] == "Completed"
    assert done["ready"]
    assert not done["started"]


async def test_a_failing_init_container_is_tried_again(cluster: Any) -> None:
    await cluster.run({"initContainers": [_init("a", "crash")], "containers": [WEB]})
    await cluster.clock.advance(5)
    status = cluster.pod()["status"]
    assert status["phase"] == "Pending"
    assert status["initContainerStatuses"][0]["restartCount"] == 1
    assert status["initContainerStatuses"][0]["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    cluster.runtime.exits["crash"] = 0
    await cluster.clock.advance(10)
    assert cluster.ready()


async def test_a_failing_init_container_fails_a_pod_that_never_restarts(cluster: Any) -> None:
    await cluster.run({"restartPolicy": "Never", "initContainers": [_init("a", "crash")], "containers": [WEB]})
    await cluster.clock.advance(1.1)
    status = cluster.pod()["status"]
    assert status["phase"] == "Failed"
    assert status["containerStatuses"][0]["state"] == {"waiting": {"reason": "PodInitializing"}}


async def test_a_sidecar_stays_and_the_next_waits_for_its_startup(cluster: Any) -> None:
    side = {**SIDE, "startupProbe": {"exec": {"command": ["up"]}, "periodSeconds": 1}}
    state = {"code": 1}
    cluster.runtime.commands["up"] = lambda container: (state["code"], "")
    await cluster.run({"initContainers": [side, _init("a")], "containers": [WEB]})
    assert cluster.pod()["status"]["phase"] == "Pending"
    assert "waiting" in cluster.container(part="initContainerStatuses", index=1)["state"]
    state["code"] = 0
    await cluster.clock.advance(1.1)
    assert "running" in cluster.container(part="initContainerStatuses", index=1)["state"]
    await cluster.clock.advance(1.1)
    assert cluster.ready()
    assert "running" in cluster.container(part="initContainerStatuses")["state"]


async def test_a_sidecar_ends_after_the_work_is_done(cluster: Any) -> None:
    await cluster.run(
        {"restartPolicy": "Never", "initContainers": [SIDE], "containers": [{"name": "web", "image": "done"}]}
    )
    assert cluster.pod()["status"]["phase"] == "Running"
    await cluster.clock.advance(1.1)
    assert cluster.pod()["status"]["phase"] == "Succeeded"
    assert cluster.messages("Killing") == ["Stopping container side"]


async def test_a_sidecar_that_crashes_is_restarted_alone(cluster: Any) -> None:
    await cluster.run({"initContainers": [SIDE], "containers": [WEB]})
    side = next(c for c in cluster.runtime.containers if c.config.name == "side")
    side.end(1)
    await cluster.clock.settle()
    assert cluster.container(part="initContainerStatuses")["restartCount"] == 1
    assert cluster.container()["restartCount"] == 0
    assert cluster.pod()["status"]["phase"] == "Running"


async def test_sidecars_are_stopped_last_and_in_reverse(cluster: Any) -> None:
    first, second = SIDE, {**SIDE, "name": "second"}
    await cluster.run({"initContainers": [first, second], "containers": [WEB]})
    order: list[str] = []
    for container in cluster.runtime.containers:
        container.on_exit(lambda _, name=container.config.name: order.append(name))
    cluster.client.delete("pods", "default", "web")
    await cluster.clock.settle()
    assert order == ["web", "second", "side"]
    assert cluster.gone()
