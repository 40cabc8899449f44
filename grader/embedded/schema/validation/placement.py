"""Rules of where pods may run: affinity, tolerations, spreading.

("PodSpec v1 core" of the Kubernetes API reference; k8s.io/docs/concepts/scheduling-eviction.)
"""

from __future__ import annotations

from grader.embedded.objects import Obj
from grader.embedded.schema.field_errors import (
    FieldError,
    duplicate,
    forbidden,
    invalid,
    not_supported,
    required,
)
from grader.embedded.schema.validation import names
from grader.embedded.schema.validation.metadata import label_name
from grader.embedded.schema.validation.values import label_selector

_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
_WEIGHT_WORDS = "must be in the range 1-100"
_EFFECTS = ["NoSchedule", "PreferNoSchedule", "NoExecute"]
_UNSATISFIABLE = ["DoNotSchedule", "ScheduleAnyway"]
_NODE_POLICIES = ["Honor", "Ignore"]


def check_affinity(affinity: Obj, field: str) -> list[FieldError]:
    errors: list[FieldError] = []
    if affinity.get("nodeAffinity") is not None:
        errors += _node_affinity(affinity["nodeAffinity"], f"{field}.nodeAffinity")
    for kind in ("podAffinity", "podAntiAffinity"):
        if affinity.get(kind) is not None:
            errors += _pod_affinity(affinity[kind], f"{field}.{kind}")
    return errors


def _node_affinity(affinity: Obj, field: str) -> list[FieldError]:
    errors: list[FieldError] = []
    if affinity.get(_REQUIRED) is not None:
        errors += node_selector(affinity[_REQUIRED], f"{field}.{_REQUIRED}")
    for index, term in enumerate(affinity.get(_PREFERRED) or ()):
        where = f"{field}.{_PREFERRED}[{index}]"
        errors += _weight(term, where)
        errors += _node_term(term.get("preference") or {}, f"{where}.preference", strict=False)
    return errors


def node_selector(selector: Obj, field: str) -> list[FieldError]:
    """Errors of a `NodeSelector`: terms of which one must hold."""
    terms = selector.get("nodeSelectorTerms") or []
    if not terms:
        return [required(f"{field}.nodeSelectorTerms", "must have at least one node selector term")]
    return [
        error
        for index, term in enumerate(terms)
        for error in _node_term(term, f"{field}.nodeSelectorTerms[{index}]", strict=True)
    ]


def _node_term(term: Obj, field: str, *, strict: bool) -> list[FieldError]:
    """Errors of one term; values of preferences are not looked at (`strict` is false)."""
    errors: list[FieldError] = []
    for index, requirement in enumerate(term.get("matchExpressions") or ()):
        errors += _node_requirement(requirement, f"{field}.matchExpressions[{index}]", strict)
    for index, requirement in enumerate(term.get("matchFields") or ()):
        errors += _node_field(requirement, f"{field}.matchFields[{index}]")
    return errors


def _node_requirement(requirement: Obj, field: str, strict: bool) -> list[FieldError]:
    operator, values = requirement.get("operator", ""), requirement.get("values") or []
    errors: list[FieldError] = []
    if operator in ("In", "NotIn"):
        if not values:
            errors.append(required(f"{field}.values", "must be specified when `operator` is 'In' or 'NotIn'"))
    elif operator in ("Exists", "DoesNotExist"):
        if values:
            text = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
            errors.append(forbidden(f"{field}.values", text))
    elif operator in ("Gt", "Lt"):
        if len(values) != 1:
            text = "must be specified single value when `operator` is 'Lt' or 'Gt'"
            errors.append(required(f"{field}.values", text))
    else:
        errors.append(invalid(f"{field}.operator", operator, "not a valid selector operator"))
    errors += label_name(requirement.get("key", ""), f"{field}.key")
    for index, value in enumerate(values if strict else ()):
        errors += [invalid(f"{field}.values[{index}]", value, text) for text in names.label_value(value)]
    return errors


def _node_field(requirement: Obj, field: str) -> list[FieldError]:
    operator, values = requirement.get("operator", ""), requirement.get("values") or []
    key = requirement.get("key", "")
    errors: list[FieldError] = []
    if operator not in ("In", "NotIn"):
        errors.append(invalid(f"{field}.operator", operator, "not a valid selector operator"))
    elif len(values) != 1:
        text = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"
        errors.append(required(f"{field}.values", text))
    if key != "metadata.name":
        return [*errors, invalid(f"{field}.key", key, "not a valid field selector key")]
    for index, value in enumerate(values):
        errors += [invalid(f"{field}.values[{index}]", value, text) for text in names.dns_subdomain(value)]
    return errors


def _weight(term: Obj, field: str) -> list[FieldError]:
    weight = term.get("weight", 0)
    return [] if 1 <= weight <= 100 else [invalid(f"{field}.weight", weight, _WEIGHT_WORDS)]


def _pod_affinity(affinity: Obj, field: str) -> list[FieldError]:
    errors: list[FieldError] = []
    for index, term in enumerate(affinity.get(_REQUIRED) or ()):
        errors += _pod_term(term, f"{field}.{_REQUIRED}[{index}]")
    for index, weighted in enumerate(affinity.get(_PREFERRED) or ()):
        where = f"{field}.{_PREFERRED}[{index}]"
        errors += _weight(weighted, where)
        errors += _pod_term(weighted.get("podAffinityTerm") or {}, f"{where}.podAffinityTerm")
    return errors


def _pod_term(term: Obj, field: str) -> list[FieldError]:
    selector = term.get("labelSelector")
    errors = label_selector(selector, f"{field}.labelSelector")
    errors += label_selector(term.get("namespaceSelector"), f"{field}.namespaceSelector")
    for name in term.get("namespaces") or ():
        errors += [invalid(f"{field}.namespace", name, text) for text in names.dns_label(name)]
    same, other = term.get("matchLabelKeys") or [], term.get("mismatchLabelKeys") or []
    errors += _label_keys(same, selector, f"{field}.matchLabelKeys")
    errors += _label_keys(other, selector, f"{field}.mismatchLabelKeys")
    errors += _selected_twice(same, selector, field)
    errors += [
        invalid(f"{field}.matchLabelKeys[{index}]", key, "exists in both matchLabelKeys and mismatchLabelKeys")
        for index, key in enumerate(same)
        if key in other
    ]
    topology = term.get("topologyKey", "")
    if not topology:
        errors.append(required(f"{field}.topologyKey", "can not be empty"))
    return errors + label_name(topology, f"{field}.topologyKey")


def _label_keys(keys: list[str], selector: Obj | None, field: str) -> list[FieldError]:
    if not keys:
        return []
    if selector is None:
        return [forbidden(field, "must not be specified when labelSelector is not set")]
    return [error for index, key in enumerate(keys) for error in label_name(key, f"{field}[{index}]")]


def _selected_twice(keys: list[str], selector: Obj | None, field: str) -> list[FieldError]:
    """Errors of keys that the selector fixes already (once more than the server's own merged expression)."""
    if selector is None or not keys:
        return []
    places = {key: index for index, key in enumerate(keys)}
    seen = set(selector.get("matchLabels") or ())
    errors: list[FieldError] = []
    for expression in selector.get("matchExpressions") or ():
        key = expression.get("key", "")
        if key in places and key in seen:
            text = "exists in both matchLabelKeys and labelSelector"
            errors.append(invalid(f"{field}[{places[key]}]", key, text))
        seen.add(key)
    return errors


def check_tolerations(tolerations: list[Obj], field: str) -> list[FieldError]:
    errors: list[FieldError] = []
    for index, toleration in enumerate(tolerations):
        errors += _toleration(toleration, f"{field}[{index}]")
    return errors


def _toleration(toleration: Obj, field: str) -> list[FieldError]:
    key, operator = toleration.get("key", ""), toleration.get("operator", "")
    value, effect = toleration.get("value", ""), toleration.get("effect", "")
    errors = label_name(key, f"{field}.key") if key else []
    where = f"{field}.operator"
    if not key and operator != "Exists":
        text = 'operator must be Exists when `key` is empty, which means "match all values and all keys"'
        errors.append(invalid(where, operator, text))
    if toleration.get("tolerationSeconds") is not None and effect != "NoExecute":
        text = "effect must be 'NoExecute' when `tolerationSeconds` is set"
        errors.append(invalid(f"{field}.effect", effect, text))
    if operator in ("", "Equal"):
        found = names.label_value(value)
        if found:
            errors.append(invalid(where, value, ";".join(found)))
    elif operator == "Exists":
        if value:
            errors.append(invalid(where, value, "value must be empty when `operator` is 'Exists'"))
    else:
        errors.append(not_supported(where, operator, ["Equal", "Exists"]))
    if effect and effect not in _EFFECTS:
        errors.append(not_supported(f"{field}.effect", effect, _EFFECTS))
    return errors


def check_spreading(constraints: list[Obj], field: str) -> list[FieldError]:
    """Errors of `topologySpreadConstraints`."""
    errors: list[FieldError] = []
    kinds = [(each.get("topologyKey", ""), each.get("whenUnsatisfiable", "")) for each in constraints]
    for index, constraint in enumerate(constraints):
        where, (topology, action) = f"{field}[{index}]", kinds[index]
        skew = constraint.get("maxSkew", 0)
        if skew <= 0:
            errors.append(invalid(f"{where}.maxSkew", skew, "must be greater than zero"))
        if not topology:
            errors.append(required(f"{where}.topologyKey", "can not be empty"))
        if action not in _UNSATISFIABLE:
            errors.append(not_supported(f"{where}.whenUnsatisfiable", action, _UNSATISFIABLE))
        if kinds[index] in kinds[index + 1 :]:
            errors.append(duplicate(f"{where}.{{topologyKey, whenUnsatisfiable}}", f"{{{topology}, {action}}}"))
        errors += _spread_options(constraint, action, where)
    return errors


def _spread_options(constraint: Obj, action: str, field: str) -> list[FieldError]:
    errors: list[FieldError] = []
    domains = constraint.get("minDomains")
    if domains is not None:
        where = f"{field}.minDomains"
        if domains <= 0:
            errors.append(invalid(where, domains, "must be greater than zero"))
        if action != "DoNotSchedule":
            text = f"can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {action}"
            errors.append(invalid(where, domains, text))
    for name in ("nodeAffinityPolicy", "nodeTaintsPolicy"):
        policy = constraint.get(name)
        if policy is not None and policy not in _NODE_POLICIES:
            errors.append(not_supported(f"{field}.{name}", policy, _NODE_POLICIES))
    selector = constraint.get("labelSelector")
    errors += _spread_keys(constraint.get("matchLabelKeys") or [], selector, f"{field}.matchLabelKeys")
    return errors + label_selector(selector, f"{field}.labelSelector")


def _spread_keys(keys: list[str], selector: Obj | None, field: str) -> list[FieldError]:
    if not keys:
        return []
    errors: list[FieldError] = []
    if selector is None:
        errors.append(forbidden(field, "must not be specified when labelSelector is not set"))
    fixed = set((selector or {}).get("matchLabels") or ())
    fixed |= {each.get("key", "") for each in (selector or {}).get("matchExpressions") or ()}
    for index, key in enumerate(keys):
        errors += label_name(key, f"{field}[{index}]")
        if key in fixed:
            errors.append(invalid(f"{field}[{index}]", key, "exists in both matchLabelKeys and labelSelector"))
    return errors
