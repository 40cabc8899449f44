"""Rules of the downward API: references to a pod's own fields and resources.

(k8s.io/docs/concepts/workloads/pods/downward-api)
"""

from __future__ import annotations

from grader.embedded.objects import Obj
from grader.embedded.schema.field_errors import FieldError, invalid, not_supported, required
from grader.embedded.schema.validation import names

ENVIRONMENT_FIELDS = [
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
]
VOLUME_FIELDS = ["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"]
_KNOWN_FIELDS = {
    *ENVIRONMENT_FIELDS,
    *VOLUME_FIELDS,
    "spec.restartPolicy",
    "spec.schedulerName",
    "status.phase",
}
_RESOURCES = [f"{kind}.{name}" for kind in ("limits", "requests") for name in ("cpu", "ephemeral-storage", "memory")]
_SIZES = ["1", *(f"1{unit}" for unit in ("k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"))]


def field_reference(reference: Obj, field: str, supported: list[str]) -> list[FieldError]:
    """Errors of a `fieldRef` whose path must be among `supported`, or a label or annotation by its key."""
    if not reference.get("apiVersion"):
        return [required(f"{field}.apiVersion")]
    path = reference.get("fieldPath", "")
    if not path:
        return [required(f"{field}.fieldPath")]
    where = f"{field}.fieldPath"
    if reference["apiVersion"] != "v1":
        text = f"error converting fieldPath: unsupported pod version: {reference['apiVersion']}"
        return [invalid(where, path, text)]
    stem, opening, key = path.partition("['")
    if opening and stem and path.endswith("']"):
        if stem not in ("metadata.annotations", "metadata.labels"):
            text = f"error converting fieldPath: field label does not support subscript: {path}"
            return [invalid(where, path, text)]
        key = key[:-2]
        checked = key.lower() if stem == "metadata.annotations" else key
        return [invalid(field, checked, text) for text in names.qualified_name(checked)]
    if path == "spec.host":
        path = "spec.nodeName"
    if path not in _KNOWN_FIELDS:
        return [invalid(where, path, f"error converting fieldPath: field label not supported: {path}")]
    return [] if path in supported else [not_supported(where, path, supported)]


def resource_reference(reference: Obj, field: str, *, volume: bool) -> list[FieldError]:
    """Errors of a `resourceFieldRef`; a volume's must name its container."""
    resource, divisor = reference.get("resource", ""), reference.get("divisor", "0")
    errors: list[FieldError] = []
    if volume and not reference.get("containerName"):
        errors.append(required(f"{field}.containerName"))
    elif not resource:
        errors.append(required(f"{field}.resource"))
    elif resource not in _RESOURCES and not resource.startswith(("limits.hugepages-", "requests.hugepages-")):
        errors.append(not_supported(f"{field}.resource", resource, _RESOURCES))
    if divisor != "0":
        errors += _divisor(resource, divisor, f"{field}.divisor")
    return errors


def _divisor(resource: str, divisor: str, field: str) -> list[FieldError]:
    kind = resource.partition(".")[2]
    if kind == "cpu":
        text = "only divisor's values 1m and 1 are supported with the cpu resource"
        return [] if divisor in ("1m", "1") else [invalid(field, resource, text)]
    words = {"memory": "memory", "ephemeral-storage": "local ephemeral storage"}.get(kind)
    if kind.startswith("hugepages-"):
        words = "hugepages"
    if words is None or divisor in _SIZES:
        return []
    text = f"only divisor's values {', '.join(_SIZES)} are supported with the {words} resource"
    return [invalid(field, resource, text)]
