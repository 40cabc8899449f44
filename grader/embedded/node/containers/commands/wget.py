"""wget: busybox' form where the image is of that kind, GNU's otherwise."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urljoin

from grader.embedded.network.errors import (
    ConnectionRefused,
    ConnectTimeout,
    EmptyReply,
    HostUnreachable,
    NameNotFound,
    NetworkError,
    ReadTimeout,
)
from grader.embedded.network.http import HttpResponse, Url, parse_url
from grader.embedded.network.http1 import reason_of
from grader.embedded.node.containers.call import Call
from grader.embedded.node.containers.commands.timing import seconds_of

_BUSYBOX_TIMEOUT = 900.0
_MAX_REDIRECTS = 5
_VALUE_OPTIONS = {"-T": "timeout", "-O": "output", "-P": "folder", "-U": "agent", "-t": "tries", "-o": "", "-Y": ""}
_LONG_VALUES = {
    "--timeout": "timeout",
    "--output-document": "output",
    "--header": "header",
    "--post-data": "post",
    "--user-agent": "agent",
    "--tries": "tries",
    "--method": "method",
    "--body-data": "post",
    "--connect-timeout": "timeout",
    "--read-timeout": "",
    "--waitretry": "",
}


@dataclass
class _Options:
    url: str = ""
    output: str = ""
    timeout: float | None = None
    agent: str = "Wget"
    method: str = ""
    post: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    quiet: bool = False
    spider: bool = False
    server_response: bool = False


async def wget(call: Call) -> int:
    options = _Options()
    bad = _parse(call.args, options)
    if bad or not options.url:
        await call.err(f"wget: {bad or 'missing URL'}\n")
        return 1
    text = options.url if "://" in options.url else f"http://{options.url}"
    busybox = call.container.shell_kind == "ash"
    for _ in range(_MAX_REDIRECTS + 1):
        try:
            url = parse_url(text)
        except ValueError:
            return await call.fail(f"bad address '{options.url}'" if busybox else f"{options.url}: Invalid URL")
        try:
            response = await _request(call, options, url, text, busybox)
        except NetworkError as error:
            await _explain(call, error, url, busybox)
            return 1 if busybox else 4
        place = response.header("location")
        if not 300 <= response.status < 400 or not place:
            return await _receive(call, options, url, response, busybox)
        text = urljoin(text, place)
    return await call.fail("too many redirections")


def _parse(args: tuple[str, ...], options: _Options) -> str:
    """Fill in the options; a complaint, or nothing."""
    words = list(args)
    while words:
        word = words.pop(0)
        name, equals, value = word.partition("=")
        if word.startswith("--"):
            if name in _LONG_VALUES:
                _set(options, _LONG_VALUES[name], value if equals else words.pop(0) if words else "")
            elif name == "--spider":
                options.spider = True
            elif name == "--quiet":
                options.quiet = True
            elif name not in (
                "--no-check-certificate",
                "--no-verbose",
                "--continue",
                "--no-proxy",
                "--server-response",
            ):
                return f"unrecognized option '{word}'"
            options.server_response |= name == "--server-response"
        elif word.startswith("-") and len(word) > 1:
            letters = word[1:]
            while letters:
                option, letters = f"-{letters[0]}", letters[1:]
                if option in _VALUE_OPTIONS:
                    _set(options, _VALUE_OPTIONS[option], letters or (words.pop(0) if words else ""))
                    letters = ""
                elif option == "-n":
                    letters = letters[1:]
                elif option in ("-q", "-S", "-c"):
                    options.quiet |= option == "-q"
                    options.server_response |= option == "-S"
                else:
                    return f"invalid option -- '{option[1]}'"
        else:
            options.url = word
    return ""


def _set(options: _Options, kind: str, value: str) -> None:
    if kind == "timeout":
        try:
            options.timeout = seconds_of((value,)) or None
        except ValueError:
            options.timeout = None
    elif kind == "header":
        name, _, text = value.partition(":")
        options.headers[name.strip()] = text.strip()
    elif kind in ("output", "agent", "post", "method"):
        setattr(options, kind, value)


async def _request(call: Call, options: _Options, url: Url, text: str, busybox: bool) -> HttpResponse:
    method = options.method or (
        "POST" if options.post is not None else "HEAD" if options.spider and not busybox else "GET"
    )
    headers = {"Host": url.authority, "User-Agent": options.agent, "Connection": "close", **options.headers}
    body = (options.post or "").encode()
    if options.post is not None:
        headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
    container = call.container
    if not options.quiet and busybox:
        address = container.network.address_of(url.host, container.config.pod_ip, container.resolver)
        await call.err(f"Connecting to {url.host}{'' if url.port == 80 else f':{url.port}'} ({address}:{url.port})\n")
    return await container.network.http(
        container.config.pod_ip,
        method,
        f"{url.scheme}://{url.authority}{url.target}",
        headers,
        body,
        options.timeout or _BUSYBOX_TIMEOUT,
        resolver=container.resolver,
    )


async def _explain(call: Call, error: NetworkError, url: Url, busybox: bool) -> None:
    """The failure in wget's words."""
    if isinstance(error, NameNotFound):
        plain = f"unable to resolve host address ‘{url.host}’"
        await call.fail(f"bad address '{url.host}{'' if url.port == 80 else f':{url.port}'}'" if busybox else plain)
        return
    if isinstance(error, ReadTimeout | ConnectTimeout):
        text = "download timed out"
    elif isinstance(error, ConnectionRefused | HostUnreachable):
        why = "Connection refused" if isinstance(error, ConnectionRefused) else "Host is unreachable"
        text = f"can't connect to remote host ({error.address}): {why}"
    elif isinstance(error, EmptyReply):
        text = "error getting response"
    else:
        text = "error getting response: Protocol error"
    await call.fail(text if busybox else text.replace("can't connect to remote host", "failed: connect to"))


async def _receive(call: Call, options: _Options, url: Url, response: HttpResponse, busybox: bool) -> int:
    if options.server_response:
        lines = [f"  HTTP/1.1 {response.status} {reason_of(response)}"]
        lines += [f"  {name}: {value}" for name, value in response.headers.items()]
        await call.err("\n".join(lines) + "\n")
    if response.status >= 400:
        first = f"HTTP/1.1 {response.status} {reason_of(response)}".rstrip()
        await call.fail(f"server returned error: {first}" if busybox else f"ERROR {first[9:]}.")
        return 1 if busybox else 8
    if options.spider:
        if busybox and not options.quiet:
            await call.err("remote file exists\n")
        return 0
    name = options.output or url.target.partition("?")[0].rpartition("/")[2] or "index.html"
    if name == "-":
        if not options.quiet and busybox:
            await call.err("writing to stdout\n")
        await call.out(response.body)
        if not options.quiet and busybox:
            await call.err(
                f"-                    100% |{'*' * 32}| {len(response.body):5d}  0:00:00 ETA\nwritten to stdout\n"
            )
        return 0
    path = call.path(name)
    if not options.output and call.container.files.read(path) is not None and busybox:
        return await call.fail(f"can't open '{name}': File exists")
    if path != "/dev/null":
        try:
            call.container.files.write(path, response.body)
        except OSError as error:
            return await call.fail(f"can't open '{name}': {error.strerror or error}")
    if not options.quiet:
        size = len(response.body)
        await call.err(
            f"saving to '{name}'\n{name[:20]:<20} 100% |{'*' * 32}| {size:5d}  0:00:00 ETA\n'{name}' saved\n"
        )
    return 0


COMMANDS = {"wget": wget}
