"""ResourceQuota: what a namespace may hold altogether (k8s.io/docs/concepts/policy/resource-quotas).

Usage is counted from the objects there are, so that a refusal is never out of date.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction

from grader.embedded.admission.base import Attributes, Plugin
from grader.embedded.objects import Obj
from grader.embedded.quantity import parse_quantity
from grader.embedded.store import Store
from grader.embedded.usage import Usage, charge, format_amount, in_scope

_COMPUTE = {"cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"}
_CHARGED_ON_UPDATE = ("services", "persistentvolumeclaims")

Counter = Callable[[Obj], Usage]


class ResourceQuota(Plugin):
    def __init__(self, store: Store) -> None:
        self._store = store

    def validate(self, request: Attributes) -> None:
        if request.subresource or request.obj is None or not request.namespace:
            return
        if request.verb != "create" and request.resource.key not in _CHARGED_ON_UPDATE:
            return
        quotas = self._store.list("resourcequotas", request.namespace)
        if not quotas:
            return
        added = charge(request.resource.key, request.obj)
        for name, amount in charge(request.resource.key, request.old).items() if request.old else ():
            added[name] = added.get(name, Fraction(0)) - amount
        for quota in quotas:
            if in_scope(quota, request.resource.key, request.obj):
                self._check(request, quota, added)

    def _check(self, request: Attributes, quota: Obj, added: Usage) -> None:
        hard = quota["spec"].get("hard") or {}
        name = quota["metadata"]["name"]
        if request.resource.key == "pods":
            missing = list(_unspecified(request.obj or {}, hard))
            if missing:
                raise request.forbid(f"failed quota: {name}: must specify {'; '.join(missing)}")
        touched = {key: amount for key, amount in added.items() if key in hard and amount > 0}
        if not touched:
            return
        used = self._used(request, quota, set(touched))
        over = sorted(key for key, amount in touched.items() if used[key] + amount > parse_quantity(hard[key]))
        if over:
            raise request.forbid(
                f"exceeded quota: {name}, "
                f"requested: {','.join(f'{key}={format_amount(key, touched[key])}' for key in over)}, "
                f"used: {','.join(f'{key}={format_amount(key, used[key])}' for key in over)}, "
                f"limited: {','.join(f'{key}={hard[key]}' for key in over)}"
            )

    def _used(self, request: Attributes, quota: Obj, wanted: set[str]) -> Usage:
        used: Usage = dict.fromkeys(wanted, Fraction(0))
        for obj in self._store.each(request.resource.key, request.namespace):
            if in_scope(quota, request.resource.key, obj):
                for key, amount in charge(request.resource.key, obj).items():
                    if key in used:
                        used[key] += amount
        return used


def _unspecified(pod: Obj, hard: Obj) -> Iterator[str]:
    """Compute resources under quota that a pod's containers do not name, as `limits.cpu for: web`."""
    for key in sorted(_COMPUTE & hard.keys()):
        part, _, resource = key.rpartition(".")
        part = part or "requests"
        lacking = [
            container["name"]
            for group in ("containers", "initContainers")
            for container in pod["spec"].get(group) or ()
            if resource not in (container.get("resources", {}).get(part) or {})
        ]
        if lacking:
            yield f"{key} for: {','.join(sorted(set(lacking)))}"
