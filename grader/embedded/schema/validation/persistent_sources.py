"""Rules of what a PersistentVolume is made of: exactly one source, with what it needs to be mounted."""

from __future__ import annotations

from collections.abc import Callable

from grader.embedded.objects import Obj
from grader.embedded.schema.field_errors import FieldError, forbidden, invalid, not_supported, required
from grader.embedded.schema.validation import names

_HOST_PATH_TYPES = [
    "",
    "BlockDevice",
    "CharDevice",
    "Directory",
    "DirectoryOrCreate",
    "File",
    "FileOrCreate",
    "Socket",
]
_NEEDED: dict[str, tuple[str, ...]] = {
    "gcePersistentDisk": ("pdName",),
    "awsElasticBlockStore": ("volumeID",),
    "glusterfs": ("endpoints", "path"),
    "flocker": (),
    "nfs": (),
    "rbd": ("monitors", "image"),
    "quobyte": ("registry", "volume"),
    "cephfs": ("monitors",),
    "iscsi": ("targetPortal", "iqn"),
    "cinder": ("volumeID",),
    "fc": (),
    "flexVolume": ("driver",),
    "azureFile": ("secretName", "shareName"),
    "vsphereVolume": ("volumePath",),
    "photonPersistentDisk": ("pdID",),
    "portworxVolume": ("volumeID",),
    "azureDisk": ("diskName", "diskURI"),
    "scaleIO": ("gateway", "system", "volumeName"),
    "local": (),
    "storageos": ("volumeName",),
    "csi": (),
}
SOURCES = ("hostPath", *_NEEDED)
"""All fields of a volume's spec that say where its data is, in the server's order."""

_DRIVER_LIMIT = 63


def volume_source(spec: Obj) -> list[FieldError]:
    """Errors of a PersistentVolume's spec regarding its source."""
    found = [source for source in SOURCES if spec.get(source) is not None]
    if not found:
        return [required("spec", "must specify a volume type")]
    first, *more = found
    errors = [required(f"spec.{first}.{key}") for key in _NEEDED.get(first, ()) if not spec[first].get(key)]
    if first in _RULES:
        errors += _RULES[first](spec[first], f"spec.{first}")
    if first == "local" and spec.get("nodeAffinity") is None:
        errors.append(required("spec.nodeAffinity", "Local volume requires node affinity"))
    return errors + [forbidden(f"spec.{source}", "may not specify more than 1 volume type") for source in more]


def no_backsteps(path: str, field: str) -> list[FieldError]:
    """An error for a path that climbs."""
    return [invalid(field, path, "must not contain '..'")] if ".." in path.split("/") else []


def _host_path(source: Obj, field: str) -> list[FieldError]:
    path, kind = source.get("path", ""), source.get("type")
    if not path:
        return [required(f"{field}.path")]
    errors = no_backsteps(path, f"{field}.path")
    if kind is not None and kind not in _HOST_PATH_TYPES:
        errors.append(not_supported(f"{field}.type", kind, _HOST_PATH_TYPES))
    return errors


def _nfs(source: Obj, field: str) -> list[FieldError]:
    errors = [required(f"{field}.{key}") for key in ("server", "path") if not source.get(key)]
    path = source.get("path", "")
    if not path.startswith("/"):
        errors.append(invalid(f"{field}.path", path, "must be an absolute path"))
    return errors


def _local(source: Obj, field: str) -> list[FieldError]:
    path = source.get("path", "")
    return no_backsteps(path, f"{field}.path") if path else [required(f"{field}.path")]


def _fibre_channel(source: Obj, field: str) -> list[FieldError]:
    names_given, ids = source.get("targetWWNs"), source.get("wwids")
    if names_given and ids:
        return [invalid(field, names_given, "targetWWNs and wwids can not be specified simultaneously")]
    if not names_given and not ids:
        return [required(field, "must specify either targetWWNs or wwids, but not both")]
    if not names_given or source.get("lun") is not None:
        return []
    return [required(f"{field}.lun", "lun is required if targetWWNs is specified")]


def _csi(source: Obj, field: str) -> list[FieldError]:
    errors = csi_driver_name(source.get("driver", ""), f"{field}.driver")
    if not source.get("volumeHandle"):
        errors.append(required(f"{field}.volumeHandle"))
    return errors


def csi_driver_name(driver: str, field: str) -> list[FieldError]:
    if not driver:
        return [required(field)]
    errors: list[FieldError] = []
    if len(driver) > _DRIVER_LIMIT:
        errors.append(invalid(field, driver, names.at_most(_DRIVER_LIMIT)))
    return errors + [invalid(field, driver, text) for text in names.dns_subdomain(driver.lower())]


_RULES: dict[str, Callable[[Obj, str], list[FieldError]]] = {
    "hostPath": _host_path,
    "nfs": _nfs,
    "local": _local,
    "fc": _fibre_channel,
    "csi": _csi,
}
