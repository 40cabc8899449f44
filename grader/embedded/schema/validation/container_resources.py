"""Rules of what containers and pods ask for ("ResourceRequirements v1 core" of the Kubernetes API reference)."""

from __future__ import annotations

from collections.abc import Callable, Collection

from grader.embedded.objects import Obj
from grader.embedded.quantity import canonical_quantity, parse_quantity, whole
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
from grader.embedded.schema.validation.resource_names import container_resource, is_whole, may_overcommit
from grader.embedded.schema.validation.values import NOT_NEGATIVE

_COMPUTE = ("cpu", "memory")
_HUGE = "hugepages-"
_POD_LEVEL = ["cpu", "memory"]
_RESIZABLE = ["cpu", "memory"]
_RESIZE_POLICIES = ["NotRequired", "RestartContainer"]

NameRule = Callable[[str, str], list[FieldError]]


def container_resources(resources: Obj, claims: Collection[str], field: str) -> list[FieldError]:
    """Errors of a container's `resources`. `claims` are the names of the pod's resource claims."""
    return _requirements(resources, claims, field, container_resource) if resources else []


def pod_resources(resources: Obj, claims: Collection[str], field: str) -> list[FieldError]:
    """Errors of a pod's own `resources`, which know CPU, memory and huge pages only."""
    errors: list[FieldError] = []
    if resources.get("claims") is not None:
        errors.append(forbidden(f"{field}.claims", "claims cannot be set for Resources at pod-level"))
    return errors + _requirements(resources, claims, field, _pod_resource)


def _pod_resource(name: str, field: str) -> list[FieldError]:
    errors = container_resource(name, field)
    if not errors and name not in _POD_LEVEL and not name.startswith(_HUGE):
        errors.append(not_supported(field, name, _POD_LEVEL))
    return errors


def overhead(found: Obj, field: str) -> list[FieldError]:
    """Errors of what a runtime class adds to a pod."""
    return _requirements({"limits": found}, (), field, container_resource)


def _requirements(resources: Obj, claims: Collection[str], field: str, rule: NameRule) -> list[FieldError]:
    limits, requests = resources.get("limits") or {}, resources.get("requests") or {}
    errors: list[FieldError] = []
    for name, value in limits.items():
        errors += _amount(name, value, f"{field}.limits[{name}]", rule)
    for name, value in requests.items():
        where = f"{field}.requests[{name}]"
        errors += rule(name, where) + _quantity(name, value, where)
        errors += _against_limit(name, value, limits, field)
        errors += _huge_page(name, value, where)
    asked = {*limits, *requests}
    if any(name.startswith(_HUGE) for name in asked) and asked.isdisjoint(_COMPUTE):
        errors.append(forbidden(field, "HugePages require cpu or memory"))
    if resources.get("claims"):
        errors += _claims(resources["claims"], claims, f"{field}.claims")
    return errors


def _amount(name: str, value: str, field: str, rule: NameRule) -> list[FieldError]:
    return rule(name, field) + _quantity(name, value, field) + _huge_page(name, value, field)


def _quantity(name: str, value: str, field: str) -> list[FieldError]:
    amount = parse_quantity(value)
    errors: list[FieldError] = []
    if amount < 0:
        errors.append(invalid(field, canonical_quantity(value), NOT_NEGATIVE))
    if amount.denominator != 1 and is_whole(name):
        errors.append(invalid(field, canonical_quantity(value), "must be an integer"))
    return errors


def _against_limit(name: str, value: str, limits: Obj, field: str) -> list[FieldError]:
    if name not in limits:
        if may_overcommit(name):
            return []
        return [required(f"{field}.limits", "Limit must be set for non overcommitable resources")]
    asked, allowed = parse_quantity(value), parse_quantity(limits[name])
    if asked != allowed and not may_overcommit(name):
        relation = "equal to"
    elif asked > allowed:
        relation = "less than or equal to"
    else:
        return []
    text = f"must be {relation} {name} limit of {canonical_quantity(limits[name])}"
    return [invalid(f"{field}.requests", canonical_quantity(value), text)]


def _huge_page(name: str, value: str, field: str) -> list[FieldError]:
    if not name.startswith(_HUGE):
        return []
    try:
        page = whole(name[len(_HUGE) :])
    except ValueError:
        page = 0
    amount = parse_quantity(value)
    if page > 0 and amount > 0 and amount % page == 0:
        return []
    shown = canonical_quantity(value)
    return [invalid(field, shown, f"{shown} is not positive integer multiple of {name}")]


def _claims(asked: list[Obj], known: Collection[str], field: str) -> list[FieldError]:
    errors: list[FieldError] = []
    seen: set[str] = set()
    for index, claim in enumerate(asked):
        name, request, where = claim.get("name", ""), claim.get("request", ""), f"{field}[{index}]"
        if not name:
            errors.append(required(where))
            continue
        if name in seen:
            errors.append(duplicate(where, name))
        else:
            if request:
                errors += [invalid(f"{where}.request", request, text) for text in names.dns_label(request)]
            key = f"{name}/{request}" if request else name
            if key in seen:
                errors.append(duplicate(where, key))
            elif not request and any(other.startswith(f"{name}/") for other in seen):
                errors.append(duplicate(where, name))
            seen.add(key)
        if name not in known:
            listed = f": {', '.join(sorted(known))}" if known else " which is empty"
            text = f"must be one of the names in pod.spec.resourceClaims{listed}"
            errors.append(FieldError(ErrorType.NOT_FOUND, where, name, text))
    return errors


def resize_policy(policies: list[Obj], field: str, restart_policy: str) -> list[FieldError]:
    """Errors of `resizePolicy`: what a change of resources does to a running container."""
    errors: list[FieldError] = []
    seen: set[str] = set()
    for index, policy in enumerate(policies):
        name, restart = policy.get("resourceName", ""), policy.get("restartPolicy", "")
        if name in seen:
            errors.append(duplicate(f"{field}[{index}]", name))
        seen.add(name)
        errors += _one_of(name, _RESIZABLE, field) + _one_of(restart, _RESIZE_POLICIES, field)
        if restart_policy == "Never" and restart != "NotRequired":
            text = "must be 'NotRequired' when `restartPolicy` is 'Never'"
            errors.append(invalid(field, restart, text))
    return errors


def _one_of(value: str, supported: list[str], field: str) -> list[FieldError]:
    if not value:
        return [required(field)]
    return [] if value in supported else [not_supported(field, value, supported)]
