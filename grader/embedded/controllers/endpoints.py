"""Endpoints: the addresses behind each service, in the older of the two forms.

k8s.io/docs/concepts/services-networking/service, "Endpoints". Pods that are ending are not among them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from grader.embedded.clock import timestamp
from grader.embedded.controllers.base import Controller, Mapper, itself
from grader.embedded.controllers.pods import has_ended, is_ready
from grader.embedded.controllers.selection import selects
from grader.embedded.controllers.service_pods import gone, pod_reference, port_number, services_of
from grader.embedded.objects import Key, Obj, is_terminating, key_of, labels_of

_MOST_ADDRESSES = 1000
_CHANGED = "endpoints.kubernetes.io/last-change-trigger-time"
_OVER_CAPACITY = "endpoints.kubernetes.io/over-capacity"
_HEADLESS = "service.kubernetes.io/headless"
_MANAGED = "endpoints.kubernetes.io/managed-by"


class EndpointsController(Controller):
    """Keeps an Endpoints object for each service with a selector, named as the service."""

    name = "endpoint-controller"

    def watches(self) -> Mapping[str, Mapper]:
        return {
            "services": itself,
            "pods": lambda event: services_of(self.client, event),
            "endpoints": gone,
        }

    def resync(self) -> Iterable[Key]:
        return [key_of(service) for service in self.client.each("services")]

    def reconcile(self, key: Key) -> float | None:
        service = self.client.get("services", *key)
        current = self.client.get("endpoints", *key)
        if service is None:
            if current is not None:
                self.client.delete("endpoints", *key, uid=current["metadata"]["uid"])
            return None
        selector = service["spec"].get("selector")
        if not selector or service["spec"].get("type") == "ExternalName":
            return None
        pods = (p for p in self.client.each("pods", key.namespace) if selects(selector, labels_of(p)))
        found, left_out = limited(subsets(service, pods))
        self._write(service, current, found, left_out)
        return None

    def _write(self, service: Obj, current: Obj | None, found: list[Obj], left_out: bool) -> None:
        labels = {**labels_of(service), _MANAGED: self.name}
        if service["spec"].get("clusterIP") == "None":
            labels[_HEADLESS] = ""
        before = current["metadata"] if current else {}
        annotations = dict(before.get("annotations") or {})
        annotations.pop(_OVER_CAPACITY, None)
        if left_out:
            annotations[_OVER_CAPACITY] = "truncated"
        if (
            current is not None
            and (current.get("subsets") or []) == found
            and labels_of(current) == labels
            and (before.get("annotations") or {}) == annotations
        ):
            return
        if found or current is not None:
            annotations[_CHANGED] = timestamp(self.clock.now())
        wanted: Obj = {
            "apiVersion": "v1",
            "kind": "Endpoints",
            "metadata": {
                **before,
                "name": service["metadata"]["name"],
                "namespace": service["metadata"]["namespace"],
                "labels": labels,
            },
        }
        if annotations:
            wanted["metadata"]["annotations"] = annotations
        if found:
            wanted["subsets"] = found
        if current is None:
            self.client.create("endpoints", wanted)
        else:
            self.client.update("endpoints", wanted)


def subsets(service: Obj, pods: Iterable[Obj]) -> list[Obj]:
    """The addresses of a service's pods, grouped by the ports they answer on."""
    publish_all = bool(service["spec"].get("publishNotReadyAddresses"))
    groups: dict[tuple[tuple[str, int, str, str], ...], tuple[list[Obj], list[Obj]]] = {}
    for pod in pods:
        if not pod.get("status", {}).get("podIP") or has_ended(pod) or (is_terminating(pod) and not publish_all):
            continue
        numbers = _ports(service, pod)
        if not numbers and service["spec"].get("ports"):
            continue
        ready, waiting = groups.setdefault(tuple(sorted(numbers)), ([], []))
        (ready if publish_all or is_ready(pod) else waiting).append(_address(service, pod))
    return [_subset(numbers, *addresses) for numbers, addresses in sorted(groups.items())]


def _ports(service: Obj, pod: Obj) -> list[tuple[str, int, str, str]]:
    found = []
    for port in service["spec"].get("ports") or ():
        number = port_number(port, pod)
        if number is not None:
            found.append((port.get("name", ""), number, port.get("protocol", "TCP"), port.get("appProtocol", "")))
    return found


def _address(service: Obj, pod: Obj) -> Obj:
    address: Obj = {"ip": pod["status"]["podIP"]}
    spec = pod["spec"]
    if spec.get("hostname") and spec.get("subdomain") == service["metadata"]["name"]:
        address["hostname"] = spec["hostname"]
    if spec.get("nodeName"):
        address["nodeName"] = spec["nodeName"]
    address["targetRef"] = pod_reference(pod)
    return address


def _subset(numbers: Iterable[tuple[str, int, str, str]], ready: list[Obj], waiting: list[Obj]) -> Obj:
    subset: Obj = {}
    for field, addresses in (("addresses", ready), ("notReadyAddresses", waiting)):
        if addresses:
            subset[field] = sorted(addresses, key=lambda address: address["ip"])
    ports = [
        {
            **({"name": name} if name else {}),
            "port": number,
            "protocol": protocol,
            **({"appProtocol": application} if application else {}),
        }
        for name, number, protocol, application in numbers
    ]
    if ports:
        subset["ports"] = ports
    return subset


def limited(found: list[Obj]) -> tuple[list[Obj], bool]:
    """At most a thousand addresses, ready ones first; and whether some were left out."""
    total = sum(len(s.get("addresses", ())) + len(s.get("notReadyAddresses", ())) for s in found)
    if total <= _MOST_ADDRESSES:
        return found, False
    room = _MOST_ADDRESSES
    kept = [dict(subset) for subset in found]
    for field in ("addresses", "notReadyAddresses"):
        for subset in kept:
            if field in subset:
                subset[field] = subset[field][:room]
                room -= len(subset[field])
                if not subset[field]:
                    del subset[field]
    return [s for s in kept if "addresses" in s or "notReadyAddresses" in s], True
