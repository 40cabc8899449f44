"""An API over a whole cluster in this process, without nodes."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse, ClientSession, web

from grader.embedded.cluster import Cluster, ClusterOptions
from grader.embedded.pki import Pki
from grader.embedded.server import http_server

TOKEN = "the-administrator"
CORE = "/api/v1/namespaces/default"


@dataclass
class Api:
    """Requests as the administrator, or with other headers."""

    session: ClientSession
    cluster: Cluster

    async def ask(
        self, method: str, path: str, body: Any = None, *, code: int | None = None, **headers: str
    ) -> dict[str, Any]:
        """The JSON answer; with `code`, its status is asserted."""
        named = {"Authorization": f"Bearer {TOKEN}", **{k.replace("_", "-"): v for k, v in headers.items()}}
        data = body if isinstance(body, (bytes, str)) or body is None else json.dumps(body)
        if data is not None:
            named.setdefault("Content-Type", "application/json")
        async with self.session.request(method, path, data=data, headers=named) as answer:
            text = await answer.text()
            if code is not None:
                assert answer.status == code, text
            found: dict[str, Any] = json.loads(text)
            return found

    async def open(self, path: str, **headers: str) -> ClientResponse:
        """A streaming answer."""
        return await self.session.get(path, headers={"Authorization": f"Bearer {TOKEN}", **headers})

    async def create(self, kind: str, name: str, **parts: Any) -> dict[str, Any]:
        """A ConfigMap or the like in `default`."""
        plural = {"ConfigMap": "configmaps", "Pod": "pods", "Service": "services"}[kind]
        meta = {"name": name, **parts.pop("metadata", {})}
        return await self.ask(
            "POST", f"{CORE}/{plural}", {"apiVersion": "v1", "kind": kind, "metadata": meta, **parts}, code=201
        )


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    """A running API."""
    cluster = Cluster(
        ClusterOptions(
            folder=tmp_path,
            nodes=0,
            kubelet=False,
            clock="real",
            images=(),
            pki=Pki.ensure(tmp_path / "pki"),
            token=TOKEN,
            signing_key=b"key",
            port=0,
        ),
        lambda: None,
    )
    await cluster.start()
    runner = web.ServerRunner(http_server(cluster), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    async with ClientSession(f"http://127.0.0.1:{port}") as session:
        yield Api(session, cluster)
    await runner.cleanup()
    await cluster.stop()
