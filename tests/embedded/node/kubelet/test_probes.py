"""Probes: when they run, what they say, and what follows."""

from __future__ import annotations

import asyncio
from typing import Any

from grader.embedded.network.http import HttpResponse


def _pod(**probes: Any) -> dict[str, Any]:
    ports = [{"name": "http", "containerPort": 80}]
    return {"containers": [{"name": "web", "image": "web", "ports": ports, **probes}]}


def _get(path: str = "/", **more: Any) -> dict[str, Any]:
    return {"httpGet": {"path": path, "port": 80, **more}, "periodSeconds": 1}


async def test_a_container_is_ready_when_its_probe_says_so(cluster: Any) -> None:
    await cluster.run(_pod(readinessProbe=_get("/ready")))
    assert cluster.pod()["status"]["phase"] == "Running"
    assert cluster.container()["started"]
    assert not cluster.container()["ready"]
    condition = cluster.conditions()["Ready"]
    assert (condition["reason"], condition["message"]) == (
        "ContainersNotReady",
        "containers with unready status: [web]",
    )
    address = cluster.pod()["status"]["podIP"]
    assert cluster.messages("Unhealthy") == [
        f'Readiness probe failed: Get "http://{address}:80/ready": dial tcp {address}:80: connect: connection refused'
    ]
    cluster.network.answers["/ready"] = lambda: HttpResponse(200)
    await cluster.clock.advance(1.1)
    assert cluster.ready()


async def test_a_bad_status_is_told_and_unreadies_after_the_threshold(cluster: Any) -> None:
    code = {"now": 200}
    cluster.network.answers["/"] = lambda: HttpResponse(code["now"])
    await cluster.run(_pod(readinessProbe={**_get(), "failureThreshold": 2}))
    assert cluster.ready()
    code["now"] = 404
    await cluster.clock.advance(1.1)
    assert cluster.ready()
    await cluster.clock.advance(1)
    assert not cluster.ready()
    assert cluster.messages("Unhealthy") == ["Readiness probe failed: HTTP probe failed with statuscode: 404"]


async def test_success_threshold_and_initial_delay(cluster: Any) -> None:
    cluster.network.answers["/"] = lambda: HttpResponse(200)
    await cluster.run(_pod(readinessProbe={**_get(), "initialDelaySeconds": 5, "successThreshold": 2}))
    await cluster.clock.advance(4.9)
    assert cluster.network.asked == []
    await cluster.clock.advance(0.2)
    assert not cluster.ready()
    await cluster.clock.advance(1)
    assert cluster.ready()


async def test_headers_host_scheme_and_named_ports_are_used(cluster: Any) -> None:
    headers = [{"name": "X-Check", "value": "1"}]
    probe = {
        "httpGet": {"path": "healthz", "port": "http", "httpHeaders": headers, "scheme": "HTTPS", "host": "x.test"}
    }
    await cluster.run(_pod(readinessProbe=probe))
    url, sent = cluster.network.asked[0]
    assert url == "https://x.test:80/healthz"
    assert sent["X-Check"] == "1"
    assert sent["User-Agent"] == "kube-probe/1.36"


async def test_redirects_are_followed_on_the_same_host(cluster: Any) -> None:
    cluster.network.answers["/old"] = lambda: HttpResponse(302, {"Location": "/new"})
    cluster.network.answers["/new"] = lambda: HttpResponse(204)
    await cluster.run(_pod(readinessProbe=_get("/old")))
    assert cluster.ready()


async def test_a_redirect_to_another_host_is_a_warning(cluster: Any) -> None:
    cluster.network.answers["/old"] = lambda: HttpResponse(302, {"Location": "http://other.test/"})
    await cluster.run(_pod(readinessProbe=_get("/old")))
    assert cluster.ready()
    assert cluster.messages("ProbeWarning")[0].startswith("Readiness probe warning: Probe terminated redirects")


async def test_a_failed_liveness_probe_restarts_the_container(cluster: Any) -> None:
    state = {"code": 0}
    cluster.runtime.commands["cat"] = lambda container: (state["code"], "cat: can't open '/x'\n" * state["code"])
    probe = {"exec": {"command": ["cat", "/x"]}, "periodSeconds": 1, "failureThreshold": 2}
    await cluster.run(_pod(livenessProbe=probe))
    state["code"] = 1
    await cluster.clock.advance(1.1)
    assert cluster.container()["restartCount"] == 0
    await cluster.clock.advance(1)
    assert cluster.container()["restartCount"] == 1
    assert cluster.messages("Killing") == ["Container web failed liveness probe, will be restarted"]
    assert cluster.messages("Unhealthy") == ["Liveness probe failed: cat: can't open '/x'\n"]
    assert cluster.runtime.containers[0].graces == [30.0]


async def test_a_probe_may_set_its_own_grace(cluster: Any) -> None:
    cluster.runtime.commands["no"] = lambda container: (1, "")
    probe = {"exec": {"command": ["no"]}, "periodSeconds": 1, "failureThreshold": 1, "terminationGracePeriodSeconds": 7}
    await cluster.run(_pod(livenessProbe=probe))
    assert cluster.runtime.containers[0].graces == [7.0]


async def test_a_startup_probe_holds_the_others_back(cluster: Any) -> None:
    state = {"code": 1}
    cluster.runtime.commands["up"] = lambda container: (state["code"], "")
    cluster.runtime.commands["live"] = lambda container: (0, "")
    await cluster.run(
        _pod(
            startupProbe={"exec": {"command": ["up"]}, "periodSeconds": 1, "failureThreshold": 30},
            livenessProbe={"exec": {"command": ["live"]}, "periodSeconds": 1},
        )
    )
    await cluster.clock.advance(3)
    (container,) = cluster.runtime.containers
    assert ["live"] not in container.execs
    assert not cluster.container()["started"]
    assert not cluster.ready()
    state["code"] = 0
    await cluster.clock.advance(1.1)
    assert cluster.ready()
    assert ["live"] in container.execs


async def test_a_command_that_takes_too_long_has_failed(cluster: Any) -> None:
    async def slow(container: Any) -> tuple[int, str]:
        await cluster.clock.sleep(60)
        return 0, ""

    cluster.runtime.commands["slow"] = slow
    await cluster.run(_pod(readinessProbe={"exec": {"command": ["slow"]}, "timeoutSeconds": 2}))
    await cluster.clock.advance(2.1)
    assert cluster.messages("Unhealthy") == ['Readiness probe failed: command timed out: "slow" timed out after 2s']


async def test_a_command_that_is_not_there_proves_nothing(cluster: Any) -> None:
    probe = {"exec": {"command": ["gone"]}, "periodSeconds": 1, "failureThreshold": 1}
    await cluster.run(_pod(livenessProbe=probe))
    await cluster.clock.advance(5)
    assert cluster.container()["restartCount"] == 0
    assert cluster.messages("Unhealthy")[0].startswith(
        "Liveness probe errored and resulted in Unknown state: rpc error"
    )


async def test_tcp_and_grpc(cluster: Any) -> None:
    cluster.network.open.add(80)
    await cluster.run(_pod(readinessProbe={"tcpSocket": {"port": "http"}}))
    assert cluster.ready()
    await cluster.run(_pod(readinessProbe={"tcpSocket": {"port": 81}}), name="closed")
    address = cluster.pod("closed")["status"]["podIP"]
    assert cluster.messages("Unhealthy", "closed") == [
        f"Readiness probe failed: dial tcp {address}:81: connect: connection refused"
    ]
    await cluster.run(_pod(readinessProbe={"grpc": {"port": 80}}), name="grpc")
    assert "does not implement the grpc health protocol" in cluster.messages("Unhealthy", "grpc")[0]


async def test_probes_end_with_the_pod(cluster: Any) -> None:
    cluster.network.answers["/"] = lambda: HttpResponse(200)
    await cluster.run(_pod(readinessProbe=_get(), livenessProbe=_get()))
    cluster.client.delete("pods", "default", "web")
    await cluster.clock.settle()
    asked = len(cluster.network.asked)
    await cluster.clock.advance(10)
    assert len(cluster.network.asked) == asked
    assert len(asyncio.all_tasks()) == 1
