"""Deleting namespaces: everything in one goes before the namespace itself does.

k8s.io/docs/concepts/overview/working-with-objects/namespaces; conditions as "NamespaceCondition v1 core".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from grader.embedded.clock import timestamp
from grader.embedded.controllers import conditions
from grader.embedded.controllers.base import Controller, Mapper, itself
from grader.embedded.objects import Key, Obj, is_terminating, key_of
from grader.embedded.store import Event, EventType

_FINALIZER = "kubernetes"
_LOOK_AGAIN = 5.0
_NOT_DELETED = frozenset({"bindings", "localsubjectaccessreviews.authorization.k8s.io", "events.events.k8s.io"})


class NamespaceController(Controller):
    """Empties namespaces that are being deleted."""

    name = "namespace-controller"

    def watches(self) -> Mapping[str, Mapper]:
        return {"namespaces": itself, "*": self._something_went}

    def resync(self) -> Iterable[Key]:
        return [key_of(namespace) for namespace in self.client.each("namespaces")]

    def _something_went(self, event: Event) -> Iterable[Key]:
        if event.type is EventType.DELETED and event.key.namespace:
            namespace = self.client.get("namespaces", "", event.key.namespace)
            if namespace is not None and is_terminating(namespace):
                yield key_of(namespace)

    def reconcile(self, key: Key) -> float | None:
        namespace = self.client.get("namespaces", *key)
        if namespace is None or not is_terminating(namespace):
            return None
        if _FINALIZER not in (namespace.get("spec", {}).get("finalizers") or ()):
            return None
        for resource in self._resources():
            for obj in self.client.list(resource, key.name):
                if not is_terminating(obj):
                    meta = obj["metadata"]
                    self.client.delete(resource, key.name, meta["name"], uid=meta["uid"], propagation="Background")
        left, finalizers = self._left(key.name)
        if left:
            self._tell(namespace, left, finalizers)
            return _LOOK_AGAIN
        rest = [name for name in namespace["spec"]["finalizers"] if name != _FINALIZER]
        self.client.update_part("namespaces", {**namespace, "spec": {"finalizers": rest}}, "finalize")
        return None

    def _resources(self) -> list[str]:
        return [resource for resource in self.client.namespaced_resources() if resource not in _NOT_DELETED]

    def _left(self, namespace: str) -> tuple[Counter[str], Counter[str]]:
        """What remains, by resource, and which finalizers hold it."""
        left: Counter[str] = Counter()
        finalizers: Counter[str] = Counter()
        for resource in self._resources():
            for obj in self.client.each(resource, namespace):
                left[resource] += 1
                finalizers.update(obj["metadata"].get("finalizers") or ())
        return left, finalizers

    def _tell(self, namespace: Obj, left: Counter[str], finalizers: Counter[str]) -> None:
        status = dict(namespace.get("status", {}))
        told = list(status.get("conditions") or ())
        now = timestamp(self.clock.now())
        for condition in told_of(left, finalizers):
            conditions.set_in_place(told, {**condition, "lastTransitionTime": now})
        status |= {"phase": "Terminating", "conditions": told}
        if status != namespace.get("status"):
            self.client.update_status("namespaces", {**namespace, "status": status})


def told_of(left: Mapping[str, int], finalizers: Mapping[str, int]) -> list[Obj]:
    """The conditions of a namespace in which objects remain, without their times."""
    remaining = ", ".join(f"{_dotted(name)} has {count} resource instances" for name, count in sorted(left.items()))
    holding = ", ".join(f"{name} in {count} resource instances" for name, count in sorted(finalizers.items()))
    rows = [
        ("NamespaceDeletionDiscoveryFailure", "False", "ResourcesDiscovered", "All resources successfully discovered"),
        (
            "NamespaceDeletionGroupVersionParsingFailure",
            "False",
            "ParsedGroupVersions",
            "All legacy kube types successfully parsed",
        ),
        (
            "NamespaceDeletionContentFailure",
            "False",
            "ContentDeleted",
            "All content successfully deleted, may be waiting on finalization",
        ),
        ("NamespaceContentRemaining", "True", "SomeResourcesRemain", f"Some resources are remaining: {remaining}"),
        (
            "NamespaceFinalizersRemaining",
            "True" if finalizers else "False",
            "SomeFinalizersRemain" if finalizers else "ContentHasNoFinalizers",
            f"Some content in the namespace has finalizers remaining: {holding}"
            if finalizers
            else "All content-preserving finalizers finished",
        ),
    ]
    return [{"type": kind, "status": status, "reason": reason, "message": text} for kind, status, reason, text in rows]


def _dotted(resource: str) -> str:
    """`pods.` and `deployments.apps`, as the API server writes a group-resource here."""
    return resource if "." in resource else f"{resource}."
