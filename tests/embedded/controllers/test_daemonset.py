from __future__ import annotations

from typing import Any

from grader.embedded.controllers.daemonset.placement import node_of, should_run
from grader.embedded.objects import Obj, labels_of

from .conftest import World
from .samples import template

SETS = "daemonsets.apps"


def daemon_set(**spec: Any) -> Obj:
    spec = {"selector": {"matchLabels": {"app": "log"}}, "template": template(app="log"), **spec}
    return {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "log"}, "spec": spec}


def set_image(obj: Obj) -> None:
    obj["spec"]["template"]["spec"]["containers"][0]["image"] = "hellok8s:v2"


async def test_every_node_gets_a_pod(world: World) -> None:
    world.create(SETS, daemon_set())
    await world.settle()
    assert sorted(node_of(p) for p in world.all("pods")) == ["node1", "node2"]
    assert world.get(SETS, "log")["status"] == {
        "currentNumberScheduled": 2,
        "numberMisscheduled": 0,
        "desiredNumberScheduled": 2,
        "numberReady": 2,
        "observedGeneration": 1,
        "updatedNumberScheduled": 2,
        "numberAvailable": 2,
    }
    keys = {t["key"] for t in world.all("pods")[0]["spec"]["tolerations"]}
    assert keys == {
        f"node.kubernetes.io/{n}"
        for n in ("not-ready", "unreachable", "disk-pressure", "memory-pressure", "pid-pressure", "unschedulable")
    }
    assert labels_of(world.all("pods")[0])["pod-template-generation"] == "1"
    world.add_node("node3")
    await world.settle()
    assert len(world.all("pods")) == 3


async def test_a_node_selector_limits_the_nodes(world: World) -> None:
    made = daemon_set()
    made["spec"]["template"]["spec"]["nodeSelector"] = {"disk": "ssd"}
    world.create(SETS, made)
    await world.settle()
    assert world.all("pods") == []
    world.change("nodes", "node2", lambda obj: obj["metadata"]["labels"].update(disk="ssd"), namespace="")
    await world.settle()
    assert [node_of(p) for p in world.all("pods")] == ["node2"]
    world.change("nodes", "node2", lambda obj: obj["metadata"]["labels"].pop("disk"), namespace="")
    await world.settle()
    assert world.all("pods") == []


async def test_an_update_replaces_one_pod_at_a_time(world: World) -> None:
    world.create(SETS, daemon_set())
    await world.settle()
    world.behaviour = lambda p: "wait" if p["spec"]["containers"][0]["image"].endswith("v2") else "run"
    world.change(SETS, "log", set_image)
    await world.settle()
    images = sorted(p["spec"]["containers"][0]["image"] for p in world.all("pods"))
    assert images == ["hellok8s:v1", "hellok8s:v2"]
    world.behaviour = lambda p: "run"
    world.become(
        next(p["metadata"]["name"] for p in world.all("pods") if p["spec"]["containers"][0]["image"].endswith("v2")),
        "run",
    )
    await world.settle()
    assert {p["spec"]["containers"][0]["image"] for p in world.all("pods")} == {"hellok8s:v2"}
    assert len(world.all("pods")) == 2


async def test_a_surging_update_starts_the_new_pod_first(world: World) -> None:
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
    world.create(SETS, daemon_set(updateStrategy=strategy))
    await world.settle()
    world.behaviour = lambda p: "wait" if p["spec"]["containers"][0]["image"].endswith("v2") else "run"
    world.change(SETS, "log", set_image)
    await world.settle()
    assert sorted(p["spec"]["containers"][0]["image"][-2:] for p in world.all("pods")) == ["v1", "v1", "v2"]
    world.behaviour = lambda p: "run"
    for found in world.all("pods"):
        world.become(found["metadata"]["name"], "run")
    await world.settle()
    assert [p["spec"]["containers"][0]["image"][-2:] for p in world.all("pods")] == ["v2", "v2"]


async def test_a_failed_daemon_is_replaced_with_growing_pauses(world: World) -> None:
    world.create(SETS, daemon_set())
    await world.settle()
    first = world.all("pods")[0]["metadata"]["name"]
    world.become(first, "fail")
    await world.settle()
    assert world.find("pods", first) is None
    assert len(world.all("pods")) == 2
    assert world.messages("FailedDaemonPod")[0].startswith(f"Found failed daemon pod default/{first} on node node")


def test_taints_keep_daemons_away_unless_they_are_tolerated() -> None:
    node = {"metadata": {"name": "n"}, "spec": {"taints": [{"key": "gpu", "value": "yes", "effect": "NoSchedule"}]}}
    spec: Obj = {"containers": []}
    assert should_run(spec, node) == (False, True)
    spec["tolerations"] = [{"key": "gpu", "operator": "Exists"}]
    assert should_run(spec, node) == (True, True)
    node["spec"]["taints"] = [{"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}]
    assert should_run({"containers": []}, node) == (True, True)
