"""`exec`: a command in a running container, its streams over a WebSocket."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from aiohttp import web

from grader.embedded.api.context import Call
from grader.embedded.api.streams.channels import STDERR, STDOUT, Channels, failure, outcome, require_upgrade
from grader.embedded.api.streams.pods import running_container
from grader.embedded.node.runtime import ExecError
from grader.embedded.objects import Obj
from grader.embedded.status import bad_request

_LONGEST_COMMAND = 1000

Work = Callable[[Channels], Awaitable[int]]


async def execute(call: Call) -> web.StreamResponse:
    """GET (or POST) of pods/exec. Raises ApiError for a container that is not there and a request without command."""
    argv = call.request.query.getall("command", [])
    if not argv:
        raise bad_request("you must specify at least one command for the container")
    if len(argv) > _LONGEST_COMMAND:
        raise bad_request(f"a command has at most {_LONGEST_COMMAND} words")
    container = running_container(call)
    tty, wants_input = call.flag("tty"), call.flag("stdin")

    async def run(channels: Channels) -> int:
        return await container.exec(
            argv,
            stdin=channels.stdin() if wants_input else None,
            stdout=lambda data: channels.send(STDOUT, data),
            stderr=lambda data: channels.send(STDOUT if tty else STDERR, data),
            tty=tty,
            resize=channels.sizes() if tty else None,
        )

    return await stream(call, run)


async def stream(call: Call, work: Work) -> web.StreamResponse:
    """Do work over a WebSocket's channels; it is cancelled when the client leaves."""
    require_upgrade(call.request)
    channels = Channels()
    await channels.open(call.request)
    reading = asyncio.ensure_future(channels.pump())
    working = asyncio.ensure_future(work(channels))
    try:
        await asyncio.wait({reading, working}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            working.cancel()
        with suppress(asyncio.CancelledError):
            await channels.finish(await _status(working))
    finally:
        for task in (reading, working):
            task.cancel()
        await asyncio.gather(reading, working, return_exceptions=True)
    return channels.response


async def _status(working: asyncio.Future[int]) -> Obj:
    try:
        return outcome(await working)
    except ExecError as error:
        return failure(f"Internal error occurred: error executing command in container: {error.message}")
