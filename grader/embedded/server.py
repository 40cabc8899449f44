"""The process that serves one cluster: its socket, its signals, its end.

One port speaks TLS and plain HTTP: the first byte of a connection tells which. Plain connections must carry
the administrator's token like any other client without a certificate.
"""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import os
import secrets
import signal
import socket
import ssl
import sys
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from aiohttp import StreamReader, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import RawRequestMessage
from aiohttp.web_protocol import RequestHandler

from grader.embedded.api.formats import MAX_BODY
from grader.embedded.cluster import Cluster, ClusterOptions
from grader.embedded.pki import Pki
from grader.embedded.process import Running, announce, hold

log = logging.getLogger(__name__)

_TLS_HANDSHAKE = b"\x16"
_PATIENCE = 15.0
_BACKLOG = 4096


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """What the command line says. `idle` in seconds, None for never."""

    folder: Path
    name: str
    nodes: int
    kubelet: bool
    idle: float | None
    clock: Literal["real", "fast"]
    images: Sequence[Path]


async def serve(options: ServerOptions, ready: asyncio.Event | None = None) -> None:
    """Serve a cluster until a signal or idleness ends it. Raises ProcessError, JournalError, OSError."""
    with hold(options.folder):
        server = _Server(options)
        try:
            await server.start()
            _close_standard_output()
            if ready is not None:
                ready.set()
            await server.ended.wait()
        finally:
            await server.stop()
            with suppress(OSError):
                (options.folder / "running.json").unlink(missing_ok=True)


def _close_standard_output() -> None:
    """Tells whoever started this process that it serves."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.close(null)


class _Server:
    """One cluster behind one listening socket."""

    def __init__(self, options: ServerOptions) -> None:
        self._options = options
        self.ended = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._cluster: Cluster | None = None
        self._touched = 0.0

    async def start(self) -> None:
        options = self._options
        folder = options.folder
        loop = asyncio.get_running_loop()
        pki = Pki.ensure(folder.parent / "pki" if folder.parent.name == "clusters" else folder / "pki")
        listening = _listen(_last_port(folder))
        port = listening.getsockname()[1]
        node_address = _node_address(options.clock, port)
        token = _secret(folder / "token")
        self._cluster = cluster = Cluster(
            ClusterOptions(
                folder=folder,
                nodes=options.nodes,
                kubelet=options.kubelet,
                clock=options.clock,
                images=tuple(options.images),
                pki=pki,
                token=token,
                signing_key=_secret(folder / "signing-key").encode(),
                port=port,
                node_address=node_address,
            ),
            self._touch,
        )
        self._touch()
        await cluster.start()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pki.certificate, pki.key)
        context.load_verify_locations(pki.authority)
        context.verify_mode = ssl.CERT_OPTIONAL
        self._context = context
        self._http = http_server(cluster)
        self._listening = listening
        self._spawn(self._accept())
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.ended.set)
        url = f"https://127.0.0.1:{port}"
        _write_kubeconfig(folder / "kubeconfig", options.name, url, token, pki)
        announce(Running(options.name, folder, url, folder / "kubeconfig", os.getpid(), node_address))
        self._watch_idle()

    async def stop(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        if hasattr(self, "_listening"):
            self._listening.close()
            await self._http.shutdown(1)
        if self._cluster is not None:
            await self._cluster.stop()

    def _touch(self) -> None:
        self._touched = asyncio.get_running_loop().time()

    def _watch_idle(self) -> None:
        """End when nobody has asked anything for long enough."""
        idle = self._options.idle
        if idle is None:
            return
        loop = asyncio.get_running_loop()
        left = self._touched + idle - loop.time()
        if left <= 0:
            log.info("nobody asked anything for %g s: ending", idle)
            self.ended.set()
        else:
            loop.call_later(left, self._watch_idle)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, _ = await loop.sock_accept(self._listening)
            except OSError as error:  # out of file descriptors: what is open goes on
                log.warning("a connection could not be accepted: %s", error)
                await asyncio.sleep(0.1)
                continue
            connection.setblocking(False)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._spawn(self._greet(connection))

    async def _greet(self, connection: socket.socket) -> None:
        """Hand a connection to HTTP, through TLS when its first byte says so."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(_PATIENCE):
                first = await _peek(connection)
                context = self._context if first == _TLS_HANDSHAKE else None
                if not first:
                    connection.close()
                    return
                await loop.connect_accepted_socket(self._http, connection, ssl=context)
        except (OSError, TimeoutError):
            connection.close()


def http_server(cluster: Cluster) -> web.Server:
    """HTTP over a cluster's API. A request whose client has gone is cancelled: watches end with their watchers."""
    return web.Server(cluster.app.handle, request_factory=_request, handler_cancellation=True, access_log=None)


def _request(
    message: RawRequestMessage,
    payload: StreamReader,
    protocol: RequestHandler,
    writer: AbstractStreamWriter,
    task: asyncio.Task[None],
) -> web.BaseRequest:
    """A request whose body may be as large as Kubernetes' limit."""
    return web.BaseRequest(
        message, payload, protocol, writer, task, asyncio.get_running_loop(), client_max_size=MAX_BODY
    )


async def _peek(connection: socket.socket) -> bytes:
    """The first byte of a connection, left where it is; empty when the client has gone."""
    loop = asyncio.get_running_loop()
    try:
        return connection.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        pass
    arrived: asyncio.Future[None] = loop.create_future()

    def notice() -> None:
        if not arrived.done():
            arrived.set_result(None)

    loop.add_reader(connection, notice)
    try:
        await arrived
    finally:
        loop.remove_reader(connection)
    return connection.recv(1, socket.MSG_PEEK)


def _listen(wanted: int) -> socket.socket:
    """A socket on the loopback interface: last time's port when it is free, so that kubeconfigs in use stay right."""
    for port in dict.fromkeys((wanted, 0)):
        server = socket.socket()
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            server.bind(("127.0.0.1", port))
        except OSError:
            server.close()
            continue
        server.listen(_BACKLOG)
        server.setblocking(False)
        return server
    raise OSError("no port of 127.0.0.1 can be bound; check the limits of this machine")


def _node_address(clock: Literal["real", "fast"], port: int) -> str:
    """Where the nodes' ports are on this machine.

    Clusters that grade run side by side and want the same node ports: on Linux, where all of 127.0.0.0/8 can be bound,
    each has an address of its own, made from its API's port.
    """
    if clock == "fast" and sys.platform == "linux":
        return f"127.30.{port >> 8}.{port & 255}"
    return "127.0.0.1"


def _last_port(folder: Path) -> int:
    with suppress(OSError, ValueError):
        return int((folder / "port").read_text())
    return 0


def _secret(path: Path) -> str:
    """A secret of this cluster's own, made the first time."""
    try:
        return path.read_text()
    except FileNotFoundError:
        text = secrets.token_urlsafe(32)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
        return text


def _write_kubeconfig(path: Path, name: str, url: str, token: str, pki: Pki) -> None:
    """Write the administrator's kubeconfig; one that is there stays as its user changed it, but for the address.

    JSON is YAML: kubectl reads it, and nothing here has to import a YAML writer.
    """
    port = path.with_name("port")
    if path.exists() and port.exists():
        old = f"https://127.0.0.1:{port.read_text()}"
        if old != url:
            _replace(path, path.read_text().replace(old, url))
    else:
        authority = base64.b64encode(pki.authority.read_bytes()).decode()
        context = f"labyard-{name}"
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": context, "cluster": {"server": url, "certificate-authority-data": authority}}],
            "users": [{"name": context, "user": {"token": token}}],
            "contexts": [{"name": context, "context": {"cluster": context, "user": context, "namespace": "default"}}],
            "current-context": context,
        }
        _replace(path, json.dumps(config, indent=2))
    port.write_text(url.rpartition(":")[2])


def _replace(path: Path, text: str) -> None:
    """Whole or not at all, readable by its user alone."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    scratch.replace(path)
