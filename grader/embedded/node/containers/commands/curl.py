"""curl over the cluster's network, with its options, exit codes and error texts (curl.se/docs/manpage.html)."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urljoin

from grader.embedded.network.dns import ResolverConfig
from grader.embedded.network.errors import (
    ConnectError,
    ConnectTimeout,
    EmptyReply,
    NameNotFound,
    NetworkError,
    ProtocolError,
    ReadTimeout,
)
from grader.embedded.network.http import HttpResponse, Url, parse_url
from grader.embedded.network.http1 import reason_of
from grader.embedded.node.containers.call import Call
from grader.embedded.node.containers.commands.curl_options import VERSION, Options, UsageError, parse_options

_MAX_REDIRECTS = 50


class Failure(NamedTuple):
    """A transfer that failed."""

    code: int
    text: str


async def curl(call: Call) -> int:
    """One transfer after another; the last failure's exit code."""
    if call.args[:1] in (("--version",), ("-V",)):
        await call.out(f"curl {VERSION} (x86_64-pc-linux-gnu) libcurl/{VERSION}\nProtocols: http https\n")
        return 0
    try:
        options = parse_options(call.args)
    except UsageError as error:
        await call.err(f"curl: {error}\ncurl: try 'curl --help' or 'curl --manual' for more information\n")
        return error.code
    code = 0
    for index, url in enumerate(options.urls):
        code = await _with_retries(call, options, url, index)
    return code


async def _with_retries(call: Call, options: Options, url: str, index: int) -> int:
    for attempt in range(options.retries + 1):
        code = await _transfer(call, options, url, index)
        again = code in (28, 22) or (code in (6, 7, 52) and "retry-refused" in options.flags)
        if not code or not again or attempt == options.retries:
            return code
        await call.container.clock.sleep(options.retry_delay * 2 ** min(attempt, 6))
    return 0


async def _transfer(call: Call, options: Options, url: str, index: int) -> int:
    started = call.container.clock.now()
    body = await _body(call, options)
    outcome: HttpResponse | Failure
    try:
        chain, final = await _follow(call, options, url, body, started)
        outcome = chain[-1]
    except _Stopped as stopped:
        chain, outcome, final = [], stopped.failure, url
    response = outcome if isinstance(outcome, HttpResponse) else None
    failure = outcome if isinstance(outcome, Failure) else None
    if response is not None:
        failure = _http_failure(options, response)
        if failure is None or "fail-with-body" in options.flags:
            failure = await _deliver(call, options, chain, final, index) or failure
    if failure is not None and ("silent" not in options.flags or "show-error" in options.flags):
        await call.err(f"curl: ({failure.code}) {failure.text}\n")
    if options.write_out:
        elapsed = call.container.clock.now() - started
        await call.out(_written(options.write_out, response, final, elapsed, len(chain) - 1, failure))
    return failure.code if failure else 0


class _Stopped(Exception):
    """A transfer that did not get an answer."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure


async def _body(call: Call, options: Options) -> bytes:
    parts = []
    for item in options.data:
        if item.startswith("@"):
            name = item[1:]
            data = await call.read_all() if name == "-" else call.container.files.read(call.path(name)) or b""
            parts.append(data.replace(b"\n", b""))
        else:
            parts.append(item.encode())
    return b"&".join(parts)


async def _follow(
    call: Call, options: Options, text: str, body: bytes, started: float
) -> tuple[list[HttpResponse], str]:
    """The answers along redirects, and the last URL. Raises _Stopped."""
    method = options.method or ("HEAD" if "head" in options.flags else "POST" if options.data else "GET")
    if options.data and "get" in options.flags:
        text += ("&" if "?" in text else "?") + body.decode("utf-8", "replace")
        method, body = options.method or "GET", b""
    answers: list[HttpResponse] = []
    while True:
        try:
            url = parse_url(text)
        except ValueError as error:
            unsupported = "unsupported scheme" in str(error)
            protocol = text.partition("://")[0]
            why = (
                f'Protocol "{protocol}" not supported'
                if unsupported
                else "URL rejected: Malformed input to a URL function"
            )
            raise _Stopped(Failure(1 if unsupported else 3, why)) from None
        response = await _request(call, options, url, text, method, body, started)
        answers.append(response)
        place = response.header("location")
        if "location" not in options.flags or not place or not 300 <= response.status < 400:
            return answers, text if "://" in text else f"http://{text}/" if "/" not in text else f"http://{text}"
        if len(answers) > _MAX_REDIRECTS:
            raise _Stopped(Failure(47, f"Maximum ({_MAX_REDIRECTS}) redirects followed"))
        text = urljoin(text if "://" in text else f"http://{text}", place)
        if response.status in (301, 302, 303) and method == "POST" and not options.method:
            method, body = "GET", b""


async def _request(
    call: Call, options: Options, url: Url, text: str, method: str, body: bytes, started: float
) -> HttpResponse:
    clock = call.container.clock
    remaining = None if options.timeout is None else max(options.timeout - (clock.now() - started), 0.001)
    address = options.resolve.get(f"{url.host}:{url.port}")
    resolver = call.container.resolver
    if address:
        resolver = ResolverConfig(resolver.nameservers, (), 1, {**resolver.hosts, url.host: address})
    headers = _headers(options, url, body)
    if "verbose" in options.flags:
        sent = "".join(f"> {name}: {value}\n" for name, value in headers.items())
        await call.err(f"> {method} {url.target} HTTP/1.1\n{sent}>\n")
    begun = clock.now()
    try:
        response = await call.container.network.http(
            call.container.config.pod_ip,
            method,
            f"{url.scheme}://{url.authority}{url.target}",
            headers,
            body,
            remaining,
            connect_timeout=options.connect_timeout,
            resolver=resolver,
        )
    except (NetworkError, ValueError) as error:
        raise _Stopped(_failure(error, url, (clock.now() - begun) * 1000)) from None
    if "verbose" in options.flags:
        await call.err("".join(f"< {line}\n" for line in _head(response)) + "<\n")
    return response


def _headers(options: Options, url: Url, body: bytes) -> dict[str, str]:
    headers = {"Host": url.authority, "User-Agent": options.agent, "Accept": "*/*"}
    given = {name.lower() for name in options.headers}
    headers = {name: value for name, value in headers.items() if name.lower() not in given}
    user = options.user or url.user
    if user:
        headers["Authorization"] = "Basic " + base64.b64encode(user.encode()).decode()
    if body:
        headers["Content-Length"] = str(len(body))
        if "content-type" not in given:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
    return {**headers, **{name: value for name, value in options.headers.items() if value}}


def _failure(error: Exception, url: Url, milliseconds: float) -> Failure:
    """curl's code and words for what the network raised."""
    took = int(milliseconds)
    if isinstance(error, NameNotFound):
        return Failure(6, f"Could not resolve host: {url.host}")
    if isinstance(error, ConnectTimeout):
        return Failure(28, f"Connection timed out after {took} milliseconds")
    if isinstance(error, ConnectError):
        return Failure(
            7, f"Failed to connect to {url.host} port {url.port} after {took} ms: Could not connect to server"
        )
    if isinstance(error, ReadTimeout):
        return Failure(28, f"Operation timed out after {took} milliseconds with 0 bytes received")
    if isinstance(error, EmptyReply):
        return Failure(52, "Empty reply from server")
    if isinstance(error, ProtocolError):
        if url.scheme == "https":
            return Failure(35, "TLS connect error: error:0A00010B:SSL routines::wrong version number")
        return Failure(1, "Received HTTP/0.9 when not allowed")
    return Failure(3, "URL rejected: Malformed input to a URL function")


def _http_failure(options: Options, response: HttpResponse) -> Failure | None:
    if options.flags & {"fail", "fail-with-body"} and response.status >= 400:
        return Failure(22, f"The requested URL returned error: {response.status}")
    return None


async def _deliver(call: Call, options: Options, chain: list[HttpResponse], url: str, index: int) -> Failure | None:
    """Write what was received to where it is wanted."""
    response = chain[-1]
    data = b""
    if options.flags & {"include", "head"}:
        data = b"".join(("\r\n".join(_head(answer)) + "\r\n\r\n").encode("latin-1", "replace") for answer in chain)
    if "head" not in options.flags and options.method != "HEAD":
        data += response.body
    name = options.output[index] if index < len(options.output) else ""
    if "remote-name" in options.flags and not name:
        name = url.rstrip("/").rpartition("/")[2].partition("?")[0]
    if not name or name == "-":
        await call.out(data)
        return None
    path = call.path(name)
    if path != "/dev/null":
        try:
            call.container.files.write(path, data)
        except OSError:
            return Failure(23, f"Failure writing output to destination, passed {len(data)} returned 0")
    return None


def _head(response: HttpResponse) -> list[str]:
    headers = dict(response.headers)
    if response.header("content-length") is None and response.status not in (204, 304):
        headers["Content-Length"] = str(len(response.body))
    return [f"HTTP/1.1 {response.status} {reason_of(response)}".rstrip(), *(f"{k}: {v}" for k, v in headers.items())]


def _written(
    form: str, response: HttpResponse | None, url: str, seconds: float, redirects: int, failure: Failure | None
) -> str:
    """`--write-out`: its variables and escapes."""
    status = response.status if response else 0
    values: Mapping[str, str] = {
        "http_code": f"{status:03d}",
        "response_code": f"{status:03d}",
        "url_effective": url,
        "url": url,
        "time_total": f"{seconds:.6f}",
        "time_connect": "0.000120",
        "time_starttransfer": f"{seconds:.6f}",
        "time_namelookup": "0.000060",
        "size_download": str(len(response.body) if response else 0),
        "content_type": (response.header("content-type") or "") if response else "",
        "num_redirects": str(max(redirects, 0)),
        "redirect_url": (response.header("location") or "") if response else "",
        "http_version": "1.1" if response else "0",
        "exitcode": str(failure.code if failure else 0),
        "errormsg": failure.text if failure else "",
        "method": "GET",
        "scheme": "http",
    }
    text = form.replace("\\n", "\n").replace("\\t", "\t").replace("\\r", "\r")
    for name, value in values.items():
        text = text.replace("%{" + name + "}", value)
    return text.replace("%%", "%")


COMMANDS = {"curl": curl}
