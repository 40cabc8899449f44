"""Spreading a service's endpoints over endpoint slices with as few writes as it takes.

Both controllers that write slices use this: one for services with a selector, one for endpoints written by hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from grader.embedded.clock import timestamp
from grader.embedded.machinery.client import Client
from grader.embedded.objects import Obj, clone, labels_of, owner_reference

SLICES = "endpointslices.discovery.k8s.io"
SERVICE_NAME = "kubernetes.io/service-name"
MANAGED_BY = "endpointslice.kubernetes.io/managed-by"
HEADLESS = "service.kubernetes.io/headless"
_CHANGED = "endpoints.kubernetes.io/last-change-trigger-time"
_RESERVED = (SERVICE_NAME, MANAGED_BY, HEADLESS)


@dataclass(frozen=True, slots=True)
class Group:
    """Endpoints of one address family that answer on the same ports."""

    ports: Sequence[Obj]
    endpoints: list[Obj]
    family: str = "IPv4"


def same_endpoint(one: Obj) -> tuple[str, ...]:
    """What tells endpoints apart: their pod if they have one, and their addresses."""
    return (one.get("targetRef", {}).get("uid", ""), *one["addresses"])


def distribute(
    existing: Sequence[Sequence[Obj]], wanted: Iterable[Obj], limit: int
) -> tuple[list[list[Obj]], list[list[Obj]]]:
    """New contents for the existing slices, and for the slices to add.

    Endpoints stay in their slice; new ones fill up slices that change anyway, then slices of their own. A slice
    whose content comes out empty is not needed any more.
    """
    left = {same_endpoint(endpoint): endpoint for endpoint in wanted}
    contents = [[kept for old in slice_ if (kept := left.pop(same_endpoint(old), None))] for slice_ in existing]
    fresh = list(left.values())
    changed = [new for new, old in zip(contents, existing, strict=True) if new != list(old)]
    unchanged = [new for new, old in zip(contents, existing, strict=True) if new == list(old) and len(new) < limit]
    if 0 < len(fresh) < limit:
        unchanged.sort(key=len, reverse=True)
        changed += [new for new in unchanged if len(new) + len(fresh) <= limit][:1]
    for content in changed:
        room = max(limit - len(content), 0)
        content.extend(fresh[:room])
        del fresh[:room]
    return contents, [fresh[start : start + limit] for start in range(0, len(fresh), limit)]


def _fits(slice_: Obj, group: Group) -> bool:
    return slice_["addressType"] == group.family and (slice_.get("ports") or []) == list(group.ports)


class Slicer:
    """Writes the slices of services on behalf of one controller."""

    def __init__(self, client: Client, manager: str, limit: int) -> None:
        """`manager` is the value of the label that says whose a slice is; `limit` the most endpoints in a slice."""
        self._client = client
        self._manager = manager
        self._limit = limit

    def of(self, namespace: str, service: str) -> list[Obj]:
        """This manager's slices of a service."""
        return [
            slice_
            for slice_ in self._client.list(SLICES, namespace)
            if labels_of(slice_).get(SERVICE_NAME) == service and labels_of(slice_).get(MANAGED_BY) == self._manager
        ]

    def clear(self, namespace: str, service: str) -> None:
        """Remove all slices of a service."""
        for slice_ in self.of(namespace, service):
            self._delete(slice_)

    def write(self, service: Obj, groups: Sequence[Group], owner: Obj, now: float) -> None:
        """Make the slices hold just these groups. A service without endpoints keeps one empty slice."""
        mine = self.of(service["metadata"]["namespace"], service["metadata"]["name"])
        labels = self._labels(service)
        spare = list(mine)
        missing: list[tuple[Group, list[Obj]]] = []
        for group in groups or [Group((), [])]:
            fitting = [slice_ for slice_ in mine if _fits(slice_, group)]
            contents, added = distribute([s.get("endpoints") or [] for s in fitting], group.endpoints, self._limit)
            if not group.endpoints:
                fitting, contents, added = fitting[:1], contents[:1], [] if fitting else [[]]
            for slice_, content in zip(fitting, contents, strict=True):
                if content or not group.endpoints:
                    spare.remove(slice_)
                    self._update(slice_, group, content, labels, now)
            missing += [(group, content) for content in added]
        for group, content in missing:
            reusable = next((s for s in spare if s["addressType"] == group.family), None)
            if reusable is None:
                self._create(service, owner, group, content, labels, now)
            else:
                spare.remove(reusable)
                self._update(reusable, group, content, labels, now)
        for slice_ in spare:
            self._delete(slice_)

    def _labels(self, service: Obj) -> dict[str, str]:
        labels = {key: value for key, value in labels_of(service).items() if key not in _RESERVED}
        labels |= {MANAGED_BY: self._manager, SERVICE_NAME: service["metadata"]["name"]}
        if service["spec"].get("clusterIP") == "None":
            labels[HEADLESS] = ""
        return labels

    def _create(
        self, service: Obj, owner: Obj, group: Group, content: list[Obj], labels: dict[str, str], now: float
    ) -> None:
        self._client.create(
            SLICES,
            {
                "apiVersion": "discovery.k8s.io/v1",
                "kind": "EndpointSlice",
                "metadata": {
                    "generateName": service["metadata"]["name"] + "-",
                    "namespace": service["metadata"]["namespace"],
                    "labels": dict(labels),
                    "annotations": {_CHANGED: timestamp(now)},
                    "ownerReferences": [owner_reference(owner)],
                },
                "addressType": group.family,
                "endpoints": content or None,
                "ports": list(group.ports) or None,
            },
        )

    def _update(self, slice_: Obj, group: Group, content: list[Obj], labels: dict[str, str], now: float) -> None:
        ports = list(group.ports)
        same = (slice_.get("endpoints") or []) == content and (slice_.get("ports") or []) == ports
        if same and labels_of(slice_) == labels:
            return
        meta = slice_["metadata"]
        annotations = {**(meta.get("annotations") or {}), _CHANGED: timestamp(now)}
        changed = {**slice_, "endpoints": content or None, "ports": ports or None}
        changed["metadata"] = {**meta, "labels": labels, "annotations": annotations}
        self._client.update(SLICES, clone(changed))

    def _delete(self, slice_: Obj) -> None:
        meta = slice_["metadata"]
        self._client.delete(SLICES, meta["namespace"], meta["name"], uid=meta["uid"])
