from __future__ import annotations

from typing import Any

from grader.embedded.objects import Obj, annotations_of

from .conftest import World
from .samples import pod

CLAIMS, VOLUMES, CLASSES = "persistentvolumeclaims", "persistentvolumes", "storageclasses.storage.k8s.io"


def claim(name: str = "data", size: str = "1Gi", **spec: Any) -> Obj:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}, **spec}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, "spec": spec}


def volume(name: str, size: str, storage_class: str = "manual", **spec: Any) -> Obj:
    spec = {
        "capacity": {"storage": size},
        "accessModes": ["ReadWriteOnce"],
        "hostPath": {"path": f"/mnt/{name}"},
        "storageClassName": storage_class,
        "persistentVolumeReclaimPolicy": "Retain",
        **spec,
    }
    return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name}, "spec": spec}


def phase(world: World, resource: str, name: str) -> str:
    return world.get(resource, name, "default" if resource == CLAIMS else "")["status"]["phase"]


async def test_a_claim_takes_the_smallest_volume_that_fits(world: World) -> None:
    for name, size in (("small", "500Mi"), ("large", "10Gi"), ("fitting", "2Gi")):
        world.create(VOLUMES, volume(name, size))
    await world.settle()
    assert phase(world, VOLUMES, "small") == "Available"
    world.create(CLAIMS, claim(storageClassName="manual"))
    await world.settle()
    found = world.get(CLAIMS, "data")
    assert found["spec"]["volumeName"] == "fitting"
    assert found["status"] == {"phase": "Bound", "accessModes": ["ReadWriteOnce"], "capacity": {"storage": "2Gi"}}
    assert annotations_of(found)["pv.kubernetes.io/bind-completed"] == "yes"
    assert phase(world, VOLUMES, "fitting") == "Bound"
    world.delete(CLAIMS, "data")
    await world.settle()
    assert phase(world, VOLUMES, "fitting") == "Released"


async def test_a_waiting_claim_is_bound_when_a_volume_comes(world: World) -> None:
    world.create(CLAIMS, claim(storageClassName=""))
    await world.settle()
    assert phase(world, CLAIMS, "data") == "Pending"
    text = "no persistent volumes available for this claim and no storage class is set"
    assert world.messages("FailedBinding") == [text]
    world.create(VOLUMES, volume("late", "1Gi", ""))
    await world.settle()
    assert phase(world, CLAIMS, "data") == "Bound"


async def test_the_default_class_makes_volumes_once_a_pod_is_placed(world: World) -> None:
    world.create(CLAIMS, claim())
    await world.settle()
    assert world.get(CLAIMS, "data")["spec"]["storageClassName"] == "standard"
    assert phase(world, CLAIMS, "data") == "Pending"
    assert world.messages("WaitForFirstConsumer") == ["waiting for first consumer to be created before binding"]
    node = {"volume.kubernetes.io/selected-node": "node1"}
    world.change(CLAIMS, "data", lambda obj: obj["metadata"].update(annotations=node))
    await world.settle()
    (made,) = world.all(VOLUMES)
    assert made["metadata"]["name"] == f"pvc-{world.get(CLAIMS, 'data')['metadata']['uid']}"
    assert phase(world, CLAIMS, "data") == "Bound"
    assert world.messages("ProvisioningSucceeded") == [f"Successfully provisioned volume {made['metadata']['name']}"]
    world.delete(CLAIMS, "data")
    await world.settle()
    assert world.all(VOLUMES) == []


async def test_a_claim_in_use_stays_until_its_pod_is_gone(world: World) -> None:
    world.create(VOLUMES, volume("one", "1Gi"))
    world.create(CLAIMS, claim(storageClassName="manual"))
    made = pod("user")
    made["spec"]["volumes"] = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]
    world.create("pods", made)
    await world.settle()
    world.delete(CLAIMS, "data")
    await world.settle()
    assert "deletionTimestamp" in world.get(CLAIMS, "data")["metadata"]
    world.delete("pods", "user")
    await world.settle()
    assert world.find(CLAIMS, "data") is None


async def test_a_bound_volume_waits_for_its_claim(world: World) -> None:
    world.create(VOLUMES, volume("one", "1Gi"))
    world.create(CLAIMS, claim(storageClassName="manual"))
    await world.settle()
    world.delete(VOLUMES, "one")
    await world.settle()
    assert "deletionTimestamp" in world.get(VOLUMES, "one", "")["metadata"]
    world.delete(CLAIMS, "data")
    await world.settle()
    assert world.find(VOLUMES, "one", "") is None


async def test_an_unknown_class_is_told(world: World) -> None:
    world.create(CLAIMS, claim(storageClassName="fast"))
    await world.settle()
    assert world.messages("ProvisioningFailed") == ['storageclass.storage.k8s.io "fast" not found']
