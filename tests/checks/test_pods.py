"""The check kind `pods` on a real cluster."""

from __future__ import annotations

from collections.abc import Callable

from grader.checks.base import Outcome
from tests.checks.conftest import World

Said = Callable[[Outcome], str]


def test_the_right_number_of_ready_pods_passes(world: World) -> None:
    world.deploy(replicas=3)
    assert world.settle(pods={"selector": "app=web", "count": 3, "ready": True}).passed


def test_a_wrong_number_tells_what_the_deployment_asks_for_and_does_not_wait(world: World, said: Said) -> None:
    world.deploy(replicas=2)
    world.rolled_out()
    outcome = world.judge(pods={"selector": "app=web", "count": 10})
    assert said(outcome) == "10 pods of app=web | 2 pods | the deployment web asks for 2 replicas"
    assert outcome.final


def test_an_image_that_does_not_exist_is_the_diagnosed_why(world: World, said: Said) -> None:
    world.deploy(image="hellok8s:v3", replicas=2)
    outcome = world.settle(pods={"deployment": "web", "ready": True})
    assert "0 of 2 pods are ready; 2 in " in said(outcome)
    assert "image hellok8s:v3 does not exist" in said(outcome)


def test_no_pods_tells_the_labels_there_are(world: World, said: Said) -> None:
    world.deploy(replicas=1)
    world.rolled_out()
    assert "no pod has app=wep; their labels are app=web" in said(world.judge(pods={"selector": "app=wep", "count": 1}))


def test_a_missing_deployment_names_the_nearest(world: World, said: Said) -> None:
    world.deploy(name="hellok8s", replicas=1)
    outcome = world.judge(pods={"deployment": "helok8s", "count": 1})
    assert "there is one named hellok8s: is the name misspelled?" in said(outcome)
    assert outcome.final


def test_containers_are_known_by_name_and_image(world: World, said: Said) -> None:
    world.deploy(replicas=1)
    world.rolled_out()
    assert world.judge(pods={"selector": "app=web", "containers": {"main": {"image": "hellok8s:v1"}}}).passed
    outcome = world.judge(pods={"selector": "app=web", "containers": {"main": {"image": "hellok8s:v2"}}})
    assert said(outcome) == "container main runs hellok8s:v2 | it runs hellok8s:v1"
    assert "containers: main" in said(world.judge(pods={"selector": "app=web", "containers": {"app": {}}}))


def test_owner_and_nodes_are_seen(world: World, said: Said) -> None:
    world.deploy(replicas=4)
    world.rolled_out()
    assert world.judge(pods={"selector": "app=web", "owner": "ReplicaSet", "nodes": 2}).passed
    assert "owned by: ReplicaSet" in said(world.judge(pods={"selector": "app=web", "owner": "none"}))


def test_a_pod_that_was_deleted_and_made_anew_counts_as_replaced(world: World, said: Said) -> None:
    world.deploy(replicas=2)
    world.rolled_out()
    world.note()
    check = {"selector": "app=web", "count": 2, "replaced": {"min": 1}}
    assert "0 were" in said(world.judge(pods=check))
    world.kubectl(
        "delete", "pod", "--wait=false", world.kubectl("get", "pods", "-o", "name").split()[0].removeprefix("pod/")
    )
    assert world.settle(pods=check).passed


def test_scaling_down_replaces_no_pod(world: World, said: Said) -> None:
    world.deploy(replicas=3)
    world.rolled_out()
    world.note()
    world.kubectl("scale", "deployment/web", "--replicas=1")
    assert world.settle(pods={"selector": "app=web", "count": 1, "terminating": 0}).passed
    assert "0 were" in said(world.judge(pods={"selector": "app=web", "replaced": 1}))
