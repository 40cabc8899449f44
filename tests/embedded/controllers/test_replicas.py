from __future__ import annotations

from collections import Counter
from typing import Any

from grader.embedded.controllers.pods import to_delete_first
from grader.embedded.objects import Obj

from .conftest import START, World
from .samples import pod, template

SETS = "replicasets.apps"


def replica_set(replicas: int = 2, **spec: Any) -> Obj:
    spec = {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}}, "template": template(), **spec}
    return {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "web"}, "spec": spec}


async def test_a_deleted_pod_is_replaced(world: World) -> None:
    world.create(SETS, replica_set())
    await world.settle()
    world.delete("pods", world.all("pods")[0]["metadata"]["name"])
    await world.settle()
    assert len(world.all("pods")) == 2
    assert world.get(SETS, "web")["status"]["readyReplicas"] == 2


async def test_matching_pods_are_adopted_and_count(world: World) -> None:
    world.create("pods", pod("mine", app="web"))
    world.create(SETS, replica_set())
    await world.settle()
    assert len(world.all("pods")) == 2
    assert world.get("pods", "mine")["metadata"]["ownerReferences"][0]["name"] == "web"


async def test_a_pod_that_loses_its_label_is_released_and_replaced(world: World) -> None:
    world.create(SETS, replica_set())
    await world.settle()
    name = world.all("pods")[0]["metadata"]["name"]
    world.change("pods", name, lambda obj: obj["metadata"]["labels"].update(app="debug"))
    await world.settle()
    assert len(world.all("pods")) == 3
    assert "ownerReferences" not in world.get("pods", name)["metadata"]
    world.change("pods", name, lambda obj: obj["metadata"]["labels"].update(app="web"))
    await world.settle()
    assert len(world.all("pods")) == 2


async def test_labels_beyond_the_template_are_told_apart(world: World) -> None:
    made = replica_set(1)
    made["spec"]["template"]["metadata"]["labels"]["tier"] = "front"
    world.create("pods", pod("mine", app="web"))
    world.create(SETS, made)
    await world.settle()
    status = world.get(SETS, "web")["status"]
    assert status["replicas"] == 1
    assert "fullyLabeledReplicas" not in status


async def test_deletion_cost_decides_who_goes(world: World) -> None:
    world.create(SETS, replica_set(3))
    await world.settle()
    cheap = world.all("pods")[1]["metadata"]["name"]
    cost = {"controller.kubernetes.io/pod-deletion-cost": "-5"}
    world.change("pods", cheap, lambda obj: obj["metadata"].update(annotations=cost))
    await world.settle()
    world.change(SETS, "web", lambda obj: obj["spec"].update(replicas=2))
    await world.settle()
    assert world.find("pods", cheap) is None


def test_pods_go_in_the_documented_order() -> None:
    def made(name: str, **parts: Any) -> Obj:
        time = "2026-01-01T00:00:00Z"
        conditions = [{"type": "Ready", "status": "True", "lastTransitionTime": parts.get("ready", time)}]
        return {
            "metadata": {"name": name, "uid": name, "creationTimestamp": time},
            "spec": {"nodeName": parts.get("node", "n1")},
            "status": {
                "phase": parts.get("phase", "Running"),
                "conditions": conditions if parts.get("phase") != "Pending" else [],
                "containerStatuses": [{"restartCount": parts.get("restarts", 0)}],
            },
        }

    pods = [
        made("steady"),
        made("crowded", node="n2"),
        made("restarted", restarts=3),
        made("pending", phase="Pending"),
        made("homeless", node="", phase="Pending"),
        made("fresh", ready="2026-05-01T00:00:00Z"),
    ]
    order = [p["metadata"]["name"] for p in to_delete_first(pods, Counter(n2=3, n1=1), START)]
    assert order == ["homeless", "pending", "crowded", "fresh", "restarted", "steady"]


async def test_replication_controllers_work_alike(world: World) -> None:
    spec = {"replicas": 2, "selector": {"app": "web"}, "template": template()}
    made = {"apiVersion": "v1", "kind": "ReplicationController", "metadata": {"name": "old"}, "spec": spec}
    world.create("replicationcontrollers", made)
    await world.settle()
    expected = {"replicas": 2, "fullyLabeledReplicas": 2, "readyReplicas": 2, "availableReplicas": 2}
    assert world.get("replicationcontrollers", "old")["status"] == {**expected, "observedGeneration": 1}
