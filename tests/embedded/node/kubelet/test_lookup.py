"""What the API room is told of containers: logs, exec, port-forward, usage."""

from __future__ import annotations

from typing import Any

import pytest

from grader.embedded.status import ApiError

WEB = {"name": "web", "image": "web"}


async def test_the_only_container_needs_no_name(cluster: Any) -> None:
    await cluster.run({"containers": [WEB]})
    assert cluster.kubelets.container("default", "web") is cluster.runtime.containers[0]
    assert cluster.kubelets.running("default", "web", "web") is cluster.runtime.containers[0]
    assert cluster.kubelets.address("default", "web") == cluster.pod()["status"]["podIP"]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (
            None,
            "a container name must be specified for pod web, choose one of: [web b] or one of the init containers: [i]",
        ),
        ("nope", "container nope is not valid for pod web"),
    ],
)
async def test_names_that_mean_none(cluster: Any, asked: str | None, message: str) -> None:
    containers = [WEB, {"name": "b", "image": "other"}]
    await cluster.run({"initContainers": [{"name": "i", "image": "done"}], "containers": containers})
    with pytest.raises(ApiError) as caught:
        cluster.kubelets.container("default", "web", asked)
    assert (caught.value.code, caught.value.message) == (400, message)


async def test_a_pod_that_is_not_there(cluster: Any) -> None:
    with pytest.raises(ApiError, match='pods "nope" not found'):
        cluster.kubelets.container("default", "nope")


async def test_containers_that_have_not_started(cluster: Any) -> None:
    await cluster.run({"containers": [{"name": "web", "image": "nope"}]})
    with pytest.raises(ApiError, match="is waiting to start: image can't be pulled"):
        cluster.kubelets.container("default", "web")
    await cluster.clock.advance(3)
    with pytest.raises(ApiError, match="is waiting to start: trying and failing to pull image"):
        cluster.kubelets.container("default", "web")
    with pytest.raises(ApiError, match=r'container not found \("web"\)'):
        cluster.kubelets.running("default", "web")


async def test_the_previous_run(cluster: Any) -> None:
    await cluster.run({"containers": [{"name": "web", "image": "crash"}]})
    with pytest.raises(ApiError, match='previous terminated container "web" in pod "web" not found'):
        cluster.kubelets.container("default", "web", previous=True)
    await cluster.clock.advance(1.1)
    first, second = cluster.runtime.containers
    assert cluster.kubelets.container("default", "web", previous=True) is first
    assert cluster.kubelets.container("default", "web") is second
    await cluster.clock.advance(4)
    assert cluster.container()["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    assert cluster.kubelets.container("default", "web", previous=True) is second
    assert cluster.kubelets.container("default", "web") is second


async def test_usage_is_per_container(cluster: Any) -> None:
    await cluster.run({"containers": [WEB]})
    assert set(cluster.kubelets.usage("default", "web")) == {"web"}
    assert cluster.kubelets.usage("default", "nope") is None
    assert cluster.kubelets.node_usage("one").memory > cluster.kubelets.node_usage("two").memory
