"""A small Redis: strings, counters, lists and hashes over the RESP protocol, enough for guestbooks and probes.

redis.io/docs/latest/develop/reference/protocol-spec; commands it does not have are refused by name.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from fnmatch import fnmatchcase

from grader.embedded.network.http import Listener, StreamListener
from grader.embedded.network.streams import Connection
from grader.embedded.node.containers.servers.base import Server
from grader.embedded.node.images.image import FixedProgram

Value = str | list[str] | dict[str, str]
Reply = str | int | None | list[str] | Exception
_MAX_KEYS = 100_000
_MAX_VALUE = 1024 * 1024
_MAX_BUFFER = 4 * 1024 * 1024


class RedisError(Exception):
    """What Redis answers with `-`."""


class Status(str):
    """A simple status, such as OK."""

    __slots__ = ()


class RedisServer(Server):
    """One Redis with its data in memory."""

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.data: dict[str, Value] = {}
        self._expiry: dict[str, float] = {}

    def answer_at_once(self, argv: Sequence[str]) -> FixedProgram | None:
        if "--version" in argv or "-v" in argv:
            return FixedProgram(f"Redis server v={self.container.spec.version}\n")
        return None

    def ports(self) -> list[int]:
        if "--port" in self.argv[:-1]:
            text = self.argv[self.argv.index("--port") + 1]
            if text.isdigit() and 0 < int(text) < 65536:
                return [int(text)]
        return list(self.spec.ports)

    def listener(self, port: int) -> Listener:
        return StreamListener(self._serve)

    @property
    def password(self) -> str:
        args = list(self.argv)
        return args[args.index("--requirepass") + 1] if "--requirepass" in args[:-1] else ""

    async def _serve(self, connection: Connection) -> None:
        buffer = b""
        allowed = not self.password
        while data := await connection.read():
            buffer += data
            if len(buffer) > _MAX_BUFFER:
                return
            while (parsed := _parse(buffer)) is not None:
                words, buffer = parsed
                if not words:
                    continue
                name = words[0].upper()
                if name == "AUTH":
                    allowed = words[-1] == self.password
                    reply: Reply = Status("OK") if allowed else RedisError("WRONGPASS invalid username-password pair")
                elif not allowed:
                    reply = RedisError("NOAUTH Authentication required.")
                else:
                    reply = self.execute(words)
                await connection.write(encode(reply))
                if name == "QUIT":
                    return

    def execute(self, words: list[str]) -> Reply:
        """One command and its reply."""
        name, *args = words
        handler = getattr(self, f"do_{name.lower()}", None) if name.isalnum() else None
        if handler is None:
            return RedisError(f"ERR unknown command '{name}', with args beginning with: ")
        self._expire()
        try:
            reply: Reply = handler(*args)
        except TypeError:
            return RedisError(f"ERR wrong number of arguments for '{name.lower()}' command")
        except RedisError as error:
            return error
        return reply

    def _expire(self) -> None:
        now = self.container.clock.now()
        for key in [key for key, due in self._expiry.items() if due <= now]:
            self.data.pop(key, None)
            del self._expiry[key]

    def _text(self, key: str) -> str | None:
        value = self.data.get(key)
        if value is not None and not isinstance(value, str):
            raise RedisError("WRONGTYPE Operation against a key holding the wrong kind of value")
        return value

    def _list(self, key: str) -> list[str]:
        value = self.data.setdefault(key, [])
        if not isinstance(value, list):
            raise RedisError("WRONGTYPE Operation against a key holding the wrong kind of value")
        return value

    def _hash(self, key: str) -> dict[str, str]:
        value = self.data.setdefault(key, {})
        if not isinstance(value, dict):
            raise RedisError("WRONGTYPE Operation against a key holding the wrong kind of value")
        return value

    def _store(self, key: str, value: str) -> None:
        if len(value) > _MAX_VALUE or (key not in self.data and len(self.data) >= _MAX_KEYS):
            raise RedisError("OOM command not allowed when used memory > 'maxmemory'.")
        self.data[key] = value
        self._expiry.pop(key, None)

    def do_ping(self, text: str = "") -> Reply:
        return text or Status("PONG")

    def do_echo(self, text: str) -> Reply:
        return text

    def do_quit(self) -> Reply:
        return Status("OK")

    def do_select(self, index: str) -> Reply:
        return Status("OK")

    def do_set(self, key: str, value: str, *options: str) -> Reply:
        flags = [option.upper() for option in options]
        if ("NX" in flags and key in self.data) or ("XX" in flags and key not in self.data):
            return None
        self._store(key, value)
        if "EX" in flags[:-1]:
            self._expiry[key] = self.container.clock.now() + float(options[flags.index("EX") + 1])
        return Status("OK")

    def do_get(self, key: str) -> Reply:
        return self._text(key)

    def do_del(self, *keys: str) -> Reply:
        return sum(self.data.pop(key, None) is not None for key in keys)

    def do_exists(self, *keys: str) -> Reply:
        return sum(key in self.data for key in keys)

    def do_keys(self, pattern: str) -> Reply:
        return sorted(key for key in self.data if fnmatchcase(key, pattern))

    def do_dbsize(self) -> Reply:
        return len(self.data)

    def do_flushall(self, *options: str) -> Reply:
        self.data.clear()
        return Status("OK")

    def do_incrby(self, key: str, step: str) -> Reply:
        try:
            number = int(self._text(key) or "0") + int(step)
        except ValueError:
            raise RedisError("ERR value is not an integer or out of range") from None
        self._store(key, str(number))
        return number

    def do_incr(self, key: str) -> Reply:
        return self.do_incrby(key, "1")

    def do_decr(self, key: str) -> Reply:
        return self.do_incrby(key, "-1")

    def do_append(self, key: str, text: str) -> Reply:
        self._store(key, (self._text(key) or "") + text)
        return len(self._text(key) or "")

    def do_expire(self, key: str, seconds: str) -> Reply:
        if key not in self.data or not seconds.isdigit():
            return 0
        self._expiry[key] = self.container.clock.now() + int(seconds)
        return 1

    def do_ttl(self, key: str) -> Reply:
        if key not in self.data:
            return -2
        return int(self._expiry[key] - self.container.clock.now()) if key in self._expiry else -1

    def do_lpush(self, key: str, *values: str) -> Reply:
        items = self._list(key)
        items[:0] = reversed(values)
        return len(items)

    def do_rpush(self, key: str, *values: str) -> Reply:
        items = self._list(key)
        items.extend(values[:_MAX_KEYS])
        return len(items)

    def do_lpop(self, key: str) -> Reply:
        items = self._list(key)
        return items.pop(0) if items else None

    def do_rpop(self, key: str) -> Reply:
        items = self._list(key)
        return items.pop() if items else None

    def do_llen(self, key: str) -> Reply:
        return len(self._list(key))

    def do_lrange(self, key: str, start: str, stop: str) -> Reply:
        items = self._list(key)
        end = int(stop) + 1 if int(stop) >= 0 else len(items) + int(stop) + 1
        return items[int(start) : end]

    def do_hset(self, key: str, *pairs: str) -> Reply:
        fields = self._hash(key)
        new = dict(zip(pairs[::2], pairs[1::2], strict=False))
        added = len(new.keys() - fields.keys())
        fields.update(new)
        return added

    def do_hget(self, key: str, field: str) -> Reply:
        return self._hash(key).get(field)

    def do_hgetall(self, key: str) -> Reply:
        return [word for pair in self._hash(key).items() for word in pair]

    def do_info(self, section: str = "") -> Reply:
        return f"# Server\r\nredis_version:{self.container.spec.version}\r\n# Replication\r\nrole:master\r\n"

    def do_config(self, *words: str) -> Reply:
        return []

    def do_command(self, *words: str) -> Reply:
        return []


def encode(reply: Reply) -> bytes:
    """A reply in RESP."""
    if reply is None:
        return b"$-1\r\n"
    if isinstance(reply, Exception):
        return f"-{reply}\r\n".encode()
    if isinstance(reply, Status):
        return f"+{reply}\r\n".encode()
    if isinstance(reply, int):
        return f":{reply}\r\n".encode()
    if isinstance(reply, list):
        return f"*{len(reply)}\r\n".encode() + b"".join(encode(item) for item in reply)
    data = reply.encode()
    return b"$%d\r\n%s\r\n" % (len(data), data)


def _parse(buffer: bytes) -> tuple[list[str], bytes] | None:
    """The first command of a buffer and what follows it; None when it is not whole yet."""
    line, end, rest = buffer.partition(b"\r\n" if buffer[:1] == b"*" else b"\n")
    if not end:
        return None
    if line[:1] != b"*":
        try:
            return shlex.split(line.decode("utf-8", "replace")), rest
        except ValueError:
            return [], rest
    words = []
    for _ in range(int(line[1:]) if line[1:].isdigit() else 0):
        size, end, rest = rest.partition(b"\r\n")
        length = int(size[1:]) if size[1:].isdigit() else 0
        if not end or len(rest) < length + 2:
            return None
        words.append(rest[:length].decode("utf-8", "replace"))
        rest = rest[length + 2 :]
    return words, rest
