"""A pod as the scheduler sees it: its spec, read once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from grader.embedded.machinery.labels import LabelSelector, selector_of
from grader.embedded.node.amounts import Amounts, pod_amounts
from grader.embedded.objects import Key, Obj, controller_of, key_of, labels_of

_LEAST_CPU = 100
_LEAST_MEMORY = 200 * 2**20
HostPort = tuple[str, int, str]
"""(protocol, port, address)."""


@dataclass(frozen=True, slots=True)
class AffinityTerm:
    """Pods that are to be near, or not near: which, in which namespaces, and what near means."""

    selector: LabelSelector
    namespaces: frozenset[str]
    namespace_selector: LabelSelector | None
    topology_key: str
    weight: int = 0

    def selects(self, pod: PodInfo, namespace_labels: Mapping[str, str]) -> bool:
        """Whether a pod is one of them; `namespace_labels` are those of its namespace."""
        near = pod.key.namespace in self.namespaces or (
            self.namespace_selector is not None and self.namespace_selector.matches(namespace_labels)
        )
        return near and self.selector.matches(pod.labels)


class PodInfo:
    """What scheduling needs of a pod. Affinity, which most pods do not have, is read when it is first asked for."""

    def __init__(self, pod: Obj) -> None:
        spec: Obj = pod["spec"]
        self.obj = pod
        self.key: Key = key_of(pod)
        self.uid: str = pod["metadata"]["uid"]
        self.spec = spec
        self.labels = labels_of(pod)
        self.priority: int = spec.get("priority") or 0
        self.requests: Amounts = pod_amounts(spec)
        owner = controller_of(pod)
        self.owner: str = owner["uid"] if owner else ""
        affinity = spec.get("affinity") or {}
        self.has_pod_affinity = "podAffinity" in affinity or "podAntiAffinity" in affinity
        containers = len(spec.get("containers") or ())
        self.load = (
            self.requests.get("cpu") or _LEAST_CPU * containers,
            self.requests.get("memory") or _LEAST_MEMORY * containers,
        )
        """(CPU, memory) for scores: containers that ask for nothing count as small ones."""
        self.host_ports = _host_ports(spec)
        self.claims = _claims(spec, self.key.name)
        """The persistent volume claims it uses."""
        self.spread: Sequence[Obj] = spec.get("topologySpreadConstraints") or ()

    @property
    def kin(self) -> str:
        """The same for pods that fit where this one fits: those of one owner that differ in their names only."""
        if not self.owner or self.claims or "affinity" in self.spec:
            return ""
        return f"{self.owner} {self.requests} {self.priority}"

    @cached_property
    def affinity(self) -> list[AffinityTerm]:
        """Pods it must be near."""
        return self._required("podAffinity")

    @cached_property
    def anti_affinity(self) -> list[AffinityTerm]:
        """Pods it must not be near."""
        return self._required("podAntiAffinity")

    @cached_property
    def preferred(self) -> list[AffinityTerm]:
        """Pods it likes to be near; negative weights for those it does not."""
        terms = []
        for kind, sign in (("podAffinity", 1), ("podAntiAffinity", -1)):
            for item in self._terms(kind, "preferredDuringSchedulingIgnoredDuringExecution"):
                terms.append(self._term(item["podAffinityTerm"], sign * item["weight"]))
        return terms

    def _required(self, kind: str) -> list[AffinityTerm]:
        return [self._term(t) for t in self._terms(kind, "requiredDuringSchedulingIgnoredDuringExecution")]

    def _terms(self, kind: str, strength: str) -> Sequence[Obj]:
        return ((self.spec.get("affinity") or {}).get(kind) or {}).get(strength) or ()

    def _term(self, term: Obj, weight: int = 0) -> AffinityTerm:
        spaces = frozenset(term.get("namespaces") or ())
        selector = term.get("namespaceSelector")
        if not spaces and selector is None:
            spaces = frozenset([self.key.namespace])
        return AffinityTerm(
            selector_of(self.with_keys(term)),
            spaces,
            None if selector is None else selector_of(selector),
            term["topologyKey"],
            weight,
        )

    def with_keys(self, term: Obj) -> Obj:
        """A term's label selector with matchLabelKeys and mismatchLabelKeys resolved by the pod's own labels."""
        selector: Obj = dict(term.get("labelSelector") or {})
        extra = []
        for field, operator in (("matchLabelKeys", "In"), ("mismatchLabelKeys", "NotIn")):
            for key in term.get(field) or ():
                if key in self.labels:
                    extra.append({"key": key, "operator": operator, "values": [self.labels[key]]})
        if extra:
            selector["matchExpressions"] = [*(selector.get("matchExpressions") or ()), *extra]
        return selector


def _host_ports(spec: Obj) -> list[HostPort]:
    """The node's ports a pod wants."""
    found = []
    for part in ("containers", "initContainers"):
        for container in spec.get(part) or ():
            for port in container.get("ports") or ():
                if port.get("hostPort"):
                    found.append((port.get("protocol", "TCP"), port["hostPort"], port.get("hostIP") or "0.0.0.0"))
    return found


def _claims(spec: Obj, name: str) -> list[str]:
    found = []
    for volume in spec.get("volumes") or ():
        if "persistentVolumeClaim" in volume:
            found.append(volume["persistentVolumeClaim"]["claimName"])
        elif "ephemeral" in volume:
            found.append(f"{name}-{volume['name']}")
    return found
