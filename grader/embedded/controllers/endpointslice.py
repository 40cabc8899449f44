"""Endpoint slices of services with a selector.

k8s.io/docs/concepts/services-networking/endpoint-slices. Pods that are ending stay, marked as terminating.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from grader.embedded.clock import Clock
from grader.embedded.controllers.base import Controller, Mapper, itself
from grader.embedded.controllers.pods import has_ended, is_ready
from grader.embedded.controllers.selection import selects
from grader.embedded.controllers.service_pods import pod_reference, port_number, services_of
from grader.embedded.controllers.slices import MANAGED_BY, SERVICE_NAME, SLICES, Group, Slicer
from grader.embedded.machinery.client import Client
from grader.embedded.machinery.recorder import EventRecorder
from grader.embedded.objects import Key, Obj, is_terminating, key_of, labels_of
from grader.embedded.store import Event, EventType

_MANAGER = "endpointslice-controller.k8s.io"
_LIMIT = 100


class EndpointSliceController(Controller):
    """Keeps the slices of each service with a selector."""

    name = "endpoint-slice-controller"

    def __init__(self, client: Client, clock: Clock, events: EventRecorder) -> None:
        super().__init__(client, clock, events)
        self._slicer = Slicer(client, _MANAGER, _LIMIT)

    def watches(self) -> Mapping[str, Mapper]:
        return {
            "services": itself,
            "pods": lambda event: services_of(self.client, event),
            SLICES: lost_or_changed(_MANAGER),
        }

    def resync(self) -> Iterable[Key]:
        return [key_of(service) for service in self.client.each("services")]

    def reconcile(self, key: Key) -> float | None:
        service = self.client.get("services", *key)
        if service is None or is_terminating(service):
            return None
        selector = service["spec"].get("selector")
        if not selector or service["spec"].get("type") == "ExternalName":
            self._slicer.clear(*key)
            return None
        pods = [pod for pod in self.client.each("pods", key.namespace) if selects(selector, labels_of(pod))]
        self._slicer.write(service, groups(service, pods), service, self.clock.now())
        return None


def lost_or_changed(manager: str) -> Mapper:
    """Events of slices that somebody else deleted or changed, as the key of their service."""

    def mapper(event: Event) -> Iterable[Key]:
        labels = labels_of(event.old or event.object)
        if event.type is not EventType.ADDED and labels.get(MANAGED_BY) == manager and SERVICE_NAME in labels:
            yield Key(event.key.namespace, labels[SERVICE_NAME])

    return mapper


def groups(service: Obj, pods: Iterable[Obj]) -> list[Group]:
    """A service's endpoints, grouped by the ports they answer on."""
    publish_all = bool(service["spec"].get("publishNotReadyAddresses"))
    found: dict[tuple[int | None, ...], tuple[list[Obj], list[Obj]]] = {}
    for pod in pods:
        if not pod.get("status", {}).get("podIP") or has_ended(pod):
            continue
        numbers = tuple(port_number(port, pod) for port in service["spec"].get("ports") or ())
        if numbers not in found:
            found[numbers] = (_ports(service, numbers), [])
        found[numbers][1].append(_endpoint(service, pod, publish_all))
    return [Group(ports, endpoints) for ports, endpoints in found.values()]


def _ports(service: Obj, numbers: tuple[int | None, ...]) -> list[Obj]:
    """The ports of a slice; those that the pods do not have are left out."""
    found = []
    for port, number in zip(service["spec"].get("ports") or (), numbers, strict=True):
        if number is None:
            continue
        entry = {"name": port.get("name", ""), "port": number, "protocol": port.get("protocol", "TCP")}
        if port.get("appProtocol"):
            entry["appProtocol"] = port["appProtocol"]
        found.append(entry)
    return found


def _endpoint(service: Obj, pod: Obj, publish_all: bool) -> Obj:
    spec = pod["spec"]
    serving, terminating = is_ready(pod), is_terminating(pod)
    endpoint: Obj = {
        "addresses": [pod["status"]["podIP"]],
        "conditions": {
            "ready": publish_all or (serving and not terminating),
            "serving": serving,
            "terminating": terminating,
        },
    }
    if spec.get("hostname") and spec.get("subdomain") == service["metadata"]["name"]:
        endpoint["hostname"] = spec["hostname"]
    endpoint["targetRef"] = pod_reference(pod)
    if spec.get("nodeName"):
        endpoint["nodeName"] = spec["nodeName"]
    return endpoint
