"""nc, telnet, ping, traceroute, ip, ifconfig, ss and netstat."""

from __future__ import annotations

import asyncio

from grader.embedded.network.errors import (
    AddressInUseError,
    ConnectError,
    ConnectionRefused,
    ConnectTimeout,
    HostUnreachable,
    NameNotFound,
    NetworkError,
)
from grader.embedded.network.http import StreamListener
from grader.embedded.network.streams import Connection
from grader.embedded.node.containers.call import Call
from grader.embedded.node.containers.commands.timing import seconds_of

_LINGER = 0.1
"""Real seconds in which input that is there already is still sent after the other side has finished."""


async def nc(call: Call) -> int:
    """`nc [-z] [-v] [-w SECONDS] HOST PORT` and `nc -l [-k] [-p] PORT`."""
    flags, values, words = _options(call.args)
    limit = None
    if "w" in values:
        try:
            limit = seconds_of((values["w"],))
        except ValueError:
            return await call.fail(f"invalid number '{values['w']}'")
    if "l" in flags:
        return await _listen(call, values.get("p") or (words[-1] if words else ""), again="k" in flags)
    if len(words) < 2 or not words[1].isdigit():
        return await call.fail("missing port number")
    host, port = words[0], int(words[1])
    container = call.container
    try:
        connection = await container.network.connect(
            container.config.pod_ip, host, port, timeout=limit, resolver=container.resolver
        )
    except NetworkError as error:
        return await _refused(call, error, host, port, loud="v" in flags)
    if "v" in flags:
        await call.err(_opened(call, host, port))
    if "z" in flags:
        connection.close()
        return 0
    await _talk(call, connection)
    return 0


def _options(args: tuple[str, ...]) -> tuple[set[str], dict[str, str], list[str]]:
    flags: set[str] = set()
    values: dict[str, str] = {}
    words: list[str] = []
    rest = list(args)
    while rest:
        word = rest.pop(0)
        if not word.startswith("-") or len(word) == 1:
            words.append(word)
            continue
        letters = word[1:]
        while letters:
            letter, letters = letters[0], letters[1:]
            if letter in "wpsqi":
                values[letter] = letters or (rest.pop(0) if rest else "")
                letters = ""
            else:
                flags.add(letter)
    return flags, values, words


def _opened(call: Call, host: str, port: int) -> str:
    if call.container.shell_kind == "ash":
        address = call.container.network.address_of(host, call.container.config.pod_ip, call.container.resolver)
        return f"{host} ({address}:{port}) open\n"
    return f"Connection to {host} {port} port [tcp/*] succeeded!\n"


async def _refused(call: Call, error: NetworkError, host: str, port: int, *, loud: bool) -> int:
    busybox = call.container.shell_kind == "ash"
    if isinstance(error, NameNotFound):
        return await call.fail(
            f"bad address '{host}'"
            if busybox
            else f'getaddrinfo for host "{host}" port {port}: Name or service not known'
        )
    if busybox:
        if isinstance(error, ConnectTimeout):
            return await call.fail("timed out") if loud else 1
        why = "Host is unreachable" if isinstance(error, HostUnreachable) else "Connection refused"
        address = error.address if isinstance(error, ConnectError) else host
        return await call.fail(f"can't connect to remote host ({address}): {why}")
    if loud:
        refused = isinstance(error, ConnectionRefused)
        why = "Connection refused" if refused else "Operation timed out"
        await call.fail(f"connect to {host} port {port} (tcp) failed: {why}")
    return 1


async def _talk(call: Call, connection: Connection) -> None:
    """Bytes both ways until the server finishes."""

    async def up() -> None:
        async for chunk in call.stdin:
            await connection.write(chunk)
        connection.write_eof()

    sending = asyncio.ensure_future(up())
    try:
        while data := await connection.read():
            await call.out(data)
        await asyncio.wait([sending], timeout=_LINGER)
    finally:
        sending.cancel()
        connection.close()


async def _listen(call: Call, port: str, *, again: bool) -> int:
    """Serve one connection, or with `-k` one after another."""
    if not port.isdigit() or not 0 < int(port) < 65536:
        return await call.fail("missing port number")
    arrived: asyncio.Queue[tuple[Connection, asyncio.Event]] = asyncio.Queue()

    async def serve(connection: Connection) -> None:
        done = asyncio.Event()
        await arrived.put((connection, done))
        await done.wait()

    container = call.container
    try:
        close = container.network.listen(container.config.pod_ip, int(port), StreamListener(serve, greeting=True))
    except AddressInUseError:
        return await call.fail("bind: Address already in use")
    container.on_close(close)
    try:
        while True:
            connection, done = await arrived.get()
            await _talk(call, connection)
            done.set()
            if not again:
                return 0
    finally:
        close()
        container.off_close(close)


async def telnet(call: Call) -> int:
    """`telnet HOST PORT`: whether it connects."""
    words = [word for word in call.args if not word.startswith("-")]
    if len(words) < 2 or not words[1].isdigit():
        return await call.fail("usage: telnet HOST PORT")
    container = call.container
    try:
        connection = await container.network.connect(
            container.config.pod_ip, words[0], int(words[1]), resolver=container.resolver
        )
    except NetworkError as error:
        return await _refused(call, error, words[0], int(words[1]), loud=True)
    await call.out(f"Connected to {words[0]}\n")
    await _talk(call, connection)
    return 0


async def ping(call: Call) -> int:
    """`ping [-c COUNT] [-W SECONDS] HOST`: pods and nodes answer; service addresses do not, as kube-proxy has it."""
    flags, values, words = _ping_options(call.args)
    del flags
    if not words:
        return await call.fail("usage: ping [OPTIONS] HOST")
    container = call.container
    try:
        address = container.network.address_of(words[0], container.config.pod_ip, container.resolver)
    except NameNotFound:
        busybox = container.shell_kind == "ash"
        return await call.fail(f"bad address '{words[0]}'" if busybox else f"{words[0]}: Name or service not known", 2)
    count = int(values["c"]) if values.get("c", "").isdigit() else 1_000_000
    await call.out(f"PING {words[0]} ({address}): 56 data bytes\n")
    received = 0
    answers = container.network.answers_ping(container.config.pod_ip, address)
    for number in range(count):
        if number:
            await container.clock.sleep(1)
        if answers:
            received += 1
            await call.out(f"64 bytes from {address}: seq={number} ttl=63 time=0.081 ms\n")
    if not answers:
        await container.clock.sleep(10)
    lost = 100 * (count - received) // max(count, 1)
    await call.out(
        f"\n--- {words[0]} ping statistics ---\n"
        f"{count} packets transmitted, {received} packets received, {lost}% packet loss\n"
    )
    return 0 if received else 1


def _ping_options(args: tuple[str, ...]) -> tuple[set[str], dict[str, str], list[str]]:
    values: dict[str, str] = {}
    words: list[str] = []
    rest = list(args)
    while rest:
        word = rest.pop(0)
        if word[:2] in ("-c", "-W", "-w", "-i", "-s", "-I", "-t"):
            values[word[1]] = word[2:] or (rest.pop(0) if rest else "")
        elif not word.startswith("-"):
            words.append(word)
    return set(), values, words


async def ip(call: Call) -> int:
    """`ip addr` and `ip route`."""
    address = call.container.config.pod_ip
    wanted = next((word for word in call.args if not word.startswith("-")), "addr")
    if wanted.startswith("r"):
        gateway = address.rpartition(".")[0] + ".1"
        await call.out(f"default via {gateway} dev eth0\n{gateway} dev eth0 scope link  src {address}\n")
        return 0
    await call.out(
        "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue qlen 1000\n    inet 127.0.0.1/8 scope host lo\n"
        "2: eth0@if3: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue\n"
        f"    inet {address}/24 scope global eth0\n"
    )
    return 0


async def ifconfig(call: Call) -> int:
    address = call.container.config.pod_ip
    await call.out(
        f"eth0      Link encap:Ethernet\n          inet addr:{address}  Mask:255.255.255.0\n          UP MTU:1500\n\n"
        "lo        Link encap:Local Loopback\n          inet addr:127.0.0.1  Mask:255.0.0.0\n          UP MTU:65536\n\n"
    )
    return 0


async def netstat(call: Call) -> int:
    """The ports that the pod listens on."""
    ports = call.container.network.ports(call.container.config.pod_ip)
    if call.name == "ss":
        await call.out("State  Recv-Q Send-Q Local Address:Port Peer Address:Port\n")
        await call.out("".join(f"LISTEN 0      511    0.0.0.0:{port:<11} 0.0.0.0:*\n" for port in ports))
        return 0
    await call.out("Active Internet connections (only servers)\n")
    await call.out("Proto Recv-Q Send-Q Local Address           Foreign Address         State       \n")
    await call.out(
        "".join(f"tcp        0      0 {f'0.0.0.0:{port}':<23} 0.0.0.0:*               LISTEN      \n" for port in ports)
    )
    return 0


COMMANDS = {
    "nc": nc,
    "ncat": nc,
    "telnet": telnet,
    "ping": ping,
    "ip": ip,
    "ifconfig": ifconfig,
    "netstat": netstat,
    "ss": netstat,
}
