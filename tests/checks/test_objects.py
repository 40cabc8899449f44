"""The check kinds `image`, `resource`, `events`, `logs`, `exec` and `http` on a real cluster."""

from __future__ import annotations

from collections.abc import Callable

from grader.checks.base import Outcome
from tests.checks.conftest import World

Said = Callable[[Outcome], str]


def test_the_image_is_known_by_reference_and_by_digest(world: World, said: Said) -> None:
    world.deploy()
    world.rolled_out()
    assert world.judge(
        image={"deployment": "web", "running": "docker.io/library/hellok8s:v1", "same_digest": True}
    ).passed
    assert "it runs hellok8s:v1" in said(world.judge(image={"deployment": "web", "running": "hellok8s:v2"}))
    other = "sha256:" + "0" * 64
    assert "a tag can be moved" in said(world.judge(image={"deployment": "web", "digest": other}))
    assert "asks for its image by digest" in said(world.judge(image={"deployment": "web", "pinned": True}))


def test_two_versions_have_two_digests(world: World) -> None:
    world.deploy(name="one", image="hellok8s:v1", replicas=1)
    world.deploy(name="two", image="hellok8s:v2", replicas=1)
    world.rolled_out("one")
    world.rolled_out("two")
    assert world.judge(image={"selector": "app in (one,two)", "same_digest": False}).passed


def test_a_resource_is_matched_in_part(world: World, said: Said) -> None:
    world.deploy(replicas=3)
    world.rolled_out()
    match = {"spec": {"replicas": {"$min": 3}, "template": {"spec": {"containers": [{"name": "main"}]}}}}
    spec = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    assert world.judge(resource={**spec, "match": match}).passed
    outcome = world.judge(
        resource={**spec, "match": {"spec": {"template": {"spec": {"containers": [{"name": "main", "image": "x"}]}}}}}
    )
    assert said(outcome) == "spec.template.spec.containers[0].image of Deployment web: x | hellok8s:v1"
    assert outcome.final


def test_a_resource_may_have_to_be_absent_or_many(world: World, said: Said) -> None:
    world.deploy(replicas=1)
    assert world.judge(resource={"kind": "Service", "name": "web", "exists": False}).passed
    assert world.settle(
        resource={"apiVersion": "apps/v1", "kind": "ReplicaSet", "selector": "app=web", "count": 1}
    ).passed
    assert "it exists" in said(
        world.judge(resource={"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "exists": False})
    )
    assert "serves no kind Rocket" in said(world.judge(resource={"kind": "Rocket", "name": "x"}))


def test_events_are_counted(world: World, said: Said) -> None:
    world.deploy(replicas=1)
    world.rolled_out()
    scaled = {"about": "Deployment/web", "reason": "ScalingReplicaSet", "message": "from 0 to 1$"}
    assert world.judge(events=scaled).passed
    assert "seen 0 times" in said(world.judge(events={**scaled, "message": "from 0 to 9$"}))
    assert world.judge(events={"about": "Pod/web-*", "reason": "Started"}).passed


def test_logs_are_searched(world: World, said: Said) -> None:
    world.deploy()
    world.rolled_out()
    assert world.judge(logs={"deployment": "web", "matches": ".", "every_pod": True}).passed
    assert "contains “no such words”" in said(world.judge(logs={"deployment": "web", "contains": "no such words"}))


def test_a_command_in_a_container_is_judged_by_code_and_output(world: World, said: Said) -> None:
    world.deploy()
    world.rolled_out()
    assert world.judge(
        exec={"deployment": "web", "run": "echo hello; exit 3", "exit": 3, "contains": "hello", "every_pod": True}
    ).passed
    assert "code 3: " in said(world.judge(exec={"deployment": "web", "run": "exit 3"}))
    assert "has no container named side" in said(
        world.judge(exec={"deployment": "web", "run": ["true"], "container": "side"})
    )


def test_pods_are_asked_through_the_proxy(world: World, said: Said) -> None:
    world.deploy()
    world.rolled_out()
    assert world.judge(http={"deployment": "web", "port": 4567, "contains": "Hello", "every_pod": True}).passed
    assert "no answer" in said(world.judge(http={"deployment": "web", "port": 9999}))
    assert world.judge(http={"deployment": "web", "port": 9999, "status": 0}).passed


def test_an_url_nobody_answers_says_why(world: World, said: Said) -> None:
    assert "refused" in said(world.judge(http={"url": "http://127.0.0.1:9/"})).lower()
    assert world.judge(http={"url": "http://127.0.0.1:9/", "status": 0}).passed
