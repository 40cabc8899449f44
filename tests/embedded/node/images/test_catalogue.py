"""The catalogue: what it knows, how it is read, and how strict it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.embedded.node.containers.commands import COMMANDS
from grader.embedded.node.containers.servers import kinds
from grader.embedded.node.images.catalogue import ImageCatalogue, file_name
from grader.embedded.node.images.image import ServerSpec, command_line
from grader.embedded.node.images.loading import SERVERS, CatalogueError, load_images
from grader.embedded.node.images.registry import find_image, parse_image
from grader.embedded.node.images.tools import BASES
from grader.embedded.node.runtime import PullError

SMALL = {"repository": "example/app", "command": ["app"], "tags": {"v1": {}, "v2": {"size": 7, "aliases": ["latest"]}}}


@pytest.fixture(scope="module")
def catalogue() -> ImageCatalogue:
    return ImageCatalogue.builtin()


def test_every_builtin_file_is_named_by_its_repository_and_complete(catalogue: ImageCatalogue) -> None:
    for repository in catalogue.repositories():
        assert ImageCatalogue.builtin().knows(repository), f"{repository} belongs into {file_name(repository)}"
        for image in catalogue._images[repository]:
            assert image.tools in BASES
            for program in image.programs.values():
                assert not isinstance(program, ServerSpec) or program.kind in kinds()
            first = (image.argv or ("",))[0].rpartition("/")[2]
            known = BASES[image.tools].commands | {*image.extra_tools, *image.programs} | set(COMMANDS)
            assert first in known, f"{repository}: {first} does not run"


def test_catalogues_may_name_exactly_the_servers_that_exist() -> None:
    assert sorted(kinds()) == sorted(SERVERS)


def test_no_tag_of_a_repository_is_given_twice(catalogue: ImageCatalogue) -> None:
    for repository in catalogue.repositories():
        tags = [tag for image in catalogue._images[repository] for tag in image.tags]
        assert len(tags) == len(set(tags)), repository


@pytest.mark.parametrize(
    "text",
    [
        *(
            "nginx",
            "nginx:1.25",
            "nginx:1.26",
            "nginx:1.27",
            "nginx:alpine",
            "busybox:1.36",
            "alpine",
            "redis",
            "mysql",
        ),
        *("postgres", "httpd", "curlimages/curl", "registry.k8s.io/pause:3.10", "python:slim", "ubuntu", "debian"),
        *("brianstorti/hellok8s:v1", "brianstorti/hellok8s:v2", "brianstorti/hellok8s:buggy", "hellok8s:v1"),
        *("mysql", "memcached", "hashicorp/http-echo", "traefik/whoami", "gcr.io/google-samples/hello-app:2.0"),
        *("registry.k8s.io/e2e-test-images/agnhost:2.39", "nicolaka/netshoot", "perl:5.34.0", "polinux/stress"),
    ],
)
def test_the_images_of_common_lessons_are_known(catalogue: ImageCatalogue, text: str) -> None:
    assert catalogue.get(text) is not None


def test_digests_are_stable_differ_by_version_and_resolve(catalogue: ImageCatalogue) -> None:
    first, second = catalogue.get("nginx:1.26"), catalogue.get("nginx:1.27")
    again = ImageCatalogue.builtin().get("nginx:1.26")
    assert first is not None
    assert second is not None
    assert again is not None
    assert first.digest == again.digest != second.digest
    assert catalogue.get(f"nginx@{first.digest}") is first
    assert catalogue.get(f"nginx:1.27@{first.digest}") is first


def test_a_files_images_come_before_the_builtin_ones(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text('repository: nginx\ntools: alpine\ncommand: [sleep, "9"]\ntags: {latest: {}, mine: {}}\n')
    catalogue = ImageCatalogue.builtin([path])
    own = catalogue.get("nginx")
    assert own is not None
    assert own.command == ("sleep", "9")
    assert catalogue.get("nginx:mine") is not None
    assert catalogue.get("nginx:1.27") is not None


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ([], "expected a mapping"),
        ({**SMALL, "comand": ["x"]}, "unknown key `comand`; did you mean `command`?"),
        ({**SMALL, "command": "app"}, "command: expected a list of texts"),
        ({**SMALL, "tags": {}}, "tags: expected a mapping"),
        ({**SMALL, "tags": {"v1": {"size": "big"}}}, "tags.v1: size: expected an integer"),
        ({**SMALL, "repository": "Bad Name"}, "repository: invalid reference format"),
        ({**SMALL, "digest": "sha256:1"}, "digest: expected sha256:"),
        ({**SMALL, "tools": "fedora"}, "tools: expected one of"),
        ({**SMALL, "programs": {"app": {"server": "http", "port": [1]}}}, "did you mean `ports`?"),
        ({**SMALL, "programs": {"app": {"server": "htp"}}}, "server: expected one of"),
        ({**SMALL, "programs": {"app": {"server": "http", "ports": [0]}}}, "ports: expected ports"),
        ({**SMALL, "programs": {"app": 1}}, "expected a mapping"),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(record: object, words: str) -> None:
    with pytest.raises(CatalogueError) as caught:
        load_images(record, "own.yaml")
    assert "own.yaml" in str(caught.value)
    assert words in str(caught.value)


def test_a_file_that_is_not_yaml_or_not_there_is_refused(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("a: [")
    with pytest.raises(CatalogueError, match="not YAML"):
        ImageCatalogue.builtin([bad])
    with pytest.raises(CatalogueError, match="name a readable image catalogue file"):
        ImageCatalogue.builtin([tmp_path / "absent.yaml"])


def test_versions_share_what_the_file_says_of_all() -> None:
    first, second = load_images({**SMALL, "env": {"V": "${version}"}}, "x")
    assert (first.env["V"], second.env["V"]) == ("v1", "v2")
    assert second.tags == ("v2", "latest")
    assert (first.size, second.size) == (50_000_000, 7)


def test_command_and_args_replace_what_docker_and_kubernetes_say(catalogue: ImageCatalogue) -> None:
    image = catalogue.get("nginx")
    assert image is not None
    assert command_line(image, None, None) == ("/docker-entrypoint.sh", "nginx", "-g", "daemon off;")
    assert command_line(image, None, ["-v"]) == ("/docker-entrypoint.sh", "-v")
    assert command_line(image, ["sh"], None) == ("sh",)
    assert command_line(image, ["sh"], ["-c", "x"]) == ("sh", "-c", "x")


@pytest.mark.parametrize(
    ("text", "words", "transient"),
    [
        (
            "nginx:nope",
            'rpc error: code = NotFound desc = failed to pull and unpack image "docker.io/library/nginx:nope": failed '
            'to resolve reference "docker.io/library/nginx:nope": docker.io/library/nginx:nope: not found',
            False,
        ),
        (
            "nope",
            'failed to pull and unpack image "docker.io/library/nope:latest": failed to resolve reference '
            '"docker.io/library/nope:latest": pull access denied, repository does not exist or may require '
            "authorization: server message: insufficient_scope: authorization failed",
            False,
        ),
        ("localhost:5000/x", 'Head "http://localhost:5000/v2/x/manifests/latest": dial tcp [::1]:5000', True),
        ("nosuch.invalid/x:1", "dial tcp: lookup nosuch.invalid: no such host", True),
        ("192.0.2.1/x", "dial tcp 192.0.2.1:443: i/o timeout", True),
    ],
)
def test_a_registry_refuses_in_containerds_words(
    catalogue: ImageCatalogue, text: str, words: str, transient: bool
) -> None:
    with pytest.raises(PullError) as caught:
        find_image(catalogue, parse_image(text))
    assert words in caught.value.message
    assert caught.value.transient is transient


def test_a_name_that_cannot_be_read_is_invalid() -> None:
    with pytest.raises(PullError) as caught:
        parse_image("nginx:")
    assert caught.value.invalid
    assert caught.value.message == (
        'Failed to apply default image tag "nginx:": couldn\'t parse image name "nginx:": invalid reference format'
    )
