"""Rules of the volumes that name a storage system of their own, most of them long deprecated.

("Volume v1 core" of the Kubernetes API reference.) Nothing mounts them here; objects that use them are validated.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from grader.embedded.objects import Obj
from grader.embedded.schema.field_errors import FieldError, invalid, not_supported, required
from grader.embedded.schema.validation import names
from grader.embedded.schema.validation.paths import descending_path

Rule = Callable[[Obj, str], list[FieldError]]

_CACHING_MODES = ["None", "ReadOnly", "ReadWrite"]
_DISK_KINDS = ["Dedicated", "Managed", "Shared"]
_MANAGED_URI = "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}"
_BLOB_URI = "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd"
_INITIATORS = {
    "iqn": re.compile(
        r"iqn\.\d{4}-\d{2}\.([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*)(:[^,;*&$|\s]+)"
    ),
    "eui": re.compile(r"eui\.[0-9a-fA-F]{16}"),
    "naa": re.compile(r"naa\.[0-9a-fA-F]{32}"),
}


def _needs(*fields: str) -> Rule:
    """The rule of a source that needs some fields and nothing else."""

    def rule(source: Obj, field: str) -> list[FieldError]:
        return [required(f"{field}.{name}") for name in fields if not source.get(name)]

    return rule


def _with_secret(*fields: str) -> Rule:
    """As above; a reference to a secret must have a name."""
    needs = _needs(*fields)

    def rule(source: Obj, field: str) -> list[FieldError]:
        errors = needs(source, field)
        reference = source.get("secretRef")
        if reference is not None and not reference.get("name"):
            errors.append(required(f"{field}.secretRef.name"))
        return errors

    return rule


def _disk(name: str) -> Rule:
    needs = _needs(name)

    def rule(source: Obj, field: str) -> list[FieldError]:
        errors = needs(source, field)
        partition = source.get("partition", 0)
        if not 0 <= partition <= 255:
            errors.append(invalid(f"{field}.partition", partition, names.between(1, 255)))
        return errors

    return rule


def _git(source: Obj, field: str) -> list[FieldError]:
    errors = [] if source.get("repository") else [required(f"{field}.repository")]
    return errors + descending_path(source.get("directory", ""), f"{field}.directory")


def _lun(source: Obj, field: str) -> list[FieldError]:
    lun = source.get("lun", 0)
    return [] if 0 <= lun <= 255 else [invalid(f"{field}.lun", lun, names.between(0, 255))]


def _iscsi(source: Obj, field: str) -> list[FieldError]:
    target, initiator = source.get("iqn", ""), source.get("initiatorName")
    errors = [required(f"{field}.{name}") for name in ("targetPortal", "iqn") if not source.get(name)]
    if target:
        errors += _initiator(target, f"{field}.iqn")
    errors += _lun(source, field)
    if (source.get("chapAuthDiscovery") or source.get("chapAuthSession")) and source.get("secretRef") is None:
        errors.append(required(f"{field}.secretRef"))
    if initiator is not None:
        errors += _initiator(initiator, f"{field}.initiatorname")
    return errors


def _initiator(name: str, field: str) -> list[FieldError]:
    pattern = _INITIATORS.get(name[:3])
    if pattern is None:
        return [invalid(field, name, "must be valid format starting with iqn, eui, or naa")]
    return [] if pattern.fullmatch(name) else [invalid(field, name, "must be valid format")]


def _fibre_channel(source: Obj, field: str) -> list[FieldError]:
    targets, wide = source.get("targetWWNs") or [], source.get("wwids") or []
    where = f"{field}.targetWWNs"
    errors: list[FieldError] = []
    if not targets and not wide:
        errors.append(required(where, "must specify either targetWWNs or wwids, but not both"))
    if targets and wide:
        errors.append(invalid(where, targets, "targetWWNs and wwids can not be specified simultaneously"))
    if targets and source.get("lun") is None:
        errors.append(required(f"{field}.lun", "lun is required if targetWWNs is specified"))
    elif targets:
        errors += _lun(source, field)
    return errors


def _flocker(source: Obj, field: str) -> list[FieldError]:
    name, uuid = source.get("datasetName", ""), source.get("datasetUUID", "")
    errors: list[FieldError] = []
    if not name and not uuid:
        errors.append(required(field, "one of datasetName and datasetUUID is required"))
    if name and uuid:
        text = "datasetName and datasetUUID can not be specified simultaneously"
        errors.append(invalid(field, "resource", text))
    if "/" in name:
        errors.append(invalid(f"{field}.datasetName", name, "must not contain '/'"))
    return errors


def _quobyte(source: Obj, field: str) -> list[FieldError]:
    registry = source.get("registry", "")
    words = "must be a host:port pair or multiple pairs separated by commas"
    errors: list[FieldError] = []
    if not registry:
        errors.append(required(f"{field}.registry", words))
    elif len(source.get("tenant", "")) >= 65:
        text = "must be a UUID and may not exceed a length of 64 characters"
        errors.append(required(f"{field}.tenant", text))
    else:
        bad = [pair for pair in registry.split(",") if not re.fullmatch(r"(\[[^\[\]]*\]|[^:\[\]]*):[^:\[\]]*", pair)]
        errors += [invalid(f"{field}.registry", registry, words) for _ in bad]
    if not source.get("volume"):
        errors.append(required(f"{field}.volume"))
    return errors


def _flex(source: Obj, field: str) -> list[FieldError]:
    errors = [] if source.get("driver") else [required(f"{field}.driver")]
    for key in source.get("options") or ():
        domain = "." + key.partition("/")[0].lower()
        if domain.endswith((".kubernetes.io", ".k8s.io")):
            text = "kubernetes.io and k8s.io namespaces are reserved"
            errors.append(invalid(f"{field}.options[{key}]", key, text))
    return errors


def _azure_disk(source: Obj, field: str) -> list[FieldError]:
    uri, caching, kind = source.get("diskURI", ""), source.get("cachingMode"), source.get("kind")
    errors = [required(f"{field}.{name}") for name in ("diskName", "diskURI") if not source.get(name)]
    if caching is not None and caching not in _CACHING_MODES:
        errors.append(not_supported(f"{field}.cachingMode", caching, _CACHING_MODES))
    if kind is not None and kind not in _DISK_KINDS:
        errors.append(not_supported(f"{field}.kind", kind, _DISK_KINDS))
    if kind == "Managed" and not uri.startswith("/subscriptions/"):
        errors.append(not_supported(f"{field}.diskURI", uri, [_MANAGED_URI]))
    if kind not in (None, "Managed") and not uri.startswith("https://"):
        errors.append(not_supported(f"{field}.diskURI", uri, [_BLOB_URI]))
    return errors


def _storage_os(source: Obj, field: str) -> list[FieldError]:
    name, namespace = source.get("volumeName", ""), source.get("volumeNamespace", "")
    errors: list[FieldError] = []
    if not name:
        errors.append(required(f"{field}.volumeName"))
    else:
        errors += [invalid(f"{field}.volumeName", name, text) for text in names.dns_label(name)]
    if namespace:
        errors += [invalid(f"{field}.volumeNamespace", namespace, text) for text in names.dns_label(namespace)]
    if source.get("secretRef") is not None and not source["secretRef"].get("name"):
        errors.append(required(f"{field}.secretRef.name"))
    return errors


BACKENDS: dict[str, Rule] = {
    "gitRepo": _git,
    "gcePersistentDisk": _disk("pdName"),
    "awsElasticBlockStore": _disk("volumeID"),
    "iscsi": _iscsi,
    "glusterfs": _needs("endpoints", "path"),
    "flocker": _flocker,
    "rbd": _needs("monitors", "image"),
    "cinder": _with_secret("volumeID"),
    "cephfs": _needs("monitors"),
    "quobyte": _quobyte,
    "fc": _fibre_channel,
    "flexVolume": _flex,
    "azureFile": _needs("secretName", "shareName"),
    "vsphereVolume": _needs("volumePath"),
    "photonPersistentDisk": _needs("pdID"),
    "portworxVolume": _needs("volumeID"),
    "azureDisk": _azure_disk,
    "storageos": _storage_os,
    "scaleIO": _needs("gateway", "system", "volumeName"),
}
