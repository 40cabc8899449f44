"""Rules of PersistentVolumeClaims, and what volumes share with them.

(k8s.io/docs/concepts/storage/persistent-volumes.)
"""

from __future__ import annotations

from fractions import Fraction

from grader.embedded.objects import Obj
from grader.embedded.schema.field_errors import FieldError, forbidden, invalid, not_supported, required
from grader.embedded.schema.validation import names, values
from grader.embedded.schema.validation.amounts import above_zero, exact
from grader.embedded.schema.validation.metadata import object_meta, object_meta_update

_ACCESS_MODES = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"]
_VOLUME_MODES = ["Block", "Filesystem"]
_CLAIM_WORDS = (
    "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"
)


def access_modes(spec: Obj, field: str, missing: str = "") -> list[FieldError]:
    """Errors of the access modes of a volume or claim whose spec is at `field`."""
    modes = spec.get("accessModes") or []
    place = f"{field}.accessModes"
    errors = [] if modes else [required(place, missing)]
    errors += [not_supported(place, mode, _ACCESS_MODES) for mode in modes if mode not in _ACCESS_MODES]
    if "ReadWriteOncePod" in modes and any(mode != "ReadWriteOncePod" for mode in modes):
        errors.append(forbidden(place, "may not use ReadWriteOncePod with other access modes"))
    return errors


def volume_mode(spec: Obj, field: str) -> list[FieldError]:
    mode = spec.get("volumeMode")
    if mode is None or mode in _VOLUME_MODES:
        return []
    return [not_supported(f"{field}.volumeMode", mode, _VOLUME_MODES)]


def validate_claim(claim: Obj) -> list[FieldError]:
    return object_meta(claim) + claim_spec(claim.get("spec") or {})


def claim_spec(spec: Obj, field: str = "spec") -> list[FieldError]:
    """Errors of a claim's spec, at `field`: also that of a pod's ephemeral volume or a StatefulSet's template."""
    modes = access_modes(spec, field, "at least 1 access mode is required")
    missing = [] if spec.get("accessModes") else modes
    errors = missing + values.label_selector(spec.get("selector"), f"{field}.selector")
    errors += modes if not missing else []
    requests = (spec.get("resources") or {}).get("requests") or {}
    if "storage" not in requests:
        errors.append(required(f"{field}.resources[storage]"))
    else:
        errors += above_zero(requests["storage"], f"{field}.resources[storage]")
    name = spec.get("storageClassName")
    if name:
        errors += [invalid(f"{field}.storageClassName", name, text) for text in names.dns_subdomain(name)]
    return errors + volume_mode(spec, field) + _data_sources(spec, field)


def _data_sources(spec: Obj, field: str) -> list[FieldError]:
    errors: list[FieldError] = []
    for part in ("dataSource", "dataSourceRef"):
        source = spec.get(part)
        if source is None:
            continue
        errors += [required(f"{field}.{part}.{key}") for key in ("name", "kind") if not source.get(key)]
        group, kind = source.get("apiGroup") or "", source.get("kind", "")
        if not group and kind != "PersistentVolumeClaim":
            text = "must be 'PersistentVolumeClaim' when referencing the default apiGroup"
            errors.append(invalid(f"{field}.{part}", kind, text))
        elif group:
            errors += [invalid(f"{field}.{part}.apiGroup", group, text) for text in names.dns_subdomain(group)]
    return errors


def validate_claim_update(new: Obj, old: Obj) -> list[FieldError]:
    """A claim stays as it was made, but that a bound one may grow."""
    errors = object_meta_update(new, old) + validate_claim(new)
    now, was = dict(new.get("spec") or {}), dict(old.get("spec") or {})
    if not was.get("volumeName"):
        was["volumeName"] = now.get("volumeName")
    if was.get("storageClassName") is None and now.get("storageClassName"):
        was["storageClassName"] = now["storageClassName"]
    size, before = _requested(now), _requested(was)
    if (new.get("status") or {}).get("phase") == "Bound":
        for spec in (now, was):
            spec["resources"] = _without_storage(spec.get("resources") or {})
            spec.pop("volumeAttributesClassName", None)
    if {key: value for key, value in now.items() if value} != {key: value for key, value in was.items() if value}:
        errors.append(forbidden("spec", _CLAIM_WORDS))
    capacity = ((old.get("status") or {}).get("capacity") or {}).get("storage", "0")
    if size < before and size <= exact(capacity):
        errors.append(forbidden("spec.resources.requests.storage", "field can not be less than status.capacity"))
    return errors


def _requested(spec: Obj) -> Fraction:
    return exact(((spec.get("resources") or {}).get("requests") or {}).get("storage", "0"))


def _without_storage(resources: Obj) -> Obj:
    requests = {name: amount for name, amount in (resources.get("requests") or {}).items() if name != "storage"}
    return {**{key: value for key, value in resources.items() if key != "requests"}, "requests": requests}
