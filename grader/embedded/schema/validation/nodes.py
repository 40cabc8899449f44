"""Rules of Nodes (Kubernetes API reference: Node v1 core)."""

from __future__ import annotations

from typing import Any

from grader.embedded.objects import Obj
from grader.embedded.schema.field_errors import (
    ErrorType,
    FieldError,
    duplicate,
    forbidden,
    invalid,
    not_supported,
    required,
)
from grader.embedded.schema.validation import names
from grader.embedded.schema.validation.addresses import cidr, is_ipv6
from grader.embedded.schema.validation.base import Validator
from grader.embedded.schema.validation.metadata import label_name, object_meta, object_meta_update

_EFFECTS = ["NoSchedule", "PreferNoSchedule", "NoExecute"]
_CHANGEABLE = {"taints", "unschedulable", "podCIDR", "podCIDRs", "providerID", "configSource"}


def validate_node(node: Obj) -> list[FieldError]:
    errors = object_meta(node, namespaced=False)
    spec = node.get("spec") or {}
    errors += _taints(spec.get("taints") or [])
    networks = spec.get("podCIDRs") or []
    for index, text in enumerate(networks):
        errors += cidr(text, f"spec.podCIDRs[{index}]")
    if len(networks) > len({is_ipv6(text.partition("/")[0]) for text in networks}):
        errors.append(invalid("spec.podCIDRs", networks, "may specify no more than one CIDR for each IP family"))
    return errors


def _taints(taints: list[Obj]) -> list[FieldError]:
    errors: list[FieldError] = []
    seen: set[tuple[str, str]] = set()
    for index, taint in enumerate(taints):
        field = f"metadata.taints[{index}]"
        key, value, effect = (taint.get(part, "") for part in ("key", "value", "effect"))
        errors += label_name(key, f"{field}.key")
        errors += [invalid(f"{field}.value", value, text) for text in names.label_value(value)]
        if not effect:
            errors.append(required(f"{field}.effect"))
        elif effect not in _EFFECTS:
            errors.append(not_supported(f"{field}.effect", effect, _EFFECTS))
        if (key, effect) in seen:
            shown: dict[str, Any] = {"Key": key, "Value": value, "Effect": effect, "TimeAdded": taint.get("timeAdded")}
            text = "taints must be unique by key and effect pair"
            errors.append(FieldError(ErrorType.DUPLICATE, field, shown, text))
        seen.add((key, effect))
    return errors


def validate_node_update(new: Obj, old: Obj) -> list[FieldError]:
    errors = object_meta_update(new, old)
    now, was = new.get("spec") or {}, old.get("spec") or {}
    errors += _taints(now.get("taints") or [])
    if was.get("podCIDRs") and now.get("podCIDRs") != was["podCIDRs"]:
        text = 'node updates may not change podCIDR except from "" to valid'
        errors.append(forbidden("spec.podCIDRs", text))
    if was.get("providerID") and now.get("providerID") != was["providerID"]:
        text = 'node updates may not change providerID except from "" to valid'
        errors.append(forbidden("spec.providerID", text))
    if _others(now) != _others(was):
        errors.append(forbidden("spec", "node updates may only change labels, taints, or capacity"))
    return errors


def validate_node_status(new: Obj, old: Obj) -> list[FieldError]:
    errors = object_meta_update(new, old)
    seen: set[tuple[str, str]] = set()
    for index, address in enumerate((new.get("status") or {}).get("addresses") or ()):
        key = (address.get("type", ""), address.get("address", ""))
        if key in seen:
            errors.append(duplicate(f"status.addresses[{index}]", {"Type": key[0], "Address": key[1]}))
        seen.add(key)
    return errors


def _others(spec: Obj) -> Obj:
    return {key: value for key, value in spec.items() if key not in _CHANGEABLE}


VALIDATORS: dict[str, Validator] = {"nodes": Validator(validate_node, validate_node_update, validate_node_status)}
