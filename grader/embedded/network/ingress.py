"""An ingress controller: HTTP rules by host and path, in front of services.

Rules as in k8s.io/docs/concepts/services-networking/ingress, precedence and answers as of ingress-nginx, which
most tutorials use; of its annotations, `rewrite-target`, `use-regex` and `ssl-redirect` (off: there is no TLS).
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass

from grader.embedded.machinery.client import Client
from grader.embedded.network.errors import NetworkError, ReadTimeout
from grader.embedded.network.http import Answer, HttpListener, HttpRequest, HttpResponse
from grader.embedded.network.network import Network
from grader.embedded.network.waiting import within
from grader.embedded.objects import Key, Obj, annotations_of, clone
from grader.embedded.status import ApiError
from grader.embedded.store import Event, EventType

CONTROLLER = "k8s.io/ingress-nginx"
_RESOURCE = "ingresses.networking.k8s.io"
_CLASSES = "ingressclasses.networking.k8s.io"
_ANNOTATION = "nginx.ingress.kubernetes.io/"
_TIMEOUT = 60.0
_PAGE = (
    "<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n"
    "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)


@dataclass(frozen=True, slots=True)
class Route:
    """One path of one rule."""

    host: str
    kind: str
    path: str
    namespace: str
    backend: Obj
    rewrite: str
    regex: bool

    def rank(self) -> tuple[int, int, int]:
        """Order of trying: named hosts before wildcards before none, exact paths first, longer ones first."""
        host = 2 if not self.host else 1 if self.host.startswith("*") else 0
        return host, 0 if self.kind == "Exact" else 1, -len(self.path)


class IngressController:
    """Answers on port 80 of every node for the ingresses of its class."""

    def __init__(self, client: Client, network: Network, nodes: list[str], *, service: str = "") -> None:
        self._client = client
        self._network = network
        self._nodes = nodes
        self._address = service or (nodes[0] if nodes else "")
        self._routes: list[Route] | None = None
        self._ends = [client.subscribe(name, self._changed) for name in (_RESOURCE, _CLASSES)]
        listener = HttpListener(self.handle)
        self._ends += [network.listen(node, 80, listener) for node in nodes]

    def close(self) -> None:
        for end in self._ends:
            end()

    def handle(self, request: HttpRequest) -> Answer:
        """Answer a request from outside: the backend's answer, or 404 where no rule fits, 503 without endpoints."""
        route = self._find(request.host, request.path)
        if route is None:
            return _error(404, "Not Found")
        return self._forward(route, request)

    def publish(self) -> None:
        """Write the controller's address into the status of its ingresses, for those that lack it."""
        wanted = {"ingress": [{"ip": self._address}]}
        for ingress in self._client.list(_RESOURCE):
            if self._ours(ingress) and (ingress.get("status") or {}).get("loadBalancer") != wanted:
                changed = clone(ingress)
                changed["status"] = {"loadBalancer": wanted}
                try:
                    self._client.update_status(_RESOURCE, changed)
                except ApiError as error:
                    if error.code not in (404, 409):
                        raise

    def _changed(self, event: Event) -> None:
        self._routes = None
        if event.type is not EventType.DELETED and event.resource == _RESOURCE:
            self._network.clock.call_later(0, self.publish)

    def _find(self, host: str, path: str) -> Route | None:
        if self._routes is None:
            found = [r for ingress in self._client.list(_RESOURCE) if self._ours(ingress) for r in _routes(ingress)]
            self._routes = sorted(found, key=Route.rank)
        return next((r for r in self._routes if _host_fits(r.host, host) and _path_fits(r, path)), None)

    def _ours(self, ingress: Obj) -> bool:
        name = ingress["spec"].get("ingressClassName") or annotations_of(ingress).get("kubernetes.io/ingress.class")
        if not name:
            return True
        kind = self._client.get(_CLASSES, "", name)
        return name == "nginx" if kind is None else kind["spec"].get("controller") == CONTROLLER

    async def _forward(self, route: Route, request: HttpRequest) -> HttpResponse:
        target = self._backend(route)
        if target is None:
            return _error(503, "Service Temporarily Unavailable")
        address, port = target
        headers = {
            **request.headers,
            "x-forwarded-for": request.source,
            "x-forwarded-host": request.headers.get("host", ""),
            "x-forwarded-proto": "http",
            "x-real-ip": request.source,
        }
        try:
            _, _, listener = self._network.route(None, address, port)
            passed = HttpRequest(request.method, _rewritten(route, request), headers, request.body, "10.244.0.1")
            answer = listener.http(passed)
            if inspect.isawaitable(answer):
                return await within(self._network.clock, _TIMEOUT, answer)
        except (ReadTimeout, TimeoutError):
            return _error(504, "Gateway Time-out")
        except (NetworkError, LookupError):
            return _error(502, "Bad Gateway")
        return answer

    def _backend(self, route: Route) -> tuple[str, int] | None:
        """An endpoint of the backend's service."""
        service = route.backend.get("service") or {}
        wanted = service.get("port") or {}
        for rule in self._network.services.rules(Key(route.namespace, service.get("name", ""))):
            if rule.port == wanted.get("number") or (rule.name and rule.name == wanted.get("name")):
                try:
                    return self._network.services.choose(rule, "ingress")
                except LookupError:
                    return None
        return None


def _routes(ingress: Obj) -> Iterator[Route]:
    namespace = ingress["metadata"]["namespace"]
    notes = annotations_of(ingress)
    rewrite = notes.get(f"{_ANNOTATION}rewrite-target", "")
    regex = notes.get(f"{_ANNOTATION}use-regex") == "true" or "$" in rewrite
    for rule in ingress["spec"].get("rules") or ():
        for path in (rule.get("http") or {}).get("paths") or ():
            kind = path.get("pathType", "ImplementationSpecific")
            text = path.get("path") or "/"
            yield Route(rule.get("host", ""), kind, text, namespace, path["backend"], rewrite, regex)
    default = ingress["spec"].get("defaultBackend")
    if default:
        yield Route("", "Prefix", "/", namespace, default, "", False)


def _host_fits(wanted: str, host: str) -> bool:
    if wanted.startswith("*."):
        return host.partition(".")[2] == wanted[2:]
    return not wanted or wanted == host


def _path_fits(route: Route, path: str) -> bool:
    if route.regex and route.kind == "ImplementationSpecific":
        return _pattern(route.path).match(path) is not None
    if route.kind == "Exact":
        return path == route.path
    prefix = route.path.rstrip("/")
    return path == prefix or path.startswith(prefix + "/")


def _pattern(text: str) -> re.Pattern[str]:
    """A path as ingress-nginx compiles it; one that is no expression is taken literally."""
    try:
        return re.compile(text, re.IGNORECASE)
    except re.error:
        return re.compile(re.escape(text))


def _rewritten(route: Route, request: HttpRequest) -> str:
    """The target that the backend sees."""
    if not route.rewrite:
        return request.target
    path = route.rewrite
    if route.regex:
        match = _pattern(route.path).match(request.path)
        groups = match.groups() if match else ()
        path = re.sub(r"\$(\d)", lambda m: (groups[int(m[1]) - 1] or "") if int(m[1]) <= len(groups) else "", path)
    path = path if path.startswith("/") else "/" + path
    return f"{path}?{request.query}" if request.query else path


def _error(status: int, text: str) -> HttpResponse:
    return HttpResponse(status, {"Content-Type": "text/html"}, _PAGE.format(f"{status} {text}").encode(), text)
