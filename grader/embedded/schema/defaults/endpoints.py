"""Defaults of Endpoints (core) and EndpointSlices (discovery.k8s.io)."""

from __future__ import annotations

from collections.abc import Callable

from grader.embedded.objects import Obj


def default_endpoints(endpoints: Obj) -> None:
    for subset in endpoints.get("subsets") or ():
        for port in subset.get("ports") or ():
            if not port.get("protocol"):
                port["protocol"] = "TCP"


def default_slice(endpoint_slice: Obj) -> None:
    for port in endpoint_slice.get("ports") or ():
        if port.get("name") is None:
            port["name"] = ""
        if port.get("protocol") is None:
            port["protocol"] = "TCP"


DEFAULTS: dict[str, Callable[[Obj], None]] = {
    "endpoints": default_endpoints,
    "endpointslices.discovery.k8s.io": default_slice,
}
