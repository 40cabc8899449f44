"""What a kubelet remembers of one container of a pod, over all its restarts."""

from __future__ import annotations

from typing import Literal

from grader.embedded.clock import timestamp
from grader.embedded.node.amounts import is_sidecar
from grader.embedded.node.kubelet.backoff import Backoff
from grader.embedded.node.runtime import Container, Exit
from grader.embedded.objects import Obj

Kind = Literal["init", "sidecar", "regular", "ephemeral"]

_LISTS: dict[Kind, str] = {
    "init": "initContainers",
    "sidecar": "initContainers",
    "regular": "containers",
    "ephemeral": "ephemeralContainers",
}
_UNKNOWN_EXIT = 255


class Record:
    """One container of a pod: its newest run, the run before, and why it waits."""

    __slots__ = (
        "_fixed",
        "anew",
        "backoff",
        "container",
        "exit",
        "exited_at",
        "holding",
        "killing",
        "kind",
        "last",
        "name",
        "noted_at",
        "previous",
        "pull_backoff",
        "pull_error",
        "ready",
        "restarts",
        "retry_at",
        "shown",
        "spec",
        "started",
        "waiting",
    )

    def __init__(self, spec: Obj, kind: Kind) -> None:
        self.name: str = spec["name"]
        self.spec = spec
        self.kind = kind
        self.container: Container | None = None
        """The newest run, which may have ended."""
        self.previous: Container | None = None
        """The run before: what `kubectl logs --previous` shows."""
        self.exit: Obj | None = None
        """The terminated state of the newest run, once it has ended."""
        self.exited_at = 0.0
        self.last: Obj | None = None
        """The terminated state of the run before."""
        self.shown: tuple[str, str, str] | None = None
        """(image, imageID, containerID) as the status shows them; None before the first run."""
        self.restarts = 0
        self.waiting: tuple[str, str] | None = None
        """(reason, message) of a container that should run and does not."""
        self.started = False
        """Runs, and has passed its startup probe."""
        self.ready = False
        """Started, and passes its readiness probe."""
        self.holding = False
        """Has been started, but its postStart hook is not through: not yet shown as running."""
        self.killing = False
        """Is being stopped."""
        self.backoff = Backoff()
        self.pull_backoff = Backoff()
        self.pull_error: tuple[str, float] | None = None
        """(message, time) of the last failed pull."""
        self.retry_at = 0.0
        """Cluster time before which a start that failed is not tried again."""
        self.noted_at = 0.0
        """When its back-off was last told of in an event."""
        self.anew = False
        """Is to run again whatever its policy says."""
        self._fixed: Obj | None = None

    @property
    def running(self) -> bool:
        """Whether the newest run is under way."""
        return self.container is not None and self.exit is None

    @property
    def ran(self) -> bool:
        """Whether there has been any run in this pod's life."""
        return self.exit is not None or self.container is not None or self.last is not None

    @property
    def exit_code(self) -> int | None:
        """How the newest run ended; None while it runs or before it does."""
        return None if self.exit is None else self.exit["exitCode"]

    @property
    def field_path(self) -> str:
        """Where the container is in the pod's spec, as events name it."""
        return f"spec.{_LISTS[self.kind]}{{{self.name}}}"

    def begins(self, container: Container) -> None:
        """A new run takes the place of the one that ended."""
        if self.exit is not None:
            self.last = self.exit
            self.restarts += 1
            self.previous = self.container or self.previous
        self.anew = False
        self.exit = None
        self.container = container
        self.shown = (container.image.reference, container.image.image_id, container.id)
        self.started = self.ready = self.killing = False

    def begin_anew(self) -> None:
        """Run again as in a new pod: init containers included, and at once."""
        self.anew = True
        if self.exit is not None:
            self.previous, self.container = self.container or self.previous, None
        self.waiting = None
        self.retry_at = 0.0

    def change(self, spec: Obj) -> None:
        """Another spec for the next run."""
        self.spec = spec
        self._fixed = None
        self.pull_backoff = Backoff()
        self.pull_error = None
        self.retry_at = 0.0

    def ends(self, how: Exit) -> None:
        """The newest run has ended."""
        assert self.container is not None
        state: Obj = {"exitCode": how.code}
        if how.signal and not how.code:
            state["signal"] = how.signal
        state["reason"] = how.reason
        message = self._message(how)
        if message:
            state["message"] = message
        state["startedAt"] = timestamp(how.started_at)
        state["finishedAt"] = timestamp(how.finished_at)
        state["containerID"] = self.container.id
        self.exit = state
        self.exited_at = how.finished_at
        self.started = self.ready = self.holding = self.killing = False
        self.waiting = None

    def _message(self, how: Exit) -> str:
        if how.message or not how.code or self.container is None:
            return how.message
        if self.spec.get("terminationMessagePolicy") == "FallbackToLogsOnError":
            return self.container.logs.tail_text()
        return ""

    def restore(self, status: Obj, now: float) -> None:
        """Take over what the API says of a container whose node has lost it.

        A container that ran is known to have ended, but not how: the runtime reports exit code 255 and reason
        Unknown after a reboot.
        """
        self.restarts = int(status.get("restartCount", 0))
        state = status.get("state") or {}
        self.last = (status.get("lastState") or {}).get("terminated")
        identity = status.get("containerID", "")
        if "running" in state:
            self.exit = {
                "exitCode": _UNKNOWN_EXIT,
                "reason": "Unknown",
                "startedAt": state["running"].get("startedAt"),
                "finishedAt": timestamp(now),
                "containerID": identity,
            }
        elif "terminated" in state:
            self.exit = state["terminated"]
        elif self.last is not None:
            self.exit, self.last = self.last, None
        if identity:
            self.shown = (status.get("image", ""), status.get("imageID", ""), identity)
        self.exited_at = now

    def status(self, creating: str) -> Obj:
        """The container's status (Kubernetes API reference: ContainerStatus v1 core).

        `creating` is the reason shown before anything is known: ContainerCreating, or PodInitializing.
        """
        image, image_id, container_id = self.shown or (self.spec["image"], "", "")
        status: Obj = {
            "name": self.name,
            "state": self._state(creating),
            "lastState": self._last_state(),
            "ready": self.ready or (self.kind == "init" and self.exit_code == 0),
            "restartCount": self.restarts,
            "image": image if not self._pulls() else self.spec["image"],
            "imageID": "" if self._pulls() else image_id,
            "started": self.started,
        }
        if container_id:
            status["containerID"] = container_id
        if self.container is not None:
            uid, gid, groups = self.container.user
            status["user"] = {"linux": {"uid": uid, "gid": gid, "supplementalGroups": groups}}
        fixed = self._fixed
        if fixed is None:
            fixed = self._fixed = _fixed_parts(self.spec)
        if "volumeMounts" in fixed:
            status["volumeMounts"] = fixed["volumeMounts"]
        if self.shown is not None:
            status["resources"] = fixed["resources"]
            if "allocatedResources" in fixed:
                status["allocatedResources"] = fixed["allocatedResources"]
        return status

    def _pulls(self) -> bool:
        """Whether it waits for an image it has never had."""
        return self.shown is None

    def _state(self, creating: str) -> Obj:
        if self.waiting is not None:
            reason, message = self.waiting
            return {"waiting": {"reason": reason, "message": message} if message else {"reason": reason}}
        if self.exit is not None:
            return {"terminated": self.exit}
        if self.container is not None and not self.holding:
            return {"running": {"startedAt": timestamp(self.container.started_at)}}
        return {"waiting": {"reason": creating}}

    def _last_state(self) -> Obj:
        if self.waiting is not None and self.exit is not None:
            return {"terminated": self.exit}
        return {"terminated": self.last} if self.last is not None else {}


def _fixed_parts(spec: Obj) -> Obj:
    """What of a status follows from the container's spec alone."""
    resources = spec.get("resources") or {}
    parts: Obj = {"resources": {k: v for k, v in resources.items() if k in ("limits", "requests", "claims") and v}}
    if resources.get("requests"):
        parts["allocatedResources"] = resources["requests"]
    mounts = []
    for mount in spec.get("volumeMounts") or ():
        shown = {"name": mount["name"], "mountPath": mount["mountPath"]}
        if mount.get("readOnly"):
            wanted = mount.get("recursiveReadOnly") or "Disabled"
            shown["readOnly"] = True
            shown["recursiveReadOnly"] = "Enabled" if wanted in ("Enabled", "IfPossible") else "Disabled"
        mounts.append(shown)
    if mounts:
        parts["volumeMounts"] = mounts
    return parts


def records_of(pod: Obj) -> list[Record]:
    """A record for each container of a pod: init containers in order, then containers, then ephemeral ones."""
    spec = pod["spec"]
    found = [Record(c, "sidecar" if is_sidecar(c) else "init") for c in spec.get("initContainers") or ()]
    found += [Record(c, "regular") for c in spec.get("containers") or ()]
    found += [Record(c, "ephemeral") for c in spec.get("ephemeralContainers") or ()]
    return found


_STATUS_LISTS = ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses")


def restore(records: list[Record], status: Obj, now: float) -> None:
    """Take over what a pod's status says of containers that its node has lost."""
    known = {entry["name"]: entry for part in _STATUS_LISTS for entry in status.get(part) or ()}
    for record in records:
        if record.name in known:
            record.restore(known[record.name], now)


def adopt(records: list[Record], pod: Obj) -> list[Record]:
    """Take over new ephemeral containers and other images; returns the running containers whose image changed."""
    known = {record.name: record for record in records}
    changed = []
    for part in ("initContainers", "containers", "ephemeralContainers"):
        for spec in pod["spec"].get(part) or ():
            record = known.get(spec["name"])
            if record is None:
                records.append(Record(spec, "ephemeral"))
            elif spec["image"] != record.spec["image"]:
                record.change(spec)
                if record.running and record.kind != "init":
                    changed.append(record)
    return changed
