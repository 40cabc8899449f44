"""Writing a pod's status to the API, when it differs from what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.embedded.node.kubelet.parts import log
from grader.embedded.node.kubelet.status import pod_status
from grader.embedded.status import ApiError

if TYPE_CHECKING:
    from grader.embedded.node.kubelet.worker import PodWorker


def write_status(worker: PodWorker) -> bool:
    """Write the status of a worker's pod; False when the API refused it. The worker then has the stored version."""
    client = worker.parts.client
    current = client.get("pods", *worker.key)
    if current is None or current["metadata"]["uid"] != worker.uid:
        return True
    worker.pod = current
    status = pod_status(
        current,
        worker.records,
        address=worker.sandbox.address,
        host_address=worker.node.address,
        started_at=worker.started_at,
        now=worker.parts.clock.now(),
        ended=worker.ended,
        verdict=worker.verdict,
    )
    if status == current.get("status"):
        return True
    worker.writing = True
    try:
        worker.pod = client.update_status("pods", {**current, "status": status})
    except ApiError as error:
        log.warning("the status of pod %s/%s cannot be written: %s", *worker.key, error)
        return False
    finally:
        worker.writing = False
    return True
