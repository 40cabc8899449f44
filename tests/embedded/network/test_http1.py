"""HTTP/1.1 on streams: whatever a client sends, it gets an answer or an end."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.embedded.network.errors import EmptyReply, ProtocolError
from grader.embedded.network.http import HttpRequest, HttpResponse, parse_url
from grader.embedded.network.http1 import request_over, serve
from grader.embedded.network.streams import Connection, connection_pair


def echo(request: HttpRequest) -> HttpResponse:
    return HttpResponse(200, {"X-Method": request.method}, request.target.encode() + b"|" + request.body)


async def talk(*chunks: bytes) -> bytes:
    client, server = connection_pair("10.0.0.1:1", "10.0.0.2:80")
    serving = asyncio.ensure_future(serve(server, echo))
    try:
        for chunk in chunks:
            await client.write(chunk)
    except BrokenPipeError:
        pass
    client.write_eof()
    received = await everything(client)
    await serving
    return received


async def everything(connection: Connection) -> bytes:
    received = b""
    while data := await connection.read():
        received += data
    return received


async def test_requests_on_one_connection_are_answered_in_turn() -> None:
    received = await talk(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n")
    assert received.count(b"200 OK") == 2
    assert received.index(b"/a|") < received.index(b"/b|")


async def test_bodies_come_by_length_and_in_chunks() -> None:
    counted = await talk(b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhel", b"lo")
    chunked = await talk(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n")
    assert counted.endswith(b"/|hello")
    assert chunked.endswith(b"/|hello")


async def test_head_gets_no_body_and_old_clients_no_second_turn() -> None:
    assert (await talk(b"HEAD / HTTP/1.1\r\n\r\n")).endswith(b"Content-Length: 2\r\n\r\n")
    assert b"Connection: close" in await talk(b"GET / HTTP/1.0\r\n\r\n")


@pytest.mark.parametrize(
    "bad",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/2\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
async def test_a_bad_request_is_refused(bad: bytes) -> None:
    assert (await talk(bad)).startswith(b"HTTP/1.1 400 ")


async def test_a_body_that_is_too_large_is_refused() -> None:
    assert (await talk(b"POST / HTTP/1.1\r\nContent-Length: 999999999\r\n\r\n")).startswith(b"HTTP/1.1 413 ")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=80), max_size=4))
def test_any_bytes_end(chunks: list[bytes]) -> None:
    asyncio.run(asyncio.wait_for(talk(*chunks), 5))


async def test_a_client_reads_what_a_server_writes() -> None:
    client, server = connection_pair("a:1", "b:2")
    serving = asyncio.ensure_future(serve(server, echo))
    response = await request_over(client, HttpRequest("POST", "/x", {"host": "b"}, b"data"))
    assert (response.status, response.body, response.header("x-method")) == (200, b"/x|data", "POST")
    client.close()
    await serving


async def test_a_server_that_says_nothing_or_something_else_is_told_apart() -> None:
    client, server = connection_pair("a:1", "b:2")
    server.close()
    with pytest.raises((EmptyReply, BrokenPipeError)):
        await request_over(client, HttpRequest("GET", "/"))
    client, server = connection_pair("a:1", "b:2")
    await server.write(b"-ERR unknown command\r\n\r\n")
    with pytest.raises(ProtocolError):
        await request_over(client, HttpRequest("GET", "/"))


def test_urls_are_taken_apart() -> None:
    url = parse_url("web:8080/a?b=c")
    assert (url.scheme, url.host, url.port, url.target, url.authority) == ("http", "web", 8080, "/a?b=c", "web:8080")
    assert parse_url("https://x").port == 443
    for bad in ("ftp://x", "http://", "http://x:99999"):
        with pytest.raises(ValueError, match=r"."):
            parse_url(bad)
