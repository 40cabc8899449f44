"""Rules of RBAC's kinds and of ServiceAccounts (k8s.io/docs/reference/access-authn-authz/rbac)."""

from __future__ import annotations

from functools import partial

from grader.embedded.objects import Obj
from grader.embedded.schema.defaults.access import RBAC_GROUP
from grader.embedded.schema.field_errors import FieldError, invalid, not_supported, required
from grader.embedded.schema.validation import names, values
from grader.embedded.schema.validation.base import Validator
from grader.embedded.schema.validation.metadata import object_meta, object_meta_update


def validate_role(role: Obj, *, namespaced: bool) -> list[FieldError]:
    errors = object_meta(role, names.path_segment, namespaced=namespaced)
    for index, rule in enumerate(role.get("rules") or ()):
        errors += _rule(rule, f"rules[{index}]", namespaced)
    aggregation = role.get("aggregationRule")
    if aggregation is not None and not namespaced:
        errors += _aggregation(aggregation)
    return errors


def validate_role_update(new: Obj, old: Obj, *, namespaced: bool) -> list[FieldError]:
    return validate_role(new, namespaced=namespaced) + object_meta_update(new, old)


def _rule(rule: Obj, field: str, namespaced: bool) -> list[FieldError]:
    urls = rule.get("nonResourceURLs")
    errors: list[FieldError] = []
    if not rule.get("verbs"):
        errors.append(required(f"{field}.verbs", "verbs must contain at least one value"))
    if urls:
        place = f"{field}.nonResourceURLs"
        if namespaced:
            errors.append(invalid(place, urls, "namespaced rules cannot apply to non-resource URLs"))
        if any(rule.get(part) for part in ("apiGroups", "resources", "resourceNames")):
            errors.append(invalid(place, urls, "rules cannot apply to both regular resources and non-resource URLs"))
        return errors
    if not rule.get("apiGroups"):
        errors.append(required(f"{field}.apiGroups", "resource rules must supply at least one api group"))
    if not rule.get("resources"):
        errors.append(required(f"{field}.resources", "resource rules must supply at least one resource"))
    return errors


def _aggregation(aggregation: Obj) -> list[FieldError]:
    selectors = aggregation.get("clusterRoleSelectors") or ()
    field = "aggregationRule.clusterRoleSelectors"
    if not selectors:
        return [required(field, "at least one clusterRoleSelector required if aggregationRule is non-nil")]
    errors: list[FieldError] = []
    for index, selector in enumerate(selectors):
        errors += values.label_selector(selector, f"{field}[{index}]")
    return errors


def validate_binding(binding: Obj, *, namespaced: bool) -> list[FieldError]:
    errors = object_meta(binding, names.path_segment, namespaced=namespaced)
    reference = binding.get("roleRef") or {}
    group, kind, name = (reference.get(part, "") for part in ("apiGroup", "kind", "name"))
    kinds = ["Role", "ClusterRole"] if namespaced else ["ClusterRole"]
    if group != RBAC_GROUP:
        errors.append(not_supported("roleRef.apiGroup", group, [RBAC_GROUP]))
    if kind not in kinds:
        errors.append(not_supported("roleRef.kind", kind, kinds))
    if not name:
        errors.append(required("roleRef.name"))
    errors += [invalid("roleRef.name", name, text) for text in names.path_segment(name)]
    for index, subject in enumerate(binding.get("subjects") or ()):
        errors += _subject(subject, f"subjects[{index}]", namespaced)
    return errors


def validate_binding_update(new: Obj, old: Obj, *, namespaced: bool) -> list[FieldError]:
    errors = validate_binding(new, namespaced=namespaced) + object_meta_update(new, old)
    now, was = ({part: (obj.get("roleRef") or {}).get(part, "") for part in _REFERENCE} for obj in (new, old))
    if now != was:
        shown = {_REFERENCE[part]: value for part, value in now.items()}
        errors.append(invalid("roleRef", shown, "cannot change roleRef"))
    return errors


_REFERENCE = {"apiGroup": "APIGroup", "kind": "Kind", "name": "Name"}


def _subject(subject: Obj, field: str, namespaced: bool) -> list[FieldError]:
    name, kind, group = subject.get("name", ""), subject.get("kind", ""), subject.get("apiGroup", "")
    errors: list[FieldError] = [] if name else [required(f"{field}.name")]
    if kind == "ServiceAccount":
        if name:
            errors += [invalid(f"{field}.name", name, text) for text in names.dns_subdomain(name)]
        if group:
            errors.append(not_supported(f"{field}.apiGroup", group, [""]))
        if not namespaced and not subject.get("namespace"):
            errors.append(required(f"{field}.namespace"))
    elif kind in ("User", "Group"):
        if group != RBAC_GROUP:
            errors.append(not_supported(f"{field}.apiGroup", group, [RBAC_GROUP]))
    else:
        errors.append(not_supported(f"{field}.kind", kind, ["ServiceAccount", "User", "Group"]))
    return errors


def _update_account(new: Obj, old: Obj) -> list[FieldError]:
    return object_meta_update(new, old) + object_meta(new)


def _role_validator(namespaced: bool) -> Validator:
    return Validator(
        partial(validate_role, namespaced=namespaced), partial(validate_role_update, namespaced=namespaced)
    )


def _binding_validator(namespaced: bool) -> Validator:
    return Validator(
        partial(validate_binding, namespaced=namespaced), partial(validate_binding_update, namespaced=namespaced)
    )


VALIDATORS: dict[str, Validator] = {
    "serviceaccounts": Validator(object_meta, _update_account),
    f"roles.{RBAC_GROUP}": _role_validator(True),
    f"clusterroles.{RBAC_GROUP}": _role_validator(False),
    f"rolebindings.{RBAC_GROUP}": _binding_validator(True),
    f"clusterrolebindings.{RBAC_GROUP}": _binding_validator(False),
}
