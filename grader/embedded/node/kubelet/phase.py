"""A pod's phase, from the states of its containers (k8s.io/docs/concepts/workloads/pods/pod-lifecycle, "Pod phase")."""

from __future__ import annotations

from collections.abc import Sequence

from grader.embedded.node.kubelet.record import Record
from grader.embedded.node.kubelet.steps import restarts

PENDING, RUNNING, SUCCEEDED, FAILED = "Pending", "Running", "Succeeded", "Failed"


def phase_of(records: Sequence[Record], policy: str, *, ended: bool) -> str:
    """The phase of a pod with a restart policy. `ended`: nothing of it runs and nothing will be started again."""
    regular = [r for r in records if r.kind == "regular"]
    init = [r for r in records if r.kind == "init"]
    if any(_failed(r) and not restarts(r, policy) for r in init):
        return FAILED
    begun = any(r.ran for r in regular)
    if not begun and (
        any(_pending_init(r) for r in init) or any(not _started_sidecar(r) for r in records if r.kind == "sidecar")
    ):
        return FAILED if ended and any(r.exit is not None for r in records) else PENDING
    if any(_never_ran(r) for r in regular):
        return PENDING
    if any(r.running for r in regular) or any(r.running for r in records if r.kind == "sidecar"):
        return RUNNING
    succeeded = all(r.exit_code == 0 for r in regular)
    if ended:
        return SUCCEEDED if succeeded else FAILED
    if any(restarts(r, policy) for r in regular):
        return RUNNING
    return SUCCEEDED if succeeded else FAILED


def _failed(record: Record) -> bool:
    return record.exit is not None and record.exit["exitCode"] != 0


def _pending_init(record: Record) -> bool:
    return record.exit_code != 0 and not _failed(record)


def _started_sidecar(record: Record) -> bool:
    return record.started or record.exit is not None


def _never_ran(record: Record) -> bool:
    """Shown as waiting, without any run before."""
    return record.exit is None and (record.container is None or record.holding) and record.last is None
