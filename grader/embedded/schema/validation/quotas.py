"""Rules of ResourceQuotas; the table of both kinds of limits (k8s.io/docs/concepts/policy/resource-quotas)."""

from __future__ import annotations

from grader.embedded.objects import Obj
from grader.embedded.schema.field_errors import FieldError, invalid, required
from grader.embedded.schema.validation.amounts import exact
from grader.embedded.schema.validation.base import Validator
from grader.embedded.schema.validation.limit_ranges import validate_limit_range, validate_limit_range_update
from grader.embedded.schema.validation.metadata import object_meta, object_meta_update
from grader.embedded.schema.validation.resource_names import is_quota_resource, is_whole, quota_resource

_SCOPES = {
    "Terminating",
    "NotTerminating",
    "BestEffort",
    "NotBestEffort",
    "PriorityClass",
    "CrossNamespacePodAffinity",
    "VolumeAttributesClass",
}
_COMPUTE = {"pods", *(f"{kind}{name}" for kind in ("", "requests.", "limits.") for name in ("cpu", "memory"))}
_CLAIMS = {"persistentvolumeclaims", "requests.storage"}
_RESOURCES_BY_SCOPE = {
    **dict.fromkeys(_SCOPES, _COMPUTE),
    "BestEffort": {"pods"},
    "VolumeAttributesClass": _CLAIMS,
}
_OPPOSITES = ({"BestEffort", "NotBestEffort"}, {"Terminating", "NotTerminating"})
_EXISTS_ONLY = {"BestEffort", "NotBestEffort", "Terminating", "NotTerminating", "CrossNamespacePodAffinity"}
_EXISTS_WORDS = (
    "must be 'Exist' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, "
    "ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity"
)


def validate_quota(quota: Obj) -> list[FieldError]:
    return object_meta(quota) + _quota_spec(quota.get("spec") or {}) + _quota_status(quota.get("status") or {})


def validate_quota_update(new: Obj, old: Obj) -> list[FieldError]:
    errors = object_meta_update(new, old) + _quota_spec(new.get("spec") or {})
    now, was = ((obj.get("spec") or {}).get("scopes") or [] for obj in (new, old))
    if set(now) != set(was):
        errors.append(invalid("spec.scopes", now or None, "field is immutable"))
    return errors


def validate_quota_status(new: Obj, old: Obj) -> list[FieldError]:
    return object_meta_update(new, old) + _quota_status(new.get("status") or {})


def _quota_spec(spec: Obj) -> list[FieldError]:
    errors = _amounts(spec.get("hard"), "spec.hard")
    errors += _scopes(spec.get("scopes") or [], spec.get("hard") or {})
    selector = spec.get("scopeSelector")
    return errors if selector is None else errors + _scope_selector(selector, spec.get("hard") or {})


def _quota_status(status: Obj) -> list[FieldError]:
    return _amounts(status.get("hard"), "status.hard") + _amounts(status.get("used"), "status.used")


def _amounts(amounts: Obj | None, field: str) -> list[FieldError]:
    errors: list[FieldError] = []
    for name, amount in sorted((amounts or {}).items()):
        place = f"{field}[{name}]"
        errors += quota_resource(name, place)
        found = exact(amount)
        if found < 0:
            errors.append(invalid(place, str(amount), "must be greater than or equal to 0"))
        if is_whole(name) and found.denominator != 1:
            errors.append(invalid(place, str(amount), "must be an integer"))
    return errors


def _misfits(scope: str, hard: Obj) -> bool:
    """Whether a quota counts a standard resource that a scope says nothing about."""
    allowed = _RESOURCES_BY_SCOPE.get(scope)
    return allowed is not None and any(is_quota_resource(name) and name not in allowed for name in hard)


def _scopes(scopes: list[str], hard: Obj) -> list[FieldError]:
    errors: list[FieldError] = []
    for scope in scopes:
        if scope not in _SCOPES:
            errors.append(invalid("spec.scopes", scopes, "unsupported scope"))
        if _misfits(scope, hard):
            errors.append(invalid("spec.scopes", scopes, "unsupported scope applied to resource"))
    conflicts = [pair for pair in _OPPOSITES if pair <= set(scopes)]
    return errors + [invalid("spec.scopes", scopes, "conflicting scopes") for _ in conflicts]


def _scope_selector(selector: Obj, hard: Obj) -> list[FieldError]:
    field = "spec.scopeSelector.matchExpressions"
    errors: list[FieldError] = []
    requirements = selector.get("matchExpressions") or []
    shown = {"MatchExpressions": [_shown(requirement) for requirement in requirements] or None}
    for requirement in requirements:
        scope, operator = requirement.get("scopeName", ""), requirement.get("operator", "")
        if scope not in _SCOPES:
            errors.append(invalid(f"{field}.scopeName", scope, "unsupported scope"))
        if _misfits(scope, hard):
            errors.append(invalid(field, shown, "unsupported scope applied to resource"))
        if scope in _EXISTS_ONLY and operator != "Exists":
            errors.append(invalid(f"{field}.operator", operator, _EXISTS_WORDS))
        errors += _scope_values(operator, requirement.get("values") or [], field)
    found = {requirement.get("scopeName") for requirement in requirements}
    return errors + [invalid(field, shown, "conflicting scopes") for pair in _OPPOSITES if pair <= found]


def _shown(requirement: Obj) -> Obj:
    parts = {"ScopeName": "scopeName", "Operator": "operator"}
    return {**{part: requirement.get(key, "") for part, key in parts.items()}, "Values": requirement.get("values")}


def _scope_values(operator: str, found: list[str], field: str) -> list[FieldError]:
    if operator in ("In", "NotIn"):
        text = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"
        return [] if found else [required(f"{field}.values", text)]
    if operator in ("Exists", "DoesNotExist"):
        text = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector"
        return [invalid(f"{field}.values", found, text)] if found else []
    return [invalid(f"{field}.operator", operator, "not a valid selector operator")]


VALIDATORS: dict[str, Validator] = {
    "resourcequotas": Validator(validate_quota, validate_quota_update, validate_quota_status),
    "limitranges": Validator(validate_limit_range, validate_limit_range_update),
}
