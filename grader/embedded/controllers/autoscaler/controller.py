"""The autoscaler's loop: every fifteen seconds, from metrics to a number of replicas."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from grader.embedded.clock import Clock, timestamp
from grader.embedded.controllers import conditions
from grader.embedded.controllers.autoscaler.metrics import MetricError, PodMetrics, Proposal, Usage
from grader.embedded.controllers.autoscaler.pace import Memory, limited, rules_of, stabilized
from grader.embedded.controllers.autoscaler.proposal import Tolerance
from grader.embedded.controllers.base import Controller, Mapper
from grader.embedded.controllers.selection import Matcher, label_matcher, matcher
from grader.embedded.machinery.client import Client
from grader.embedded.machinery.recorder import EventRecorder
from grader.embedded.objects import Key, Obj, clone, key_of, labels_of
from grader.embedded.quantity import parse_quantity
from grader.embedded.status import ApiError
from grader.embedded.store import Event, EventType

_AUTOSCALERS = "horizontalpodautoscalers.autoscaling"
_PERIOD = 15.0
_TARGETS_LABELS = "replicationcontrollers"


class HorizontalPodAutoscalerController(Controller):
    """Scales targets by what their pods use."""

    name = "horizontal-pod-autoscaler"

    def __init__(self, client: Client, clock: Clock, events: EventRecorder, usage: Usage | None) -> None:
        """`usage(namespace, pod)` gives what each container of a pod uses; None when nobody measures."""
        super().__init__(client, clock, events)
        self._usage = usage
        self._memories: dict[str, Memory] = {}

    def watches(self) -> Mapping[str, Mapper]:
        return {_AUTOSCALERS: self._changed}

    def resync(self) -> Iterable[Key]:
        return [key_of(autoscaler) for autoscaler in self.client.each(_AUTOSCALERS)]

    def _changed(self, event: Event) -> Iterable[Key]:
        if event.type is EventType.DELETED:
            self._memories.pop(event.object["metadata"]["uid"], None)
            return ()
        if event.old is not None and event.old.get("spec") == event.object.get("spec"):
            return ()
        return (event.key,)

    def reconcile(self, key: Key) -> float | None:
        autoscaler = self.client.get(_AUTOSCALERS, *key)
        if autoscaler is None:
            return None
        memory = self._memories.setdefault(autoscaler["metadata"]["uid"], Memory())
        look = _Look(self, autoscaler, memory)
        look.take()
        status = look.status()
        current = self.client.get(_AUTOSCALERS, *key)
        if current is not None and status != current.get("status"):
            self.client.update_status(_AUTOSCALERS, {**current, "status": status})
        return _PERIOD

    def usage(self) -> Usage | None:
        """Who measures pods."""
        return self._usage


class _Look:
    """One look at one autoscaler's target."""

    def __init__(self, controller: HorizontalPodAutoscalerController, autoscaler: Obj, memory: Memory) -> None:
        self._client = controller.client
        self._events = controller.events
        self._usage = controller.usage()
        self._now = controller.clock.now()
        self._autoscaler = autoscaler
        self._memory = memory
        before = autoscaler.get("status", {})
        self._conditions: list[Obj] = [dict(condition) for condition in before.get("conditions") or ()]
        self._metrics = before.get("currentMetrics")
        self._last_scale = before.get("lastScaleTime")
        self._current: int = before.get("currentReplicas", 0)
        self._desired: int = before.get("desiredReplicas", 0)

    def status(self) -> Obj:
        """The status as it is to be written."""
        status: Obj = {
            "observedGeneration": self._autoscaler["metadata"].get("generation"),
            "lastScaleTime": self._last_scale,
            "currentReplicas": self._current,
        }
        status = {key: value for key, value in status.items() if value}
        status |= {"desiredReplicas": self._desired, "currentMetrics": self._metrics}
        if self._conditions:
            status["conditions"] = self._conditions
        return status

    def take(self) -> None:
        """Measure the target and scale it."""
        reference = self._autoscaler["spec"]["scaleTargetRef"]
        resource = self._client.resource_of(reference.get("apiVersion", "v1"), reference["kind"])
        namespace = self._autoscaler["metadata"]["namespace"]
        target = self._client.get(resource, namespace, reference["name"]) if resource else None
        if resource is None or target is None or "replicas" not in target.get("spec", {}):
            text = f'{resource or reference["kind"].lower()} "{reference["name"]}" not found'
            self._events.event(self._autoscaler, "Warning", "FailedGetScale", text)
            text = f"the HPA controller was unable to get the target's current scale: {text}"
            self._tell("AbleToScale", "False", "FailedGetScale", text)
            return
        text = "the HPA controller was able to get the target's current scale"
        self._tell("AbleToScale", "True", "SucceededGetScale", text)
        self._current = target["spec"]["replicas"]
        wanted, why = self._wanted(resource, target)
        if wanted is None:
            return
        self._desired = wanted
        if wanted != self._current:
            self._scale(resource, target, wanted, why)

    def _wanted(self, resource: str, target: Obj) -> tuple[int | None, str]:
        """How many replicas there should be and why; None when that cannot be told."""
        spec, current = self._autoscaler["spec"], self._current
        least, most = spec.get("minReplicas", 1), spec["maxReplicas"]
        if current == 0 and least != 0:
            text = "scaling is disabled since the replica count of the target is zero"
            self._tell("ScalingActive", "False", "ScalingDisabled", text)
            self._desired = 0
            return None, ""
        if current > most:
            return most, "Current number of replicas above Spec.MaxReplicas"
        if current < least:
            return least, "Current number of replicas below Spec.MinReplicas"
        proposal = self._proposal(resource, target)
        if proposal is None:
            return None, ""
        text = f"the HPA was able to successfully calculate a replica count from {proposal.name}"
        self._tell("ScalingActive", "True", "ValidMetricFound", text)
        up, down = rules_of(self._autoscaler)
        if not self._memory.recommendations:
            self._memory.recommend(self._now, current)
        steady = stabilized(self._memory, current, proposal.count, up, down, self._now)
        self._tell("AbleToScale", "True", steady.reason, steady.message)
        decision = limited(self._memory, current, steady.size, (least, most), up, down, self._now)
        limits = "False" if decision.reason == "DesiredWithinRange" else "True"
        self._tell("ScalingLimited", limits, decision.reason, decision.message)
        grows = decision.size > current
        return decision.size, f"{proposal.name} above target" if grows else "All metrics below target"

    def _proposal(self, resource: str, target: Obj) -> Proposal | None:
        """The highest of what the metrics ask for. One that cannot be had forbids scaling down."""
        matches = _selector(resource, target)
        namespace = self._autoscaler["metadata"]["namespace"]
        pods = [pod for pod in self._client.each("pods", namespace) if matches(labels_of(pod))]
        reader = PodMetrics(self._usage, pods, self._now)
        found: list[Proposal] = []
        errors: list[MetricError] = []
        metrics = self._autoscaler["spec"].get("metrics") or [_USUAL]
        for metric in metrics:
            try:
                found.append(reader.propose(metric, self._current, _tolerance(self._autoscaler)))
            except MetricError as error:
                errors.append(error)
                self._events.event(self._autoscaler, "Warning", error.reason, str(error))
        self._metrics = [proposal.status for proposal in found] or None
        best = max(found, key=lambda proposal: proposal.count, default=None)
        if errors and (best is None or best.count < self._current):
            first = errors[0]
            text = f"the HPA was unable to compute the replica count: {first}"
            self._tell("ScalingActive", "False", first.reason, text)
            text = (
                f"invalid metrics ({len(errors)} invalid out of {len(metrics)}), first error is: "
                f"failed to get {first.what} metric value: {first}"
            )
            self._events.event(self._autoscaler, "Warning", "FailedComputeMetricsReplicas", text)
            return None
        return best

    def _scale(self, resource: str, target: Obj, wanted: int, why: str) -> None:
        changed = clone(target)
        changed["spec"]["replicas"] = wanted
        try:
            self._client.update(resource, changed)
        except ApiError as error:
            text = f"New size: {wanted}; reason: {why}; error: {error}"
            self._events.event(self._autoscaler, "Warning", "FailedRescale", text)
            text = f"the HPA controller was unable to update the target scale: {error}"
            self._tell("AbleToScale", "False", "FailedUpdateScale", text)
            self._desired = self._current
            return
        text = f"the HPA controller was able to update the target scale to {wanted}"
        self._tell("AbleToScale", "True", "SucceededRescale", text)
        self._events.event(self._autoscaler, "Normal", "SuccessfulRescale", f"New size: {wanted}; reason: {why}")
        self._memory.changed(self._now, wanted - self._current)
        self._last_scale = timestamp(self._now)

    def _tell(self, kind: str, status: str, reason: str, message: str) -> None:
        time = timestamp(self._now)
        new = {"type": kind, "status": status, "lastTransitionTime": time, "reason": reason, "message": message}
        conditions.set_in_place(self._conditions, new)


_USUAL: Obj = {
    "type": "Resource",
    "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}},
}


def _selector(resource: str, target: Obj) -> Matcher:
    """Which pods are a target's."""
    selector = target["spec"].get("selector")
    return label_matcher(selector) if resource == _TARGETS_LABELS else matcher(selector)


def _tolerance(autoscaler: Obj) -> Tolerance:
    up, down = rules_of(autoscaler)
    usual = Tolerance()
    return Tolerance(
        float(parse_quantity(up["tolerance"])) if up.get("tolerance") is not None else usual.up,
        float(parse_quantity(down["tolerance"])) if down.get("tolerance") is not None else usual.down,
    )
