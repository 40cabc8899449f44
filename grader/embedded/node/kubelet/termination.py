"""Stopping containers: hooks, signals, grace.

k8s.io/docs/concepts/workloads/pods/pod-lifecycle, "Termination of Pods".
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from grader.embedded.network.waiting import within
from grader.embedded.node.kubelet.hooks import HookError, run_hook
from grader.embedded.node.kubelet.record import Record
from grader.embedded.node.runtime import Container
from grader.embedded.objects import Obj

if TYPE_CHECKING:
    from grader.embedded.node.kubelet.worker import PodWorker

SHORTEST_GRACE = 2.0
"""Seconds every container has after SIGTERM, whatever is left of its grace."""


async def stop_container(worker: PodWorker, record: Record, text: str, grace: float) -> None:
    """Stop one container: its preStop hook and SIGTERM share the grace, in seconds; then SIGKILL."""
    container = record.container
    if container is None or not record.running:
        return
    began = worker.parts.clock.now()
    hook = (record.spec.get("lifecycle") or {}).get("preStop")
    if record.killing:
        hook = None
    else:
        record.killing = True
        worker.node.events.event(worker.pod, "Normal", "Killing", text, field_path=record.field_path)
    if hook and grace > 0 and not record.holding:
        await _pre_stop(worker, record, container, hook, grace)
    left = grace - (worker.parts.clock.now() - began)
    await container.stop(max(left, SHORTEST_GRACE))


async def _pre_stop(worker: PodWorker, record: Record, container: Container, hook: Obj, grace: float) -> None:
    work = run_hook(worker.parts, worker.pod, record.spec, container, hook, worker.sandbox.address)
    try:
        await within(worker.parts.clock, grace, work)
    except (HookError, TimeoutError):
        if container.running:
            worker.node.events.event(
                worker.pod, "Warning", "FailedPreStopHook", "PreStopHook failed", field_path=record.field_path
            )


async def stop_all(worker: PodWorker, grace: float) -> None:
    """Stop every container of a pod: sidecars after the others, in reverse order of their start."""
    end = worker.parts.clock.now() + grace
    running = [r for r in worker.records if r.running]
    together = [r for r in running if r.kind != "sidecar"]
    if len(together) == 1:
        await stop_container(worker, together[0], f"Stopping container {together[0].name}", grace)
    elif together:
        await asyncio.gather(*(stop_container(worker, r, f"Stopping container {r.name}", grace) for r in together))
    for record in reversed([r for r in running if r.kind == "sidecar"]):
        left = max(end - worker.parts.clock.now(), 0.0)
        await stop_container(worker, record, f"Stopping container {record.name}", left)
