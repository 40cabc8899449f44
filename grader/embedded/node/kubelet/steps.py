"""Which containers of a pod are to be started now, and in which order.

k8s.io/docs/concepts/workloads/pods/init-containers, k8s.io/docs/concepts/workloads/pods/sidecar-containers and
k8s.io/docs/concepts/workloads/pods/pod-lifecycle ("How Pods handle problems with containers").
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from grader.embedded.node.kubelet.record import Record
from grader.embedded.objects import Obj

_RESTART = "Restart"
RESTART_ALL = "RestartAllContainers"


def initialized(records: Sequence[Record]) -> bool:
    """Whether every init container is through and every sidecar has started."""
    return all(_completed(r) if r.kind == "init" else r.started for r in records if r.kind in ("init", "sidecar"))


def candidates(records: Sequence[Record], policy: str, began: bool) -> Iterator[Record]:
    """Containers that should run and do not, in the order they are started.

    `began`: the pod's init containers have been through in this sandbox. Until then the first container that is
    not done yet ends the list.
    """
    for record in records:
        if record.kind == "ephemeral" and not record.ran:
            yield record
    if not began:
        for record in records:
            if record.kind == "init":
                if _completed(record):
                    continue
                if not record.running and restarts(record, policy):
                    yield record
                return
            if record.kind == "sidecar":
                if not record.running:
                    yield record
                if not record.started:
                    return
    else:
        yield from (r for r in records if r.kind == "sidecar" and not r.running)
    yield from (r for r in records if r.kind == "regular" and not r.running and restarts(r, policy))


def restarts(record: Record, policy: str) -> bool:
    """Whether a container that does not run is started (again), by its own rules or the pod's policy."""
    if record.kind == "sidecar" or record.anew:
        return True
    if record.exit is None:
        return record.kind != "ephemeral" or not record.ran
    code = record.exit["exitCode"]
    if record.kind == "init" and record.container is None and code == 0:
        return True
    ruled = action(record)
    if ruled is not None:
        return ruled in (_RESTART, RESTART_ALL)
    policy = record.spec.get("restartPolicy") or policy
    if policy == "Always":
        return record.kind == "regular" or code != 0
    return policy == "OnFailure" and code != 0


def action(record: Record) -> str | None:
    """What the first rule of a container that matches its exit asks for; None when no rule does."""
    if record.exit is None:
        return None
    for rule in record.spec.get("restartPolicyRules") or ():
        if _matches(rule, record.exit["exitCode"]):
            return str(rule.get("action"))
    return None


def finished(records: Sequence[Record], policy: str) -> bool:
    """Whether a pod has done what it was made for, or can never do it."""
    for record in records:
        failed = record.kind == "init" and record.exit is not None and record.exit["exitCode"] != 0
        if failed and not restarts(record, policy):
            return True
    regular = [r for r in records if r.kind == "regular"]
    return all(r.exit is not None and not restarts(r, policy) for r in regular)


def _completed(record: Record) -> bool:
    """An init container that has succeeded in this sandbox."""
    return record.container is not None and record.exit_code == 0


def _matches(rule: Obj, code: int) -> bool:
    wanted = rule.get("exitCodes") or {}
    values = wanted.get("values") or ()
    return (code in values) is (wanted.get("operator", "In") == "In")
