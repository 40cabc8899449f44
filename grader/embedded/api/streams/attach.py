"""`attach`: the streams of a container's main process over a WebSocket."""

from __future__ import annotations

from aiohttp import web

from grader.embedded.api.context import Call
from grader.embedded.api.streams.channels import STDERR, STDOUT, Channels
from grader.embedded.api.streams.execute import stream
from grader.embedded.api.streams.pods import running_container
from grader.embedded.status import bad_request


async def attach(call: Call) -> web.StreamResponse:
    """GET (or POST) of pods/attach. Raises ApiError for input to a container that takes none."""
    container = running_container(call)
    tty = call.flag("tty")
    if tty and not container.config.tty:
        raise bad_request(f"container {container.config.name} did not allocate one: attach without a terminal")
    wants_input = call.flag("stdin") and container.config.stdin

    async def run(channels: Channels) -> int:
        await container.attach(
            stdin=channels.stdin() if wants_input else None,
            stdout=lambda data: channels.send(STDOUT, data),
            stderr=lambda data: channels.send(STDOUT if tty else STDERR, data),
        )
        return 0

    return await stream(call, run)
