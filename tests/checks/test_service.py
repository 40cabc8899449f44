"""The check kind `service` on a real cluster."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from grader.checks.base import Outcome
from tests.checks.conftest import World

Said = Callable[[Outcome], str]


def expose(world: World, **spec: Any) -> None:
    body = {"selector": {"app": "web"}, "ports": [{"port": 4567}], **spec}
    world.kubectl(
        "apply",
        "-f",
        "-",
        stdin=json.dumps({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": body}),
    )


def test_a_service_answers_inside_with_all_its_pods(world: World) -> None:
    world.deploy()
    world.rolled_out()
    expose(world)
    hello = {"status": 200, "contains": "[v1] Hello, Kubernetes"}
    assert world.settle(service={"service": "web", "inside": hello}).passed
    answer = {"path": "/hostname", "every_pod": True}
    assert world.settle(
        service={"service": "web", "type": "ClusterIP", "endpoints": "ready-pods", "inside": answer}
    ).passed


def test_a_pod_can_be_asked_from(world: World) -> None:
    world.deploy()
    world.rolled_out()
    expose(world)
    inside = {"status": 200, "contains": "Hello", "source": {"selector": "app=web"}}
    assert world.settle(service={"service": "web", "inside": inside}).passed


def test_a_node_port_answers_outside(world: World) -> None:
    world.deploy()
    world.rolled_out()
    expose(world, type="NodePort", ports=[{"port": 4567, "nodePort": 30123}])
    wanted = {"service": "web", "type": "NodePort", "node_port": 30123, "outside": {"status": 200, "contains": "Hello"}}
    assert world.settle(service=wanted).passed


def test_a_cluster_ip_has_no_address_outside(world: World, said: Said) -> None:
    world.deploy(replicas=1)
    world.rolled_out()
    expose(world)
    assert world.judge(service={"service": "web", "outside": False}).passed
    assert "of type ClusterIP has no address outside" in said(world.judge(service={"service": "web", "outside": True}))


def test_a_selector_that_matches_nothing_is_the_diagnosed_why(world: World, said: Said) -> None:
    world.deploy(replicas=1)
    world.rolled_out()
    expose(world, selector={"app": "wep"})
    found = said(world.settle(service={"service": "web", "inside": {"status": 200}}))
    assert "no pod has app=wep; their labels are app=web" in found


def test_a_wrong_target_port_is_the_diagnosed_why(world: World, said: Said) -> None:
    world.deploy(replicas=1)
    world.rolled_out()
    expose(world, ports=[{"port": 80, "targetPort": 8080}])
    found = said(world.settle(service={"service": "web", "inside": {"status": 200}}))
    assert "the service sends to port 8080; the containers declare 4567" in found


def test_a_wrong_field_is_final(world: World, said: Said) -> None:
    world.deploy(replicas=1)
    expose(world)
    outcome = world.judge(service={"service": "web", "type": "NodePort"})
    assert said(outcome) == "type of the service: NodePort | ClusterIP"
    assert outcome.final


def test_a_missing_service_names_what_there_is(world: World, said: Said) -> None:
    expose(world)
    assert "there is one named web" in said(world.judge(service={"service": "wep"}))
