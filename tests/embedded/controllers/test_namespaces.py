from __future__ import annotations

from grader.embedded.objects import Obj, condition_of

from .conftest import World
from .samples import deployment


def namespace(name: str) -> Obj:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


async def test_every_namespace_has_an_account_and_the_certificate(world: World) -> None:
    world.create("namespaces", namespace("team"))
    await world.settle()
    assert [o["metadata"]["name"] for o in world.all("serviceaccounts", "team")] == ["default"]
    assert world.get("configmaps", "kube-root-ca.crt", "team")["data"] == {"ca.crt": "PEM"}


async def test_both_come_back_when_they_are_deleted_or_changed(world: World) -> None:
    world.delete("serviceaccounts", "default")
    world.change("configmaps", "kube-root-ca.crt", lambda obj: obj["data"].update({"ca.crt": "forged"}))
    await world.settle()
    assert world.find("serviceaccounts", "default")
    assert world.get("configmaps", "kube-root-ca.crt")["data"] == {"ca.crt": "PEM"}


async def test_a_namespace_goes_when_all_in_it_has_gone(world: World) -> None:
    world.create("namespaces", namespace("team"))
    await world.settle()
    made = deployment()
    made["metadata"]["namespace"] = "team"
    world.create("deployments.apps", made)
    await world.settle()
    world.ending_takes = 10
    world.delete("namespaces", "team")
    await world.settle()
    found = world.get("namespaces", "team", "")
    assert found["status"]["phase"] == "Terminating"
    remaining = condition_of(found, "NamespaceContentRemaining")
    assert remaining["message"] == "Some resources are remaining: pods. has 3 resource instances"
    assert condition_of(found, "NamespaceFinalizersRemaining")["status"] == "False"
    await world.advance(11)
    assert world.find("namespaces", "team", "") is None
    assert world.all("events", "team") == []


async def test_finalizers_hold_a_namespace(world: World) -> None:
    world.create("namespaces", namespace("team"))
    meta = {"name": "held", "namespace": "team", "finalizers": ["example.com/hold"]}
    world.create("configmaps", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta})
    await world.settle()
    world.delete("namespaces", "team")
    await world.settle()
    holding = condition_of(world.get("namespaces", "team", ""), "NamespaceFinalizersRemaining")
    assert holding["reason"] == "SomeFinalizersRemain"
    assert holding["message"].endswith("example.com/hold in 1 resource instances")
    world.change("configmaps", "held", lambda obj: obj["metadata"].pop("finalizers"), "team")
    await world.settle()
    assert world.find("namespaces", "team", "") is None
