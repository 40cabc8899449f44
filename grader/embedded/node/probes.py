"""One check of a container: HTTP, TCP, command or gRPC, and what a kubelet says of its outcome.

k8s.io/docs/concepts/configuration/liveness-readiness-startup-probes. When probes run, and what follows from
them, is decided in `kubelet/probing.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from grader.embedded.network.errors import NetworkError
from grader.embedded.network.http import HttpResponse
from grader.embedded.network.waiting import within
from grader.embedded.node.kubelet.hooks import HookError, headers_of, port_of, url_of
from grader.embedded.node.kubelet.parts import Parts
from grader.embedded.node.runtime import Container, ExecError
from grader.embedded.objects import Obj

_MAX_OUTPUT = 10 * 1024
_MAX_REDIRECTS = 10
_REDIRECTS = (301, 302, 303, 307, 308)


class Outcome(Enum):
    """What a check found. An error says nothing of the container: it is neither success nor failure."""

    SUCCESS = "Success"
    WARNING = "Warning"
    FAILURE = "Failure"
    ERROR = "Unknown"


class Finding(NamedTuple):
    """An outcome and what is said of it."""

    outcome: Outcome
    text: str = ""


_SUCCESS = Finding(Outcome.SUCCESS)


async def check(parts: Parts, probe: Obj, spec: Obj, container: Container, address: str) -> Finding:
    """Carry out a probe of a container once, within its timeout."""
    timeout = float(probe.get("timeoutSeconds") or 1)
    try:
        if "httpGet" in probe:
            return await _http(parts, probe["httpGet"], spec, address, timeout)
        if "tcpSocket" in probe:
            return await _tcp(parts, probe["tcpSocket"], spec, address, timeout)
        if "exec" in probe:
            return await _exec(parts, probe["exec"].get("command") or [], container, timeout)
        if "grpc" in probe:
            return await _grpc(parts, probe["grpc"], address, timeout)
    except HookError as error:
        return Finding(Outcome.ERROR, str(error))
    return Finding(Outcome.ERROR, "missing probe handler")


async def _http(parts: Parts, action: Obj, spec: Obj, address: str, timeout: float) -> Finding:
    url = url_of(action, spec, address)
    headers = headers_of(action)
    for _ in range(_MAX_REDIRECTS):
        try:
            response = await parts.network.http(None, "GET", url, headers, b"", timeout)
        except NetworkError as error:
            return Finding(Outcome.FAILURE, f'Get "{url}": {error}')
        onward = _redirect(response, url)
        if onward is None:
            break
        if urlsplit(onward).hostname != urlsplit(url).hostname:
            return Finding(Outcome.WARNING, f"Probe terminated redirects, Response body: {_text(response.body)}")
        url = onward
    else:
        return Finding(Outcome.FAILURE, f'Get "{url}": stopped after {_MAX_REDIRECTS} redirects')
    if 200 <= response.status < 400:
        return _SUCCESS
    return Finding(Outcome.FAILURE, f"HTTP probe failed with statuscode: {response.status}")


def _redirect(response: HttpResponse, url: str) -> str | None:
    location = response.header("Location") if response.status in _REDIRECTS else None
    return urljoin(url, location) if location else None


def _text(data: bytes) -> str:
    return data[:_MAX_OUTPUT].decode(errors="replace")


async def _tcp(parts: Parts, action: Obj, spec: Obj, address: str, timeout: float) -> Finding:
    host = action.get("host") or address
    try:
        connection = await parts.network.connect(None, host, port_of(action["port"], spec), timeout=timeout)
    except NetworkError as error:
        return Finding(Outcome.FAILURE, str(error))
    connection.close()
    return _SUCCESS


async def _exec(parts: Parts, command: Sequence[str], container: Container, timeout: float) -> Finding:
    output = bytearray()

    def collect(data: bytes) -> None:
        if len(output) < _MAX_OUTPUT:
            output.extend(data)

    try:
        code = await within(parts.clock, timeout, container.exec(command, stdout=collect, stderr=collect))
    except TimeoutError:
        return Finding(Outcome.FAILURE, f'command timed out: "{" ".join(command)}" timed out after {timeout:g}s')
    except ExecError as error:
        text = f'failed to exec in container: failed to start exec "{container.id[-12:]}": {error.message}'
        return Finding(Outcome.ERROR, f"rpc error: code = Unknown desc = {text}")
    return Finding(Outcome.FAILURE if code else Outcome.SUCCESS, _text(bytes(output)))


async def _grpc(parts: Parts, action: Obj, address: str, timeout: float) -> Finding:
    """No simulated container speaks gRPC, so this fails as against any other server."""
    port = action["port"]
    try:
        connection = await parts.network.connect(None, address, port, timeout=timeout)
    except NetworkError:
        text = f'timeout: failed to connect service "{address}:{port}" within {timeout:g}s: context deadline exceeded'
        return Finding(Outcome.FAILURE, text)
    connection.close()
    return Finding(
        Outcome.FAILURE,
        "error: this server does not implement the grpc health protocol (grpc.health.v1.Health): "
        "simulated containers do not speak gRPC, use an httpGet, tcpSocket or exec probe",
    )
