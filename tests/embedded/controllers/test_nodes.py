from __future__ import annotations

from grader.embedded.controllers.node_ttl import seconds_for
from grader.embedded.controllers.taint_eviction import leaves_at
from grader.embedded.objects import Obj, annotations_of, clone

from .conftest import START, World
from .samples import deployment, pod


def taints(world: World, node: str) -> list[tuple[str, str]]:
    return [
        (t["key"].removeprefix("node.kubernetes.io/"), t["effect"])
        for t in world.get("nodes", node, "")["spec"].get("taints", [])
    ]


def set_ready(world: World, name: str, status: str) -> None:
    node = clone(world.get("nodes", name, ""))
    node["status"]["conditions"][0]["status"] = status
    world.client.update_status("nodes", node)


async def test_a_cordoned_node_is_tainted(world: World) -> None:
    world.change("nodes", "node1", lambda obj: obj["spec"].update(unschedulable=True), "")
    await world.settle()
    assert taints(world, "node1") == [("unschedulable", "NoSchedule")]
    world.change("nodes", "node1", lambda obj: obj["spec"].pop("unschedulable"), "")
    await world.settle()
    assert taints(world, "node1") == []


async def test_pods_leave_a_lost_node_after_five_minutes(world: World) -> None:
    world.create("deployments.apps", deployment(replicas=2))
    await world.settle()
    set_ready(world, "node1", "Unknown")
    await world.settle()
    assert taints(world, "node1") == [("unreachable", "NoSchedule"), ("unreachable", "NoExecute")]
    there = [p for p in world.all("pods") if p["spec"]["nodeName"] == "node1"]
    assert there
    assert world.messages("NodeNotReady") == ["Node is not ready"] * len(there)
    assert world.get("deployments.apps", "web")["status"]["readyReplicas"] == 2 - len(there)
    await world.advance(299)
    assert world.messages("TaintManagerEviction") == []
    await world.advance(2)
    name = there[0]["metadata"]["name"]
    assert f"Marking for deletion Pod default/{name}" in world.messages("TaintManagerEviction")


async def test_a_no_execute_taint_evicts_at_once(world: World) -> None:
    world.create("pods", pod("one"))
    await world.settle()
    node = world.get("pods", "one")["spec"]["nodeName"]
    mine = [{"key": "repair", "effect": "NoExecute"}]
    world.change("nodes", node, lambda obj: obj["spec"].update(taints=mine), "")
    await world.settle()
    assert world.find("pods", "one") is None
    assert taints(world, node) == [("repair", "NoExecute")]


def test_the_shortest_patience_counts() -> None:
    taint = {"key": "a", "effect": "NoExecute"}
    patient: Obj = {"key": "a", "operator": "Exists", "tolerationSeconds": 60}
    assert leaves_at([], [taint], START) == START
    assert leaves_at([patient], [taint], START) == START + 60
    assert leaves_at([{"operator": "Exists"}], [taint], START) is None


async def test_pods_of_a_removed_node_go(world: World) -> None:
    world.create("deployments.apps", deployment(replicas=2))
    await world.settle()
    world.delete("nodes", "node2")
    await world.settle()
    assert len([p for p in world.all("pods") if p["spec"]["nodeName"] == "node2"]) == 1
    await world.advance(41)
    assert len([p for p in world.all("pods") if p["spec"].get("nodeName") == "node1"]) >= 1
    assert not [p for p in world.all("pods") if p["status"]["phase"] == "Failed"]


async def test_nodes_are_greeted_and_annotated(world: World) -> None:
    assert annotations_of(world.get("nodes", "node1", ""))["node.alpha.kubernetes.io/ttl"] == "0"
    assert "Node node1 event: Registered Node node1 in Controller" in world.messages("RegisteredNode")
    assert [seconds_for(n) for n in (1, 100, 101, 900, 5000)] == [0, 0, 15, 30, 300]
