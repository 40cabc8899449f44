"""Pod disruption budgets: how many pods may be evicted now (k8s.io/docs/tasks/run-application/configure-pdb)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import ceil

from grader.embedded.clock import parse_timestamp, timestamp
from grader.embedded.controllers import conditions
from grader.embedded.controllers.base import Controller, Mapper, itself
from grader.embedded.controllers.pods import is_ready, phase_of
from grader.embedded.controllers.selection import matcher
from grader.embedded.objects import Key, Obj, controller_of, is_terminating, key_of, labels_of
from grader.embedded.store import Event

_BUDGETS = "poddisruptionbudgets.policy"
_DEPLOYMENTS = "deployments.apps"
_SCALED = ("replicasets.apps", "replicationcontrollers", "statefulsets.apps")
_DISRUPTION_TAKES = 120.0


class ExpectationError(Exception):
    """The number of pods there should be cannot be told; the text says why."""


class DisruptionController(Controller):
    """Keeps the status of pod disruption budgets."""

    name = "disruption-controller"

    def watches(self) -> Mapping[str, Mapper]:
        every = {_BUDGETS: itself, "pods": self._pod_changed}
        return every | dict.fromkeys((*_SCALED, _DEPLOYMENTS), self._scale_changed)

    def resync(self) -> Iterable[Key]:
        return [key_of(budget) for budget in self.client.each(_BUDGETS)]

    def _pod_changed(self, event: Event) -> Iterable[Key]:
        for budget in self.client.each(_BUDGETS, event.key.namespace):
            matches = matcher(budget["spec"].get("selector"))
            if matches(labels_of(event.object)) or (event.old is not None and matches(labels_of(event.old))):
                yield key_of(budget)

    def _scale_changed(self, event: Event) -> Iterable[Key]:
        if event.old is None or event.old["spec"].get("replicas") != event.object["spec"].get("replicas"):
            yield from (key_of(budget) for budget in self.client.each(_BUDGETS, event.key.namespace))

    def reconcile(self, key: Key) -> float | None:
        budget = self.client.get(_BUDGETS, *key)
        if budget is None:
            return None
        matches = matcher(budget["spec"].get("selector"))
        pods = [pod for pod in self.client.each("pods", key.namespace) if matches(labels_of(pod))]
        if not pods:
            self.events.event(budget, "Normal", "NoPods", "No matching pods found")
        try:
            expected, desired = self._wanted(budget, pods)
        except ExpectationError as error:
            text = f"Failed to calculate the number of expected pods: {error}"
            self.events.event(budget, "Warning", "CalculateExpectedPodCountFailed", text)
            self._write(budget, {**budget.get("status", {}), "disruptionsAllowed": 0}, "SyncFailed", str(error))
            return None
        disrupted = self._disrupted(budget, pods)
        healthy = sum(1 for pod in pods if _is_healthy(pod) and pod["metadata"]["name"] not in disrupted)
        allowed = max(healthy - desired, 0) if expected > 0 else 0
        status = {
            "currentHealthy": healthy,
            "desiredHealthy": desired,
            "disruptionsAllowed": allowed,
            "expectedPods": expected,
            "observedGeneration": budget["metadata"].get("generation", 0),
        }
        if disrupted:
            status["disruptedPods"] = disrupted
        told = budget.get("status", {}).get("conditions")
        if told:
            status["conditions"] = told
        self._write(budget, status, "SufficientPods" if allowed else "InsufficientPods", "")
        return _DISRUPTION_TAKES if disrupted else None

    def _write(self, budget: Obj, status: Obj, reason: str, message: str) -> None:
        told = list(status.get("conditions") or ())
        conditions.set_in_place(
            told,
            {
                "type": "DisruptionAllowed",
                "status": "True" if reason == "SufficientPods" else "False",
                "observedGeneration": budget["metadata"].get("generation", 0),
                "lastTransitionTime": timestamp(self.clock.now()),
                "reason": reason,
                "message": message,
            },
        )
        status = {**status, "conditions": told}
        if status != budget.get("status"):
            self.client.update_status(_BUDGETS, {**budget, "status": status})

    def _disrupted(self, budget: Obj, pods: Iterable[Obj]) -> dict[str, str]:
        """Evicted pods that are still to be seen ending; after two minutes nobody believes it any more."""
        noted: dict[str, str] = budget.get("status", {}).get("disruptedPods") or {}
        standing = {pod["metadata"]["name"] for pod in pods if not is_terminating(pod)}
        limit = self.clock.now() - _DISRUPTION_TAKES
        return {name: time for name, time in noted.items() if name in standing and parse_timestamp(time) > limit}

    def _wanted(self, budget: Obj, pods: list[Obj]) -> tuple[int, int]:
        """(expected pods, pods that must stay healthy). Raises ExpectationError."""
        spec = budget["spec"]
        if spec.get("maxUnavailable") is not None:
            expected = self._expected(pods)
            return expected, max(expected - scaled(spec["maxUnavailable"], expected), 0)
        least = spec.get("minAvailable")
        if isinstance(least, str):
            expected = self._expected(pods)
            return expected, scaled(least, expected)
        return len(pods), int(least or 0)

    def _expected(self, pods: Iterable[Obj]) -> int:
        """The sum of what the pods' controllers were asked for. Raises ExpectationError."""
        scales: dict[str, int] = {}
        for pod in pods:
            owner = controller_of(pod)
            if owner is None:
                continue
            if owner["uid"] not in scales:
                uid, size = self._scale_of(owner, pod)
                scales[owner["uid"]] = 0 if uid in scales else size
                scales.setdefault(uid, 0)
        return sum(scales.values())

    def _scale_of(self, owner: Obj, pod: Obj) -> tuple[str, int]:
        """The uid and size of what scales a pod: a deployment stands for its replica sets."""
        resource = self.client.resource_of(owner["apiVersion"], owner["kind"])
        namespace = pod["metadata"]["namespace"]
        found = self.client.get(resource, namespace, owner["name"]) if resource else None
        if found is None or found["metadata"]["uid"] != owner["uid"]:
            raise ExpectationError(f'found no controllers for pod "{pod["metadata"]["name"]}"')
        above = controller_of(found)
        if resource == "replicasets.apps" and above is not None and above["kind"] == "Deployment":
            deployment = self.client.get(_DEPLOYMENTS, namespace, above["name"])
            if deployment is not None and deployment["metadata"]["uid"] == above["uid"]:
                found = deployment
        if "replicas" not in found.get("spec", {}):
            raise ExpectationError(f"{resource} does not implement the scale subresource")
        return found["metadata"]["uid"], int(found["spec"]["replicas"])


def scaled(value: int | str, total: int) -> int:
    """A number, or a percentage of a total, rounded up."""
    return value if isinstance(value, int) else ceil(int(value.rstrip("%")) * total / 100)


def _is_healthy(pod: Obj) -> bool:
    return not is_terminating(pod) and phase_of(pod) == "Running" and is_ready(pod)
