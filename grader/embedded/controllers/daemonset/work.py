"""One look at a daemon set: which pods are missing, too much or out of date, and what its status is."""

from __future__ import annotations

from collections.abc import Iterable

from grader.embedded.clock import parse_timestamp
from grader.embedded.controllers.daemonset import replacing
from grader.embedded.controllers.daemonset.backoff import Backoff
from grader.embedded.controllers.daemonset.placement import node_of, placed, should_run
from grader.embedded.controllers.daemonset.replacing import OnNode
from grader.embedded.controllers.pod_control import PodControl
from grader.embedded.controllers.pods import PodMaker, is_available, is_ready, phase_of
from grader.embedded.machinery.recorder import EventRecorder
from grader.embedded.objects import Obj, annotations_of, is_terminating, labels_of
from grader.embedded.status import ApiError

HASH = "controller-revision-hash"
_GENERATION = "deprecated.daemonset.template.generation"


class Work:
    """One look at a daemon set.

    `pods` are those it owns; `pauses` the seconds after which failed ones may be replaced.
    """

    def __init__(
        self,
        owner: Obj,
        digest: str,
        nodes: Iterable[Obj],
        control: PodControl,
        events: EventRecorder,
        backoff: Backoff,
    ) -> None:
        self.owner = owner
        self.digest = digest
        self.pods: list[Obj] = []
        self.pauses: list[float] = []
        self.patience: int = owner["spec"].get("minReadySeconds", 0)
        self._control = control
        self._events = events
        self._backoff = backoff
        self._now = backoff.now()
        self._spec = owner["spec"]["template"]["spec"]
        self._runs = {node["metadata"]["name"]: should_run(self._spec, node) for node in nodes}

    def place(self) -> ApiError | None:
        """Create what is missing on nodes where the daemon belongs, delete what is too much; what went wrong."""
        missing: list[str] = []
        surplus: list[Obj] = []
        by_node = self._by_node()
        surge = self._limits()[0]
        for name, (starts, stays) in self._runs.items():
            pods = by_node.pop(name, [])
            if not stays:
                surplus += [pod for pod in pods if not is_terminating(pod)]
                continue
            if not pods and starts:
                missing.append(name)
            standing = self._standing(name, pods, surplus)
            surplus += self._too_many(standing, surge)
        for pods in by_node.values():
            surplus += [pod for pod in pods if not is_terminating(pod)]
        return self._write(missing, surplus)

    def _standing(self, node: str, pods: list[Obj], surplus: list[Obj]) -> list[Obj]:
        """The pods of a node that live; ended ones are told of and given up."""
        standing = []
        for pod in pods:
            if is_terminating(pod):
                continue
            phase = phase_of(pod)
            if phase not in ("Failed", "Succeeded"):
                standing.append(pod)
                continue
            pause = self._backoff.pause((self.owner["metadata"]["uid"], node)) if phase == "Failed" else 0.0
            if pause:
                self.pauses.append(pause)
                continue
            surplus.append(pod)
            meta = pod["metadata"]
            where = f"{meta['namespace']}/{meta['name']} on node {node}"
            if phase == "Failed":
                text = f"Found failed daemon pod {where}, will try to kill it"
                self._events.event(self.owner, "Warning", "FailedDaemonPod", text)
            else:
                text = f"Found succeeded daemon pod {where}, will try to delete it"
                self._events.event(self.owner, "Normal", "SucceededDaemonPod", text)
        return standing

    def _too_many(self, standing: list[Obj], surge: int) -> list[Obj]:
        """Pods beyond one a node; during a surge, one of the old template may stand beside one of the new."""
        ordered = sorted(standing, key=_age)
        if not surge:
            return ordered[1:]
        new = [pod for pod in ordered if self._is_new(pod)]
        old = [pod for pod in ordered if not self._is_new(pod)]
        return new[1:] + old[1:]

    def replace(self) -> ApiError | None:
        """Go on with a rolling update; what went wrong."""
        surge, unavailable = self._limits()
        nodes = {name: self._on_node(pods) for name, pods in self._by_node().items() if name in self._runs}
        missing = [name for name, (starts, _) in self._runs.items() if starts and name not in nodes]
        if surge:
            starts, done = replacing.surging(nodes, surge, self._is_available)
            return self._write(starts, done)
        nodes |= {name: OnNode(None, None) for name in missing}
        return self._write([], replacing.in_place(nodes, unavailable, self._is_available))

    def _on_node(self, pods: list[Obj]) -> OnNode:
        new = [pod for pod in pods if self._is_new(pod) and not is_terminating(pod)]
        old = [pod for pod in pods if not self._is_new(pod)]
        return OnNode(max(new, key=_age, default=None), max(old, key=_age, default=None))

    def _write(self, nodes: list[str], surplus: list[Obj]) -> ApiError | None:
        try:
            for node in nodes:
                self._control.create(self.owner, self._pod(node))
            for pod in surplus:
                self._control.delete(self.owner, pod)
        except ApiError as error:
            return error
        return None

    def _pod(self, node: str) -> Obj:
        template = self.owner["spec"]["template"]
        labels = {**((template.get("metadata") or {}).get("labels") or {}), HASH: self.digest}
        generation = annotations_of(self.owner).get(_GENERATION)
        if generation:
            labels["pod-template-generation"] = generation
        meta = {**(template.get("metadata") or {}), "labels": labels}
        return PodMaker(self.owner, {"metadata": meta, "spec": placed(self._spec, node)}).make()

    def status(self) -> Obj:
        """The set's status as the pods are now."""
        by_node = self._by_node()
        desired = [name for name, (starts, _) in self._runs.items() if starts]
        running = [sorted(by_node[name], key=_age)[0] for name in desired if by_node.get(name)]
        counts = {
            "updatedNumberScheduled": sum(1 for pod in running if self._is_new(pod)),
            "numberAvailable": sum(1 for pod in running if self._is_available(pod)),
        }
        counts["numberUnavailable"] = len(desired) - counts["numberAvailable"]
        return {
            "currentNumberScheduled": len(running),
            "numberMisscheduled": sum(1 for name in by_node if name in self._runs and name not in desired),
            "desiredNumberScheduled": len(desired),
            "numberReady": sum(1 for pod in running if is_ready(pod)),
            "observedGeneration": self.owner["metadata"].get("generation", 0),
            **{name: count for name, count in counts.items() if count},
        }

    def _limits(self) -> tuple[int, int]:
        strategy = self.owner["spec"].get("updateStrategy") or {}
        if strategy.get("type") == "OnDelete":
            return 0, 0
        desired = sum(1 for starts, _ in self._runs.values() if starts)
        return replacing.limits(strategy.get("rollingUpdate") or {}, desired)

    def _by_node(self) -> dict[str, list[Obj]]:
        found: dict[str, list[Obj]] = {}
        for pod in self.pods:
            found.setdefault(node_of(pod), []).append(pod)
        return found

    def _is_new(self, pod: Obj) -> bool:
        return labels_of(pod).get(HASH) == self.digest

    def _is_available(self, pod: Obj) -> bool:
        return is_available(pod, self.patience, self._now)


def _age(pod: Obj) -> tuple[float, str]:
    return parse_timestamp(pod["metadata"]["creationTimestamp"]), pod["metadata"]["name"]
