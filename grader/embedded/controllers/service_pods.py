"""What a service has to do with pods: which it selects, and on which port they answer."""

from __future__ import annotations

from collections.abc import Iterator

from grader.embedded.controllers.selection import selects
from grader.embedded.machinery.client import Client
from grader.embedded.objects import Key, Obj, is_terminating, key_of, labels_of
from grader.embedded.store import Event


def services_of(client: Client, event: Event) -> Iterator[Key]:
    """The services whose endpoints a change of a pod may change: those that select it, now or before."""
    new, old = event.object, event.old
    if old is not None and event.type == "MODIFIED" and not _matters(new, old):
        return
    now = labels_of(new)
    before = labels_of(old) if old is not None else now
    for service in client.each("services", event.key.namespace):
        selector = service["spec"].get("selector")
        if selects(selector, now) or (before is not now and selects(selector, before)):
            yield key_of(service)


def _matters(new: Obj, old: Obj) -> bool:
    """Whether a change of a pod can be seen in its endpoints."""
    return (
        new.get("status") != old.get("status")
        or labels_of(new) != labels_of(old)
        or is_terminating(new) != is_terminating(old)
        or new["spec"].get("nodeName") != old["spec"].get("nodeName")
    )


def gone(event: Event) -> Iterator[Key]:
    """The key of an object that was deleted, perhaps by somebody who should not have."""
    if event.type == "DELETED":
        yield event.key


def port_number(port: Obj, pod: Obj) -> int | None:
    """The port of a pod that a service's port leads to: its target port, a number or the name of a container's port."""
    target = port.get("targetPort", port["port"])
    if isinstance(target, int):
        return target or int(port["port"])
    protocol = port.get("protocol", "TCP")
    sidecars = [c for c in pod["spec"].get("initContainers") or () if c.get("restartPolicy") == "Always"]
    for container in [*pod["spec"]["containers"], *sidecars]:
        for own in container.get("ports") or ():
            if own.get("name") == target and own.get("protocol", "TCP") == protocol:
                return int(own["containerPort"])
    return None


def pod_reference(pod: Obj) -> Obj:
    """The reference by which an endpoint names its pod."""
    meta = pod["metadata"]
    return {"kind": "Pod", "namespace": meta["namespace"], "name": meta["name"], "uid": meta["uid"]}
