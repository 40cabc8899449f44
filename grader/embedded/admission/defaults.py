"""Defaults that other objects decide: the default storage class, ingress class; finalizers that protect storage."""

from __future__ import annotations

from grader.embedded.admission.base import Attributes, Plugin
from grader.embedded.objects import Obj, annotations_of
from grader.embedded.store import Store

_STORAGE_CLASSES = "storageclasses.storage.k8s.io"
_INGRESS_CLASSES = "ingressclasses.networking.k8s.io"
_PROTECTION = {
    "persistentvolumeclaims": "kubernetes.io/pvc-protection",
    "persistentvolumes": "kubernetes.io/pv-protection",
}


def _newest_default(store: Store, resource: str, annotation: str) -> Obj | None:
    """Of several classes that call themselves the default, the newest counts."""
    marked = [c for c in store.each(resource) if annotations_of(c).get(annotation) == "true"]
    return max(marked, key=lambda c: (c["metadata"]["creationTimestamp"], c["metadata"]["name"]), default=None)


class DefaultClasses(Plugin):
    """DefaultStorageClass and DefaultIngressClass."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def admit(self, request: Attributes) -> None:
        obj = request.obj
        if request.verb != "create" or obj is None:
            return
        if request.resource.key == "persistentvolumeclaims" and "storageClassName" not in obj["spec"]:
            chosen = _newest_default(self._store, _STORAGE_CLASSES, "storageclass.kubernetes.io/is-default-class")
            if chosen:
                obj["spec"]["storageClassName"] = chosen["metadata"]["name"]
        elif (
            request.resource.key == "ingresses.networking.k8s.io"
            and "ingressClassName" not in obj.get("spec", {})
            and "kubernetes.io/ingress.class" not in annotations_of(obj)
        ):
            chosen = _newest_default(self._store, _INGRESS_CLASSES, "ingressclass.kubernetes.io/is-default-class")
            if chosen:
                obj.setdefault("spec", {})["ingressClassName"] = chosen["metadata"]["name"]


class StorageProtection(Plugin):
    """StorageObjectInUseProtection: claims and volumes in use are not removed."""

    def admit(self, request: Attributes) -> None:
        finalizer = _PROTECTION.get(request.resource.key)
        if finalizer and request.verb == "create" and request.obj is not None:
            finalizers = request.obj["metadata"].setdefault("finalizers", [])
            if finalizer not in finalizers:
                finalizers.append(finalizer)
