"""The order in which a stateful set's pods are made, updated and removed: one look, one step.

k8s.io/docs/concepts/workloads/controllers/statefulset, "Deployment and Scaling Guarantees" and "Update strategies".
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from grader.embedded.controllers.pods import has_ended, is_available, is_ready, phase_of
from grader.embedded.controllers.statefulset.identity import ordinal_of, pod_of, revision_of, start_of
from grader.embedded.controllers.statefulset.stateful_pods import StatefulPods
from grader.embedded.objects import Obj, is_terminating


@dataclass(frozen=True, slots=True)
class Revisions:
    """The revisions in play: names, and the template of each."""

    current: str
    update: str
    templates: dict[str, Obj]


class Step:
    """A stateful set and its pods, and what is done about them now.

    `waits_for_claim`: a pod could not be made because an old claim of its name is still being deleted.
    """

    def __init__(self, owner: Obj, pods: list[Obj], revisions: Revisions, writer: StatefulPods, now: float) -> None:
        self._owner = owner
        self._revisions = revisions
        self._writer = writer
        self._now = now
        self._ordered = owner["spec"].get("podManagementPolicy", "OrderedReady") == "OrderedReady"
        self._patience = owner["spec"].get("minReadySeconds", 0)
        start, count = start_of(owner), owner["spec"].get("replicas", 1)
        self._ordinals = range(start, start + count)
        self.waits_for_claim = False
        self.replicas: dict[int, Obj | None] = dict.fromkeys(self._ordinals)
        self.condemned: dict[int, Obj] = {}
        for pod in pods:
            ordinal = ordinal_of(pod["metadata"]["name"], owner["metadata"]["name"])
            if ordinal in self.replicas:
                self.replicas[ordinal] = pod
            elif ordinal is not None:
                self.condemned[ordinal] = pod

    def take(self) -> None:
        """Create, remove or update what is due. Raises ApiError."""
        if self._fill() and self._shrink():
            self._update()

    def _fill(self) -> bool:
        """Create what is missing, lowest ordinal first; whether all that must run does."""
        for ordinal in self._ordinals:
            is_up = self._settle(ordinal)
            if self._ordered and not is_up:
                return False
        return True

    def _settle(self, ordinal: int) -> bool:
        """Bring one replica into being; whether it is available."""
        pod = self.replicas[ordinal]
        if pod is not None and has_ended(pod):
            if not is_terminating(pod):
                self._writer.delete(pod)
            return False
        if pod is None:
            revision = self._revision_for(ordinal)
            wanted = pod_of(self._owner, self._revisions.templates[revision], revision, ordinal)
            made = self._writer.create(wanted, ordinal)
            self.waits_for_claim |= made is None
            self.replicas[ordinal] = made
            return False
        if phase_of(pod) == "Pending":
            self._writer.ensure_claims(pod["metadata"]["name"], ordinal)
        if is_terminating(pod):
            return False
        if not self.is_up(pod):
            return False
        self._writer.mend(pod, ordinal)
        return True

    def _revision_for(self, ordinal: int) -> str:
        """A missing pod comes back in the revision it had: below the partition that is the current one."""
        strategy = self._owner["spec"].get("updateStrategy") or {}
        if strategy.get("type", "RollingUpdate") != "RollingUpdate":
            return self._revisions.update
        rolling = strategy.get("rollingUpdate")
        kept = (
            self._owner.get("status", {}).get("currentReplicas", 0) if rolling is None else rolling.get("partition", 0)
        )
        return self._revisions.current if ordinal < self._ordinals.start + kept else self._revisions.update

    def _shrink(self) -> bool:
        """Remove what is too much, highest ordinal first; whether nothing had to be waited for."""
        for ordinal, pod in self.condemned.items():
            self._writer.own_claims(pod, ordinal, condemned=True)
        first_down = self._first_down()
        for ordinal in sorted(self.condemned, reverse=True):
            pod = self.condemned[ordinal]
            if is_terminating(pod):
                if self._ordered:
                    return False
                continue
            if self._ordered and not self.is_up(pod) and pod is not first_down:
                return False
            self._writer.delete(pod)
            if self._ordered:
                return False
        return True

    def _first_down(self) -> Obj | None:
        for ordinal in sorted([*self.replicas, *self.condemned]):
            pod = self.replicas.get(ordinal) or self.condemned.get(ordinal)
            if pod is not None and not self.is_up(pod):
                return pod
        return None

    def _update(self) -> None:
        """Delete pods of an older revision, highest ordinal first, as far as unavailability is allowed."""
        strategy = self._owner["spec"].get("updateStrategy") or {}
        if strategy.get("type", "RollingUpdate") == "OnDelete":
            return
        rolling = strategy.get("rollingUpdate") or {}
        allowed = max_unavailable(rolling.get("maxUnavailable", 1), len(self._ordinals))
        allowed -= sum(1 for pod in self.replicas.values() if pod is None or not self.is_up(pod))
        for ordinal in reversed(self._ordinals):
            pod = self.replicas[ordinal]
            if ordinal < self._ordinals.start + rolling.get("partition", 0):
                return
            if pod is None or is_terminating(pod) or revision_of(pod) == self._revisions.update:
                continue
            if self.is_up(pod):
                if allowed <= 0:
                    return
                allowed -= 1
            self._writer.delete(pod)

    def is_up(self, pod: Obj) -> bool:
        """Running, ready for long enough, and not on its way out."""
        return (
            phase_of(pod) == "Running"
            and not is_terminating(pod)
            and is_ready(pod)
            and is_available(pod, self._patience, self._now)
        )


def max_unavailable(value: int | str, replicas: int) -> int:
    """How many pods an update may take down at once: at least one; a percentage is rounded up."""
    count = value if isinstance(value, int) else ceil(int(value.rstrip("%")) * replicas / 100)
    return max(count, 1)
