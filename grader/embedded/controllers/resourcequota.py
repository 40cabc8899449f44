"""What is used of resource quotas (k8s.io/docs/concepts/policy/resource-quotas)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from grader.embedded.controllers.base import Controller, Mapper
from grader.embedded.objects import Key, Obj, key_of
from grader.embedded.store import Event, EventType
from grader.embedded.usage import charge, format_amount, in_scope

_QUOTAS = "resourcequotas"
_IGNORED = frozenset({"events", "leases.coordination.k8s.io", "endpointslices.discovery.k8s.io"})


class ResourceQuotaController(Controller):
    """Keeps the status of quotas up to date with what their namespaces hold."""

    name = "resourcequota-controller"

    def watches(self) -> Mapping[str, Mapper]:
        return {"*": self._changed}

    def resync(self) -> Iterable[Key]:
        return [key_of(quota) for quota in self.client.each(_QUOTAS)]

    def _changed(self, event: Event) -> Iterable[Key]:
        if event.resource == _QUOTAS:
            return (event.key,)
        if not event.key.namespace or event.resource in _IGNORED:
            return ()
        quotas = [key_of(quota) for quota in self.client.each(_QUOTAS, event.key.namespace)]
        return quotas if quotas and _matters(event) else ()

    def reconcile(self, key: Key) -> float | None:
        quota = self.client.get(_QUOTAS, *key)
        if quota is None:
            return None
        hard = quota["spec"].get("hard") or {}
        used = self._used(quota, hard.keys())
        status = {"hard": dict(hard), "used": {name: format_amount(name, amount) for name, amount in used.items()}}
        if status != quota.get("status"):
            self.client.update_status(_QUOTAS, {**quota, "status": status})
        return None

    def _used(self, quota: Obj, names: Iterable[str]) -> dict[str, Fraction]:
        used = {name: Fraction(0) for name in sorted(names)}
        namespace = quota["metadata"]["namespace"]
        for resource in self._charged(used):
            for obj in self.client.each(resource, namespace):
                if in_scope(quota, resource, obj):
                    for name, amount in charge(resource, obj).items():
                        if name in used:
                            used[name] += amount
        return used

    def _charged(self, names: Iterable[str]) -> list[str]:
        """The resources whose objects count for some of these names."""
        found: set[str] = set()
        for name in names:
            prefix, _, counted = name.partition("/")
            if prefix == "count":
                found.add(counted)
            elif name.startswith("services."):
                found.add("services")
            elif "storageclass.storage.k8s.io" in name or name == "requests.storage":
                found.add("persistentvolumeclaims")
            else:
                found.add(name if self.client.is_served(name) else "pods")
        return sorted(found)


def _matters(event: Event) -> bool:
    """Whether a change may change what an object counts for: its status does so only for pods that end."""
    if event.type is not EventType.MODIFIED or event.old is None:
        return True
    new, old = event.object, event.old
    return new.get("spec") != old.get("spec") or (
        event.resource == "pods" and new.get("status", {}).get("phase") != old.get("status", {}).get("phase")
    )
