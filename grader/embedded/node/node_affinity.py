"""Node selectors: which nodes a pod may go to, and which it likes better.

k8s.io/docs/concepts/scheduling-eviction/assign-pod-node.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from grader.embedded.objects import Obj, labels_of


def fits_node(spec: Obj, node: Obj) -> bool:
    """Whether a pod's nodeSelector and required node affinity allow a node."""
    selector = spec.get("nodeSelector")
    if selector:
        labels = labels_of(node)
        if any(labels.get(key) != value for key, value in selector.items()):
            return False
    affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    return required is None or matches_terms(required.get("nodeSelectorTerms") or (), node)


def matches_terms(terms: Sequence[Obj], node: Obj) -> bool:
    """Whether a node meets any of the terms; an empty term meets none."""
    return any(matches_term(term, node) for term in terms)


def matches_term(term: Obj, node: Obj) -> bool:
    """Whether a node meets every expression of a term."""
    expressions, fields = term.get("matchExpressions") or (), term.get("matchFields") or ()
    if not expressions and not fields:
        return False
    labels = labels_of(node)
    names = {"metadata.name": node["metadata"]["name"]}
    return all(_holds(e, labels) for e in expressions) and all(_holds(f, names) for f in fields)


def preference(spec: Obj, node: Obj) -> int:
    """The sum of the weights of the preferred terms that a node meets."""
    affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    preferred = affinity.get("preferredDuringSchedulingIgnoredDuringExecution") or ()
    return sum(p["weight"] for p in preferred if matches_term(p.get("preference") or {}, node))


def _holds(expression: Obj, labels: Mapping[str, str]) -> bool:
    check = _OPERATORS.get(expression["operator"])
    return check is not None and check(labels.get(expression["key"]), expression.get("values") or ())


def _compare(value: str | None, values: Sequence[str], sign: int) -> bool:
    try:
        return value is not None and (int(value) - int(values[0])) * sign > 0
    except (ValueError, IndexError):
        return False


_OPERATORS: dict[str, Callable[[str | None, Sequence[str]], bool]] = {
    "In": lambda value, values: value in values,
    "NotIn": lambda value, values: value not in values,
    "Exists": lambda value, values: value is not None,
    "DoesNotExist": lambda value, values: value is None,
    "Gt": lambda value, values: _compare(value, values, 1),
    "Lt": lambda value, values: _compare(value, values, -1),
}
