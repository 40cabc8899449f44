"""Defaults of the volumes of pods ("Volume v1 core" of the Kubernetes API reference)."""

from __future__ import annotations

from collections.abc import Callable

from grader.embedded.objects import Obj
from grader.embedded.quantity import canonical_quantity, canonical_resources
from grader.embedded.schema.defaults.containers import (
    default_field_reference,
    default_resource_reference,
    pull_policy,
)

_FILE_MODE = 0o644
_TOKEN_SECONDS = 3600


def default_volume(volume: Obj) -> None:
    """Complete a volume in place; one without a source is an `emptyDir`."""
    kinds = [field for field in volume if field != "name" and volume[field] is not None]
    if not kinds:
        volume["emptyDir"] = {}
    for kind in kinds:
        for field, value in _VALUES.get(kind, {}).items():
            if volume[kind].get(field) is None or (value and volume[kind][field] == ""):
                volume[kind][field] = value
        if kind in _FILLERS:
            _FILLERS[kind](volume[kind])


def default_claim_spec(spec: Obj) -> None:
    """Complete the spec of a persistent volume claim, here or in a template."""
    if spec.get("volumeMode") is None:
        spec["volumeMode"] = "Filesystem"
    resources = spec.setdefault("resources", {})
    canonical_resources(resources.get("limits"))
    canonical_resources(resources.get("requests"))


def _empty_dir(source: Obj) -> None:
    if source.get("sizeLimit") is not None:
        source["sizeLimit"] = canonical_quantity(source["sizeLimit"])


def _downward(source: Obj) -> None:
    for item in source.get("items") or ():
        if item.get("fieldRef") is not None:
            default_field_reference(item["fieldRef"])
        if item.get("resourceFieldRef") is not None:
            default_resource_reference(item["resourceFieldRef"])


def _projected(source: Obj) -> None:
    for part in source.get("sources") or ():
        token = part.get("serviceAccountToken")
        if token is not None and token.get("expirationSeconds") is None:
            token["expirationSeconds"] = _TOKEN_SECONDS
        if part.get("downwardAPI") is not None:
            _downward(part["downwardAPI"])


def _ephemeral(source: Obj) -> None:
    template = source.get("volumeClaimTemplate")
    if template is not None:
        template.setdefault("metadata", {})
        default_claim_spec(template.setdefault("spec", {}))


def _image(source: Obj) -> None:
    if not source.get("pullPolicy"):
        source["pullPolicy"] = pull_policy(source.get("reference", ""))


_VALUES: dict[str, Obj] = {
    "secret": {"defaultMode": _FILE_MODE},
    "configMap": {"defaultMode": _FILE_MODE},
    "downwardAPI": {"defaultMode": _FILE_MODE},
    "projected": {"defaultMode": _FILE_MODE},
    "hostPath": {"type": ""},
    "iscsi": {"iscsiInterface": "default"},
    "rbd": {"pool": "rbd", "user": "admin", "keyring": "/etc/ceph/keyring"},
    "azureDisk": {"cachingMode": "ReadWrite", "kind": "Shared", "fsType": "ext4", "readOnly": False},
    "scaleIO": {"storageMode": "ThinProvisioned", "fsType": "xfs"},
}

_FILLERS: dict[str, Callable[[Obj], None]] = {
    "emptyDir": _empty_dir,
    "downwardAPI": _downward,
    "projected": _projected,
    "ephemeral": _ephemeral,
    "image": _image,
}
