"""A pod worker: keeps one pod as its spec says, from its binding to its end.

Everything that happens to the pod (a new version of the object, a container's exit, a probe's verdict, a back-off
that is over) ends in `changed`, and one pass at a time looks at what is and does what is due. Nothing waits in
between: a pod that runs costs no task.
"""

from __future__ import annotations

import asyncio

from grader.embedded.clock import parse_timestamp
from grader.embedded.node.kubelet import probing
from grader.embedded.node.kubelet.alarm import Alarm
from grader.embedded.node.kubelet.limits import broken_limit, next_check
from grader.embedded.node.kubelet.parts import Node, Parts, log
from grader.embedded.node.kubelet.record import Record, adopt, records_of, restore
from grader.embedded.node.kubelet.restarts import due, note_wait
from grader.embedded.node.kubelet.sandbox import Sandbox
from grader.embedded.node.kubelet.starting import start
from grader.embedded.node.kubelet.status import Verdict
from grader.embedded.node.kubelet.steps import RESTART_ALL, action, candidates, finished, initialized
from grader.embedded.node.kubelet.termination import stop_all, stop_container
from grader.embedded.node.kubelet.volumes import MountError
from grader.embedded.node.kubelet.writing import write_status
from grader.embedded.node.runtime import Container, Exit
from grader.embedded.objects import Obj, is_terminating, key_of
from grader.embedded.status import ApiError

_FIRST_MOUNT_RETRY = 0.5
_LAST_MOUNT_RETRY = 122.0
_WRITE_RETRY = 1.0


class PodWorker:
    """One pod on one node.

    `verdict`: why the pod is failed as a whole. `stopping`: its containers are being ended for good; `ended`: they
    have been. `dirty`: the status may differ from what was written. `writing`: it is being written now.
    """

    __slots__ = (
        "_again",
        "_alarm",
        "_began",
        "_mount_failures",
        "_task",
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
        self._alarm = Alarm(parts.clock, self._awake)

    # What happens to a pod

    def begin(self) -> None:
        """Take the pod up: as new, or as one whose containers were lost with the node's process."""
        status = self.pod.get("status") or {}
        if status.get("startTime"):
            self.started_at = parse_timestamp(status["startTime"])
            restore(self.records, status, self.parts.clock.now())
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
        if record.anew:
            record.begin_anew()
        elif not self.stopping and action(record) == RESTART_ALL:
            self._restart_all()
        self.changed()

    def changed(self) -> None:
        """The pod's status may be different: write it, and see what follows."""
        self.dirty = True
        if self.stopping and not self.ended and any(record.running for record in self.records):
            self.write()
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
        self._alarm.cancel()
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
        for record in adopt(self.records, pod):
            self.kill(record, f"Container {record.name} definition changed, will be restarted")
        if any(before["metadata"].get(part) != pod["metadata"].get(part) for part in ("labels", "annotations")):
            self.refresh()

    def _restart_all(self) -> None:
        """Begin anew in the same sandbox, as a container's rule asks for."""
        self._began = False
        for record in self.records:
            if record.kind != "ephemeral":
                if record.container is not None and record.running:
                    record.container.kill()
                record.begin_anew()

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
            self._alarm.at(self.parts.clock.now() + pause)
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
            self._alarm.at(min(at, note_wait(self, record, now)))
        return None

    async def _end(self) -> None:
        """End all containers, write the last status, and let the object go if it is being deleted."""
        self.stopping = True
        probing.end_liveness(self)
        await stop_all(self, self.grace)
        self.ended = True
        self._alarm.cancel()
        self.sandbox.tear_down(self.pod)
        self.write()
        if is_terminating(self.pod):
            self._remove()

    def _remove(self) -> None:
        try:
            self.parts.client.delete("pods", *self.key, uid=self.uid, grace=0)
        except ApiError as error:
            log.warning("pod %s/%s cannot be removed: %s", *self.key, error)

    def _watch_limits(self) -> None:
        at = None if self.stopping else next_check(self.pod, self.started_at, self.parts.clock.now())
        if at is not None:
            self._alarm.at(at)

    def _awake(self) -> None:
        self._watch_limits()
        self.poke()

    # The API

    def write(self) -> None:
        """Write the status if it differs from what the API has."""
        self.dirty = not write_status(self)
        if self.dirty:
            self._alarm.at(self.parts.clock.now() + _WRITE_RETRY)


def _deletion(pod: Obj) -> tuple[str | None, int | None]:
    """How urgently a pod is being deleted."""
    meta = pod["metadata"]
    return meta.get("deletionTimestamp"), meta.get("deletionGracePeriodSeconds")
