"""A simulated container: its first process, its output, and the commands run beside it."""

from __future__ import annotations

import asyncio
import secrets
import signal
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from grader.embedded.network.dns import ResolverConfig, parse_resolver
from grader.embedded.node.containers.accounts import Accounts
from grader.embedded.node.containers.attached import Attachments
from grader.embedded.node.containers.call import Call, Command
from grader.embedded.node.containers.files import ContainerFiles, tools_of
from grader.embedded.node.containers.logs import LogBuffer
from grader.embedded.node.containers.mains import SIGKILL, Main
from grader.embedded.node.containers.processes import Processes
from grader.embedded.node.containers.programs import ProgramError, resolve
from grader.embedded.node.images.image import Image, command_line
from grader.embedded.node.images.tools import BASES
from grader.embedded.node.runtime import (
    ContainerConfig,
    Exit,
    ImageInfo,
    Sink,
    StartError,
    Usage,
)

if TYPE_CHECKING:
    from grader.embedded.clock import Clock
    from grader.embedded.network.network import Network

_MAX_MESSAGE = 4096
_RUNC_START = (
    "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: "
    "unable to start container process: error during container init: "
)


class SimulatedContainer:
    """Implements `runtime.Container`."""

    def __init__(self, config: ContainerConfig, spec: Image, image: ImageInfo, network: Network, clock: Clock) -> None:
        self.id = "containerd://" + secrets.token_hex(32)
        self.config = config
        self.spec = spec
        self.image = image
        self.network = network
        self.clock = clock
        self.files = ContainerFiles(spec, config)
        self.logs = LogBuffer(clock)
        self.started_at = 0.0
        self.processes = Processes(self._from_inside)
        self._exit: Exit | None = None
        self._main: Main | None = None
        self._callbacks: list[Callable[[Exit], object]] = []
        self._attached = Attachments(stdin=config.stdin, once=config.stdin_once, tty=config.tty)
        self._resolver: ResolverConfig | None = None
        self._closers: list[Callable[[], None]] = []

    # What commands and servers ask

    @property
    def running(self) -> bool:
        return self.started_at > 0 and self._exit is None

    @property
    def exit(self) -> Exit | None:
        return self._exit

    @property
    def accounts(self) -> Accounts:
        """Users and groups, from the container's own files."""
        return Accounts(self.files, self.spec.user, self.config.user, self.config.group)

    @property
    def user(self) -> tuple[int, int, list[int]]:
        """uid, gid, groups: the pod's choice, else the image's."""
        return self.accounts.identity()

    @property
    def user_name(self) -> str:
        return self.accounts.current_name()

    @property
    def shell_kind(self) -> str:
        """What `sh` is here: `ash`, `dash`, `bash`, or empty."""
        return BASES[self.spec.tools].shell

    @property
    def tools(self) -> frozenset[str]:
        """The commands that are there."""
        return tools_of(self.spec)

    @property
    def working_dir(self) -> str:
        return self.config.working_dir or self.spec.working_dir

    @property
    def fqdn(self) -> str:
        """The host's name as /etc/hosts has it."""
        for line in (self.files.read("/etc/hosts") or b"").decode("utf-8", "replace").splitlines():
            words = line.split()
            if words[:1] == [self.config.pod_ip] and len(words) > 1:
                return words[1]
        return self.config.hostname

    @property
    def env(self) -> dict[str, str]:
        """The first process's environment, in the order that the runtime gives it."""
        plain = not self.spec.user and not self.config.user
        home = ("/root" if self.spec.tools != "none" else "/") if plain else self.accounts.home()
        values = {**self.spec.env, "HOSTNAME": self.config.hostname, **self.config.env}
        values.setdefault("HOME", home)
        return values

    @property
    def resolver(self) -> ResolverConfig:
        """How names resolve here: from the container's own files."""
        if self._resolver is None:
            texts = [(self.files.read(path) or b"").decode("utf-8", "replace") for path in _RESOLVER_FILES]
            self._resolver = parse_resolver(*texts)
        return self._resolver

    def command(self, name: str) -> Command | None:
        """A command of this room, or None for one that is bashkit's."""
        from grader.embedded.node.containers.commands import COMMANDS
        from grader.embedded.node.containers.execution import program_command, unsimulated

        if name in self.spec.programs:
            return program_command
        known = COMMANDS.get(name)
        return known if known is not None else unsimulated(name)

    def fill(self, text: str) -> str:
        """A template of the catalogue with `${hostname}` and the like filled in."""
        if "${" not in text:
            return text
        values = {
            "hostname": self.config.hostname,
            "pod_ip": self.config.pod_ip,
            "pod_name": self.config.pod_name,
            "namespace": self.config.namespace,
            "node": self.config.node,
        }
        for name, value in values.items():
            text = text.replace("${" + name + "}", value)
        if "${env." in text:
            for name, value in self.env.items():
                text = text.replace("${env." + name + "}", value)
        return text

    def emit(self, stream: str, data: bytes) -> None:
        """Output of the first process: into the logs, and to whoever is attached."""
        if data:
            self.logs.write(stream, data)
            self._attached.emit(stream, data)

    # Starting and ending

    async def start(self) -> None:
        """Start the first process. Raises StartError."""
        from grader.embedded.node.containers.execution import make_main

        argv = command_line(self.spec, self.config.command, self.config.args)
        try:
            resolved, line = resolve(self, argv)
        except ProgramError as error:
            if not argv:
                raise StartError("no command specified", 128, "StartError") from None
            raise StartError(_RUNC_START + error.message) from None
        self._main = make_main(self, resolved, line, self._attached.input)
        self.processes.main(" ".join(argv))
        self.started_at = self.clock.now()
        self._main.start()

    def ended(self, code: int, number: int | None = None, *, oom: bool = False) -> None:
        """The first process has ended, and with it the container."""
        if self._exit is not None:
            return
        for close in self._closers:
            close()
        self._closers.clear()
        reason = "OOMKilled" if oom else "Completed" if code == 0 else "Error"
        self._exit = Exit(code, number, reason, self._message(), self.started_at, self.clock.now())
        self.logs.close()
        callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback(self._exit)

    def on_exit(self, callback: Callable[[Exit], object]) -> None:
        if self._exit is not None:
            callback(self._exit)
        else:
            self._callbacks.append(callback)

    def on_close(self, close: Callable[[], None]) -> None:
        """Be called when the container ends, however it does: listeners, and commands beside the first process."""
        if self._exit is not None:
            close()
        else:
            self._closers.append(close)

    def off_close(self, close: Callable[[], None]) -> None:
        """Take back `on_close`."""
        if close in self._closers:
            self._closers.remove(close)

    async def wait(self) -> Exit:
        """Wait until it has ended."""
        if self._exit is not None:
            return self._exit
        future: asyncio.Future[Exit] = asyncio.get_running_loop().create_future()
        self.on_exit(lambda how: future.done() or future.set_result(how))  # type: ignore[func-returns-value]
        return await future

    async def stop(self, grace: float) -> None:
        """The stop signal, and SIGKILL after `grace` seconds."""
        if not self.running:
            return
        timer = self.clock.call_later(grace, self.kill)
        try:
            self.signal(_signal_number(self.config.stop_signal or self.spec.stop_signal))
            await self.wait()
        finally:
            timer.cancel()

    def signal(self, number: int) -> None:
        """Send a signal to the first process from outside."""
        if self._exit is not None:
            return
        if number == SIGKILL:
            self.kill()
        elif self._main is not None:
            self._main.signal(number)

    def kill(self, *, oom: bool = False) -> None:
        """SIGKILL now."""
        if self._exit is not None or not self.started_at:
            return
        if self._main is not None:
            self._main.kill()
        self.ended(128 + SIGKILL, SIGKILL, oom=oom)

    def _from_inside(self, number: int) -> None:
        """A signal to PID 1 from its own container: SIGKILL does nothing, as the kernel protects it."""
        if number != SIGKILL and self._main is not None and self._exit is None:
            self._main.signal(number)

    # Beside the first process

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
        """Run a command beside the first process. Raises ExecError."""
        from grader.embedded.node.containers.beside import Streams, execute

        return await execute(self, argv, Streams(stdin, stdout, stderr, tty), env or {})

    async def spawn(self, call: Call, *, env: Mapping[str, str] | None = None) -> int:
        """Run a command line for another command, with its streams. Raises ExecError."""
        from grader.embedded.node.containers.beside import spawn

        return await spawn(call, env)

    async def attach(self, *, stdin: AsyncIterator[bytes] | None = None, stdout: Sink, stderr: Sink) -> int:
        """The first process's streams from now until it ends; its exit code."""
        return await self._attached.attach(self._code(), stdin, stdout, stderr)

    async def _code(self) -> int:
        return (await self.wait()).code

    def read(self, path: str) -> bytes | None:
        """A file as the container sees it."""
        return self.files.read(path)

    def usage(self) -> Usage:
        """Cores and bytes in use: the catalogue's figures, a little apart from container to container."""
        if not self.running:
            return Usage(0.0, 0)
        spread = 0.95 + int(self.id[-2:], 16) / 2550
        return Usage(self.spec.cpu * spread, int(self.spec.memory * spread))

    # Small change

    def cat(self) -> Command:
        """`cat` for commands that run outside a shell."""
        from grader.embedded.node.containers.commands.reading import cat

        return cat

    def _message(self) -> str:
        path = self.config.termination_message_path
        data = self.files.written(path) if path else None
        return (data or b"")[-_MAX_MESSAGE:].decode("utf-8", "replace")


_RESOLVER_FILES = ("/etc/resolv.conf", "/etc/hosts")


def _signal_number(name: str) -> int:
    if name.isdigit():
        return int(name)
    known = getattr(signal, name if name.startswith("SIG") else f"SIG{name}", signal.SIGTERM)
    return int(known)
