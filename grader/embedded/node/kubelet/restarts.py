"""Back-off of containers that do not stay up and of images that do not come, and how it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.embedded.node.kubelet.backoff import duration
from grader.embedded.node.kubelet.record import Record

if TYPE_CHECKING:
    from grader.embedded.node.kubelet.worker import PodWorker

_SETTLE_SECONDS = 2.0
"""How long the failure itself is shown before the back-off is: a kubelet notices it in a later pass."""
_REPEAT_SECONDS = 15.0


def due(record: Record, now: float) -> float:
    """The time a container may be started; not after `now` when it is due."""
    if record.exit is not None and record.container is not None:
        remaining = record.backoff.remaining(now, record.exited_at)
        if remaining > 0:
            return max(now + remaining, record.retry_at)
    return record.retry_at


def note_wait(worker: PodWorker, record: Record, now: float) -> float:
    """Show why a container is not started now; returns when there is more to tell."""
    if record.pull_error is not None:
        message, failed_at = record.pull_error
        return _tell(worker, record, now, failed_at, _pull_words(record, message), "Normal")
    if record.exit is not None and record.container is not None:
        return _tell(worker, record, now, record.exited_at, _crash_words(worker, record), "Warning")
    return record.retry_at


def _pull_words(record: Record, message: str) -> tuple[str, str, str]:
    """(reason, message, event) of an image back-off."""
    text = f'Back-off pulling image "{record.spec["image"]}"'
    return "ImagePullBackOff", f"{text}: ErrImagePull: {message}", text


def _crash_words(worker: PodWorker, record: Record) -> tuple[str, str, str]:
    """(reason, message, event) of a restart back-off."""
    name = f"{worker.key.name}_{worker.key.namespace}({worker.uid})"
    wait = duration(record.backoff.seconds)
    return (
        "CrashLoopBackOff",
        f"back-off {wait} restarting failed container={record.name} pod={name}",
        f"Back-off restarting failed container {record.name} in pod {name}",
    )


def _tell(
    worker: PodWorker, record: Record, now: float, failed_at: float, words: tuple[str, str, str], kind: str
) -> float:
    reason, message, event = words
    settled = failed_at + _SETTLE_SECONDS
    if now < settled:
        return settled
    if record.waiting is None or record.waiting[0] != reason:
        record.waiting = (reason, message)
        worker.dirty = True
    elif now < record.noted_at + _REPEAT_SECONDS:
        return record.noted_at + _REPEAT_SECONDS
    record.noted_at = now
    worker.node.events.event(worker.pod, kind, "BackOff", event, field_path=record.field_path)
    if reason == "ImagePullBackOff":
        text = "Error: ImagePullBackOff"
        worker.node.events.event(worker.pod, "Warning", "Failed", text, field_path=record.field_path)
    return now + _REPEAT_SECONDS
