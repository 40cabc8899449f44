"""What a kubelet registers."""

from __future__ import annotations

from typing import Any


async def test_nodes_are_registered_ready(cluster: Any) -> None:
    node = cluster.client.get("nodes", "", "one")
    labels = node["metadata"]["labels"]
    assert labels["kubernetes.io/hostname"] == "one"
    assert labels["kubernetes.io/os"] == "linux"
    assert "node-role.kubernetes.io/control-plane" in labels
    assert "node-role.kubernetes.io/control-plane" not in cluster.client.get("nodes", "", "two")["metadata"]["labels"]
    status = node["status"]
    assert {c["type"]: c["status"] for c in status["conditions"]} == {
        "MemoryPressure": "False",
        "DiskPressure": "False",
        "PIDPressure": "False",
        "Ready": "True",
    }
    assert status["allocatable"]["cpu"] == "4"
    assert status["nodeInfo"]["kubeletVersion"].startswith("v1.36.")
    assert status["addresses"][0] == {"type": "InternalIP", "address": "172.18.0.2"}
    assert any("docker.io/library/web:latest" in image["names"] for image in status["images"])


async def test_leases_are_held(cluster: Any) -> None:
    lease = cluster.client.get("leases.coordination.k8s.io", "kube-node-lease", "one")
    assert lease["spec"]["holderIdentity"] == "one"
    assert lease["spec"]["leaseDurationSeconds"] == 40


async def test_a_restart_keeps_what_others_set(cluster: Any) -> None:
    node = cluster.client.get("nodes", "", "one")
    labels = {**node["metadata"]["labels"], "disk": "ssd"}
    spec = {**node["spec"], "unschedulable": True}
    cluster.client.update("nodes", {**node, "metadata": {**node["metadata"], "labels": labels}, "spec": spec})
    await cluster.restart()
    node = cluster.client.get("nodes", "", "one")
    assert node["metadata"]["labels"]["disk"] == "ssd"
    assert node["spec"]["unschedulable"]
    assert ("docker.io/library/web:latest", "one") in cluster.runtime.loaded
