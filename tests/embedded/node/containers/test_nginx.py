"""nginx: its configuration, what it serves, and what it refuses."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.embedded.node.containers.container import SimulatedContainer
from grader.embedded.node.containers.servers.nginx_config import ConfigError, parse_config
from grader.embedded.node.containers.volumes import FileVolume
from grader.embedded.node.runtime import Mount
from tests.embedded.node.containers.conftest import Maker, logged, run

CONFIG = """
upstream api { server %(api)s:4567; }
server {
    listen 80;
    server_name shop.example;
    root /srv;
    location / { try_files $uri /index.html; }
    location = /exact { return 200 "exact $request_uri\\n"; }
    location ^~ /static/ { alias /srv/files/; }
    location ~ \\.php$ { return 403; }
    location /old { return 301 /new; }
    location /api/ { proxy_pass http://api/; }
    location /broken/ { proxy_pass http://127.0.0.1:9; }
    error_page 403 /denied.html;
}
server { listen 8080 default_server; return 204; }
"""


async def get(container: SimulatedContainer, path: str, host: str = "shop.example", port: int = 80) -> tuple[int, str]:
    url = f"http://{container.config.pod_ip}:{port}{path}"
    response = await container.network.http(None, "GET", url, {"Host": host})
    return response.status, response.body.decode()


async def configured(make: Maker, text: str) -> SimulatedContainer:
    pages = {"index.html": b"home", "a.txt": b"A", "files/b.txt": b"B", "denied.html": b"no"}
    mounts = [
        Mount("/etc/nginx/conf.d", FileVolume({"default.conf": text.encode()}), read_only=True),
        Mount("/srv", FileVolume(pages)),
    ]
    return await make("nginx", mounts=mounts, name="web")


async def test_the_welcome_page_and_the_access_log(make: Maker) -> None:
    web = await make("nginx")
    status, body = await get(web, "/")
    assert status == 200
    assert "Welcome to nginx!" in body
    assert (await get(web, "/nosuch"))[0] == 404
    lines = logged(web)
    assert any('"GET / HTTP/1.1" 200' in line for line in lines)
    assert any('open() "/usr/share/nginx/html/nosuch" failed (2: No such file or directory)' in line for line in lines)


async def test_a_page_that_is_mounted_or_written_is_served(make: Maker) -> None:
    pages = FileVolume({"index.html": b"mine"})
    web = await make("nginx", mounts=[Mount("/usr/share/nginx/html", pages)])
    assert await get(web, "/") == (200, "mine")
    pages.replace({"index.html": b"changed"})
    assert await get(web, "/") == (200, "changed")
    plain = await make("nginx")
    await run(plain, "sh", "-c", "echo hi > /usr/share/nginx/html/index.html")
    assert await get(plain, "/") == (200, "hi\n")


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/", (200, "home")),
        ("/a.txt", (200, "A")),
        ("/some/route", (200, "home")),
        ("/exact", (200, "exact /exact\n")),
        ("/static/b.txt", (200, "B")),
        ("/x.php", (403, "")),
        ("/api/hostname", (200, "api\n")),
    ],
)
async def test_locations_are_chosen_as_nginx_does(make: Maker, path: str, answer: tuple[int, str]) -> None:
    api = await make("brianstorti/hellok8s:v1", name="api")
    web = await configured(make, CONFIG % {"api": api.config.pod_ip})
    status, body = await get(web, path)
    assert status == answer[0]
    assert answer[1] in body


async def test_redirects_upstream_failures_and_default_servers(make: Maker) -> None:
    web = await configured(make, CONFIG % {"api": "10.244.0.250"})
    response = await web.network.http(None, "GET", f"http://{web.config.pod_ip}/old", {"Host": "shop.example"})
    assert (response.status, response.header("location")) == (301, "/new")
    assert (await get(web, "/broken/x"))[0] == 502
    assert (await get(web, "/", "any", 8080))[0] == 204


async def test_a_wrong_configuration_keeps_nginx_from_starting(make: Maker, clock: object) -> None:
    web = await configured(make, "server { listen 80; nosuch on; }")
    await web.clock.advance(1)  # type: ignore[attr-defined]
    assert web.exit is not None
    assert web.exit.code == 1
    assert 'nginx: [emerg] unknown directive "nosuch" in /etc/nginx/conf.d/default.conf:1' in logged(web)


async def test_a_new_configuration_counts_after_a_reload_and_a_wrong_one_never(make: Maker) -> None:
    volume = FileVolume({"default.conf": b"server { listen 80; return 200 one; }"})
    web = await make("nginx", mounts=[Mount("/etc/nginx/conf.d", volume)])
    volume.replace({"default.conf": b"server { listen 81; return 200 two; }"})
    assert await get(web, "/") == (200, "one")
    assert (await run(web, "nginx", "-s", "reload")).code == 0
    assert await get(web, "/", port=81) == (200, "two")
    volume.replace({"default.conf": b"server { listen"})
    tested = await run(web, "nginx", "-t")
    assert tested.code == 1
    assert "test failed" in tested.err
    assert await get(web, "/", port=81) == (200, "two")


async def test_two_servers_of_a_pod_cannot_share_a_port(make: Maker) -> None:
    first = await make("nginx")
    second = await make("nginx", pod_ip=first.config.pod_ip)
    await second.clock.advance(1)  # type: ignore[attr-defined]
    assert second.exit is not None
    assert second.exit.code == 1
    assert "bind() to 0.0.0.0:80 failed (98: Address already in use)" in second.logs.tail_text()


@given(st.text(alphabet="{};#'\"\\ \nserverlistenhttp80$/*", max_size=120))
def test_any_configuration_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(ConfigError):
        parse_config("/c", lambda path: [(path, text)] if path == "/c" else [])
