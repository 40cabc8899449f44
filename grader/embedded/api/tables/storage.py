"""Cells of volumes, claims, their classes and their drivers."""

from __future__ import annotations

from typing import Any

from grader.embedded.api.tables.cells import UNSET, Cells, CellsOf, age, name_of, or_none, spec_of, status_of
from grader.embedded.objects import Obj, annotations_of, is_terminating

_MODES = {"ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX", "ReadWriteOncePod": "RWOP"}
_CLASS = "volume.beta.kubernetes.io/storage-class"
_DEFAULT = ("storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class")


def _volume(obj: Obj, now: float) -> Cells:
    spec, status = spec_of(obj), status_of(obj)
    claim = spec.get("claimRef")
    return [
        name_of(obj),
        (spec.get("capacity") or {}).get("storage", "0"),
        _access(spec.get("accessModes")),
        spec.get("persistentVolumeReclaimPolicy", ""),
        _phase(obj),
        f"{claim.get('namespace', '')}/{claim.get('name', '')}" if claim else "",
        _class_of(obj),
        spec.get("volumeAttributesClassName", UNSET),
        status.get("reason", ""),
        age(obj, now),
        spec.get("volumeMode", UNSET),
    ]


def _claim(obj: Obj, now: float) -> Cells:
    spec, status = spec_of(obj), status_of(obj)
    bound = spec.get("volumeName", "")
    return [
        name_of(obj),
        _phase(obj),
        bound,
        (status.get("capacity") or {}).get("storage", "0") if bound else "",
        _access(status.get("accessModes")) if bound else "",
        _class_of(obj),
        spec.get("volumeAttributesClassName", UNSET),
        age(obj, now),
        spec.get("volumeMode", UNSET),
    ]


def _phase(obj: Obj) -> str:
    return "Terminating" if is_terminating(obj) else status_of(obj).get("phase", "")


def _access(modes: Any) -> str:
    """Access modes in their short forms, in the order that the server prints them."""
    return ",".join(short for mode, short in _MODES.items() if mode in (modes or ()))


def _class_of(obj: Obj) -> str:
    found: str = annotations_of(obj).get(_CLASS) or spec_of(obj).get("storageClassName") or ""
    return found


def _storage_class(obj: Obj, now: float) -> Cells:
    annotations = annotations_of(obj)
    default = " (default)" if any(annotations.get(key) == "true" for key in _DEFAULT) else ""
    return [
        name_of(obj) + default,
        obj.get("provisioner", ""),
        obj.get("reclaimPolicy", "Delete"),
        obj.get("volumeBindingMode", "Immediate"),
        obj.get("allowVolumeExpansion", False),
        age(obj, now),
    ]


def _attributes_class(obj: Obj, now: float) -> Cells:
    return [name_of(obj), obj.get("driverName", ""), age(obj, now)]


def _attachment(obj: Obj, now: float) -> Cells:
    spec = spec_of(obj)
    return [
        name_of(obj),
        spec.get("attacher", ""),
        (spec.get("source") or {}).get("persistentVolumeName", ""),
        spec.get("nodeName", ""),
        status_of(obj).get("attached", False),
        age(obj, now),
    ]


def _driver(obj: Obj, now: float) -> Cells:
    spec = spec_of(obj)
    tokens = spec.get("tokenRequests")
    return [
        name_of(obj),
        spec.get("attachRequired", True),
        spec.get("podInfoOnMount", False),
        spec.get("storageCapacity", False),
        UNSET if tokens is None else ",".join(token.get("audience", "") for token in tokens),
        spec.get("requiresRepublish", False),
        or_none(spec.get("volumeLifecycleModes") or ()),
        age(obj, now),
    ]


PRINTERS: dict[str, CellsOf] = {
    "persistentvolumes": _volume,
    "persistentvolumeclaims": _claim,
    "storageclasses.storage.k8s.io": _storage_class,
    "volumeattributesclasses.storage.k8s.io": _attributes_class,
    "volumeattachments.storage.k8s.io": _attachment,
    "csidrivers.storage.k8s.io": _driver,
}
