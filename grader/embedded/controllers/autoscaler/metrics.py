"""What an autoscaler's metrics say of its target's pods."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from grader.embedded.clock import parse_timestamp
from grader.embedded.controllers.autoscaler.proposal import Measured, Tolerance, replicas, utilization
from grader.embedded.controllers.pods import phase_of
from grader.embedded.objects import Obj, condition_of, is_terminating
from grader.embedded.quantity import Form, format_quantity, milli

_CPU_STARTS = 300.0
_READINESS_STARTS = 30.0


class ContainerUsage(Protocol):
    """What a container uses: cores and bytes."""

    @property
    def cpu(self) -> float: ...

    @property
    def memory(self) -> int: ...


Usage = Callable[[str, str], Mapping[str, ContainerUsage] | None]


class MetricError(Exception):
    """A metric that could not be had; `reason` is that of the condition and event, `what` names the metric."""

    def __init__(self, reason: str, what: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason
        self.what = what


@dataclass(frozen=True, slots=True)
class Proposal:
    """What one metric asks for: a number of pods, in whose name, and its current state for the status."""

    count: int
    name: str
    status: Obj


class PodMetrics:
    """Reads metrics of pods at one moment."""

    def __init__(self, usage: Usage | None, pods: Iterable[Obj], now: float) -> None:
        self._usage = usage
        self._pods = [pod for pod in pods if not is_terminating(pod) and phase_of(pod) != "Failed"]
        self._now = now

    def propose(self, metric: Obj, current: int, tolerance: Tolerance) -> Proposal:
        """What a metric of an autoscaler asks for. Raises MetricError."""
        kind = metric["type"]
        if kind not in ("Resource", "ContainerResource"):
            failed = {"Pods": "FailedGetPodsMetric", "Object": "FailedGetObjectMetric"}
            text = (
                f"unable to get metric: no metrics of type {kind} are served here: "
                "no custom or external metrics API is installed"
            )
            raise MetricError(failed.get(kind, "FailedGetExternalMetric"), kind.lower(), text)
        source = metric["resource" if kind == "Resource" else "containerResource"]
        return self._resource(source, source.get("container"), current, tolerance)

    def _resource(self, source: Obj, container: str | None, current: int, tolerance: Tolerance) -> Proposal:
        resource, target = source["name"], source["target"]
        reason = "FailedGetContainerResourceMetric" if container else "FailedGetResourceMetric"
        relative = target.get("averageUtilization") is not None
        prefix = f"failed to get {resource} utilization: " if relative else f"failed to get {resource} usage: "
        try:
            measured = self._measure(resource, container, relative=relative)
        except ValueError as error:
            what = f"{resource} {'container' if container else 'resource'}"
            raise MetricError(reason, what, f"{prefix}{error}") from error
        wanted = int(target["averageUtilization"]) if relative else milli(target["averageValue"])
        count = replicas(current, measured, max(wanted, 1), tolerance)
        average = sum(measured.used.values()) // len(measured.used)
        now: Obj = {"averageValue": _text(resource, average)}
        if relative:
            now["averageUtilization"] = utilization(measured.used, measured.requests)
        status: Obj = {"name": resource, "current": now}
        what = "percentage of request" if relative else ""
        name = f"{resource} resource utilization ({what})" if relative else f"{resource} resource"
        if container:
            status["container"] = container
            name = f"{resource} container resource" + (f" utilization ({what})" if relative else "")
            return Proposal(count, name, {"type": "ContainerResource", "containerResource": status})
        return Proposal(count, name, {"type": "Resource", "resource": status})

    def _measure(self, resource: str, container: str | None, *, relative: bool) -> Measured:
        """The pods' figures for a resource. Raises ValueError, in the autoscaler's words."""
        figures = {pod["metadata"]["name"]: self._figure(pod, resource, container) for pod in self._pods}
        if not any(figure is not None for figure in figures.values()):
            raise ValueError(
                f"unable to get metrics for resource {resource}: no metrics returned from resource metrics API"
            )
        unready = {
            pod["metadata"]["name"] for pod in self._pods if phase_of(pod) == "Pending" or self._starts(pod, resource)
        }
        used = {name: figure for name, figure in figures.items() if figure is not None and name not in unready}
        missing = {name for name, figure in figures.items() if figure is None and name not in unready}
        requests = {p["metadata"]["name"]: _request(p, resource, container) for p in self._pods} if relative else {}
        if not used:
            raise ValueError("did not receive metrics for targeted pods (pods might be unready)")
        return Measured(used, missing, unready, requests)

    def _figure(self, pod: Obj, resource: str, container: str | None) -> int | None:
        meta = pod["metadata"]
        usage = self._usage(meta["namespace"], meta["name"]) if self._usage else None
        if not usage:
            return None
        chosen = [one for name, one in usage.items() if container in (None, name)]
        return int(sum(one.cpu * 1000 if resource == "cpu" else one.memory * 1000 for one in chosen))

    def _starts(self, pod: Obj, resource: str) -> bool:
        """Whether a pod's CPU use is still that of its start: such figures do not count."""
        if resource != "cpu":
            return False
        ready, started = condition_of(pod, "Ready"), pod.get("status", {}).get("startTime")
        if ready is None or started is None:
            return True
        if ready["status"] == "True":
            return False
        began, changed = parse_timestamp(started), parse_timestamp(ready["lastTransitionTime"])
        return self._now < began + _CPU_STARTS or changed < began + _READINESS_STARTS


def _request(pod: Obj, resource: str, container: str | None) -> int:
    total = 0
    for one in pod["spec"]["containers"]:
        if container not in (None, one["name"]):
            continue
        asked = (one.get("resources", {}).get("requests") or {}).get(resource)
        if asked is None:
            name = pod["metadata"]["name"]
            raise ValueError(f"missing request for {resource} in container {one['name']} of Pod {name}")
        total += milli(asked)
    return total


def _text(resource: str, thousandths: int) -> str:
    if resource == "cpu":
        return f"{thousandths}m" if thousandths % 1000 else str(thousandths // 1000)
    return format_quantity(thousandths // 1000, Form.DECIMAL)
