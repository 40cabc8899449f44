"""Where pods go, and what is told of those that go nowhere."""

from __future__ import annotations

from typing import Any

_NOT_HELPFUL = "Preemption is not helpful for scheduling"
_NO_VICTIMS = "No preemption victims found for incoming pod"
HOST = "kubernetes.io/hostname"


def _labelled(**labels: str) -> dict[str, Any]:
    return {"labelSelector": {"matchLabels": labels}, "topologyKey": HOST}


async def test_a_pod_is_assigned_and_told_so(two_nodes: Any) -> None:
    node = await two_nodes.place("web")
    assert node in ("one", "two")
    assert two_nodes.events("web") == [("Normal", "Scheduled", f"Successfully assigned default/web to {node}")]
    assert two_nodes.get("web")["status"]["conditions"][0]["status"] == "True"
    assert two_nodes.get("web")["metadata"]["generation"] == 1


async def test_pods_spread_over_nodes(two_nodes: Any) -> None:
    places = [await two_nodes.place(f"web{number}", cpu="100m") for number in range(6)]
    assert places.count("one") == places.count("two") == 3


async def test_without_nodes_a_pod_waits_for_one(cluster: Any) -> None:
    assert await cluster.why("web") == "no nodes available to schedule pods"
    cluster.node("one")
    assert await cluster.where("web") == "one"


async def test_what_no_node_could_ever_hold(two_nodes: Any) -> None:
    assert await two_nodes.why("web", cpu="500") == (
        "0/2 nodes are available: 2 Insufficient cpu. no new claims to deallocate, "
        f"preemption: 0/2 nodes are available: 2 {_NOT_HELPFUL}."
    )


async def test_what_no_node_holds_now(two_nodes: Any) -> None:
    await two_nodes.place("first", cpu="3")
    await two_nodes.place("second", cpu="3")
    assert await two_nodes.why("web", cpu="2") == (
        "0/2 nodes are available: 2 Insufficient cpu. no new claims to deallocate, "
        f"preemption: 0/2 nodes are available: 2 {_NO_VICTIMS}."
    )
    two_nodes.client.delete("pods", "default", "first", grace=0)
    assert await two_nodes.where("web") is not None


async def test_a_pod_that_ends_makes_room(two_nodes: Any) -> None:
    await two_nodes.place("first", cpu="3")
    await two_nodes.place("second", cpu="3")
    two_nodes.pod("web", cpu="2")
    await two_nodes.clock.settle()
    first = two_nodes.get("first")
    two_nodes.client.update_status("pods", {**first, "status": {**first["status"], "phase": "Succeeded"}})
    assert await two_nodes.where("web") == first["spec"]["nodeName"]


async def test_reasons_are_counted_by_node(cluster: Any) -> None:
    cluster.node("one", taints=[{"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}])
    cluster.node("two", allocatable={"cpu": "1", "memory": "1Gi", "pods": "0"})
    cluster.node("three", unschedulable=True)
    assert await cluster.why("web", cpu="2") == (
        "0/3 nodes are available: 1 Insufficient cpu, 1 Too many pods, 1 node(s) had untolerated taint(s), "
        "1 node(s) were unschedulable. no new claims to deallocate, "
        f"preemption: 0/3 nodes are available: 3 {_NOT_HELPFUL}."
    )


async def test_tolerations_let_a_pod_in(cluster: Any) -> None:
    cluster.node("one", taints=[{"key": "dedicated", "value": "db", "effect": "NoSchedule"}])
    toleration = {"key": "dedicated", "operator": "Equal", "value": "db", "effect": "NoSchedule"}
    assert await cluster.place("db", tolerations=[toleration]) == "one"
    assert await cluster.place("web", tolerations=[{**toleration, "value": "web"}]) is None


async def test_cordon_and_uncordon(cluster: Any) -> None:
    cluster.node("one", unschedulable=True)
    assert "1 node(s) were unschedulable" in await cluster.why("web")
    cluster.change_node("one", unschedulable=False)
    assert await cluster.where("web") == "one"


async def test_node_selectors_and_affinity(two_nodes: Any) -> None:
    two_nodes.node("three", labels={"disk": "ssd", "size": "7"})
    assert await two_nodes.place("a", nodeSelector={"disk": "ssd"}) == "three"
    term = {"matchExpressions": [{"key": "size", "operator": "Gt", "values": ["5"]}]}
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}
    assert await two_nodes.place("b", affinity={"nodeAffinity": required}) == "three"
    preferred = {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 50, "preference": term}]}
    assert await two_nodes.place("c", affinity={"nodeAffinity": preferred}) == "three"
    assert await two_nodes.why("d", nodeSelector={"disk": "tape"}) == (
        "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, "
        f"preemption: 0/3 nodes are available: 3 {_NOT_HELPFUL}."
    )


async def test_host_ports_are_had_by_one_pod_a_node(two_nodes: Any) -> None:
    container = {"ports": [{"containerPort": 80, "hostPort": 8080, "protocol": "TCP"}]}
    places = {await two_nodes.place("a", container=container), await two_nodes.place("b", container=container)}
    assert places == {"one", "two"}
    text = await two_nodes.why("c", container=container)
    assert "2 node(s) didn't have free ports for the requested pod ports" in text


async def test_anti_affinity_keeps_apart_both_ways(two_nodes: Any) -> None:
    apart = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [_labelled(app="db")]}}
    places = {await two_nodes.place(name, labels={"app": "db"}, affinity=apart) for name in ("a", "b")}
    assert places == {"one", "two"}
    text = await two_nodes.why("c", labels={"app": "db"}, affinity=apart)
    assert "2 node(s) didn't match pod anti-affinity rules" in text
    text = await two_nodes.why("d", labels={"app": "db"})
    assert "2 node(s) didn't satisfy existing pods anti-affinity rules" in text


async def test_affinity_waits_for_the_other_pod(two_nodes: Any) -> None:
    near = {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [_labelled(app="db")]}}
    text = await two_nodes.why("web", affinity=near)
    assert "2 node(s) didn't match pod affinity rules" in text
    place = await two_nodes.place("db", labels={"app": "db"})
    assert await two_nodes.where("web") == place


async def test_the_first_of_a_group_may_go_anywhere(two_nodes: Any) -> None:
    near = {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [_labelled(app="db")]}}
    first = await two_nodes.place("a", labels={"app": "db"}, affinity=near)
    assert first is not None
    assert await two_nodes.place("b", labels={"app": "db"}, affinity=near) == first


async def test_topology_spread_holds_its_skew(two_nodes: Any) -> None:
    two_nodes.change_node("two", unschedulable=True)
    spread = [
        {
            "maxSkew": 1,
            "topologyKey": HOST,
            "whenUnsatisfiable": "DoNotSchedule",
            "labelSelector": {"matchLabels": {"app": "web"}},
        }
    ]
    assert await two_nodes.place("a", labels={"app": "web"}, topologySpreadConstraints=spread) == "one"
    text = await two_nodes.why("b", labels={"app": "web"}, topologySpreadConstraints=spread)
    assert "1 node(s) didn't match pod topology spread constraints, 1 node(s) were unschedulable" in text


async def test_gates_hold_a_pod_back(two_nodes: Any) -> None:
    assert await two_nodes.place("web", schedulingGates=[{"name": "example.com/wait"}]) is None
    condition = two_nodes.get("web")["status"]["conditions"][0]
    assert (condition["reason"], condition["message"]) == (
        "SchedulingGated",
        "Scheduling is blocked due to non-empty scheduling gates",
    )
    pod = two_nodes.get("web")
    spec = {k: v for k, v in pod["spec"].items() if k != "schedulingGates"}
    two_nodes.client.update("pods", {**pod, "metadata": dict(pod["metadata"]), "spec": spec})
    assert await two_nodes.where("web") is not None


async def test_another_schedulers_pods_are_left_alone(two_nodes: Any) -> None:
    assert await two_nodes.place("web", schedulerName="mine") is None
    assert "conditions" not in two_nodes.get("web")["status"]


async def test_important_pods_go_first(cluster: Any) -> None:
    for name, priority in (("low", 0), ("high", 100), ("middle", 50)):
        cluster.pod(name, cpu="3", priority=priority)
    await cluster.clock.settle()
    cluster.node("one")
    await cluster.clock.settle()
    assert [n for n in ("low", "middle", "high") if cluster.get(n)["spec"].get("nodeName")] == ["high"]


async def test_preemption_displaces_lower_pods(cluster: Any) -> None:
    cluster.node("one")
    await cluster.place("low", cpu="2", priority=1)
    await cluster.place("lower", cpu="2", priority=0)
    assert await cluster.place("high", cpu="2", priority=100) is None
    high, lower = cluster.get("high"), cluster.get("lower")
    assert high["status"]["nominatedNodeName"] == "one"
    assert high["status"]["conditions"][0]["message"] == "0/1 nodes are available: 1 Insufficient cpu."
    assert "deletionTimestamp" in lower["metadata"]
    assert "deletionTimestamp" not in cluster.get("low")["metadata"]
    assert [c["reason"] for c in lower["status"]["conditions"] if c["type"] == "DisruptionTarget"] == [
        "PreemptionByScheduler"
    ]
    assert ("Normal", "Preempted", f"Preempted by pod {high['metadata']['uid']} on node one") in cluster.events("lower")
    cluster.client.delete("pods", "default", "lower", grace=0)
    assert await cluster.where("high") == "one"


async def test_a_pod_that_never_preempts_says_so(cluster: Any) -> None:
    cluster.node("one")
    await cluster.place("low", cpu="4")
    assert await cluster.why("high", cpu="2", priority=100, preemptionPolicy="Never") == (
        "0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, "
        "preemption: not eligible due to preemptionPolicy=Never."
    )


async def test_claims_must_be_there_and_bound(two_nodes: Any) -> None:
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]
    assert await two_nodes.why("web", volumes=volumes) == (
        '0/2 nodes are available: persistentvolumeclaim "data" not found. no new claims to deallocate, '
        f"preemption: 0/2 nodes are available: 2 {_NOT_HELPFUL}."
    )
    meta = {"name": "data", "namespace": "default"}
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": meta, "spec": {"storageClassName": ""}}
    two_nodes.client.create("persistentvolumeclaims", claim)
    await two_nodes.clock.settle()
    message = two_nodes.get("web")["status"]["conditions"][0]["message"]
    assert "pod has unbound immediate PersistentVolumeClaims." in message


async def test_claims_that_wait_for_a_consumer_are_given_a_node(two_nodes: Any) -> None:
    client = two_nodes.client
    meta = {"name": "standard"}
    kind = {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": meta, "provisioner": "local"}
    client.create("storageclasses.storage.k8s.io", {**kind, "volumeBindingMode": "WaitForFirstConsumer"})
    meta = {"name": "data", "namespace": "default"}
    spec = {"storageClassName": "standard"}
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": meta, "spec": spec}
    client.create("persistentvolumeclaims", claim)
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]
    assert await two_nodes.place("web", volumes=volumes) is None
    claim = client.get("persistentvolumeclaims", "default", "data")
    node = claim["metadata"]["annotations"]["volume.kubernetes.io/selected-node"]
    bound = {**claim, "metadata": dict(claim["metadata"]), "spec": {**claim["spec"], "volumeName": "pv"}}
    bound = client.update("persistentvolumeclaims", bound)
    client.update_status("persistentvolumeclaims", {**bound, "status": {"phase": "Bound"}})
    assert await two_nodes.where("web") == node


async def test_many_pods_fill_nodes_to_the_last(cluster: Any) -> None:
    for number in range(4):
        cluster.node(f"n{number}", allocatable={"cpu": "10", "memory": "10Gi", "pods": "25"})
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web", "uid": "u", "controller": True}
    for number in range(105):
        cluster.pod(f"p{number}", cpu="100m", meta={"ownerReferences": [owner]})
    await cluster.clock.settle()
    placed = [p["spec"].get("nodeName") for p in cluster.client.list("pods")]
    assert {name: placed.count(name) for name in ("n0", "n1", "n2", "n3")} == dict.fromkeys(
        ("n0", "n1", "n2", "n3"), 25
    )
    assert placed.count(None) == 5
