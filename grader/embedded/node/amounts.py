"""Resource amounts as whole numbers, for sums that run thousands of times a second.

The scheduler and the kubelet count CPU in thousandths of a core and everything else in whole units, as the
scheduler of Kubernetes does; fractions are rounded up (k8s.io/docs/concepts/configuration/manage-resources-containers).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from math import ceil

from grader.embedded.objects import Obj
from grader.embedded.quantity import parse_quantity

Amounts = dict[str, int]
"""Resource name to amount: `cpu` in thousandths, the others in units or bytes."""


@lru_cache(maxsize=4096)
def amount(resource: str, quantity: str | int | float) -> int:
    """One quantity as a whole number. Raises ValueError for one that cannot be parsed."""
    value = parse_quantity(str(quantity))
    return ceil(value * 1000) if resource == "cpu" else ceil(value)


def amounts(quantities: Mapping[str, str | int | float] | None) -> Amounts:
    """A resource list, such as a container's requests."""
    return {name: amount(name, quantity) for name, quantity in quantities.items()} if quantities else {}


def add(total: Amounts, more: Mapping[str, int]) -> None:
    """Add amounts to a total, in place."""
    for name, value in more.items():
        total[name] = total.get(name, 0) + value


def largest(total: Amounts, other: Mapping[str, int]) -> None:
    """Raise a total to at least the other amounts, in place."""
    for name, value in other.items():
        if value > total.get(name, 0):
            total[name] = value


def is_sidecar(container: Obj) -> bool:
    """Whether an init container keeps running beside the others (restartPolicy Always)."""
    return container.get("restartPolicy") == "Always"


def pod_amounts(spec: Obj, part: str = "requests") -> Amounts:
    """What a pod asks for (`requests`) or may use (`limits`).

    The larger of what runs together and what each init container needs with the sidecars started before it;
    pod-level resources replace the sum for the resources they name; overhead is added
    (k8s.io/docs/concepts/workloads/pods/init-containers, section "Resource sharing within containers").
    """
    total = _sum(spec.get("containers") or (), part)
    starting: Amounts = {}
    sidecars: Amounts = {}
    for container in spec.get("initContainers") or ():
        asked = amounts((container.get("resources") or {}).get(part))
        if is_sidecar(container):
            add(sidecars, asked)
            largest(starting, sidecars)
        else:
            together = dict(sidecars)
            add(together, asked)
            largest(starting, together)
    add(total, sidecars)
    largest(total, starting)
    total.update(amounts((spec.get("resources") or {}).get(part)))
    add(total, amounts(spec.get("overhead")))
    return total


def _sum(containers: Iterable[Obj], part: str) -> Amounts:
    total: Amounts = {}
    for container in containers:
        resources = container.get("resources")
        if resources:
            add(total, amounts(resources.get(part)))
    return total
