"""`port-forward`: connections to a pod's ports, over SPDY inside a WebSocket or over numbered channels.

kubectl asks for the first (`SPDY/3.1+portforward.k8s.io`), the Python client for the second (`v4.channel.k8s.io`).
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Awaitable, Callable

from aiohttp import WSMsgType, web

from grader.embedded.api.context import Call
from grader.embedded.api.streams.channels import PROTOCOLS, require_upgrade
from grader.embedded.api.streams.pods import kubelets_of
from grader.embedded.api.streams.spdy import DataReceived, Reply, Session, SpdyError, StreamOpened, StreamReset
from grader.embedded.network.errors import NetworkError
from grader.embedded.network.streams import Connection
from grader.embedded.status import bad_request

_TUNNEL = "SPDY/3.1+portforward.k8s.io"
_LARGEST = 4 * 1024 * 1024
_MOST_PORTS = 64

Send = Callable[[bytes, bool], Awaitable[None]]
Connect = Callable[[int], Awaitable[Connection]]


async def port_forward(call: Call) -> web.StreamResponse:
    """GET (or POST) of pods/portforward. Raises ApiError for a pod that does not run."""
    address = kubelets_of(call).address(*call.key)
    require_upgrade(call.request)
    ports = _asked_ports(call)
    socket = web.WebSocketResponse(protocols=(_TUNNEL, *PROTOCOLS), max_msg_size=_LARGEST, compress=False)
    await socket.prepare(call.request)

    async def connect(port: int) -> Connection:
        return await call.parts.network.connect_pod(address, port)

    forwarder = _Channels(socket, connect, ports) if socket.ws_protocol in PROTOCOLS else _Tunnel(socket, connect)
    try:
        await forwarder.run()
    except ConnectionError:
        pass
    finally:
        forwarder.close()
        await socket.close()
    return socket


def _asked_ports(call: Call) -> list[int]:
    """The ports of the query (channels only; SPDY streams name theirs). Raises ApiError 400."""
    words = [word for value in call.request.query.getall("ports", []) for word in value.split(",")]
    try:
        ports = [int(word) for word in words]
    except ValueError:
        raise bad_request(f"ports: {words} are not all numbers") from None
    if any(not 0 < port < 65536 for port in ports) or len(ports) > _MOST_PORTS:
        raise bad_request("ports must be between 1 and 65535, 64 of them at most")
    return ports


def refused(port: int, error: NetworkError) -> bytes:
    """What the client prints when nothing listens."""
    return (
        f"an error occurred forwarding {port}: error forwarding port {port} to pod: failed to connect to "
        f"localhost:{port} inside namespace: {error}"
    ).encode()


class _Link:
    """One forwarded connection: bytes from the client go in, what comes back is sent."""

    def __init__(self, connection: Connection, send: Send) -> None:
        self._connection = connection
        self._send = send
        self.task = asyncio.ensure_future(self._pump())

    async def write(self, data: bytes) -> None:
        try:
            await self._connection.write(data)
        except BrokenPipeError:
            return

    def finish(self) -> None:
        self._connection.write_eof()

    def close(self) -> None:
        self.task.cancel()
        self._connection.close()

    async def _pump(self) -> None:
        while data := await self._connection.read():
            await self._send(data, False)
        await self._send(b"", True)


class _Tunnel:
    """SPDY: each connection is a pair of streams, one for data and one for an error."""

    def __init__(self, socket: web.WebSocketResponse, connect: Connect) -> None:
        self._socket = socket
        self._connect = connect
        self._session = Session()
        self._errors: dict[str, int] = {}
        self._links: dict[int, _Link] = {}

    async def run(self) -> None:
        async for message in self._socket:
            if message.type is not WSMsgType.BINARY:
                continue
            try:
                for frame in self._session.receive(message.data):
                    await self._take(frame)
            except SpdyError:
                return

    def close(self) -> None:
        for link in self._links.values():
            link.close()

    async def _take(self, frame: StreamOpened | DataReceived | StreamReset | Reply) -> None:
        if isinstance(frame, Reply):
            await self._socket.send_bytes(frame.data)
        elif isinstance(frame, StreamOpened):
            await self._open(frame)
        elif isinstance(frame, StreamReset):
            if link := self._links.pop(frame.stream, None):
                link.close()
        elif link := self._links.get(frame.stream):
            if frame.data:
                await link.write(frame.data)
            if frame.last:
                link.finish()

    async def _open(self, frame: StreamOpened) -> None:
        request = frame.headers.get("requestid", "")
        if frame.headers.get("streamtype") == "error":
            self._errors[request] = frame.stream
            return
        stream, error_stream = frame.stream, self._errors.pop(request, None)

        async def send(data: bytes, last: bool) -> None:
            await self._socket.send_bytes(Session.data(stream, data, last))
            if last and error_stream is not None:
                await self._socket.send_bytes(Session.data(error_stream, b"", True))

        port = int(frame.headers.get("port", "0") or 0)
        try:
            self._links[stream] = _Link(await self._connect(port), send)
        except NetworkError as error:
            if error_stream is not None:
                await self._socket.send_bytes(Session.data(error_stream, refused(port, error), True))
            await self._socket.send_bytes(Session.data(stream, b"", True))


class _Channels:
    """Numbered channels: for the n-th port 2n carries data and 2n+1 an error; both begin with the port's number."""

    def __init__(self, socket: web.WebSocketResponse, connect: Connect, ports: list[int]) -> None:
        self._socket = socket
        self._connect = connect
        self._ports = ports
        self._links: dict[int, _Link] = {}

    async def run(self) -> None:
        for index, port in enumerate(self._ports):
            for channel in (2 * index, 2 * index + 1):
                await self._socket.send_bytes(bytes([channel]) + struct.pack("<H", port))
        for index, port in enumerate(self._ports):
            await self._open(2 * index, port)
        async for message in self._socket:
            if message.type is WSMsgType.BINARY and message.data and (link := self._links.get(message.data[0])):
                await link.write(message.data[1:])

    def close(self) -> None:
        for link in self._links.values():
            link.close()

    async def _open(self, channel: int, port: int) -> None:
        async def send(data: bytes, last: bool) -> None:
            if data and not self._socket.closed:
                await self._socket.send_bytes(bytes([channel]) + data)

        try:
            self._links[channel] = _Link(await self._connect(port), send)
        except NetworkError as error:
            await self._socket.send_bytes(bytes([channel + 1]) + refused(port, error))
