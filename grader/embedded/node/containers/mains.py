"""What a container's first process can be: a server, a sleep, something that runs as a task, something that prints.

Each is started once, takes signals, and tells the container how it ended. Servers and sleeps need no task.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol

from grader.embedded.clock import Timer
from grader.embedded.node.containers.servers import ServerFailure, make_server
from grader.embedded.node.images.image import FixedProgram, ServerSpec

if TYPE_CHECKING:
    from grader.embedded.node.containers.container import SimulatedContainer

log = logging.getLogger(__name__)

SIGKILL = int(signal.SIGKILL)
_STOPPING = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGUSR1, signal.SIGWINCH})


class Main(Protocol):
    """A first process."""

    def start(self) -> None: ...

    def signal(self, number: int) -> None:
        """Take a signal other than SIGKILL; as PID 1, without a handler it is ignored."""
        ...

    def kill(self) -> None:
        """Be gone; the container knows already."""
        ...


class SleepMain:
    """`sleep`: ends by itself; as PID 1 it has no handlers, so that only SIGKILL ends it earlier."""

    def __init__(self, container: SimulatedContainer, seconds: float) -> None:
        self._container = container
        self._seconds = seconds
        self._timer: Timer | None = None

    def start(self) -> None:
        self._timer = self._container.clock.call_later(self._seconds, lambda: self._container.ended(0))

    def signal(self, number: int) -> None:
        """Ignored."""

    def kill(self) -> None:
        if self._timer is not None:
            self._timer.cancel()


class FixedMain:
    """A program that prints and exits."""

    def __init__(self, container: SimulatedContainer, program: FixedProgram) -> None:
        self._container = container
        self._program = program
        self._timer: Timer | None = None

    def start(self) -> None:
        self._timer = self._container.clock.call_later(self._program.seconds, self._finish)

    def _finish(self) -> None:
        self._container.emit("stdout", self._container.fill(self._program.stdout).encode())
        self._container.emit("stderr", self._container.fill(self._program.stderr).encode())
        self._container.ended(self._program.code)

    def signal(self, number: int) -> None:
        """Ignored."""

    def kill(self) -> None:
        if self._timer is not None:
            self._timer.cancel()


class ServerMain:
    """A server of the image: listens without a task."""

    def __init__(self, container: SimulatedContainer, spec: ServerSpec, argv: tuple[str, ...]) -> None:
        self._container = container
        self._spec = spec
        self._server = make_server(container, spec, argv)
        self._timer: Timer | None = None
        self._stopping = False

    def start(self) -> None:
        if self._spec.start_seconds:
            self._timer = self._container.clock.call_later(self._spec.start_seconds, self._listen)
        else:
            self._listen()

    def _listen(self) -> None:
        try:
            self._server.start()
        except ServerFailure as failure:
            self._container.emit("stderr", str(failure).encode())
            self._later(0.01, failure.code)

    def signal(self, number: int) -> None:
        if number == signal.SIGHUP:
            self._server.reload()
        elif number in _STOPPING and self._spec.on_term is not None and not self._stopping:
            self._stopping = True
            self._server.stop()
            self._later(self._spec.stop_seconds, self._spec.on_term)

    def _later(self, seconds: float, code: int) -> None:
        """End after some time: at once would be within the start or the signal itself."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._container.clock.call_later(seconds, lambda: self._container.ended(code))

    def kill(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._server.stop()


class TaskMain:
    """Anything that runs as a coroutine: shells and commands."""

    def __init__(
        self,
        container: SimulatedContainer,
        run: Callable[[], Awaitable[int]],
        signalled: Callable[[int], None] = lambda number: None,
    ) -> None:
        self._container = container
        self._run = run
        self._signalled = signalled
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.ensure_future(self._work())

    async def _work(self) -> None:
        try:
            code = await self._run()
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("the first process of %s failed", self._container.id)
            code = 1
        self._container.ended(code & 255)

    def signal(self, number: int) -> None:
        self._signalled(number)

    def kill(self) -> None:
        if self._task is not None:
            self._task.cancel()
