"""Paths that are no resource's: discovery, OpenAPI, version, health."""

from __future__ import annotations

from aiohttp import web

from grader.embedded.api.answers import JSON, respond
from grader.embedded.api.context import Parts
from grader.embedded.api.documents import HEALTH, VERSION, health
from grader.embedded.api.request import RequestInfo, flag
from grader.embedded.status import ApiError

_AGGREGATED = "as=APIGroupDiscoveryList"


def page(parts: Parts, request: web.BaseRequest, info: RequestInfo) -> web.Response | None:
    """The document at a path, or None when there is none."""
    path = info.path.rstrip("/") or "/"
    if path in HEALTH:
        return web.Response(text=health(path, flag(request.query, "verbose")))
    if path == "/version":
        return respond(VERSION)
    if path.startswith("/openapi/"):
        return _openapi(parts, request, path)
    return _discovery(parts, request, path)


def _discovery(parts: Parts, request: web.BaseRequest, path: str) -> web.Response | None:
    accept = request.headers.get("Accept", "")
    discovery = parts.discovery
    if path in ("/api", "/apis") and _AGGREGATED in accept:
        version = "v2beta1" if "v=v2;" not in accept.replace(" ", "") + ";" else "v2"
        body, etag = discovery.aggregated(path, version)
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        media = f"{JSON};g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList"
        return web.Response(body=body, headers={"Content-Type": media, "ETag": etag, "Vary": "Accept"})
    found = discovery.document(path)
    return None if found is None else respond(found)


def _openapi(parts: Parts, request: web.BaseRequest, path: str) -> web.Response | None:
    found = parts.documents.find(path)
    if found is None:
        return None
    accept = request.headers.get("Accept", "")
    if accept and "json" not in accept and "*" not in accept:
        raise ApiError(406, "NotAcceptable", "OpenAPI documents are served as application/json only")
    etag = f'"{found.hash}"'
    headers = {"ETag": etag, "Content-Type": found.content_type, "Vary": "Accept"}
    if request.headers.get("If-None-Match") == etag:
        return web.Response(status=304, headers=headers)
    return web.Response(body=found.body, headers=headers)
