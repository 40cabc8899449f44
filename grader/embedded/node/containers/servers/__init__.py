"""Servers that images bring. `KINDS` names them; a catalogue's `server:` is one of its keys.

A server listens on the cluster's network, answers without a task of its own, and writes its log through `write`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from grader.embedded.node.containers.servers.base import Server, ServerFailure, Writer
from grader.embedded.node.images.image import ServerSpec

if TYPE_CHECKING:
    from grader.embedded.node.containers.container import SimulatedContainer

__all__ = ["Server", "ServerFailure", "Writer", "kinds", "make_server"]


def _http() -> type[Server]:
    from grader.embedded.node.containers.servers.pages import PageServer

    return PageServer


def _nginx() -> type[Server]:
    from grader.embedded.node.containers.servers.nginx import NginxServer

    return NginxServer


def _static() -> type[Server]:
    from grader.embedded.node.containers.servers.static import StaticServer

    return StaticServer


def _echo() -> type[Server]:
    from grader.embedded.node.containers.servers.echo import EchoServer

    return EchoServer


def _tcp() -> type[Server]:
    from grader.embedded.node.containers.servers.tcp import TcpServer

    return TcpServer


def _redis() -> type[Server]:
    from grader.embedded.node.containers.servers.redis import RedisServer

    return RedisServer


KINDS: dict[str, Callable[[], type[Server]]] = {
    "http": _http,
    "nginx": _nginx,
    "static": _static,
    "echo": _echo,
    "tcp": _tcp,
    "redis": _redis,
}


def kinds() -> list[str]:
    """What a catalogue may name; `wrapper` is an entrypoint script that becomes what follows it."""
    return [*KINDS, "wrapper"]


def make_server(
    container: SimulatedContainer, spec: ServerSpec, argv: tuple[str, ...], write: Writer | None = None
) -> Server:
    """The server of a program, not started yet. Its log goes to the container's output, or to `write`."""
    return KINDS[spec.kind]()(container, spec, argv, write or container.emit)
