"""Requests a second of the API, beside a bare aiohttp server that answers bytes of the same size."""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from bench.measure import Figure, cluster
from bench.replicas import client, pod
from grader.embedded.process import Running

_SECONDS = 2.0
_CONNECTIONS = 16
_PODS = "/api/v1/namespaces/default/pods"
_TABLE = {"Accept": "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"}
_STRATEGIC = {"Content-Type": "application/strategic-merge-patch+json"}
_GOALS = {"GET": "8000/s", "LIST of 100": "2500/s", "PATCH": "5000/s"}


def requests_a_second(folder: Path) -> list[Figure]:
    """Each kind of request over 16 connections that stay open; client and server share the machine's cores."""
    with cluster(folder, "api") as running:
        rates, size = asyncio.run(_measure(running))
    bare = _bare_server(size)
    return [
        Figure(f"API: {what}", f"{rate:.0f}/s", _GOALS.get(what, ""), f"bare aiohttp GET {bare:.0f}/s")
        for what, rate in rates.items()
    ]


async def _measure(running: Running) -> tuple[dict[str, float], int]:
    async with client(running) as session:
        for number in range(100):
            async with session.post(_PODS, json=pod(f"p{number:03}")) as answer:
                assert answer.status == 201, await answer.text()
        async with session.get(f"{_PODS}/p000") as answer:
            size = len(await answer.read())
        patch = b'{"metadata":{"labels":{"n":"%d"}}}'
        rates = {
            "GET": await _rate(session, lambda n: session.get(f"{_PODS}/p{n % 100:03}")),
            "LIST of 100": await _rate(session, lambda n: session.get(_PODS)),
            "Table of 100": await _rate(session, lambda n: session.get(_PODS, headers=_TABLE)),
            "PATCH": await _rate(
                session, lambda n: session.patch(f"{_PODS}/p{n % 100:03}", data=patch % n, headers=_STRATEGIC)
            ),
            "POST": await _rate(session, lambda n: session.post(_PODS, json=pod(f"q{n}"))),
        }
    return rates, size


async def _rate(session: aiohttp.ClientSession, request: Any) -> float:
    count = 0
    finish = time.perf_counter() + _SECONDS

    async def work() -> None:
        nonlocal count
        while time.perf_counter() < finish:
            count += 1
            async with request(count) as answer:
                await answer.read()
                assert answer.status < 300, answer.status

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(_CONNECTIONS)))
    return count / (time.perf_counter() - began)


def _bare_server(size: int) -> float:
    parent, child = multiprocessing.Pipe()
    server = multiprocessing.Process(target=_serve, args=(child, size), daemon=True)
    server.start()
    port = parent.recv()
    try:
        return asyncio.run(_bare_rate(port))
    finally:
        server.kill()
        server.join()


async def _bare_rate(port: int) -> float:
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
        return await _rate(session, lambda n: session.get("/"))


def _serve(pipe: Any, size: int) -> None:
    async def run() -> None:
        body = b"x" * size

        async def handle(request: web.BaseRequest) -> web.Response:
            return web.Response(body=body, content_type="application/json")

        runner = web.ServerRunner(web.Server(handle, access_log=None))
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        pipe.send(site._server.sockets[0].getsockname()[1])  # type: ignore[union-attr]
        await asyncio.Event().wait()

    asyncio.run(run())
