from __future__ import annotations

from grader.embedded.objects import Obj, owner_reference

from .conftest import World
from .samples import deployment


def config_map(name: str, *owners: Obj, block: bool = True) -> Obj:
    references = [{**owner_reference(owner), "controller": False, "blockOwnerDeletion": block} for owner in owners]
    meta: Obj = {"name": name, "namespace": "default"}
    if references:
        meta["ownerReferences"] = references
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta}


async def test_dependents_follow_their_owner(world: World) -> None:
    owner = world.create("configmaps", config_map("owner"))
    child = world.create("configmaps", config_map("child", owner))
    world.create("configmaps", config_map("grandchild", child))
    world.delete("configmaps", "owner")
    await world.settle()
    assert [o["metadata"]["name"] for o in world.all("configmaps")] == ["kube-root-ca.crt"]


async def test_an_object_with_another_owner_stays_and_forgets_the_dead_one(world: World) -> None:
    one = world.create("configmaps", config_map("one"))
    two = world.create("configmaps", config_map("two"))
    world.create("configmaps", config_map("child", one, two))
    world.delete("configmaps", "one")
    await world.settle()
    assert [r["name"] for r in world.get("configmaps", "child")["metadata"]["ownerReferences"]] == ["two"]


async def test_owners_that_never_existed_count_as_gone(world: World) -> None:
    owner = world.create("configmaps", config_map("owner"))
    stranger = {**owner, "metadata": {**owner["metadata"], "uid": "00000000-0000-0000-0000-000000000000"}}
    world.create("configmaps", config_map("child", stranger))
    await world.settle()
    assert world.find("configmaps", "child") is None


async def test_foreground_deletion_waits_for_the_pods(world: World) -> None:
    world.create("deployments.apps", deployment())
    await world.settle()
    world.ending_takes = 10
    world.delete("deployments.apps", "web", "Foreground")
    await world.settle()
    assert world.get("deployments.apps", "web")["metadata"]["finalizers"] == ["foregroundDeletion"]
    assert len(world.all("replicasets.apps")) == 1
    assert all("deletionTimestamp" in p["metadata"] for p in world.all("pods"))
    await world.advance(11)
    assert world.find("deployments.apps", "web") is None
    assert world.all("replicasets.apps") == world.all("pods") == []


async def test_orphaning_cuts_the_references(world: World) -> None:
    owner = world.create("configmaps", config_map("owner"))
    world.create("configmaps", config_map("child", owner))
    world.delete("configmaps", "owner", "Orphan")
    await world.settle()
    assert world.find("configmaps", "owner") is None
    assert "ownerReferences" not in world.get("configmaps", "child")["metadata"]
