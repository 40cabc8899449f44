"""Rules of the volumes of pods ("Volume v1 core" of the Kubernetes API reference)."""

from __future__ import annotations

from collections.abc import Callable

from grader.embedded.objects import Obj
from grader.embedded.quantity import parse_quantity
from grader.embedded.schema.field_errors import FieldError, duplicate, forbidden, invalid, not_supported, required
from grader.embedded.schema.validation import names
from grader.embedded.schema.validation.claims import claim_spec
from grader.embedded.schema.validation.metadata import check_annotations, check_labels
from grader.embedded.schema.validation.paths import no_backsteps
from grader.embedded.schema.validation.persistent_sources import csi_driver_name
from grader.embedded.schema.validation.projections import downward_file, file_mode, key_to_path, projected
from grader.embedded.schema.validation.volume_backends import BACKENDS

Rule = Callable[[Obj, str], list[FieldError]]

_HOST_PATH_TYPES = ["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"]
_PULL_POLICIES = ["Always", "IfNotPresent", "Never"]


def check_volumes(volumes: list[Obj], field: str, pod_name: str | None) -> tuple[dict[str, Obj], list[FieldError]]:
    """The good volumes by name, and the errors of the others. `pod_name` is None within a template."""
    good: dict[str, Obj] = {}
    errors: list[FieldError] = []
    for index, volume in enumerate(volumes):
        where, name = f"{field}[{index}]", volume.get("name", "")
        found = _source(volume, where, pod_name)
        if not name:
            found.append(required(f"{where}.name"))
        else:
            found += [invalid(f"{where}.name", name, text) for text in names.dns_label(name)]
        if name in good:
            found.append(duplicate(f"{where}.name", name))
        if found:
            errors += found
        else:
            good[name] = volume
    return good, errors


def _source(volume: Obj, field: str, pod_name: str | None) -> list[FieldError]:
    """Errors of what a volume is made of: exactly one source."""
    present = [kind for kind, source in volume.items() if source is not None and kind in _RULES]
    if len(present) > 1:
        present = [kind for kind in _RULES if kind in present]
    if not present:
        return [required(field, "must specify a volume type")]
    kind = present[0]
    errors = _RULES[kind](volume[kind], f"{field}.{kind}")
    if kind == "ephemeral" and pod_name and volume.get("name"):
        errors += _claim_name(pod_name, volume["name"], f"{field}.name")
    if kind == "image" and pod_name is not None and not volume[kind].get("reference"):
        errors.insert(0, required(f"{field}.image.reference"))
    for other in present[1:]:
        shown = {"cephfs": "cephFS", "downwardAPI": "downwarAPI"}.get(other, other)
        errors.append(forbidden(f"{field}.{shown}", "may not specify more than 1 volume type"))
    return errors


def _claim_name(pod_name: str, name: str, field: str) -> list[FieldError]:
    claim = f"{pod_name}-{name}"
    return [invalid(field, name, f'PVC name "{claim}": {text}') for text in names.dns_subdomain(claim)]


def _empty_dir(source: Obj, field: str) -> list[FieldError]:
    size = source.get("sizeLimit")
    if size is None or parse_quantity(size) >= 0:
        return []
    return [forbidden(f"{field}.sizeLimit", "SizeLimit field must be a valid resource quantity")]


def _host_path(source: Obj, field: str) -> list[FieldError]:
    path, kind = source.get("path", ""), source.get("type", "")
    if not path:
        return [required(f"{field}.path")]
    errors = no_backsteps(path, f"{field}.path")
    if kind not in _HOST_PATH_TYPES:
        errors.append(not_supported(f"{field}.type", kind, _HOST_PATH_TYPES))
    return errors


def _files(name: str) -> Rule:
    """The rule of config maps and secrets, whose name is in the field `name`."""

    def rule(source: Obj, field: str) -> list[FieldError]:
        errors = [] if source.get(name) else [required(f"{field}.{name}")]
        errors += file_mode(source.get("defaultMode"), f"{field}.defaultMode")
        for index, item in enumerate(source.get("items") or ()):
            errors += key_to_path(item, f"{field}.items[{index}]")
        return errors

    return rule


def _downward(source: Obj, field: str) -> list[FieldError]:
    errors = file_mode(source.get("defaultMode"), f"{field}.defaultMode")
    for item in source.get("items") or ():
        errors += downward_file(item, field)
    return errors


def _claim(source: Obj, field: str) -> list[FieldError]:
    return [] if source.get("claimName") else [required(f"{field}.claimName")]


def _nfs(source: Obj, field: str) -> list[FieldError]:
    path = source.get("path", "")
    errors = [required(f"{field}.{part}") for part in ("server", "path") if not source.get(part)]
    if not path.startswith("/"):
        errors.append(invalid(f"{field}.path", path, "must be an absolute path"))
    return errors


def _csi(source: Obj, field: str) -> list[FieldError]:
    errors = csi_driver_name(source.get("driver", ""), f"{field}.driver")
    reference = source.get("nodePublishSecretRef")
    if reference is not None:
        name = reference.get("name", "")
        if not name:
            errors.append(required(f"{field}.nodePublishSecretRef.name"))
        else:
            errors += [invalid(f"{field}.name", name, text) for text in names.dns_subdomain(name)]
    return errors


def _ephemeral(source: Obj, field: str) -> list[FieldError]:
    template = source.get("volumeClaimTemplate")
    where = f"{field}.volumeClaimTemplate"
    if template is None:
        return [required(where)]
    meta = template.get("metadata") or {}
    errors = check_annotations(meta.get("annotations"), f"{where}.metadata.annotations")
    errors += check_labels(meta.get("labels"), f"{where}.metadata.labels")
    errors += [
        forbidden(f"{where}.metadata.{part}", "cannot be set for an ephemeral volume")
        for part in ("name", "generateName", "namespace", "uid", "finalizers", "ownerReferences")
        if meta.get(part)
    ]
    return errors + claim_spec(template.get("spec") or {}, f"{where}.spec")


def _image(source: Obj, field: str) -> list[FieldError]:
    policy = source.get("pullPolicy", "")
    if policy in _PULL_POLICIES:
        return []
    where = f"{field}.pullPolicy"
    return [not_supported(where, policy, _PULL_POLICIES)] if policy else [required(where)]


_RULES: dict[str, Rule] = {
    "emptyDir": _empty_dir,
    "hostPath": _host_path,
    "gitRepo": BACKENDS["gitRepo"],
    "gcePersistentDisk": BACKENDS["gcePersistentDisk"],
    "awsElasticBlockStore": BACKENDS["awsElasticBlockStore"],
    "secret": _files("secretName"),
    "nfs": _nfs,
    "iscsi": BACKENDS["iscsi"],
    "glusterfs": BACKENDS["glusterfs"],
    "flocker": BACKENDS["flocker"],
    "persistentVolumeClaim": _claim,
    "rbd": BACKENDS["rbd"],
    "cinder": BACKENDS["cinder"],
    "cephfs": BACKENDS["cephfs"],
    "quobyte": BACKENDS["quobyte"],
    "downwardAPI": _downward,
    "fc": BACKENDS["fc"],
    "flexVolume": BACKENDS["flexVolume"],
    "configMap": _files("name"),
    "azureFile": BACKENDS["azureFile"],
    "vsphereVolume": BACKENDS["vsphereVolume"],
    "photonPersistentDisk": BACKENDS["photonPersistentDisk"],
    "portworxVolume": BACKENDS["portworxVolume"],
    "azureDisk": BACKENDS["azureDisk"],
    "storageos": BACKENDS["storageos"],
    "projected": projected,
    "scaleIO": BACKENDS["scaleIO"],
    "csi": _csi,
    "ephemeral": _ephemeral,
    "image": _image,
}
