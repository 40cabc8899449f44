"""Defaults of role bindings (Kubernetes API reference: RoleBinding v1 rbac.authorization.k8s.io)."""

from __future__ import annotations

from collections.abc import Callable

from grader.embedded.objects import Obj

RBAC_GROUP = "rbac.authorization.k8s.io"
_SUBJECT_GROUPS = {"User": RBAC_GROUP, "Group": RBAC_GROUP}


def default_binding(binding: Obj) -> None:
    """Role references and subjects that are users or groups belong to the RBAC group; service accounts to core."""
    reference = binding.setdefault("roleRef", {})
    if not reference.get("apiGroup"):
        reference["apiGroup"] = RBAC_GROUP
    for subject in binding.get("subjects") or ():
        if not subject.get("apiGroup") and subject.get("kind") in _SUBJECT_GROUPS:
            subject["apiGroup"] = _SUBJECT_GROUPS[subject["kind"]]


DEFAULTS: dict[str, Callable[[Obj], None]] = {
    f"rolebindings.{RBAC_GROUP}": default_binding,
    f"clusterrolebindings.{RBAC_GROUP}": default_binding,
}
