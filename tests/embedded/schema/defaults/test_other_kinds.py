"""Defaults of the kinds that run no pods."""

from __future__ import annotations

from typing import Any

import pytest

from grader.embedded.objects import clone
from grader.embedded.schema.defaults import apply_defaults

_CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "services",
        {"spec": {"ports": [{"port": 80}]}},
        {
            "spec": {
                "type": "ClusterIP",
                "sessionAffinity": "None",
                "internalTrafficPolicy": "Cluster",
                "ports": [{"port": 80, "protocol": "TCP", "targetPort": 80}],
            }
        },
    ),
    (
        "services",
        {"spec": {"type": "LoadBalancer", "sessionAffinity": "ClientIP", "ports": [{"port": 1, "targetPort": "web"}]}},
        {
            "spec": {
                "type": "LoadBalancer",
                "sessionAffinity": "ClientIP",
                "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 10800}},
                "externalTrafficPolicy": "Cluster",
                "internalTrafficPolicy": "Cluster",
                "allocateLoadBalancerNodePorts": True,
                "ports": [{"port": 1, "protocol": "TCP", "targetPort": "web"}],
            }
        },
    ),
    (
        "services",
        {"spec": {"type": "ExternalName", "externalName": "db.example.com"}},
        {"spec": {"type": "ExternalName", "externalName": "db.example.com", "sessionAffinity": "None"}},
    ),
    (
        "secrets",
        {"data": {"a": "AA=="}, "stringData": {"a": "x", "b": "é"}},
        {"type": "Opaque", "data": {"a": "eA==", "b": "w6k="}},
    ),
    (
        "namespaces",
        {"metadata": {"name": "x", "labels": {"a": "b"}}},
        {
            "metadata": {"name": "x", "labels": {"a": "b", "kubernetes.io/metadata.name": "x"}},
            "status": {"phase": "Active"},
        },
    ),
    (
        "limitranges",
        {"spec": {"limits": [{"type": "Container", "max": {"cpu": "2000m"}, "min": {"memory": "1Mi"}}]}},
        {
            "spec": {
                "limits": [
                    {
                        "type": "Container",
                        "max": {"cpu": "2"},
                        "min": {"memory": "1Mi"},
                        "default": {"cpu": "2"},
                        "defaultRequest": {"cpu": "2", "memory": "1Mi"},
                    }
                ]
            }
        },
    ),
    ("resourcequotas", {"spec": {"hard": {"pods": 4}}}, {"spec": {"hard": {"pods": "4"}}}),
    (
        "persistentvolumes",
        {"spec": {"hostPath": {"path": "/a"}}},
        {
            "spec": {
                "hostPath": {"path": "/a", "type": ""},
                "persistentVolumeReclaimPolicy": "Retain",
                "volumeMode": "Filesystem",
            },
            "status": {"phase": "Pending"},
        },
    ),
    (
        "storageclasses.storage.k8s.io",
        {"provisioner": "a/b"},
        {"provisioner": "a/b", "reclaimPolicy": "Delete", "volumeBindingMode": "Immediate"},
    ),
    (
        "networkpolicies.networking.k8s.io",
        {"spec": {"egress": [{"ports": [{"port": 53}]}]}},
        {"spec": {"egress": [{"ports": [{"port": 53, "protocol": "TCP"}]}], "policyTypes": ["Ingress", "Egress"]}},
    ),
    (
        "rolebindings.rbac.authorization.k8s.io",
        {"roleRef": {"kind": "Role", "name": "r"}, "subjects": [{"kind": "User", "name": "u"}]},
        {
            "roleRef": {"kind": "Role", "name": "r", "apiGroup": "rbac.authorization.k8s.io"},
            "subjects": [{"kind": "User", "name": "u", "apiGroup": "rbac.authorization.k8s.io"}],
        },
    ),
    (
        "priorityclasses.scheduling.k8s.io",
        {"value": 1},
        {"value": 1, "preemptionPolicy": "PreemptLowerPriority"},
    ),
    (
        "customresourcedefinitions.apiextensions.k8s.io",
        {"spec": {"names": {"kind": "CronTab", "plural": "crontabs"}, "versions": [{"name": "v1", "storage": True}]}},
        {
            "spec": {
                "names": {"kind": "CronTab", "plural": "crontabs", "singular": "crontab", "listKind": "CronTabList"},
                "versions": [{"name": "v1", "storage": True}],
                "conversion": {"strategy": "None"},
            },
            "status": {"acceptedNames": {"kind": "", "plural": ""}, "conditions": None, "storedVersions": ["v1"]},
        },
    ),
    ("leases.coordination.k8s.io", {"spec": {}}, {"spec": {}}),
]


@pytest.mark.parametrize(("kind", "given", "wanted"), _CASES)
def test_defaults_are_filled_in_and_stay_when_applied_again(
    kind: str, given: dict[str, Any], wanted: dict[str, Any]
) -> None:
    obj = clone(given)
    apply_defaults(kind, obj)
    assert obj == wanted
    apply_defaults(kind, obj)
    assert obj == wanted
