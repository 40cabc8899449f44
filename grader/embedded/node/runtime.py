"""What a kubelet and the API room see of containers: the contract between them and the container runtime.

`containers/` and `images/` implement it; nothing else in the cluster imports those rooms but to compose them:

    from grader.embedded.node.containers.runtime import SimulatedRuntime
    runtime = SimulatedRuntime(ImageCatalogue.builtin(), network, clock)

Volumes come from `Runtime.volume()`, so that what is behind their files stays the runtime's own affair. Images are
present per node: `pull`, `present` and `images` take the node's name. A restarted container is a new
`Runtime.create` over the same volumes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

Sink = Callable[[bytes], object]
"""Takes a piece of output. One that returns an awaitable is awaited, which is how a slow client slows a command."""


class StartError(Exception):
    """A container that could not be started.

    `reason` and `exit_code` are what its terminated state shows: (`StartError`, 128) for a command that is not there
    (the CRI reports 128 for whatever the OCI runtime refuses).
    """

    def __init__(self, message: str, exit_code: int = 128, reason: str = "StartError") -> None:
        super().__init__(message)
        self.message = message
        self.exit_code = exit_code
        self.reason = reason


class ExecError(Exception):
    """A command that could not be started in a running container; `exit_code` as runc gives it: 126 or 127.

    The message is the OCI runtime's, as the kubelet passes it on to kubectl and into probe events.
    """

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.message = message
        self.exit_code = exit_code


class PullError(Exception):
    """An image that could not be pulled, in containerd's words.

    `transient` ones (a registry out of reach) may succeed later; the others cannot until somebody changes the
    reference. `invalid` marks a reference that cannot be parsed at all: the kubelet's reason is then
    InvalidImageName instead of ErrImagePull.
    """

    def __init__(self, message: str, *, transient: bool = False, invalid: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.transient = transient
        self.invalid = invalid


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """An image on a node, as container statuses and node statuses show it."""

    reference: str
    """What `status.containerStatuses[].image` shows, such as `docker.io/library/nginx:1.27`."""
    image_id: str
    """What `.imageID` shows, such as `docker.io/library/nginx@sha256:…`."""
    size: int
    """Bytes."""
    user: int | None = None
    """The image's numeric user (0 when it names none), None when its user is a name: what runAsNonRoot looks at."""
    user_name: str = ""
    """The user's name where the image gives one that is not numeric."""


@dataclass(frozen=True, slots=True)
class PulledImage:
    """The answer to a pull. `pulled` is False when the image was on the node already and the policy allows that."""

    image: ImageInfo
    pulled: bool
    seconds: float
    """How long the pull took, without waiting for other pulls."""
    waited: float
    """How long it took including that wait."""


class Volume(Protocol):
    """Files that containers share: of one pod, or of all that use a claim. Paths are relative: `conf/a.yaml`."""

    def replace(self, files: Mapping[str, bytes], modes: Mapping[str, int] | None = None) -> None:
        """Hold exactly these files (config maps, secrets, projections). Running containers see it at once."""
        ...

    def read(self, path: str) -> bytes | None:
        """A file's content, or None when there is none."""
        ...

    def write(self, path: str, content: bytes) -> None:
        """Write one file, with the folders above it."""
        ...

    def paths(self) -> list[str]:
        """All files, sorted."""
        ...

    @property
    def used(self) -> int:
        """Bytes held, for eviction by size limit."""
        ...


@dataclass(frozen=True, slots=True)
class Mount:
    """A volume at a path of a container. With `sub_path`, only that file or folder of the volume."""

    path: str
    volume: Volume
    sub_path: str = ""
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class ContainerConfig:
    """What the kubelet asks a container to be. `command`, `args` and `env` have no `$(VAR)` left in them."""

    pod_uid: str
    pod_name: str
    namespace: str
    name: str
    hostname: str
    pod_ip: str
    image: str
    command: Sequence[str] | None = None
    args: Sequence[str] | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    working_dir: str | None = None
    user: int | None = None
    group: int | None = None
    mounts: Sequence[Mount] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)
    """/etc/hosts, /etc/resolv.conf, /etc/hostname."""
    stdin: bool = False
    stdin_once: bool = False
    tty: bool = False
    termination_message_path: str = "/dev/termination-log"
    read_only_root: bool = False
    node: str = ""
    """The node whose images it runs from."""
    memory_limit: int | None = None
    """Bytes above which the kernel kills it (OOMKilled)."""
    stop_signal: str | None = None
    """`lifecycle.stopSignal`: instead of the image's own."""


@dataclass(frozen=True, slots=True)
class Exit:
    """How a container ended. Times are cluster time in seconds since the epoch."""

    code: int
    signal: int | None
    reason: str
    """`Completed`, `Error`, `OOMKilled`, `ContainerCannotRun` or `StartError`."""
    message: str
    """What the process left in its termination message file (at most 4096 bytes, as the kubelet reads)."""
    started_at: float
    finished_at: float


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of output. `partial` ones had no newline within 16 KiB (the CRI's log format cuts there)."""

    time: float
    stream: str
    text: bytes
    partial: bool = False


class Logs(Protocol):
    """A container's output: lines with the time they were written, bounded as the kubelet's rotation bounds files."""

    def lines(
        self, *, tail: int | None = None, since: float | None = None, limit_bytes: int | None = None
    ) -> list[LogLine]:
        """What is there now: the last `tail` lines, those at or after `since` (cluster time)."""
        ...

    def follow(self, *, tail: int | None = None, since: float | None = None) -> AsyncIterator[LogLine]:
        """What is there, then what comes, until the container has ended."""
        ...

    def tail_text(self, max_lines: int = 80, max_bytes: int = 2048) -> str:
        """The end of the output, as terminationMessagePolicy FallbackToLogsOnError takes it."""
        ...


@dataclass(frozen=True, slots=True)
class Usage:
    """What `kubectl top` shows: cores and bytes."""

    cpu: float
    memory: int


class Container(Protocol):
    """A container: made by `Runtime.create`, started once, ended once."""

    @property
    def id(self) -> str:
        """`containerd://` and 64 hexadecimal digits."""
        ...

    @property
    def config(self) -> ContainerConfig: ...

    @property
    def image(self) -> ImageInfo: ...

    @property
    def logs(self) -> Logs: ...

    @property
    def started_at(self) -> float:
        """Cluster time of the start; 0.0 before."""
        ...

    @property
    def running(self) -> bool: ...

    @property
    def exit(self) -> Exit | None:
        """How it ended, once it has."""
        ...

    @property
    def user(self) -> tuple[int, int, list[int]]:
        """uid, gid and supplementary groups of its first process: `status.containerStatuses[].user.linux`."""
        ...

    async def start(self) -> None:
        """Start the main process; returns when it runs. Raises StartError."""
        ...

    def on_exit(self, callback: Callable[[Exit], object]) -> None:
        """Be called once it has ended (at once when it has already): cheaper than a task in `wait`."""
        ...

    async def wait(self) -> Exit:
        """Wait until it has ended."""
        ...

    async def stop(self, grace: float) -> None:
        """The stop signal as the image takes it, SIGKILL after `grace` seconds; returns when it has ended."""
        ...

    def kill(self, *, oom: bool = False) -> None:
        """SIGKILL now."""
        ...

    async def exec(
        self,
        argv: Sequence[str],
        *,
        stdin: AsyncIterator[bytes] | None = None,
        stdout: Sink,
        stderr: Sink,
        tty: bool = False,
        env: Mapping[str, str] | None = None,
        resize: AsyncIterator[tuple[int, int]] | None = None,
    ) -> int:
        """Run a command beside the main process; its exit code. Raises ExecError when it cannot be started.

        Cancelling the call kills the command. `resize` gives (columns, rows).
        """
        ...

    async def attach(self, *, stdin: AsyncIterator[bytes] | None = None, stdout: Sink, stderr: Sink) -> int:
        """The main process's streams from now until it ends; its exit code."""
        ...

    def read(self, path: str) -> bytes | None:
        """A file as the container sees it, mounts included; None when it is absent."""
        ...

    def usage(self) -> Usage: ...


class Runtime(Protocol):
    """Makes containers and keeps images, for all nodes."""

    async def pull(self, image: str, policy_present: bool, node: str = "") -> PulledImage:
        """Fetch an image; with `policy_present` only when the node does not have it. Raises PullError."""
        ...

    def load(self, image: str, node: str = "") -> ImageInfo:
        """Have an image on a node without a pull: side-loaded, or there since before a restart. Raises PullError."""
        ...

    def present(self, image: str, node: str = "") -> ImageInfo | None:
        """The image as the node has it, or None (imagePullPolicy Never, and node statuses)."""
        ...

    def images(self, node: str = "") -> list[tuple[list[str], int]]:
        """(names, bytes) of the node's images, largest first, as a node's status lists them."""
        ...

    def volume(self, files: Mapping[str, bytes] | None = None, *, in_memory: bool = False) -> Volume:
        """A new volume. `in_memory` ones are tmpfs to `df` and `mount`."""
        ...

    def create(self, config: ContainerConfig) -> Container:
        """A container of an image that the node has. Raises StartError when it has not."""
        ...
