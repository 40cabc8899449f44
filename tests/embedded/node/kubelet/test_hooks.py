"""postStart and preStop."""

from __future__ import annotations

from typing import Any

from grader.embedded.network.http import HttpResponse


def _pod(image: str = "web", **lifecycle: Any) -> dict[str, Any]:
    return {"containers": [{"name": "web", "image": image, "lifecycle": lifecycle}]}


async def test_a_container_is_not_running_before_its_hook_is_through(cluster: Any) -> None:
    await cluster.run(_pod(postStart={"sleep": {"seconds": 5}}))
    assert cluster.container()["state"] == {"waiting": {"reason": "ContainerCreating"}}
    await cluster.clock.advance(5.1)
    assert cluster.ready()


async def test_a_failed_post_start_hook_kills_the_container(cluster: Any) -> None:
    cluster.runtime.commands["false"] = lambda container: (1, "no")
    await cluster.run(_pod(postStart={"exec": {"command": ["false"]}}))
    assert cluster.container()["state"]["waiting"]["reason"] == "PostStartHookError"
    assert ("Warning", "FailedPostStartHook", "PostStartHook failed") in cluster.events()
    assert cluster.messages("Killing") == ["FailedPostStartHook"]
    assert not cluster.ready()


async def test_pre_stop_counts_within_the_grace(cluster: Any) -> None:
    await cluster.run(_pod("stubborn", preStop={"sleep": {"seconds": 6}}))
    cluster.client.delete("pods", "default", "web", grace=10)
    await cluster.clock.advance(9.9)
    assert not cluster.gone()
    assert cluster.runtime.containers[0].graces == [4.0]
    await cluster.clock.advance(0.2)
    assert cluster.gone()


async def test_a_hook_that_outlasts_the_grace_is_cut_off(cluster: Any) -> None:
    await cluster.run(_pod("stubborn", preStop={"sleep": {"seconds": 600}}))
    cluster.client.delete("pods", "default", "web", grace=3)
    await cluster.clock.advance(5.1)
    assert cluster.gone()
    assert cluster.messages("FailedPreStopHook") == ["PreStopHook failed"]


async def test_hooks_may_ask_over_http(cluster: Any) -> None:
    cluster.network.answers["/bye"] = lambda: HttpResponse(200)
    await cluster.run(_pod(preStop={"httpGet": {"path": "/bye", "port": 80}}))
    cluster.client.delete("pods", "default", "web")
    await cluster.clock.settle()
    assert [url.rpartition("/")[2] for url, _ in cluster.network.asked] == ["bye"]
    assert cluster.gone()


async def test_deleting_a_pod_does_not_wait_for_its_post_start_hook(cluster: Any) -> None:
    await cluster.run(_pod(postStart={"sleep": {"seconds": 3000}}))
    cluster.client.delete("pods", "default", "web")
    await cluster.clock.advance(1)
    assert cluster.gone()
