"""Addresses for services of type LoadBalancer, as a cloud or kind's own provider gives them.

k8s.io/docs/concepts/services-networking/service, "type: LoadBalancer". The addresses are of the network between
nodes and the outside; the network room answers on them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from grader.embedded.controllers.base import Controller, Mapper, itself
from grader.embedded.objects import Key, Obj, clone, is_terminating, key_of

_FINALIZER = "service.kubernetes.io/load-balancer-cleanup"
_POOL = tuple(f"172.18.{third}.{last}" for third in (255, 254) for last in range(1, 255))


class LoadBalancerController(Controller):
    """Gives each service of the type an address, and takes it back."""

    name = "service-lb-controller"

    def watches(self) -> Mapping[str, Mapper]:
        return {"services": itself}

    def resync(self) -> Iterable[Key]:
        return [key_of(service) for service in self.client.each("services")]

    def reconcile(self, key: Key) -> float | None:
        service = self.client.get("services", *key)
        if service is None:
            return None
        wanted = (
            service["spec"].get("type") == "LoadBalancer"
            and not service["spec"].get("loadBalancerClass")
            and not is_terminating(service)
        )
        if wanted:
            self._give(service)
        elif _FINALIZER in (service["metadata"].get("finalizers") or ()):
            self._take(service)
        return None

    def _give(self, service: Obj) -> None:
        if _addresses(service):
            return
        address = self._free(service["spec"].get("loadBalancerIP", ""))
        if not address:
            text = "Error syncing load balancer: failed to ensure load balancer: no address is free"
            self.events.event(service, "Warning", "SyncLoadBalancerFailed", text)
            return
        self.events.event(service, "Normal", "EnsuringLoadBalancer", "Ensuring load balancer")
        service = self._finalized(service, present=True)
        ingress = {"ip": address, "ipMode": "VIP"}
        status = {**service.get("status", {}), "loadBalancer": {"ingress": [ingress]}}
        service = self.client.update_status("services", {**service, "status": status})
        self.events.event(service, "Normal", "EnsuredLoadBalancer", "Ensured load balancer")

    def _take(self, service: Obj) -> None:
        self.events.event(service, "Normal", "DeletingLoadBalancer", "Deleting load balancer")
        if _addresses(service):
            status = {**service.get("status", {}), "loadBalancer": {}}
            service = self.client.update_status("services", {**service, "status": status})
        self._finalized(service, present=False)
        self.events.event(service, "Normal", "DeletedLoadBalancer", "Deleted load balancer")

    def _finalized(self, service: Obj, *, present: bool) -> Obj:
        finalizers = list(service["metadata"].get("finalizers") or ())
        if (_FINALIZER in finalizers) == present:
            return service
        changed = clone(service)
        kept = [name for name in finalizers if name != _FINALIZER]
        changed["metadata"]["finalizers"] = [*kept, _FINALIZER] if present else kept
        return self.client.update("services", changed)

    def _free(self, asked: str) -> str:
        """The address a service asks for, if it is free, else the first free one; empty when there is none."""
        taken = {address for service in self.client.each("services") for address in _addresses(service)}
        candidates = (asked,) if asked else _POOL
        return next((address for address in candidates if address not in taken), "")


def _addresses(service: Obj) -> list[str]:
    ingress = (service.get("status", {}).get("loadBalancer") or {}).get("ingress") or ()
    return [entry["ip"] for entry in ingress if entry.get("ip")]
