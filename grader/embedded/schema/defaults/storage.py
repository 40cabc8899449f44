"""Defaults of persistent volumes, claims, storage classes and CSI drivers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from grader.embedded.objects import Obj
from grader.embedded.quantity import canonical_resources

_SOURCES: dict[str, dict[str, Any]] = {
    "hostPath": {"type": ""},
    "iscsi": {"iscsiInterface": "default"},
    "rbd": {"pool": "rbd", "user": "admin", "keyring": "/etc/ceph/keyring"},
    "azureDisk": {"cachingMode": "ReadWrite", "kind": "Shared", "fsType": "ext4", "readOnly": False},
    "scaleIO": {"storageMode": "ThinProvisioned", "fsType": "xfs"},
}


def _fill(obj: Obj, values: dict[str, Any]) -> None:
    """Set what is missing or an empty string."""
    for key, value in values.items():
        if obj.get(key) in (None, ""):
            obj[key] = value


def default_volume(volume: Obj) -> None:
    spec = volume.setdefault("spec", {})
    canonical_resources(spec.get("capacity"))
    for source, values in _SOURCES.items():
        if isinstance(spec.get(source), dict):
            _fill(spec[source], values)
    if not spec.get("persistentVolumeReclaimPolicy"):
        spec["persistentVolumeReclaimPolicy"] = "Retain"
    if spec.get("volumeMode") is None:
        spec["volumeMode"] = "Filesystem"
    _fill(volume.setdefault("status", {}), {"phase": "Pending"})


def default_claim(claim: Obj) -> None:
    """Also what a StatefulSet's `volumeClaimTemplates` get."""
    spec = claim.setdefault("spec", {})
    for part in ("requests", "limits"):
        canonical_resources((spec.get("resources") or {}).get(part))
    canonical_resources((claim.get("status") or {}).get("capacity"))
    if spec.get("volumeMode") is None:
        spec["volumeMode"] = "Filesystem"
    _fill(claim.setdefault("status", {}), {"phase": "Pending"})


def default_storage_class(storage_class: Obj) -> None:
    if storage_class.get("reclaimPolicy") is None:
        storage_class["reclaimPolicy"] = "Delete"
    if storage_class.get("volumeBindingMode") is None:
        storage_class["volumeBindingMode"] = "Immediate"


def default_csi_driver(driver: Obj) -> None:
    spec = driver.setdefault("spec", {})
    for key, value in _CSI_DRIVER.items():
        if spec.get(key) is None:
            spec[key] = list(value) if isinstance(value, list) else value
    if not spec["volumeLifecycleModes"]:
        spec["volumeLifecycleModes"] = ["Persistent"]


_CSI_DRIVER: dict[str, Any] = {
    "attachRequired": True,
    "podInfoOnMount": False,
    "storageCapacity": False,
    "fsGroupPolicy": "ReadWriteOnceWithFSType",
    "volumeLifecycleModes": ["Persistent"],
    "requiresRepublish": False,
    "seLinuxMount": False,
}

DEFAULTS: dict[str, Callable[[Obj], None]] = {
    "persistentvolumes": default_volume,
    "persistentvolumeclaims": default_claim,
    "storageclasses.storage.k8s.io": default_storage_class,
    "csidrivers.storage.k8s.io": default_csi_driver,
}
