"""A deployment of many replicas until all are ready, and how that grows."""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from pathlib import Path

import aiohttp

from bench.measure import Figure, cluster, megabytes
from grader.embedded.process import Running

_SIZES = (100, 1000, 10_000)


def replicas_to_ready(folder: Path) -> list[Figure]:
    """POST of a deployment until its status says that all replicas are ready."""
    figures = []
    for size in _SIZES:
        with cluster(folder, f"replicas-{size}") as running:
            taken = asyncio.run(_deploy(running, size))
            posts = asyncio.run(_post_pods(running, min(size, 1000)))
            goal = {1000: "1 s", 10_000: "15 s"}.get(size, "")
            beside = f"{min(size, 1000)} bare POSTs of a pod {posts:.2f} s"
            figures.append(Figure(f"{size} replicas to ready", f"{taken:.2f} s", goal, beside))
            figures.append(Figure("  memory then", f"{megabytes(running.pid):.0f} MB"))
    return figures


def client(running: Running) -> aiohttp.ClientSession:
    """A session as the cluster's administrator."""
    token = (running.folder / "token").read_text()
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return aiohttp.ClientSession(
        running.url.replace("https", "http"), headers={"Authorization": f"Bearer {token}"},
        connector=aiohttp.TCPConnector(ssl=context),
    )  # fmt: skip


def pod(name: str) -> dict[str, object]:
    """A small pod that no node takes (its scheduler does not exist)."""
    spec = {"schedulerName": "nobody", "containers": [{"name": "web", "image": "nginx:1.27"}]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}


def deployment(size: int) -> dict[str, object]:
    """A deployment of nginx."""
    labels = {"app": "many"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": "nginx:1.27"}]}}
    spec = {"replicas": size, "selector": {"matchLabels": labels}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "many"}, "spec": spec}


async def _deploy(running: Running, size: int) -> float:
    path = "/apis/apps/v1/namespaces/default/deployments"
    async with client(running) as session:
        began = time.perf_counter()
        async with session.post(path, json=deployment(size)) as answer:
            assert answer.status == 201, await answer.text()
        async with session.get(path, params={"watch": "1"}, timeout=aiohttp.ClientTimeout(300)) as watch:
            async for line in watch.content:
                status = json.loads(line)["object"].get("status", {})
                if status.get("readyReplicas") == size:
                    return time.perf_counter() - began
    raise RuntimeError("the watch ended before all replicas were ready")


async def _post_pods(running: Running, count: int) -> float:
    async with client(running) as session:
        began = time.perf_counter()
        for number in range(count):
            async with session.post("/api/v1/namespaces/default/pods", json=pod(f"p{number}")) as answer:
                assert answer.status == 201, await answer.text()
        return time.perf_counter() - began
