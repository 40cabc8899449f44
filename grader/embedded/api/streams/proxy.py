"""The proxy subresources: HTTP requests to what listens in pods and behind services.

k8s.io/docs/tasks/access-application-cluster/access-cluster-services, "Manually constructing apiserver proxy URLs".
"""

from __future__ import annotations

from aiohttp import web

from grader.embedded.api.context import Call
from grader.embedded.api.verbs import existing
from grader.embedded.network.errors import NetworkError
from grader.embedded.objects import Obj
from grader.embedded.status import ApiError, bad_request, internal, unavailable

_SECONDS = 30.0
_HOP_HEADERS = frozenset(
    ("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailers", "transfer-encoding",
     "upgrade", "authorization", "host", "content-length")
)  # fmt: skip


def _parts(name: str) -> tuple[str, str, str]:
    """(scheme, name, port) of `[https:]name[:port]`. Raises ApiError 400."""
    words = name.split(":")
    if len(words) == 1:
        return "http", words[0], ""
    if len(words) == 2:
        return "http", words[0], words[1]
    if len(words) == 3 and words[0] in ("", "http", "https"):
        return words[0] or "http", words[1], words[2]
    raise bad_request(f'invalid name "{name}": use name, name:port or scheme:name:port')


def _named(call: Call, name: str) -> Obj:
    call.info.name = name
    return existing(call)


async def pod(call: Call) -> web.StreamResponse:
    """A request to a pod's port: the one named, or its first container's first."""
    scheme, name, wanted = _parts(call.info.name)
    found = _named(call, name)
    port = wanted or next(
        (str(p["containerPort"]) for c in found["spec"]["containers"] for p in c.get("ports") or ()), "80"
    )
    address = found.get("status", {}).get("podIP")
    if not address:
        raise bad_request("address not allowed: the pod has no address yet")
    return await _forward(call, scheme, address, _number(port, found))


def _number(port: str, found: Obj) -> int:
    if port.isdigit():
        return int(port)
    for container in found["spec"]["containers"]:
        for candidate in container.get("ports") or ():
            if candidate.get("name") == port:
                return int(candidate["containerPort"])
    raise bad_request(f'no port named "{port}"')


async def service(call: Call) -> web.StreamResponse:
    """A request to one of a service's ready endpoints."""
    scheme, name, wanted = _parts(call.info.name)
    found = _named(call, name)
    ports = found["spec"].get("ports") or []
    match = next((p for p in ports if wanted in ("", p.get("name"), str(p["port"]))), None)
    if match is None:
        raise unavailable(f'no service port "{wanted}" found for service "{name}"')
    address = found["spec"].get("clusterIP", "")
    host = address if address not in ("", "None") else f"{name}.{call.key.namespace}.svc.cluster.local"
    try:
        return await _forward(call, scheme, host, match["port"])
    except ApiError as error:
        if error.code == 503:
            raise unavailable(f'no endpoints available for service "{call.info.name}"') from error
        raise


async def node(call: Call) -> web.StreamResponse:
    """Kubelets have no HTTP interface of their own here."""
    raise ApiError(501, "NotImplemented", "nodes of this cluster have no HTTP interface; ask the API about their pods")


async def _forward(call: Call, scheme: str, host: str, port: int) -> web.StreamResponse:
    request = call.request
    target = "/" + call.info.rest + (f"?{request.query_string}" if request.query_string else "")
    headers = {key: value for key, value in request.headers.items() if key.lower() not in _HOP_HEADERS}
    headers["X-Forwarded-For"] = request.remote or "127.0.0.1"
    url = f"{scheme}://{host}:{port}{target}"
    try:
        answer = await call.parts.network.http(None, request.method, url, headers, await request.read(), _SECONDS)
    except NetworkError as error:
        raise unavailable(f"error trying to reach service: {error}") from error
    except ValueError as error:
        raise internal(str(error)) from error
    kept = {key: value for key, value in answer.headers.items() if key.lower() not in _HOP_HEADERS}
    return web.Response(body=answer.body, status=answer.status, headers=kept)
