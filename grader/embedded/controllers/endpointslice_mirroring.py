"""Endpoint slices for endpoints that somebody wrote by hand, for services without a selector.

k8s.io/docs/concepts/services-networking/service, "EndpointSlice mirroring".
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping

import orjson

from grader.embedded.clock import Clock
from grader.embedded.controllers.base import Controller, Mapper, itself
from grader.embedded.controllers.endpointslice import lost_or_changed
from grader.embedded.controllers.slices import SLICES, Group, Slicer
from grader.embedded.machinery.client import Client
from grader.embedded.machinery.recorder import EventRecorder
from grader.embedded.objects import Key, Obj, annotations_of, is_terminating, key_of, labels_of

_MANAGER = "endpointslicemirroring-controller.k8s.io"
_SKIP = "endpointslice.kubernetes.io/skip-mirror"
_LEADER = "control-plane.alpha.kubernetes.io/leader"
_LIMIT = 1000


class EndpointSliceMirroringController(Controller):
    """Copies endpoints into slices, so that whoever reads slices sees them."""

    name = "endpoint-slice-mirroring-controller"

    def __init__(self, client: Client, clock: Clock, events: EventRecorder) -> None:
        super().__init__(client, clock, events)
        self._slicer = Slicer(client, _MANAGER, _LIMIT)

    def watches(self) -> Mapping[str, Mapper]:
        return {"services": itself, "endpoints": itself, SLICES: lost_or_changed(_MANAGER)}

    def resync(self) -> Iterable[Key]:
        return [key_of(endpoints) for endpoints in self.client.each("endpoints")]

    def reconcile(self, key: Key) -> float | None:
        endpoints = self.client.get("endpoints", *key)
        service = self.client.get("services", *key)
        if endpoints is None or service is None or service["spec"].get("selector") or not _is_mirrored(endpoints):
            self._slicer.clear(*key)
            return None
        found = groups(endpoints)
        if found:
            self._slicer.write(service, found, endpoints, self.clock.now())
        else:
            self._slicer.clear(*key)
        return None


def _is_mirrored(endpoints: Obj) -> bool:
    return (
        not is_terminating(endpoints)
        and labels_of(endpoints).get(_SKIP) != "true"
        and _LEADER not in annotations_of(endpoints)
    )


def groups(endpoints: Obj) -> list[Group]:
    """The addresses of an Endpoints object as endpoints of slices, by address family."""
    found: dict[tuple[bytes, str], Group] = {}
    for subset in endpoints.get("subsets") or ():
        ports = [{"name": "", "protocol": "TCP", **port} for port in subset.get("ports") or ()]
        for field, ready in (("addresses", True), ("notReadyAddresses", False)):
            for address in subset.get(field) or ():
                family = _family(address["ip"])
                group = found.setdefault((orjson.dumps(ports), family), Group(ports, [], family))
                group.endpoints.append(_endpoint(address, ready))
    return list(found.values())


def _family(address: str) -> str:
    return f"IPv{ipaddress.ip_address(address).version}"


def _endpoint(address: Obj, ready: bool) -> Obj:
    endpoint: Obj = {"addresses": [address["ip"]], "conditions": {"ready": ready}}
    for field in ("hostname", "nodeName", "targetRef"):
        if address.get(field):
            endpoint[field] = address[field]
    return endpoint
