"""What a real API server answered to good and bad objects, beside what this one answers."""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from grader.embedded import process
from tests.conformance.replaying import Replay, load

HERE = Path(__file__).parent
WHOLE = ("discovery", "labels", "recreate", "rolling-update", "rollout-rate", "scaling")
"""Scenarios that match to the last step; the others name images or add-ons of the recorded node."""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[process.Running]:
    folder = tmp_path_factory.mktemp("conformance") / "cluster"
    yield process.start(folder, name="conformance", idle=600, clock="fast")
    process.stop(folder, remove=True)


def test_good_and_bad_objects_get_the_real_servers_verdict(cluster: process.Running) -> None:
    cases = json.loads(gzip.decompress((HERE / "answers.json.gz").read_bytes()))
    token = (cluster.folder / "token").read_text()
    link = HTTPConnection("127.0.0.1", int(cluster.url.rpartition(":")[2]), timeout=20)
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    other = []
    for case in cases:
        path = f"{case['path']}?dryRun=All&fieldValidation=Strict"
        link.request("POST", path, json.dumps(case["body"]), headers)
        answer = link.getresponse()
        answer.read()
        assert answer.status != 500, case["what"]
        if answer.status != case["answer"]["code"]:
            other.append((case["kind"], case["what"], answer.status))
    assert len(other) <= len(cases) * 0.01, other[:20]


@pytest.mark.parametrize("name", WHOLE)
def test_kubectl_prints_what_it_printed_on_a_real_node(name: str, cluster: process.Running, tmp_path: Path) -> None:

    binary = Path(sys.executable).with_name("kubectl")
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "kubectl").symlink_to(binary)
    scenario = load(HERE / "scenarios" / f"{name}.yaml")
    differences = list(Replay(scenario, cluster.kubeconfig, tmp_path, f"{tools}:/usr/bin:/bin").run())
    assert not differences, "\n".join(map(str, differences))
