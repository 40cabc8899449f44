"""What servers share: listening, their log, and how they end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from grader.embedded.network.errors import AddressInUseError
from grader.embedded.network.http import Answer, HttpListener, HttpRequest, HttpResponse, Listener
from grader.embedded.node.images.image import FixedProgram, ServerSpec

if TYPE_CHECKING:
    from grader.embedded.node.containers.container import SimulatedContainer

Writer = Callable[[str, bytes], None]


class ServerFailure(Exception):
    """A server that does not start: what it prints on standard error, and its exit code."""

    def __init__(self, text: str, code: int = 1) -> None:
        super().__init__(text)
        self.code = code


class Server:
    """A server of one container. Subclasses answer requests in `handle`, or give listeners of their own."""

    in_use = "listen tcp :{port}: bind: address already in use\n"

    def __init__(self, container: SimulatedContainer, spec: ServerSpec, argv: Sequence[str], write: Writer) -> None:
        self.container = container
        self.spec = spec
        self.argv = argv
        self._write = write
        self._closers: list[Callable[[], None]] = []

    def answer_at_once(self, argv: Sequence[str]) -> FixedProgram | None:
        """For command lines that serve nothing (`--version`, `-s reload`): what they print; else None."""
        return None

    def ports(self) -> list[int]:
        """Where it listens."""
        return list(self.spec.ports)

    def listener(self, port: int) -> Listener:
        return HttpListener(self.handle)

    def handle(self, request: HttpRequest) -> Answer:
        """Answer one request."""
        return HttpResponse(404)

    def start(self) -> None:
        """Listen and say so. Raises ServerFailure."""
        self.listen()
        if self.spec.lines:
            self.log(self.container.fill("\n".join(self.spec.lines)))

    def listen(self) -> None:
        """Open every port. Raises ServerFailure when one is taken."""
        for port in self.ports():
            try:
                close = self.container.network.listen(self.container.config.pod_ip, port, self.listener(port))
            except AddressInUseError:
                self.stop()
                raise ServerFailure(self.in_use.replace("{port}", str(port))) from None
            self._closers.append(close)
            self.container.on_close(close)

    def stop(self) -> None:
        """Close every port; once is enough."""
        for close in self._closers:
            close()
            self.container.off_close(close)
        self._closers.clear()

    def reload(self) -> None:
        """Read the configuration anew (SIGHUP)."""

    def log(self, line: str, stream: str = "stdout") -> None:
        """Write a line of the server's log."""
        self._write(stream, line.encode() + b"\n")
