"""Clients of databases: redis-cli and what readiness probes call."""

from __future__ import annotations

from grader.embedded.network.errors import NetworkError
from grader.embedded.node.containers.call import Call


async def redis_cli(call: Call) -> int:
    """`redis-cli [-h HOST] [-p PORT] [-a PASSWORD] COMMAND…`."""
    host, port, password = "127.0.0.1", 6379, call.env.get("REDISCLI_AUTH", "")
    words = list(call.args)
    while words and words[0].startswith("-"):
        option = words.pop(0)
        if option in ("-h", "-p", "-a", "-n") and words:
            value = words.pop(0)
            host = value if option == "-h" else host
            port = int(value) if option == "-p" and value.isdigit() else port
            password = value if option == "-a" else password
    text = "" if words else (await call.read_all()).decode("utf-8", "replace")
    commands = [words] if words else [line.split() for line in text.splitlines() if line.strip()]
    container = call.container
    try:
        connection = await container.network.connect(
            container.config.pod_ip, host, port, timeout=10, resolver=container.resolver
        )
    except NetworkError:
        await call.err(f"Could not connect to Redis at {host}:{port}: Connection refused\n")
        return 1
    if password:
        commands.insert(0, ["AUTH", password])
    try:
        for index, command in enumerate(commands):
            parts = [word.encode() for word in command]
            await connection.write(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts))
            reply = await _reply(connection.read)
            if not (password and index == 0):
                await call.out(reply)
    finally:
        connection.close()
    return 0


async def _reply(read: object) -> str:
    """One reply, printed as redis-cli does when it is not on a terminal."""
    data = b""
    while True:
        chunk = await read()  # type: ignore[operator]
        data += chunk
        if not chunk or _whole(data):
            break
    return "".join(f"{line}\n" for line in _plain(data.split(b"\r\n")))


def _whole(data: bytes) -> bool:
    if not data.endswith(b"\r\n"):
        return False
    head, _, rest = data.partition(b"\r\n")
    if head[:1] == b"$":
        return int(head[1:]) < 0 or len(rest) >= int(head[1:]) + 2
    return head[:1] != b"*" or rest.count(b"\r\n") >= 2 * int(head[1:])


def _plain(lines: list[bytes]) -> list[str]:
    first = lines[0].decode("utf-8", "replace")
    kind, text = first[:1], first[1:]
    if kind in "+:":
        return [text]
    if kind == "-":
        return [text, ""]
    if kind == "$":
        return [""] if text == "-1" else ["\n".join(line.decode("utf-8", "replace") for line in lines[1:-1])]
    values = [line.decode("utf-8", "replace") for line in lines[2:-1:2]]
    return values or [""]


async def pg_isready(call: Call) -> int:
    """`pg_isready [-h HOST] [-p PORT]`."""
    host, port = _place(call, 5432)
    code = await _open(call, host, port)
    shown = "/var/run/postgresql" if host == "127.0.0.1" and "-h" not in call.args else host
    await call.out(f"{shown}:{port} - {'accepting connections' if code else 'no response'}\n")
    return 0 if code else 2


async def mysqladmin(call: Call) -> int:
    """`mysqladmin ping`."""
    host, port = _place(call, 3306)
    if await _open(call, host, port):
        await call.out("mysqld is alive\n")
        return 0
    await call.err(f"mysqladmin: connect to server at '{host}' failed\n")
    return 1


def _place(call: Call, port: int) -> tuple[str, int]:
    host = "127.0.0.1"
    words = list(call.args)
    for index, word in enumerate(words[:-1]):
        if word in ("-h", "--host"):
            host = words[index + 1]
        elif word in ("-p", "-P", "--port") and words[index + 1].isdigit():
            port = int(words[index + 1])
    return host, port


async def _open(call: Call, host: str, port: int) -> bool:
    container = call.container
    try:
        connection = await container.network.connect(
            container.config.pod_ip, host, port, timeout=3, resolver=container.resolver
        )
    except NetworkError:
        return False
    connection.close()
    return True


COMMANDS = {"redis-cli": redis_cli, "pg_isready": pg_isready, "mysqladmin": mysqladmin}
