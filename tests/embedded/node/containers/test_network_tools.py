"""curl, wget, nslookup, dig, nc, ping and redis-cli over the cluster's network."""

from __future__ import annotations

import asyncio

import pytest

from grader.embedded.network.network import Network
from grader.embedded.node.containers.container import SimulatedContainer
from tests.embedded.network.conftest import StoreClient
from tests.embedded.node.containers.conftest import Maker, Ran, run, until
from tests.embedded.node.manual_clock import ManualClock


@pytest.fixture
async def web(make: Maker, client: StoreClient) -> SimulatedContainer:
    container = await make("brianstorti/hellok8s:v1", name="web")
    client.service("web")
    client.endpoints("web", container.config.pod_ip, port=4567)
    return container


@pytest.fixture
async def debian(make: Maker) -> SimulatedContainer:
    return await make("nginx", ["sleep", "9999"], name="debian")


@pytest.fixture
async def box(make: Maker) -> SimulatedContainer:
    return await make("busybox:1.36", ["sleep", "9999"], name="box")


async def test_curl_gets_a_page_by_the_services_name(web: SimulatedContainer, debian: SimulatedContainer) -> None:
    assert await run(debian, "curl", "-s", "http://web") == Ran(0, "[v1] Hello, Kubernetes!\n", "")
    assert (await run(debian, "curl", "-s", "http://web/hostname")).out == "web\n"


async def test_curls_options_decide_what_is_printed(web: SimulatedContainer, debian: SimulatedContainer) -> None:
    assert (await run(debian, "curl", "-so", "/dev/null", "-w", "%{http_code}\\n", "web/nosuch")).out == "404\n"
    assert (await run(debian, "curl", "-sI", "web")).out.startswith("HTTP/1.1 200 OK\r\nContent-Type: text/plain")
    assert (await run(debian, "curl", "-si", "web")).out.endswith("\r\n\r\n[v1] Hello, Kubernetes!\n")
    assert await run(debian, "curl", "-o", "/tmp/page", "-s", "web") == Ran(0, "", "")
    assert debian.read("/tmp/page") == b"[v1] Hello, Kubernetes!\n"


async def test_curl_fails_with_its_codes_and_words(
    web: SimulatedContainer, debian: SimulatedContainer, client: StoreClient
) -> None:
    client.service("empty", "10.96.0.51")
    assert await run(debian, "curl", "-sSf", "web/x") == Ran(
        22, "", "curl: (22) The requested URL returned error: 404\n"
    )
    assert await run(debian, "curl", "-s", "nosuch") == Ran(6, "", "")
    assert await run(debian, "curl", "nosuch") == Ran(6, "", "curl: (6) Could not resolve host: nosuch\n")
    assert await run(debian, "curl", "empty") == Ran(
        7, "", "curl: (7) Failed to connect to empty port 80 after 0 ms: Could not connect to server\n"
    )
    assert (await run(debian, "curl", "--nosuch")).code == 2
    assert (await run(debian, "curl")).code == 2


@pytest.mark.parametrize("option", ["-m", "--connect-timeout"])
async def test_curl_gives_up_when_its_time_is_over(
    web: SimulatedContainer, debian: SimulatedContainer, clock: ManualClock, option: str
) -> None:
    work = asyncio.ensure_future(run(debian, "curl", option, "3", "10.96.0.50:81"))
    await clock.advance(2)
    assert not work.done()
    await clock.advance(2)
    assert await work == Ran(28, "", "curl: (28) Connection timed out after 3000 milliseconds\n")


async def test_curl_resolves_as_it_is_told_and_sends_what_it_is_given(make: Maker, debian: SimulatedContainer) -> None:
    whoami = await make("traefik/whoami", name="who")
    address = whoami.config.pod_ip
    told = await run(
        debian, "curl", "-s", "--resolve", f"shop.example:80:{address}", "-H", "X-Me: 1", "shop.example/a?b"
    )
    assert "Hostname: who" in told.out
    assert "GET /a?b HTTP/1.1" in told.out
    assert "Host: shop.example" in told.out
    assert "X-Me: 1" in told.out
    posted = await run(debian, "curl", "-s", "-d", "a=1", address)
    assert "POST / HTTP/1.1" in posted.out
    assert "Content-Length: 3" in posted.out


async def test_busyboxs_wget_speaks_its_own_way(
    web: SimulatedContainer, box: SimulatedContainer, client: StoreClient
) -> None:
    client.service("empty", "10.96.0.51")
    assert await run(box, "wget", "-qO-", "http://web") == Ran(0, "[v1] Hello, Kubernetes!\n", "")
    assert await run(box, "wget", "-qO-", "web/x") == Ran(
        1, "", "wget: server returned error: HTTP/1.1 404 Not Found\n"
    )
    assert await run(box, "wget", "-qO-", "nosuch") == Ran(1, "", "wget: bad address 'nosuch'\n")
    assert await run(box, "wget", "-qO-", "empty") == Ran(
        1, "", "wget: can't connect to remote host (10.96.0.51): Connection refused\n"
    )
    assert (await run(box, "wget", "--spider", "web")).code == 0
    await run(box, "wget", "-q", "web/hostname", "-O", "/tmp/h")
    assert box.read("/tmp/h") == b"web\n"


async def test_wget_gives_up_when_its_time_is_over(
    web: SimulatedContainer, box: SimulatedContainer, clock: ManualClock
) -> None:
    work = asyncio.ensure_future(run(box, "wget", "-T", "2", "-qO-", "10.96.0.50:81"))
    await clock.advance(3)
    assert await work == Ran(1, "", "wget: download timed out\n")


async def test_nslookup_answers_by_image(make: Maker, web: SimulatedContainer, box: SimulatedContainer) -> None:
    found = await run(box, "nslookup", "web.default.svc.cluster.local")
    server = "Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\n"
    assert found.out == f"{server}Name:\tweb.default.svc.cluster.local\nAddress: 10.96.0.50\n\n"
    assert found.code == 0
    absent = await run(box, "nslookup", "nosuch.default")
    assert absent.code == 1
    assert "** server can't find nosuch.default: NXDOMAIN" in absent.out
    old = await make("busybox:1.28", ["sleep", "99"])
    assert (await run(old, "nslookup", "web")).out.endswith(
        "Name:      web\nAddress 1: 10.96.0.50 web.default.svc.cluster.local\n"
    )
    assert (await run(old, "nslookup", "nosuch")).err == "nslookup: can't resolve 'nosuch'\n"


async def test_an_external_name_is_shown_as_an_alias(make: Maker, client: StoreClient) -> None:
    client.put("services", "db", spec={"type": "ExternalName", "externalName": "my-db.company.com"})
    shoot = await make("nicolaka/netshoot", ["sleep", "99"])
    assert (await run(shoot, "dig", "+short", "db.default.svc.cluster.local")).out == "my-db.company.com.\n"
    told = await run(shoot, "nslookup", "db.default.svc.cluster.local")
    assert "db.default.svc.cluster.local\tcanonical name = my-db.company.com" in told.out


async def test_dig_is_short_or_complete(make: Maker, web: SimulatedContainer) -> None:
    shoot = await make("nicolaka/netshoot", ["sleep", "99"])
    assert (await run(shoot, "dig", "+short", "+search", "web")).out == "10.96.0.50\n"
    assert "status: NXDOMAIN" in (await run(shoot, "dig", "web")).out
    assert (await run(shoot, "dig", "-x", "10.96.0.50", "+short")).out == "web.default.svc.cluster.local.\n"


async def test_nc_tells_whether_a_port_is_open(web: SimulatedContainer, box: SimulatedContainer) -> None:
    assert await run(box, "nc", "-zv", "web", "80") == Ran(0, "", "web (10.96.0.50:80) open\n")
    assert (await run(box, "nc", "-z", web.config.pod_ip, "81")).code == 1


async def test_nc_serves_what_it_is_given(make: Maker, box: SimulatedContainer, network: Network) -> None:
    server = await make("busybox", ["sh", "-c", "echo hello | nc -l -p 9000"])
    await until(lambda: 9000 in network.ports(server.config.pod_ip))
    assert (await run(box, "nc", server.config.pod_ip, "9000")).out == "hello\n"


async def test_ping_reaches_pods_and_not_services(
    web: SimulatedContainer, box: SimulatedContainer, clock: ManualClock
) -> None:
    assert (
        "1 packets transmitted, 1 packets received, 0% packet loss"
        in (await run(box, "ping", "-c", "1", web.config.pod_ip)).out
    )
    work = asyncio.ensure_future(run(box, "ping", "-c", "1", "web"))
    await clock.advance(12)
    assert (await work).code == 1


async def test_redis_keeps_what_its_client_says(make: Maker, client: StoreClient) -> None:
    redis = await make("redis", name="redis")
    client.service("redis", port=6379)
    client.endpoints("redis", redis.config.pod_ip, port=6379)
    other = await make("redis", ["sleep", "99"])
    assert (await run(other, "redis-cli", "-h", "redis", "ping")).out == "PONG\n"
    assert (await run(other, "redis-cli", "-h", "redis", "set", "a", "b c")).out == "OK\n"
    assert (await run(redis, "redis-cli", "get", "a")).out == "b c\n"
    assert (await run(redis, "redis-cli", "incr", "n")).out == "1\n"
    assert (await run(redis, "redis-cli", "nosuch")).out.startswith("ERR unknown command")
    assert (await run(other, "redis-cli", "ping")).code == 1


async def test_curl_to_a_database_is_an_empty_reply(make: Maker, debian: SimulatedContainer) -> None:
    redis = await make("redis")
    assert await run(debian, "curl", f"{redis.config.pod_ip}:6379") == Ran(
        52, "", "curl: (52) Empty reply from server\n"
    )


async def test_a_file_server_shows_its_folder(make: Maker, box: SimulatedContainer) -> None:
    script = "mkdir /www; echo hi > /www/index.html; httpd -f -p 8080 -h /www"
    server = await make("busybox", ["sh", "-c", script])
    await until(lambda: server.network.ports(server.config.pod_ip))
    assert (await run(box, "wget", "-qO-", f"{server.config.pod_ip}:8080")).out == "hi\n"
    python = await make("python:3.12", ["python3", "-m", "http.server", "8000"])
    await until(lambda: python.network.ports(python.config.pod_ip))
    assert "Directory listing for /" in (await run(box, "wget", "-qO-", f"{python.config.pod_ip}:8000")).out
