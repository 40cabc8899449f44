"""Cells of every family of kinds but pods. Times count to 1970-01-01T00:16:40Z."""

from __future__ import annotations

from typing import Any

import pytest

from grader.embedded.api.tables import render

NOW = 1_000.0
AT = "1970-01-01T00:16:35Z"
TEMPLATE = {
    "spec": {"containers": [{"name": "a", "image": "x:1"}, {"name": "b", "image": "y"}], "nodeSelector": {"d": "s"}}
}
SELECTOR = {"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "t", "operator": "Exists"}]}

CASES: list[tuple[str, dict[str, Any], list[Any]]] = [
    (
        "deployments.apps",
        {
            "spec": {"replicas": 3, "selector": SELECTOR, "template": TEMPLATE},
            "status": {"readyReplicas": 1, "updatedReplicas": 2},
        },
        ["o", "1/3", 2, 0, "5s", "a,b", "x:1,y", "app=web,t"],
    ),
    (
        "replicasets.apps",
        {
            "spec": {"replicas": 3, "selector": SELECTOR, "template": TEMPLATE},
            "status": {"replicas": 2, "readyReplicas": 1},
        },
        ["o", 3, 2, 1, "5s", "a,b", "x:1,y", "app=web,t"],
    ),
    (
        "replicationcontrollers",
        {"spec": {"replicas": 1, "selector": {"b": "2", "a": "1"}, "template": TEMPLATE}, "status": {"replicas": 0}},
        ["o", 1, 0, 0, "5s", "a,b", "x:1,y", "a=1,b=2"],
    ),
    (
        "statefulsets.apps",
        {"spec": {"replicas": 2, "template": TEMPLATE}, "status": {"readyReplicas": 2}},
        ["o", "2/2", "5s", "a,b", "x:1,y"],
    ),
    (
        "daemonsets.apps",
        {
            "spec": {"selector": SELECTOR, "template": TEMPLATE},
            "status": {"desiredNumberScheduled": 2, "numberReady": 1},
        },
        ["o", 2, 0, 1, 0, 0, "d=s", "5s", "a,b", "x:1,y", "app=web,t"],
    ),
    (
        "controllerrevisions.apps",
        {
            "metadata": {
                "ownerReferences": [{"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "db", "controller": True}]
            },
            "revision": 4,
        },
        ["o", "statefulset.apps/db", 4, "5s"],
    ),
    ("podtemplates", {"template": {**TEMPLATE, "metadata": {"labels": {"a": "1"}}}}, ["o", "a,b", "x:1,y", "a=1"]),
    (
        "jobs.batch",
        {
            "spec": {"completions": 3, "selector": SELECTOR, "template": TEMPLATE},
            "status": {"succeeded": 1, "startTime": AT},
        },
        ["o", "Running", "1/3", "5s", "5s", "a,b", "x:1,y", "app=web,t"],
    ),
    (
        "jobs.batch",
        {
            "spec": {"parallelism": 2},
            "status": {
                "startTime": "1970-01-01T00:00:00Z",
                "completionTime": "1970-01-01T00:00:09Z",
                "conditions": [{"type": "Complete", "status": "True"}],
            },
        },
        ["o", "Complete", "0/1 of 2", "9s", "5s", "", "", "<none>"],
    ),
    (
        "cronjobs.batch",
        {
            "spec": {"schedule": "* * * * *", "suspend": False, "jobTemplate": {"spec": {"template": TEMPLATE}}},
            "status": {"active": [{}]},
        },
        ["o", "* * * * *", "<none>", "False", 1, "<none>", "5s", "a,b", "x:1,y", "<none>"],
    ),
    (
        "services",
        {
            "spec": {
                "type": "NodePort",
                "clusterIPs": ["10.96.0.9"],
                "ports": [{"port": 80, "nodePort": 30001, "protocol": "TCP"}, {"port": 53, "protocol": "UDP"}],
                "selector": {"app": "web"},
            }
        },
        ["o", "NodePort", "10.96.0.9", "<none>", "80:30001/TCP,53/UDP", "5s", "app=web"],
    ),
    (
        "services",
        {"spec": {"type": "LoadBalancer", "clusterIPs": ["10.96.0.9"]}},
        ["o", "LoadBalancer", "10.96.0.9", "<pending>", "<none>", "5s", "<none>"],
    ),
    (
        "services",
        {
            "spec": {"type": "LoadBalancer", "clusterIPs": ["None"], "externalIPs": ["1.2.3.4"]},
            "status": {"loadBalancer": {"ingress": [{"hostname": "lb.example"}, {"ip": "10.0.0.1"}]}},
        },
        ["o", "LoadBalancer", "None", "10.0.0.1,lb.example,1.2.3.4", "<none>", "5s", "<none>"],
    ),
    (
        "services",
        {"spec": {"type": "ExternalName", "externalName": "db.example"}},
        ["o", "ExternalName", "<none>", "db.example", "<none>", "5s", "<none>"],
    ),
    (
        "endpoints",
        {"subsets": [{"addresses": [{"ip": f"10.0.0.{i}"} for i in range(5)], "ports": [{"port": 80}]}]},
        ["o", "10.0.0.0:80,10.0.0.1:80,10.0.0.2:80 + 2 more...", "5s"],
    ),
    ("endpoints", {}, ["o", "<none>", "5s"]),
    (
        "endpointslices.discovery.k8s.io",
        {"addressType": "IPv4", "ports": [{"port": 80}, {"name": "x"}], "endpoints": [{"addresses": ["10.0.0.1"]}]},
        ["o", "IPv4", "80,x", "10.0.0.1", "5s"],
    ),
    (
        "endpointslices.discovery.k8s.io",
        {"addressType": "IPv4", "endpoints": None},
        ["o", "IPv4", "<unset>", "<unset>", "5s"],
    ),
    (
        "ingresses.networking.k8s.io",
        {
            "spec": {"ingressClassName": "nginx", "rules": [{"host": h} for h in "abcde"], "tls": [{}]},
            "status": {"loadBalancer": {"ingress": [{"ip": "1.1.1.1"}]}},
        },
        ["o", "nginx", "a,b,c + 2 more...", "1.1.1.1", "80, 443", "5s"],
    ),
    ("ingresses.networking.k8s.io", {"spec": {"rules": [{}]}}, ["o", "<none>", "*", "", "80", "5s"]),
    (
        "ingressclasses.networking.k8s.io",
        {"spec": {"controller": "x/y", "parameters": {"apiGroup": "g", "kind": "K", "name": "n"}}},
        ["o", "x/y", "K.g/n", "5s"],
    ),
    ("networkpolicies.networking.k8s.io", {"spec": {"podSelector": {}}}, ["o", "<none>", "5s"]),
    (
        "ipaddresses.networking.k8s.io",
        {"spec": {"parentRef": {"resource": "services", "namespace": "default", "name": "web"}}},
        ["o", "services/default/web", "5s"],
    ),
    (
        "servicecidrs.networking.k8s.io",
        {"spec": {"cidrs": ["10.96.0.0/16", "fd00::/108"]}},
        ["o", "10.96.0.0/16,fd00::/108", "5s"],
    ),
    ("configmaps", {"data": {"a": "1"}, "binaryData": {"b": ""}}, ["o", 2, "5s"]),
    ("secrets", {"type": "Opaque", "data": {"a": ""}}, ["o", "Opaque", 1, "5s"]),
    ("serviceaccounts", {}, ["o", "5s"]),
    ("namespaces", {"status": {"phase": "Active"}}, ["o", "Active", "5s"]),
    (
        "resourcequotas",
        {"status": {"hard": {"pods": "3", "limits.cpu": "2", "requests.cpu": "1"}, "used": {"pods": "1"}}},
        ["o", "pods: 1/3, requests.cpu: 0/1", "limits.cpu: 0/2", "5s"],
    ),
    ("limitranges", {}, ["o", AT]),
    (
        "poddisruptionbudgets.policy",
        {"spec": {"minAvailable": 0}, "status": {"disruptionsAllowed": 2}},
        ["o", "0", "N/A", 2, "5s"],
    ),
    ("priorityclasses.scheduling.k8s.io", {"value": 10, "preemptionPolicy": "Never"}, ["o", 10, False, "5s", "Never"]),
    ("runtimeclasses.node.k8s.io", {"handler": "runc"}, ["o", "runc", "5s"]),
    ("leases.coordination.k8s.io", {"spec": {"holderIdentity": "me"}}, ["o", "me", "5s"]),
    (
        "componentstatuses",
        {"conditions": [{"type": "Healthy", "status": "True", "message": "ok"}]},
        ["o", "Healthy", "ok", ""],
    ),
    (
        "nodes",
        {
            "metadata": {"labels": {"node-role.kubernetes.io/worker": "", "kubernetes.io/role": "control-plane"}},
            "spec": {"unschedulable": True},
            "status": {
                "conditions": [{"type": "Ready", "status": "True"}],
                "nodeInfo": {"kubeletVersion": "v1.36.0", "osImage": "Linux"},
                "addresses": [{"type": "Hostname", "address": "n"}, {"type": "InternalIP", "address": "10.0.0.1"}],
            },
        },
        [
            "o",
            "Ready,SchedulingDisabled",
            "control-plane,worker",
            "5s",
            "v1.36.0",
            "10.0.0.1",
            "<none>",
            "Linux",
            "<unknown>",
            "<unknown>",
        ],
    ),
    ("csinodes.storage.k8s.io", {"spec": {"drivers": [{}]}}, ["o", 1, "5s"]),
    (
        "events",
        {
            "involvedObject": {"kind": "Pod", "name": "p", "fieldPath": "spec.containers{web}"},
            "type": "Warning",
            "reason": "BackOff",
            "message": "again \n",
            "source": {"component": "kubelet", "host": "n1"},
            "firstTimestamp": "1970-01-01T00:15:40Z",
            "lastTimestamp": AT,
            "count": 7,
        },
        ["5s", "Warning", "BackOff", "pod/p", "spec.containers{web}", "kubelet, n1", "again", "60s", 7, "o"],
    ),
    (
        "events.events.k8s.io",
        {
            "involvedObject": {"kind": "Node"},
            "type": "Normal",
            "reason": "R",
            "eventTime": "1970-01-01T00:16:35.000000Z",
            "reportingComponent": "x",
        },
        ["5s", "Normal", "R", "node", "", "x", "", "5s", 1, "o"],
    ),
    (
        "horizontalpodautoscalers.autoscaling",
        {
            "spec": {
                "scaleTargetRef": {"kind": "Deployment", "name": "web"},
                "minReplicas": 1,
                "maxReplicas": 5,
                "metrics": [
                    {"type": "Resource", "resource": {"name": "cpu", "target": {"averageUtilization": 80}}},
                    {"type": "Pods", "pods": {"target": {"averageValue": "10"}}},
                    {"type": "External", "external": {"target": {"value": "3"}}},
                ],
            },
            "status": {"currentReplicas": 2, "currentMetrics": [{"resource": {"current": {"averageUtilization": 12}}}]},
        },
        ["o", "Deployment/web", "cpu: 12%/80%, <unknown>/10 + 1 more...", "1", 5, 2, "5s"],
    ),
    (
        "persistentvolumes",
        {
            "spec": {
                "capacity": {"storage": "1Gi"},
                "accessModes": ["ReadWriteMany", "ReadWriteOnce"],
                "persistentVolumeReclaimPolicy": "Retain",
                "claimRef": {"namespace": "default", "name": "c"},
                "storageClassName": "fast",
                "volumeMode": "Filesystem",
            },
            "status": {"phase": "Bound"},
        },
        ["o", "1Gi", "RWO,RWX", "Retain", "Bound", "default/c", "fast", "<unset>", "", "5s", "Filesystem"],
    ),
    (
        "persistentvolumeclaims",
        {"spec": {"accessModes": ["ReadWriteOnce"], "volumeMode": "Filesystem"}, "status": {"phase": "Pending"}},
        ["o", "Pending", "", "", "", "", "<unset>", "5s", "Filesystem"],
    ),
    (
        "persistentvolumeclaims",
        {
            "spec": {"volumeName": "v", "storageClassName": "fast"},
            "status": {"phase": "Bound", "capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"]},
        },
        ["o", "Bound", "v", "1Gi", "RWO", "fast", "<unset>", "5s", "<unset>"],
    ),
    (
        "storageclasses.storage.k8s.io",
        {"metadata": {"annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}, "provisioner": "p"},
        ["o (default)", "p", "Delete", "Immediate", False, "5s"],
    ),
    ("volumeattributesclasses.storage.k8s.io", {"driverName": "d"}, ["o", "d", "5s"]),
    (
        "volumeattachments.storage.k8s.io",
        {"spec": {"attacher": "a", "nodeName": "n"}},
        ["o", "a", "", "n", False, "5s"],
    ),
    ("csidrivers.storage.k8s.io", {"spec": {}}, ["o", True, False, False, "<unset>", False, "<none>", "5s"]),
    (
        "rolebindings.rbac.authorization.k8s.io",
        {
            "roleRef": {"kind": "Role", "name": "r"},
            "subjects": [
                {"kind": "User", "name": "u"},
                {"kind": "ServiceAccount", "name": "sa", "namespace": "ns"},
                {"kind": "Group", "name": "g"},
                {"kind": "User", "name": "v"},
            ],
        },
        ["o", "Role/r", "5s", "u, v", "g", "ns/sa"],
    ),
    ("clusterroles.rbac.authorization.k8s.io", {}, ["o", AT]),
    (
        "certificatesigningrequests.certificates.k8s.io",
        {
            "spec": {"signerName": "s", "username": "u", "expirationSeconds": 3600},
            "status": {"conditions": [{"type": "Approved"}], "certificate": "x"},
        },
        ["o", "5s", "s", "u", "60m", "Approved,Issued"],
    ),
    ("customresourcedefinitions.apiextensions.k8s.io", {}, ["o", AT]),
    ("validatingwebhookconfigurations.admissionregistration.k8s.io", {"webhooks": [{}, {}]}, ["o", 2, "5s"]),
    (
        "validatingadmissionpolicies.admissionregistration.k8s.io",
        {"spec": {"paramKind": {"apiVersion": "v1", "kind": "ConfigMap"}, "validations": [{}]}},
        ["o", 1, "v1/ConfigMap", "5s"],
    ),
    (
        "validatingadmissionpolicybindings.admissionregistration.k8s.io",
        {"spec": {"policyName": "p", "paramRef": {"name": "n"}}},
        ["o", "p", "*/n", "5s"],
    ),
    (
        "apiservices.apiregistration.k8s.io",
        {"status": {"conditions": [{"type": "Available", "status": "False", "reason": "Gone"}]}},
        ["o", "Local", "False (Gone)", "5s"],
    ),
    (
        "resourceclaims.resource.k8s.io",
        {"status": {"allocation": {"x": 1}, "reservedFor": [{}]}},
        ["o", "allocated,reserved", "5s"],
    ),
    (
        "resourceslices.resource.k8s.io",
        {"spec": {"nodeName": "n", "driver": "d", "pool": {"name": "p"}}},
        ["o", "n", "d", "p", "5s"],
    ),
    (
        "flowschemas.flowcontrol.apiserver.k8s.io",
        {"spec": {"matchingPrecedence": 1}},
        ["o", "", 1, "<none>", "5s", "?"],
    ),
    (
        "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io",
        {"spec": {"type": "Limited", "limited": {"nominalConcurrencyShares": 5}}},
        ["o", "Limited", 5, "<none>", "<none>", "<none>", "5s"],
    ),
]


@pytest.mark.parametrize(("key", "obj", "wanted"), CASES, ids=[f"{i}-{case[0]}" for i, case in enumerate(CASES)])
def test_cells(key: str, obj: dict[str, Any], wanted: list[Any]) -> None:
    metadata = {"name": "o", "creationTimestamp": AT, **obj.get("metadata", {})}
    table = render(key, [{**obj, "metadata": metadata}], now=NOW)
    assert table["rows"][0]["cells"] == wanted
    if key != "ipaddresses.networking.k8s.io":  # whose age has no column, in Kubernetes as here
        assert len(table["columnDefinitions"]) == len(wanted)


@pytest.mark.parametrize(
    ("conditions", "deleted", "word"),
    [
        ([], False, "Running"),
        (["Suspended"], False, "Suspended"),
        (["FailureTarget"], False, "FailureTarget"),
        (["SuccessCriteriaMet"], False, "SuccessCriteriaMet"),
        (["Suspended"], True, "Terminating"),
        (["Failed", "FailureTarget"], True, "Failed"),
    ],
)
def test_a_jobs_status_is_its_most_final_condition(conditions: list[str], deleted: bool, word: str) -> None:
    metadata = {"name": "j", **({"deletionTimestamp": AT} if deleted else {})}
    status = {"conditions": [{"type": kind, "status": "True"} for kind in conditions]}
    table = render("jobs.batch", [{"metadata": metadata, "spec": {}, "status": status}], now=NOW)
    assert table["rows"][0]["cells"][1] == word


@pytest.mark.parametrize("key", sorted({case[0] for case in CASES} | {"pods"}))
def test_an_object_with_hardly_anything_still_prints(key: str) -> None:
    table = render(key, [{"metadata": {"name": "o"}, "spec": {}, "status": {}}], now=NOW)
    assert "o" in table["rows"][0]["cells"] or "o (default)" in table["rows"][0]["cells"]
