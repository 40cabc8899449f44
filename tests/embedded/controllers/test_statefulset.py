from __future__ import annotations

from typing import Any

import pytest

from grader.embedded.controllers.statefulset.identity import ordinal_of
from grader.embedded.objects import Obj, labels_of

from .conftest import World
from .samples import template

SETS = "statefulsets.apps"


def stateful_set(replicas: int = 3, **spec: Any) -> Obj:
    spec = {
        "serviceName": "db",
        "replicas": replicas,
        "selector": {"matchLabels": {"app": "db"}},
        "template": template(app="db"),
        **spec,
    }
    return {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db"}, "spec": spec}


def names(world: World) -> list[str]:
    return [p["metadata"]["name"] for p in world.all("pods")]


def set_image(obj: Obj) -> None:
    obj["spec"]["template"]["spec"]["containers"][0]["image"] = "hellok8s:v2"


def images(world: World) -> list[str]:
    return [p["spec"]["containers"][0]["image"][-2:] for p in world.all("pods")]


@pytest.mark.parametrize(
    ("pod", "expected"), [("db-0", 0), ("db-12", 12), ("db-01", None), ("db-x", None), ("other-1", None)]
)
def test_a_pods_number_is_in_its_name(pod: str, expected: int | None) -> None:
    assert ordinal_of(pod, "db") == expected


async def test_pods_come_one_after_the_other(world: World) -> None:
    world.behaviour = lambda p: "wait"
    world.create(SETS, stateful_set())
    await world.settle()
    assert names(world) == ["db-0"]
    world.behaviour = lambda p: "run"
    world.become("db-0", "run")
    await world.settle()
    assert names(world) == ["db-0", "db-1", "db-2"]
    status = world.get(SETS, "db")["status"]
    assert status["currentRevision"] == status["updateRevision"]
    expected = {"replicas": 3, "readyReplicas": 3, "currentReplicas": 3, "updatedReplicas": 3, "availableReplicas": 3}
    assert status | expected == status
    assert world.messages("SuccessfulCreate")[0] == "create Pod db-0 in StatefulSet db successful"
    found = world.get("pods", "db-1")
    assert found["spec"]["hostname"] == "db-1"
    assert found["spec"]["subdomain"] == "db"
    assert labels_of(found)["apps.kubernetes.io/pod-index"] == "1"


async def test_parallel_sets_do_not_wait(world: World) -> None:
    world.behaviour = lambda p: "wait"
    world.create(SETS, stateful_set(podManagementPolicy="Parallel"))
    await world.settle()
    assert names(world) == ["db-0", "db-1", "db-2"]


async def test_scaling_down_removes_the_highest_first(world: World) -> None:
    world.create(SETS, stateful_set())
    await world.settle()
    world.ending_takes = 5
    world.change(SETS, "db", lambda obj: obj["spec"].update(replicas=1))
    await world.settle()
    ending = [p["metadata"]["name"] for p in world.all("pods") if "deletionTimestamp" in p["metadata"]]
    assert ending == ["db-2"]
    await world.advance(20)
    assert names(world) == ["db-0"]
    assert "delete Pod db-2 in StatefulSet db successful" in world.messages("SuccessfulDelete")


async def test_an_update_goes_from_the_highest_to_the_lowest(world: World) -> None:
    world.create(SETS, stateful_set())
    await world.settle()
    world.behaviour = lambda p: "wait" if p["metadata"]["name"] == "db-2" else "run"
    world.change(SETS, "db", set_image)
    await world.settle()
    assert images(world) == ["v1", "v1", "v2"]
    world.become("db-2", "run")
    await world.settle()
    assert images(world) == ["v2", "v2", "v2"]
    status = world.get(SETS, "db")["status"]
    assert status["currentRevision"] == status["updateRevision"]
    assert [r["revision"] for r in world.all("controllerrevisions.apps")] in ([1, 2], [2, 1])


async def test_a_partition_holds_the_lower_pods_back(world: World) -> None:
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}
    world.create(SETS, stateful_set(updateStrategy=strategy))
    await world.settle()
    world.change(SETS, "db", set_image)
    await world.settle()
    assert images(world) == ["v1", "v1", "v2"]
    world.delete("pods", "db-0")
    await world.settle()
    assert images(world) == ["v1", "v1", "v2"]


async def test_on_delete_updates_only_what_is_deleted(world: World) -> None:
    world.create(SETS, stateful_set(updateStrategy={"type": "OnDelete"}))
    await world.settle()
    world.change(SETS, "db", set_image)
    await world.settle()
    assert images(world) == ["v1", "v1", "v1"]
    world.delete("pods", "db-1")
    await world.settle()
    assert images(world) == ["v1", "v2", "v1"]


async def test_each_pod_has_claims_of_its_own_that_outlive_it(world: World) -> None:
    claim = {
        "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }
    world.create(SETS, stateful_set(2, volumeClaimTemplates=[claim]))
    await world.settle()
    claims = [c["metadata"]["name"] for c in world.all("persistentvolumeclaims")]
    assert claims == ["data-db-0", "data-db-1"]
    volume = next(v for v in world.get("pods", "db-1")["spec"]["volumes"] if v["name"] == "data")
    assert volume["persistentVolumeClaim"]["claimName"] == "data-db-1"
    assert "create Claim data-db-0 Pod db-0 in StatefulSet db success" in world.messages("SuccessfulCreate")
    world.change(SETS, "db", lambda obj: obj["spec"].update(replicas=0))
    await world.settle()
    assert len(world.all("persistentvolumeclaims")) == 2


async def test_claims_go_with_the_set_when_its_policy_says_so(world: World) -> None:
    claim = {
        "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }
    policy = {"whenDeleted": "Delete", "whenScaled": "Delete"}
    world.create(SETS, stateful_set(2, volumeClaimTemplates=[claim], persistentVolumeClaimRetentionPolicy=policy))
    await world.settle()
    world.change(SETS, "db", lambda obj: obj["spec"].update(replicas=1))
    await world.settle()
    assert [c["metadata"]["name"] for c in world.all("persistentvolumeclaims")] == ["data-db-0"]
    world.delete(SETS, "db")
    await world.settle()
    assert world.all("persistentvolumeclaims") == []
    assert names(world) == []


async def test_a_failed_pod_is_made_again(world: World) -> None:
    world.create(SETS, stateful_set(1))
    await world.settle()
    before = world.get("pods", "db-0")["metadata"]["uid"]
    world.become("db-0", "fail")
    await world.settle()
    assert world.get("pods", "db-0")["metadata"]["uid"] != before
