"""Servers that tools bring: busybox httpd and python3 -m http.server."""

from __future__ import annotations

import asyncio

from grader.embedded.node.containers.call import Call
from grader.embedded.node.containers.servers.base import Server, ServerFailure
from grader.embedded.node.containers.servers.static import StaticServer
from grader.embedded.node.images.image import ServerSpec

_PYTHON_SCRIPT = 'only `python3 -m http.server`, `-c "print(...)"` and `--version` are simulated here'


async def httpd(call: Call) -> int:
    """`httpd [-f] [-v] [-p [IP:]PORT] [-h FOLDER]`: in the background without `-f`."""
    port, root, foreground = 80, call.cwd, False
    words = list(call.args)
    while words:
        word = words.pop(0)
        if word in ("-p", "-h", "-c", "-u", "-r") and words:
            value = words.pop(0)
            if word == "-p":
                digits = value.rpartition(":")[2]
                port = int(digits) if digits.isdigit() else 80
            elif word == "-h":
                root = call.path(value)
        elif word.startswith("-p") and word[2:].rpartition(":")[2].isdigit():
            port = int(word[2:].rpartition(":")[2])
        elif word.startswith("-h") and len(word) > 2:
            root = call.path(word[2:])
        elif word.startswith("-"):
            foreground |= "f" in word
    if not call.container.files.is_folder(root):
        return await call.fail(f"can't change directory to '{root}': No such file or directory")
    spec = ServerSpec("static", (port,), {"style": "busybox", "server": "BusyBox httpd"})
    server = _make(call, spec, root)
    server.in_use = "httpd: bind: Address already in use\n"
    return await serve(call, server, foreground=foreground)


async def python(call: Call) -> int:
    """The few forms that labs use."""
    words = list(call.args)
    if words[:1] in (["--version"], ["-V"]):
        await call.out(f"Python {call.container.spec.version}\n")
        return 0
    if words[:2] == ["-m", "http.server"] or words[:3] == ["-u", "-m", "http.server"]:
        rest = words[words.index("http.server") + 1 :]
        root = call.cwd
        for option in ("-d", "--directory"):
            if option in rest[:-1]:
                root = call.path(rest[rest.index(option) + 1])
        port = next((int(word) for word in rest if word.isdigit()), 8000)
        spec = ServerSpec("static", (port,), {"style": "python", "server": "SimpleHTTP/0.6 Python"})
        server = _make(call, spec, root)
        server.in_use = "OSError: [Errno 98] Address already in use\n"
        await call.out(f"Serving HTTP on 0.0.0.0 port {port} (http://0.0.0.0:{port}/) ...\n")
        return await serve(call, server, foreground=True)
    return await _embedded_python(call, words)


async def _embedded_python(call: Call, words: list[str]) -> int:
    """`-c` and script files run in bashkit's own Python, which has no network and few modules."""
    from bashkit import Bash, ExecutionProfile

    if words[:1] == ["-u"]:
        words = words[1:]
    if not words:
        return await call.fail(_PYTHON_SCRIPT, 126)
    if words[0] != "-c":
        data = call.container.files.read(call.path(words[0]))
        if data is None:
            text = f"can't open file '{call.path(words[0])}': [Errno 2] No such file or directory"
            return await call.fail(text, 2)
        words = ["-c", data.decode("utf-8", "replace"), *words[1:]]
    bash = Bash(python=True, profile=ExecutionProfile.Standard, env=dict(call.env))
    bash.write_file("/tmp/main.py", words[1])
    result = await asyncio.ensure_future(bash.execute("python3 /tmp/main.py"))
    await call.out(result.stdout)
    await call.err(result.stderr)
    return int(result.exit_code)


class _Rooted(StaticServer):
    """A file server of one folder."""


def _make(call: Call, spec: ServerSpec, root: str) -> Server:
    def write(stream: str, data: bytes) -> None:
        if call.main:
            call.container.emit(stream, data)

    server = _Rooted(call.container, spec, call.argv, write)
    server.root = root
    return server


async def serve(call: Call, server: Server, *, foreground: bool) -> int:
    """Run a server until it is killed; in the background, return at once and let it run on."""
    try:
        server.start()
    except ServerFailure as failure:
        await call.err(str(failure))
        return failure.code
    container = call.container
    if not foreground:
        container.processes.background(" ".join(call.argv), lambda number: server.stop())
        return 0
    ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def signalled(number: int) -> None:
        if not ended.done():
            ended.set_result(128 + number)

    with container.processes.running(" ".join(call.argv), signalled):
        try:
            return await ended
        except asyncio.CancelledError:
            raise
        finally:
            server.stop()


COMMANDS = {"httpd": httpd, "python3": python, "python": python}
