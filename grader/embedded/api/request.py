"""What a request asks for, read off its path and method, as the API server's RequestInfo.

k8s.io/docs/reference/using-api/api-concepts, "Resource URIs" and "API verbs".
"""

from __future__ import annotations

from dataclasses import dataclass

from multidict import MultiMapping

_VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete", "GET": "get", "HEAD": "get"}
_TRUE = ("true", "1", "t", "T", "TRUE", "True")


@dataclass(slots=True)
class RequestInfo:
    """One request. For a path that is no resource's, `resource` is empty and `verb` the lower-case method.

    `rest` is what follows a subresource (`/proxy/a/b` leaves `a/b`).
    """

    path: str
    method: str
    verb: str
    group: str = ""
    version: str = ""
    namespace: str = ""
    resource: str = ""
    name: str = ""
    subresource: str = ""
    rest: str = ""


def parse(method: str, path: str, query: MultiMapping[str]) -> RequestInfo:
    """The request's resource and verb. `path` is decoded and begins with a slash."""
    parts = path.strip("/").split("/")
    info = RequestInfo(path, method, method.lower())
    if parts[0] == "api" and len(parts) >= 3:
        info.version, parts = parts[1], parts[2:]
    elif parts[0] == "apis" and len(parts) >= 4:
        info.group, info.version, parts = parts[1], parts[2], parts[3:]
    else:
        return info
    watching = parts[0] == "watch" and len(parts) > 1
    if watching:
        parts = parts[1:]
    if parts[0] == "namespaces" and len(parts) >= 3 and parts[2] not in ("status", "finalize"):
        info.namespace, parts = parts[1], parts[2:]
    elif parts[0] == "namespaces" and len(parts) >= 2:
        info.namespace = parts[1]
    info.resource = parts[0]
    info.name = parts[1] if len(parts) > 1 else ""
    info.subresource = parts[2] if len(parts) > 2 else ""
    info.rest = "/".join(parts[3:])
    info.verb = _verb(method, info.name, watching or flag(query, "watch"))
    return info


def _verb(method: str, name: str, watching: bool) -> str:
    verb = _VERBS.get(method, method.lower())
    if method in ("GET", "HEAD") and watching:
        return "watch"
    if not name:
        return {"get": "list", "delete": "deletecollection"}.get(verb, verb)
    return verb


def flag(query: MultiMapping[str], name: str) -> bool:
    """A boolean query parameter as Go parses it; an empty value counts as given."""
    value = query.get(name)
    return value is not None and (value in _TRUE or value == "")
