"""A namespace of a test's own on a real cluster, and a short way to judge a check in it."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from grader.checks.base import Baseline, Context, Outcome
from grader.checks.cluster import Cluster
from grader.checks.table import judge
from grader.course.lab import Check
from grader.embedded.process import Running
from grader.environments.kubectl import locate
from grader.runner.waiting import settle

_NUMBERS = itertools.count()


@dataclass
class World:
    """A namespace and what checks may look at in it."""

    running: Running
    kubectl_path: Path
    namespace: str
    cluster: Cluster
    facts: dict[str, Any] = field(default_factory=dict)

    def kubectl(self, *arguments: str, stdin: str = "") -> str:
        """Run kubectl in the namespace and return what it printed. Fails the test when kubectl fails."""
        env = {
            **os.environ,
            "KUBECONFIG": str(self.running.kubeconfig),
            "KUBECACHEDIR": str(self.running.folder / "kc"),
        }
        argv = [str(self.kubectl_path), "-n", self.namespace, *arguments]
        done = subprocess.run(argv, input=stdin, capture_output=True, text=True, env=env, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def deploy(self, name: str = "web", image: str = "hellok8s:v1", replicas: int = 2, **spec: Any) -> None:
        """Apply a deployment whose pods are labelled with its name, without waiting."""
        container = {"name": "main", "image": image, "ports": [{"containerPort": 4567}], **spec.pop("container", {})}
        template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}}
        body = {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": template, **spec}
        manifest = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": body}
        self.kubectl("apply", "-f", "-", stdin=json.dumps(manifest))

    def rolled_out(self, name: str = "web") -> None:
        """Wait until a deployment is complete."""
        self.kubectl("rollout", "status", f"deployment/{name}", "--timeout=30s")

    def context(self) -> Context:
        hosts = [self.running.node_address]
        kubeconfig = self.running.kubeconfig
        return Context(cluster=self.cluster.fresh(), kubeconfig=kubeconfig, node_hosts=hosts, **self.facts)

    def note(self) -> None:
        """Take this moment as the lab's start."""
        from grader.checks.diagnosis import owner, ready

        pods = {
            pod["metadata"]["uid"]: {
                "name": pod["metadata"]["name"], "namespace": self.namespace,
                "owner": owner(pod).get("name", ""), "ready": ready(pod),
            }
            for pod in self.cluster.fresh().objects("Pod")
        }  # fmt: skip
        self.facts["baseline"] = Baseline(pods, self.cluster.version("Pod"))

    def judge(self, **kind: Any) -> Outcome:
        """Judge a check now: `judge(pods={"count": 2})`."""
        return judge(self.check(**kind), self.context())

    def settle(self, within: float = 20, **kind: Any) -> Outcome:
        """What a check comes to within some seconds of the cluster's time."""
        return settle(self.check(within=within, **kind), self.context(), judge)

    @staticmethod
    def check(**kind: Any) -> Check:
        return Check.model_validate({"name": "The check", **kind})


@pytest.fixture(scope="session")
def kubectl_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return locate(tmp_path_factory.mktemp("tools")).path


@pytest.fixture
def world(fast_cluster: Running, kubectl_path: Path) -> World:
    namespace = f"test-{next(_NUMBERS)}"
    cluster = Cluster.at(fast_cluster.kubeconfig, namespace)
    made = World(fast_cluster, kubectl_path, namespace, cluster)
    made.kubectl("create", "namespace", namespace)
    return made


@pytest.fixture
def said() -> Callable[[Outcome], str]:
    """All that a finding says, in one line."""

    def said(outcome: Outcome) -> str:
        assert outcome.finding is not None, "the check passed"
        return " | ".join(str(part) for part in outcome.finding.texts())

    return said
