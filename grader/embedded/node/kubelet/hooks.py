"""Container lifecycle hooks (k8s.io/docs/concepts/containers/container-lifecycle-hooks)."""

from __future__ import annotations

from grader.embedded.network.errors import NetworkError
from grader.embedded.node.kubelet.parts import Parts
from grader.embedded.node.runtime import Container, ExecError
from grader.embedded.objects import Obj

_HTTP_TIMEOUT = 30.0


class HookError(Exception):
    """A hook that failed; the text is the kubelet's."""


async def run_hook(parts: Parts, pod: Obj, spec: Obj, container: Container, handler: Obj, address: str) -> None:
    """Run a postStart or preStop handler of a container to its end. Raises HookError."""
    if "exec" in handler:
        await _exec(spec, pod, container, handler["exec"].get("command") or [])
    elif "httpGet" in handler:
        await _get(parts, spec, handler["httpGet"], address)
    elif "sleep" in handler:
        await parts.clock.sleep(float(handler["sleep"]["seconds"]))
    else:
        raise HookError(f"cannot run handler: {next(iter(handler), 'none')}: use exec, httpGet or sleep")


async def _exec(spec: Obj, pod: Obj, container: Container, command: list[str]) -> None:
    output = bytearray()
    try:
        code = await container.exec(command, stdout=output.extend, stderr=output.extend)
    except ExecError as error:
        raise HookError(error.message) from error
    if code:
        meta = pod["metadata"]
        raise HookError(
            f"Exec lifecycle hook ({command}) for Container {spec['name']!r} in Pod "
            f"{meta['name']}_{meta['namespace']}({meta['uid']}) failed - error: command exited with {code}: "
            f"{bytes(output[:1024]).decode(errors='replace')}"
        )


async def _get(parts: Parts, spec: Obj, action: Obj, address: str) -> None:
    url = url_of(action, spec, address)
    try:
        response = await parts.network.http(None, "GET", url, headers_of(action), b"", _HTTP_TIMEOUT)
    except NetworkError as error:
        raise HookError(f'Get "{url}": {error}') from error
    if response.status >= 400:
        raise HookError(f"HTTP probe failed with statuscode: {response.status}")


def port_of(port: int | str, spec: Obj) -> int:
    """A port by number, or by the name a container gives it. Raises HookError when it gives none such."""
    if isinstance(port, int):
        return port
    for known in spec.get("ports") or ():
        if known.get("name") == port:
            return int(known["containerPort"])
    if port.isdigit():
        return int(port)
    raise HookError(f"couldn't find port: {port} in container {spec['name']}")


def url_of(action: Obj, spec: Obj, address: str) -> str:
    """The URL of an HTTPGetAction. Raises HookError for a port that the container does not name."""
    scheme = str(action.get("scheme") or "HTTP").lower()
    host = action.get("host") or address
    path = action.get("path") or "/"
    if not path.startswith("/"):
        path = f"/{path}"
    return f"{scheme}://{host}:{port_of(action['port'], spec)}{path}"


def headers_of(action: Obj) -> dict[str, str]:
    """The headers of an HTTPGetAction, under the ones a kubelet always sends."""
    headers = {"User-Agent": "kube-probe/1.36", "Accept": "*/*", "Connection": "close"}
    headers.update((header["name"], header.get("value", "")) for header in action.get("httpHeaders") or ())
    return headers
