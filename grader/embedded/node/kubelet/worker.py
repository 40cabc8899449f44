"""A pod worker: keeps one pod as its spec says, from its binding to its end.

Everything that happens to the pod (a new version of the object, a container's exit, a probe's verdict, a back-off
that is over) ends in `changed`, and one pass at a time looks at what is and does what is due. Nothing waits in
between: a pod that runs costs no task.
"""

from __future__ import annotations

import asyncio

from grader.embedded.clock import Timer, parse_timestamp
from grader.embedded.node.kubelet import probing
from grader.embedded.node.kubelet.limits import broken_limit, next_check
from grader.embedded.node.kubelet.parts import Node, Parts, log
from grader.embedded.node.kubelet.record import Record, records_of
from grader.embedded.node.kubelet.restarts import due, note_wait
from grader.embedded.node.kubelet.sandbox import Sandbox
from grader.embedded.node.kubelet.starting import start
from grader.embedded.node.kubelet.status import Verdict, pod_status
from grader.embedded.node.kubelet.steps import candidates, finished, initialized
from grader.embedded.node.kubelet.termination import stop_all, stop_container
from grader.embedded.node.kubelet.volumes import MountError
from grader.embedded.node.runtime import Container, Exit
from grader.embedded.objects import Obj, is_terminating, key_of
from grader.embedded.status import ApiError

_FIRST_MOUNT_RETRY = 0.5
_LAST_MOUNT_RETRY = 122.0
_WRITE_RETRY = 1.0
_STATUS_LISTS = ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses")


class PodWorker:
    """One pod on one node.

    `verdict`: why the pod is failed as a whole. `stopping`: its containers are being ended for good; `ended`: they
    have been. `dirty`: the status may differ from what was written. `writing`: it is being written now.
    """

    __slots__ = (
        "_again",
        "_began",
        "_mount_failures",
        "_task",
        "_wake_at",
        "_wake_timer",
        "dirty",
        "ended",
        "key",
        "node",
        "parts",
        "pod",
        "probes",
        "records",
        "sandbox",
        "started_at",
        "stopping",
        "uid",
        "verdict",
        "writing",
    )

    def __init__(self, parts: Parts, node: Node, pod: Obj, verdict: Verdict | None = None) -> None:
        self.parts = parts
        self.node = node
        self.pod = pod
        self.key = key_of(pod)
        self.uid: str = pod["metadata"]["uid"]
        self.records = records_of(pod)
        self.sandbox = Sandbox(parts, node)
        self.probes: list[probing.Probing] = []
        self.started_at = parts.clock.now()
        self.verdict = verdict
        self.dirty = True
        self.writing = False
        self.stopping = False
        self.ended = False
        self._began = False
        self._again = False
        self._mount_failures = 0
        self._task: asyncio.Task[None] | None = None
        self._wake_timer: Timer | None = None
        self._wake_at = 0.0

    # What happens to a pod

    def begin(self) -> None:
        """Take the pod up: as new, or as one whose containers were lost with the node's process."""
        status = self.pod.get("status") or {}
        if status.get("startTime"):
            self._restore(status)
        if status.get("phase") in ("Succeeded", "Failed"):
            self.stopping = self.ended = True
            if is_terminating(self.pod):
                self._remove()
            return
        if self.verdict is not None:
            self.node.events.event(self.pod, "Warning", self.verdict.reason, self.verdict.message)
        elif not is_terminating(self.pod):
            if status.get("startTime"):
                text = "Pod sandbox changed, it will be killed and re-created."
                self.node.events.event(self.pod, "Normal", "SandboxChanged", text)
            self.write()
            self._watch_limits()
        self.poke()

    def update(self, pod: Obj) -> None:
        """A new version of the object."""
        before, self.pod = self.pod, pod
        if self.ended:
            if is_terminating(pod):
                self._remove()
            return
        self._adopt(before, pod)
        self._watch_limits()
        if _deletion(before) != _deletion(pod) and self._task is not None:
            self._task.cancel()
            self._task = None
        self.changed()

    def exited(self, record: Record, container: Container, how: Exit) -> None:
        """A container has ended."""
        if record.container is not container or record.exit is not None:
            return
        probing.end(self, record)
        record.ends(how)
        self.changed()

    def changed(self) -> None:
        """The pod's status may be different: write it, and see what follows."""
        self.dirty = True
        self.poke()

    def poke(self) -> None:
        """Look at the pod soon, once however often this is asked."""
        if self.ended:
            return
        if self._task is None:
            self._task = self.parts.spawn(self._work())
        else:
            self._again = True

    def retry(self) -> None:
        """Something the pod waits for may be there: what failed for want of it is tried now."""
        for record in self.records:
            if record.waiting is not None and record.waiting[0] == "CreateContainerConfigError":
                record.retry_at = 0.0
        self.poke()

    def refresh(self) -> None:
        """Bring projected volumes up to date."""
        if not self.ended:
            self.sandbox.refresh(self.pod)

    def kill(self, record: Record, text: str, grace: int | None = None) -> None:
        """End one container, which is then restarted by the pod's policy."""
        seconds = self.grace if grace is None else float(grace)
        self.parts.spawn(stop_container(self, record, text, seconds))

    def vanish(self) -> None:
        """The object is gone: so is all that ran for it, at once and without a word."""
        self.close()
        for record in self.records:
            if record.container is not None and record.running:
                record.container.kill()
        self.sandbox.tear_down(self.pod)

    def close(self) -> None:
        """No timers and no work any more; whatever still happens is not written."""
        self.stopping = self.ended = True
        probing.end(self)
        self._quiet()
        if self._task is not None:
            self._task.cancel()

    @property
    def grace(self) -> float:
        """Seconds the pod's containers have to end."""
        asked = self.pod["metadata"].get("deletionGracePeriodSeconds")
        return float(self.pod["spec"].get("terminationGracePeriodSeconds", 30) if asked is None else asked)

    @property
    def policy(self) -> str:
        """The pod's restart policy."""
        return str(self.pod["spec"].get("restartPolicy", "Always"))

    def _adopt(self, before: Obj, pod: Obj) -> None:
        """Take over what may change in a running pod: images, ephemeral containers, labels that volumes show."""
        known = {record.name: record for record in self.records}
        for part in ("initContainers", "containers", "ephemeralContainers"):
            for spec in pod["spec"].get(part) or ():
                record = known.get(spec["name"])
                if record is None:
                    self.records.append(Record(spec, "ephemeral"))
                elif spec["image"] != record.spec["image"]:
                    record.change(spec)
                    if record.running and record.kind != "init":
                        self.kill(record, f"Container {record.name} definition changed, will be restarted")
        if any(before["metadata"].get(part) != pod["metadata"].get(part) for part in ("labels", "annotations")):
            self.refresh()

    def _restore(self, status: Obj) -> None:
        now = self.parts.clock.now()
        self.started_at = parse_timestamp(status["startTime"])
        known = {entry["name"]: entry for part in _STATUS_LISTS for entry in status.get(part) or ()}
        for record in self.records:
            if record.name in known:
                record.restore(known[record.name], now)

    # What is done about it

    async def _work(self) -> None:
        try:
            self._again = True
            while self._again:
                self._again = False
                await self._pass()
        finally:
            if self._task is asyncio.current_task():
                self._task = None

    async def _pass(self) -> None:
        if self.ended:
            return
        if self._is_over():
            await self._end()
            return
        if not self._set_up():
            return
        if self.dirty:
            self.write()
        while (record := self._next()) is not None:
            await start(self, record)
            if self.dirty and len(self.records) > 1:
                self.write()
            if is_terminating(self.pod):
                self._again = True
                return
        if finished(self.records, self.policy):
            await self._end()
        elif self.dirty:
            self.write()

    def _is_over(self) -> bool:
        """Whether the pod is to end: deleted, failed as a whole, done, or past its limits."""
        if is_terminating(self.pod) or self.verdict is not None:
            return True
        if finished(self.records, self.policy):
            return True
        self.verdict = broken_limit(self.pod, self.sandbox.volumes, self.started_at, self.parts.clock.now())
        if self.verdict is None:
            return False
        kind = "Warning" if self.verdict.reason == "Evicted" else "Normal"
        self.node.events.event(self.pod, kind, self.verdict.reason, self.verdict.message)
        return True

    def _set_up(self) -> bool:
        """The sandbox; whether it is up."""
        if self.sandbox.address:
            return True
        try:
            self.sandbox.set_up(self.pod)
        except MountError as error:
            for name, why in error.failures:
                text = f'MountVolume.SetUp failed for volume "{name}" : {why}'
                self.node.events.event(self.pod, "Warning", "FailedMount", text)
            pause = min(_FIRST_MOUNT_RETRY * 2**self._mount_failures, _LAST_MOUNT_RETRY)
            self._mount_failures += 1
            self._wake(self.parts.clock.now() + pause)
            if self.dirty:
                self.write()
            return False
        return True

    def _next(self) -> Record | None:
        """The container to start now; notes why others wait, and when to look again."""
        now = self.parts.clock.now()
        if not self._began and initialized(self.records):
            self._began = True
        for record in candidates(self.records, self.policy, self._began):
            at = due(record, now)
            if at <= now:
                return record
            self._wake(min(at, note_wait(self, record, now)))
        return None

    async def _end(self) -> None:
        """End all containers, write the last status, and let the object go if it is being deleted."""
        self.stopping = True
        probing.end(self)
        await stop_all(self, self.grace)
        self.ended = True
        self._quiet()
        self.sandbox.tear_down(self.pod)
        self.write()
        if is_terminating(self.pod):
            self._remove()

    def _remove(self) -> None:
        try:
            self.parts.client.delete("pods", *self.key, uid=self.uid, grace=0)
        except ApiError as error:
            log.warning("pod %s/%s cannot be removed: %s", *self.key, error)

    # Time

    def _watch_limits(self) -> None:
        at = None if self.stopping else next_check(self.pod, self.started_at, self.parts.clock.now())
        if at is not None:
            self._wake(at)

    def _wake(self, at: float) -> None:
        """Look at the pod at a time; of several wishes the earliest counts."""
        if self._wake_timer is not None:
            if self._wake_at <= at:
                return
            self._wake_timer.cancel()
        self._wake_at = at
        self._wake_timer = self.parts.clock.call_later(max(at - self.parts.clock.now(), 0.001), self._awake)

    def _awake(self) -> None:
        self._wake_timer = None
        self._watch_limits()
        self.poke()

    def _quiet(self) -> None:
        """No timer calls back any more."""
        if self._wake_timer is not None:
            self._wake_timer.cancel()
            self._wake_timer = None

    # The API

    def write(self) -> None:
        """Write the status if it differs from what the API has."""
        self.dirty = False
        current = self.parts.client.get("pods", *self.key)
        if current is None or current["metadata"]["uid"] != self.uid:
            return
        self.pod = current
        status = pod_status(
            current,
            self.records,
            address=self.sandbox.address,
            host_address=self.node.address,
            started_at=self.started_at,
            now=self.parts.clock.now(),
            ended=self.ended,
            verdict=self.verdict,
        )
        if status == current.get("status"):
            return
        self.writing = True
        try:
            self.pod = self.parts.client.update_status("pods", {**current, "status": status})
        except ApiError as error:
            log.warning("the status of pod %s/%s cannot be written: %s", *self.key, error)
            self.dirty = True
            self._wake(self.parts.clock.now() + _WRITE_RETRY)
        finally:
            self.writing = False


def _deletion(pod: Obj) -> tuple[str | None, int | None]:
    """How urgently a pod is being deleted."""
    meta = pod["metadata"]
    return meta.get("deletionTimestamp"), meta.get("deletionGracePeriodSeconds")
