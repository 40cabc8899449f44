from __future__ import annotations

from typing import Any

from grader.embedded.objects import Obj, labels_of

from .conftest import World
from .samples import deployment, pod

SLICES = "endpointslices.discovery.k8s.io"


def service(name: str = "web", **spec: Any) -> Obj:
    spec = {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 4567}], **spec}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec}


def slices_of(world: World, name: str = "web") -> list[Obj]:
    return [s for s in world.all(SLICES) if labels_of(s).get("kubernetes.io/service-name") == name]


async def test_ready_pods_are_endpoints(world: World) -> None:
    world.create("services", service())
    world.create("deployments.apps", deployment(replicas=2))
    await world.settle()
    (subset,) = world.get("endpoints", "web")["subsets"]
    addresses = sorted(p["status"]["podIP"] for p in world.all("pods"))
    assert [a["ip"] for a in subset["addresses"]] == addresses
    assert subset["ports"] == [{"port": 4567, "protocol": "TCP"}]
    assert {a["targetRef"]["kind"] for a in subset["addresses"]} == {"Pod"}
    (piece,) = slices_of(world)
    assert piece["ports"] == [{"name": "", "port": 4567, "protocol": "TCP"}]
    assert piece["metadata"]["generateName"] == "web-"
    assert labels_of(piece)["endpointslice.kubernetes.io/managed-by"] == "endpointslice-controller.k8s.io"
    assert piece["endpoints"][0]["conditions"] == {"ready": True, "serving": True, "terminating": False}


async def test_pods_that_are_not_ready_wait_apart(world: World) -> None:
    world.behaviour = lambda p: "wait"
    world.create("services", service())
    world.create("pods", pod("one", app="web"))
    await world.settle()
    (subset,) = world.get("endpoints", "web")["subsets"]
    assert "addresses" not in subset
    assert len(subset["notReadyAddresses"]) == 1
    assert slices_of(world)[0]["endpoints"][0]["conditions"]["ready"] is False


async def test_ending_pods_leave_endpoints_but_stay_in_slices_as_terminating(world: World) -> None:
    world.create("services", service())
    world.create("pods", pod("one", app="web"))
    await world.settle()
    world.ending_takes = 30
    world.delete("pods", "one")
    await world.settle()
    assert "subsets" not in world.get("endpoints", "web")
    condition = slices_of(world)[0]["endpoints"][0]["conditions"]
    assert condition == {"ready": False, "serving": True, "terminating": True}
    name = slices_of(world)[0]["metadata"]["name"]
    await world.advance(31)
    (empty,) = slices_of(world)
    assert (empty["endpoints"], empty["metadata"]["name"]) == (None, name)


async def test_a_service_without_pods_has_empty_endpoints_and_one_empty_slice(world: World) -> None:
    world.create("services", service())
    await world.settle()
    assert "subsets" not in world.get("endpoints", "web")
    assert len(slices_of(world)) == 1
    assert slices_of(world)[0]["endpoints"] is None


async def test_named_ports_are_resolved_by_pod(world: World) -> None:
    world.create("services", service(ports=[{"name": "http", "port": 80, "targetPort": "web"}]))
    for name, number in (("one", 8080), ("two", 9090)):
        made = pod(name, app="web")
        made["spec"]["containers"][0]["ports"] = [{"name": "web", "containerPort": number}]
        world.create("pods", made)
    await world.settle()
    assert sorted(s["ports"][0]["port"] for s in slices_of(world)) == [8080, 9090]
    assert sorted(s["ports"][0]["port"] for s in world.get("endpoints", "web")["subsets"]) == [8080, 9090]


async def test_many_pods_take_several_slices(world: World) -> None:
    world.create("services", service())
    world.create("deployments.apps", deployment(replicas=250))
    await world.settle()
    assert sorted(len(s["endpoints"]) for s in slices_of(world)) == [50, 100, 100]
    assert len(world.get("endpoints", "web")["subsets"][0]["addresses"]) == 250


async def test_deleting_a_service_deletes_its_endpoints(world: World) -> None:
    world.create("services", service())
    await world.settle()
    world.delete("services", "web")
    await world.settle()
    assert world.find("endpoints", "web") is None
    assert slices_of(world) == []


async def test_endpoints_written_by_hand_are_mirrored(world: World) -> None:
    made = service()
    del made["spec"]["selector"]
    world.create("services", made)
    world.create(
        "endpoints",
        {
            "apiVersion": "v1",
            "kind": "Endpoints",
            "metadata": {"name": "web"},
            "subsets": [{"addresses": [{"ip": "192.0.2.7"}], "ports": [{"port": 5432}]}],
        },
    )
    await world.settle()
    (piece,) = slices_of(world)
    assert piece["endpoints"][0]["addresses"] == ["192.0.2.7"]
    assert labels_of(piece)["endpointslice.kubernetes.io/managed-by"] == "endpointslicemirroring-controller.k8s.io"
    assert piece["metadata"]["ownerReferences"][0]["kind"] == "Endpoints"


async def test_a_load_balancer_gets_an_address_and_gives_it_back(world: World) -> None:
    world.create("services", service("lb", type="LoadBalancer"))
    await world.settle()
    found = world.get("services", "lb")
    assert found["status"]["loadBalancer"]["ingress"] == [{"ip": "172.18.255.1", "ipMode": "VIP"}]
    assert found["metadata"]["finalizers"] == ["service.kubernetes.io/load-balancer-cleanup"]
    world.create("services", service("other", type="LoadBalancer"))
    await world.settle()
    assert world.get("services", "other")["status"]["loadBalancer"]["ingress"][0]["ip"] == "172.18.255.2"
    world.delete("services", "lb")
    await world.settle()
    assert world.find("services", "lb") is None
