"""How a connection inside the cluster fails: the kernel's errors. What a client prints of them is its own affair."""

from __future__ import annotations


class NetworkError(Exception):
    """Base of all that can happen to a connection or a name."""


class AddressInUseError(NetworkError):
    """Two servers of one pod want the same port."""

    def __init__(self, address: str, port: int) -> None:
        super().__init__(f"bind: address already in use: {address}:{port}")
        self.address = address
        self.port = port


class ConnectError(NetworkError):
    """A connection that was not made. The text is Go's, as kubelets put it into probe events."""

    why = "connect: connection timed out"

    def __init__(self, address: str, port: int) -> None:
        super().__init__(f"dial tcp {address}:{port}: {self.why}")
        self.address = address
        self.port = port


class ConnectionRefused(ConnectError):
    """Nothing listens there, or a service has no ready endpoints (kube-proxy rejects)."""

    why = "connect: connection refused"


class HostUnreachable(ConnectError):
    """No such pod on the pod network."""

    why = "connect: no route to host"


class ConnectTimeout(ConnectError):
    """No answer within the caller's time: a policy drops the packets, or nothing routes the address."""

    why = "i/o timeout"


class ReadTimeout(NetworkError):
    """Connected, but no answer within the caller's time."""

    def __init__(self) -> None:
        super().__init__("context deadline exceeded (Client.Timeout exceeded while awaiting headers)")


class EmptyReply(NetworkError):
    """The server closed the connection without an HTTP answer."""

    def __init__(self) -> None:
        super().__init__("EOF")


class ProtocolError(NetworkError):
    """What came is no HTTP."""


class NameNotFound(NetworkError):
    """A name that does not resolve. `servfail` when the name server could not be asked at all."""

    def __init__(self, name: str, *, unreachable: bool = False) -> None:
        super().__init__(f"lookup {name}: no such host")
        self.name = name
        self.unreachable = unreachable
