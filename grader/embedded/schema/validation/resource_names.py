"""Names of resources: what quotas, limit ranges and nodes may count (k8s.io/docs/concepts/policy/resource-quotas)."""

from __future__ import annotations

from grader.embedded.schema.field_errors import FieldError, invalid
from grader.embedded.schema.validation import names

_COMPUTE = ("cpu", "memory", "ephemeral-storage")
_COUNTED = frozenset(
    {
        "pods",
        "services",
        "replicationcontrollers",
        "resourcequotas",
        "secrets",
        "configmaps",
        "persistentvolumeclaims",
        "services.nodeports",
        "services.loadbalancers",
    }
)
_QUOTA = (
    _COUNTED | {f"{kind}{name}" for kind in ("", "requests.", "limits.") for name in _COMPUTE} | {"requests.storage"}
)
_STANDARD = _QUOTA | {"storage"}
_CONTAINER = frozenset(_COMPUTE)
_HUGE = "hugepages-"


def resource_name(name: str, field: str) -> list[FieldError]:
    """Errors of any resource's name: one of the standard ones, or `domain/name`."""
    errors = [invalid(field, name, text) for text in names.qualified_name(name)]
    if not errors and "/" not in name and not (name in _STANDARD or is_huge(name)):
        errors.append(invalid(field, name, "must be a standard resource type or fully qualified"))
    return errors


def container_resource(name: str, field: str) -> list[FieldError]:
    """Errors of the name of a resource that containers ask for."""
    errors = resource_name(name, field)
    if "/" not in name:
        if name not in _CONTAINER and not name.startswith(_HUGE):
            errors.append(invalid(field, name, "must be a standard resource for containers"))
    elif not is_native(name) and not is_extended(name):
        errors.append(invalid(field, name, "doesn't follow extended resource name standard"))
    return errors


def quota_resource(name: str, field: str) -> list[FieldError]:
    """Errors of the name of a resource that a quota limits."""
    errors = resource_name(name, field)
    if "/" not in name and not is_quota_resource(name):
        errors.append(invalid(field, name, "must be a standard resource for quota"))
    return errors


def is_quota_resource(name: str) -> bool:
    return name in _QUOTA or is_huge(name)


def is_huge(name: str) -> bool:
    return name.startswith((_HUGE, f"requests.{_HUGE}"))


def is_native(name: str) -> bool:
    """Whether a resource is Kubernetes' own."""
    return "/" not in name or "kubernetes.io/" in name


def is_extended(name: str) -> bool:
    """Whether a resource is somebody else's: `example.com/gpu`, counted in whole numbers."""
    return not is_native(name) and not name.startswith("requests.") and not names.qualified_name(f"requests.{name}")


def is_whole(name: str) -> bool:
    """Whether a resource comes in whole numbers only."""
    return name in _COUNTED or is_extended(name)


def may_overcommit(name: str) -> bool:
    """Whether limits above requests make sense for a resource."""
    return is_native(name) and not name.startswith(_HUGE)
