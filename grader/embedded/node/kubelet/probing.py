"""When a pod's containers are probed, and what follows: started, ready, or killed.

k8s.io/docs/concepts/configuration/liveness-readiness-startup-probes and Kubernetes API reference: Probe v1 core.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from grader.embedded.clock import Timer
from grader.embedded.node.kubelet.record import Record
from grader.embedded.node.probes import Finding, Outcome, check
from grader.embedded.node.runtime import Container

if TYPE_CHECKING:
    from grader.embedded.node.kubelet.worker import PodWorker

ProbeKind = Literal["Startup", "Liveness", "Readiness"]

_FIELDS: dict[ProbeKind, str] = {
    "Startup": "startupProbe",
    "Liveness": "livenessProbe",
    "Readiness": "readinessProbe",
}


def begin(worker: PodWorker, record: Record) -> None:
    """A container has started: it is ready at once without probes, else its probes begin."""
    spec = record.spec
    if record.kind in ("init", "ephemeral"):
        record.started = True
        record.ready = False
        return
    if "startupProbe" in spec:
        worker.probes.append(Probing(worker, record, "Startup"))
        return
    started(worker, record)


def started(worker: PodWorker, record: Record) -> None:
    """A container has passed its startup probe, or has none."""
    record.started = True
    record.ready = "readinessProbe" not in record.spec
    kinds: tuple[ProbeKind, ...] = ("Liveness", "Readiness")
    for kind in kinds:
        if _FIELDS[kind] in record.spec:
            worker.probes.append(Probing(worker, record, kind))


def end(worker: PodWorker, record: Record | None = None) -> None:
    """Probe a container no longer, or all of them."""
    kept = []
    for probing in worker.probes:
        if record is None or probing.record is record:
            probing.stop()
        else:
            kept.append(probing)
    worker.probes[:] = kept


def end_liveness(worker: PodWorker) -> None:
    """A pod is ending: whether it is ready is still asked, whether it lives no longer."""
    for probing in worker.probes:
        if probing.kind != "Readiness":
            probing.stop()
    worker.probes[:] = [probing for probing in worker.probes if probing.kind == "Readiness"]


class Probing:
    """One probe of one run of a container."""

    __slots__ = ("_container", "_failures", "_probe", "_successes", "_timer", "_worker", "kind", "record", "stopped")

    def __init__(self, worker: PodWorker, record: Record, kind: ProbeKind) -> None:
        assert record.container is not None
        self._worker = worker
        self.record = record
        self.kind: ProbeKind = kind
        self._probe = record.spec[_FIELDS[kind]]
        self._container: Container = record.container
        self._successes = 0
        self._failures = 0
        self._timer: Timer | None = None
        self.stopped = False
        clock = worker.parts.clock
        self._later(self._container.started_at + float(self._probe.get("initialDelaySeconds") or 0) - clock.now())

    def stop(self) -> None:
        self.stopped = True
        if self._timer is not None:
            self._timer.cancel()

    def _later(self, delay: float) -> None:
        if delay > 0:
            self._timer = self._worker.parts.clock.call_later(delay, self._fire)
        else:
            self._fire()

    def _fire(self) -> None:
        if not self.stopped:
            self._worker.parts.spawn(self._run())

    async def _run(self) -> None:
        worker = self._worker
        began = worker.parts.clock.now()
        finding = await check(worker.parts, self._probe, self.record.spec, self._container, worker.sandbox.address)
        if self.stopped or not self._container.running:
            return
        self._take(finding)
        if not self.stopped:
            period = float(self._probe.get("periodSeconds") or 10)
            self._later(max(began + period - worker.parts.clock.now(), 0.001))

    def _take(self, finding: Finding) -> None:
        if finding.outcome is Outcome.ERROR:
            self._event(f"{self.kind} probe errored and resulted in Unknown state: {finding.text}")
        elif finding.outcome is Outcome.FAILURE:
            self._event(f"{self.kind} probe failed: {finding.text}")
            self._failed()
        else:
            if finding.outcome is Outcome.WARNING:
                self._event(f"{self.kind} probe warning: {finding.text}", "ProbeWarning")
            self._succeeded()

    def _event(self, text: str, reason: str = "Unhealthy") -> None:
        worker = self._worker
        worker.node.events.event(worker.pod, "Warning", reason, text, field_path=self.record.field_path)

    def _succeeded(self) -> None:
        self._failures = 0
        self._successes += 1
        if self._successes < int(self._probe.get("successThreshold") or 1):
            return
        if self.kind == "Startup":
            end(self._worker, self.record)
            started(self._worker, self.record)
            self._worker.changed()
        elif self.kind == "Readiness" and not self.record.ready:
            self.record.ready = True
            self._worker.changed()

    def _failed(self) -> None:
        self._successes = 0
        self._failures += 1
        if self._failures < int(self._probe.get("failureThreshold") or 3):
            return
        if self.kind == "Readiness":
            if self.record.ready:
                self.record.ready = False
                self._worker.changed()
            return
        end(self._worker, self.record)
        text = f"Container {self.record.name} failed {self.kind.lower()} probe, will be restarted"
        self._worker.kill(self.record, text, self._probe.get("terminationGracePeriodSeconds"))
