from __future__ import annotations

import base64
from typing import Any

from grader.embedded.objects import Obj, condition_of

from .conftest import World
from .samples import deployment, pod

_PEM = b"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n"
BUDGETS = "poddisruptionbudgets.policy"
ROLES = "clusterroles.rbac.authorization.k8s.io"


def budget(**spec: Any) -> Obj:
    spec = {"selector": {"matchLabels": {"app": "web"}}, **spec}
    return {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "web"}, "spec": spec}


async def test_a_quota_counts_what_is_used(world: World) -> None:
    hard = {"pods": "5", "requests.cpu": "2", "count/deployments.apps": "1", "configmaps": "3"}
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q"}, "spec": {"hard": hard}}
    world.create("resourcequotas", quota)
    made = deployment(replicas=2)
    made["spec"]["template"]["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "250m"}}
    world.create("deployments.apps", made)
    await world.settle()
    status = world.get("resourcequotas", "q")["status"]
    assert status["hard"] == hard
    assert status["used"] == {"pods": "2", "requests.cpu": "500m", "count/deployments.apps": "1", "configmaps": "1"}
    world.delete("deployments.apps", "web")
    await world.settle()
    assert world.get("resourcequotas", "q")["status"]["used"]["pods"] == "0"


async def test_a_budget_allows_what_it_can_spare(world: World) -> None:
    world.create("deployments.apps", deployment(replicas=4))
    world.create(BUDGETS, budget(maxUnavailable="25%"))
    await world.settle()
    status = world.get(BUDGETS, "web")["status"]
    assert (status["expectedPods"], status["desiredHealthy"], status["currentHealthy"]) == (4, 3, 4)
    assert status["disruptionsAllowed"] == 1
    assert condition_of(world.get(BUDGETS, "web"), "DisruptionAllowed")["reason"] == "SufficientPods"
    world.become(world.all("pods")[0]["metadata"]["name"], "wait")
    await world.settle()
    assert world.get(BUDGETS, "web")["status"]["disruptionsAllowed"] == 0
    assert condition_of(world.get(BUDGETS, "web"), "DisruptionAllowed")["reason"] == "InsufficientPods"


async def test_a_minimum_counts_bare_pods_too(world: World) -> None:
    world.create(BUDGETS, budget(minAvailable=1))
    for name in ("one", "two"):
        world.create("pods", pod(name, app="web"))
    await world.settle()
    status = world.get(BUDGETS, "web")["status"]
    assert (status["expectedPods"], status["disruptionsAllowed"]) == (2, 1)


async def test_approved_requests_are_signed(world: World) -> None:
    spec = {
        "request": base64.b64encode(_PEM).decode(),
        "signerName": "kubernetes.io/kube-apiserver-client",
        "usages": ["client auth"],
    }
    resource = "certificatesigningrequests.certificates.k8s.io"
    made = {
        "apiVersion": "certificates.k8s.io/v1",
        "kind": "CertificateSigningRequest",
        "metadata": {"name": "me"},
        "spec": spec,
    }
    request = world.create(resource, made)
    await world.settle()
    assert "certificate" not in world.get(resource, "me", "")["status"]
    approved = {"type": "Approved", "status": "True", "reason": "Test", "message": ""}
    world.client.update_status(resource, {**request, "status": {"conditions": [approved]}})
    await world.settle()
    assert base64.b64decode(world.get(resource, "me", "")["status"]["certificate"]) == b"signed"


async def test_cluster_roles_are_put_together(world: World) -> None:
    def role(name: str, labels: dict[str, str], **parts: Any) -> Obj:
        meta = {"name": name, "labels": labels}
        return {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": meta, **parts}

    selector = {"matchLabels": {"part": "yes"}}
    world.create(ROLES, role("whole", {}, aggregationRule={"clusterRoleSelectors": [selector]}, rules=[]))
    rule = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}
    world.create(ROLES, role("part", {"part": "yes"}, rules=[rule]))
    await world.settle()
    assert world.get(ROLES, "whole", "")["rules"] == [rule]
