"""Rules of configuration, storage, quotas, access and the other small kinds."""

from __future__ import annotations

from typing import Any

import pytest

from grader.embedded.objects import clone
from grader.embedded.schema.defaults import apply_defaults
from grader.embedded.schema.validation import validate, validate_status_update, validate_update

_CLUSTER_KINDS = {
    "namespaces",
    "nodes",
    "persistentvolumes",
    "storageclasses.storage.k8s.io",
    "priorityclasses.scheduling.k8s.io",
    "runtimeclasses.node.k8s.io",
    "ingressclasses.networking.k8s.io",
    "clusterroles.rbac.authorization.k8s.io",
    "certificatesigningrequests.certificates.k8s.io",
}
_SEALED = "Forbidden: field is immutable when `immutable` is set"
_CLAIM = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
_VOLUME = {"accessModes": ["ReadWriteOnce"], "capacity": {"storage": "1Gi"}}


def _object(kind: str, body: dict[str, Any]) -> dict[str, Any]:
    meta = {"name": "x", "resourceVersion": "1"}
    if kind not in _CLUSTER_KINDS:
        meta["namespace"] = "default"
    obj = clone(body)
    obj["metadata"] = {**meta, **obj.get("metadata", {})}
    apply_defaults(kind, obj)
    return obj


def _errors(kind: str, body: dict[str, Any]) -> list[str]:
    return [str(error) for error in validate(kind, _object(kind, body))]


def _update_errors(kind: str, new: dict[str, Any], old: dict[str, Any]) -> list[str]:
    return [str(error) for error in validate_update(kind, _object(kind, new), _object(kind, old))]


@pytest.mark.parametrize(
    ("kind", "body", "messages"),
    [
        ("configmaps", {"data": {"a": "b"}, "binaryData": {"c": "AA=="}}, []),
        (
            "configmaps",
            {"data": {"..a": "x", "b": "x"}, "binaryData": {"b": ""}},
            [
                "data[..a]: Invalid value: \"..a\": must not start with '..'",
                'data[b]: Invalid value: "b": duplicate of key present in binaryData',
            ],
        ),
        ("configmaps", {"data": {"a": "x" * 1048577}}, ["[]: Too long: may not be more than 1048576 bytes"]),
        ("secrets", {"data": {"a": "AAAA" * 349526}}, ["data: Too long: may not be more than 1048576 bytes"]),
        (
            "secrets",
            {"type": "kubernetes.io/basic-auth"},
            ["data[username]: Required value", "data[password]: Required value"],
        ),
        ("secrets", {"type": "kubernetes.io/ssh-auth"}, ["data[ssh-privatekey]: Required value"]),
        (
            "secrets",
            {"type": "kubernetes.io/service-account-token"},
            ["metadata.annotations[kubernetes.io/service-account.name]: Required value"],
        ),
        (
            "secrets",
            {"type": "kubernetes.io/dockerconfigjson", "stringData": {".dockerconfigjson": "[]"}},
            [
                'data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": '
                "json: cannot unmarshal array into Go value of type map[string]interface {}"
            ],
        ),
        (
            "nodes",
            {"spec": {"taints": [{"key": "a", "effect": "NoSchedule"}, {"key": "a", "effect": "NoSchedule"}]}},
            [
                'metadata.taints[1]: Duplicate value: {"Key":"a","Value":"","Effect":"NoSchedule","TimeAdded":null}: '
                "taints must be unique by key and effect pair"
            ],
        ),
        (
            "resourcequotas",
            {"spec": {"hard": {"colour": "1", "pods": "1500m", "requests.cpu": "-1"}}},
            [
                'spec.hard[colour]: Invalid value: "colour": must be a standard resource type or fully qualified',
                'spec.hard[colour]: Invalid value: "colour": must be a standard resource for quota',
                'spec.hard[pods]: Invalid value: "1500m": must be an integer',
                'spec.hard[requests.cpu]: Invalid value: "-1": must be greater than or equal to 0',
            ],
        ),
        (
            "resourcequotas",
            {"spec": {"hard": {"services": "1"}, "scopes": ["BestEffort", "NotBestEffort"]}},
            [
                'spec.scopes: Invalid value: ["BestEffort","NotBestEffort"]: unsupported scope applied to resource',
                'spec.scopes: Invalid value: ["BestEffort","NotBestEffort"]: unsupported scope applied to resource',
                'spec.scopes: Invalid value: ["BestEffort","NotBestEffort"]: conflicting scopes',
            ],
        ),
        (
            "limitranges",
            {"spec": {"limits": [{"type": "Container", "max": {"cpu": "1"}, "min": {"cpu": "2"}}]}},
            [
                'spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1',
                'spec.limits[0].defaultRequest[cpu]: Invalid value: "1": '
                "min value 2 is greater than default request value 1",
                'spec.limits[0].default[cpu]: Invalid value: "2": min value 2 is greater than default value 1',
            ],
        ),
        (
            "limitranges",
            {"spec": {"limits": [{"type": "Pod", "default": {"cpu": "1"}}]}},
            ["spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'"],
        ),
        ("persistentvolumes", {"spec": _VOLUME}, ["spec: Required value: must specify a volume type"]),
        (
            "persistentvolumes",
            {"spec": {**_VOLUME, "local": {"path": "/a/../b"}}},
            [
                "spec.local.path: Invalid value: \"/a/../b\": must not contain '..'",
                "spec.nodeAffinity: Required value: Local volume requires node affinity",
            ],
        ),
        (
            "persistentvolumes",
            {"spec": {**_VOLUME, "nfs": {"path": "a"}, "hostPath": {"path": "/"}}},
            ["spec.nfs: Forbidden: may not specify more than 1 volume type"],
        ),
        (
            "persistentvolumes",
            {"spec": {**_VOLUME, "hostPath": {"path": "/"}, "persistentVolumeReclaimPolicy": "Recycle"}},
            ["spec.persistentVolumeReclaimPolicy: Forbidden: may not be 'recycle' for a hostPath mount of '/'"],
        ),
        (
            "persistentvolumeclaims",
            {"spec": {**_CLAIM, "accessModes": ["ReadWriteOncePod", "ReadWriteOnce"]}},
            ["spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes"],
        ),
        (
            "persistentvolumeclaims",
            {"spec": {**_CLAIM, "resources": {"requests": {"storage": "0"}}}},
            ['spec.resources[storage]: Invalid value: "0": must be greater than zero'],
        ),
        (
            "priorityclasses.scheduling.k8s.io",
            {"value": 1000000001},
            ["value: Forbidden: maximum allowed value of a user defined priority is 1000000000"],
        ),
        (
            "priorityclasses.scheduling.k8s.io",
            {"metadata": {"name": "system-x"}},
            [
                "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use "
                "only. error: system-x is not a known system priority class"
            ],
        ),
        (
            "roles.rbac.authorization.k8s.io",
            {"rules": [{"verbs": ["get"], "nonResourceURLs": ["/x"]}]},
            ['rules[0].nonResourceURLs: Invalid value: ["/x"]: namespaced rules cannot apply to non-resource URLs'],
        ),
        (
            "clusterroles.rbac.authorization.k8s.io",
            {"aggregationRule": {}},
            [
                "aggregationRule.clusterRoleSelectors: Required value: "
                "at least one clusterRoleSelector required if aggregationRule is non-nil"
            ],
        ),
        ("roles.rbac.authorization.k8s.io", {"metadata": {"name": "system:a"}}, []),
        (
            "roles.rbac.authorization.k8s.io",
            {"metadata": {"name": "a/b"}},
            ["metadata.name: Invalid value: \"a/b\": may not contain '/'"],
        ),
        (
            "leases.coordination.k8s.io",
            {"spec": {"leaseTransitions": -1, "preferredHolder": "x"}},
            [
                "spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0",
                "spec.preferredHolder: Forbidden: may only be specified if `strategy` is defined",
            ],
        ),
        (
            "events",
            {"involvedObject": {"namespace": "other"}},
            ['involvedObject.namespace: Invalid value: "other": does not match event.namespace'],
        ),
        (
            "certificatesigningrequests.certificates.k8s.io",
            {"spec": {"request": "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0=", "expirationSeconds": 1}},
            [
                "spec.usages: Required value",
                "spec.signerName: Required value",
                "spec.expirationSeconds: Invalid value: 1: "
                "may not specify a duration less than 600 seconds (10 minutes)",
            ],
        ),
    ],
)
def test_bad_objects_are_told_in_the_servers_words(kind: str, body: dict[str, Any], messages: list[str]) -> None:
    assert _errors(kind, body) == messages


@pytest.mark.parametrize(
    ("kind", "old", "new", "messages"),
    [
        (
            "configmaps",
            {"immutable": True, "data": {"a": "b"}},
            {"data": {"a": "c"}},
            [f"immutable: {_SEALED}", f"data: {_SEALED}"],
        ),
        ("secrets", {"type": "a/b"}, {"type": "c/d"}, ['type: Invalid value: "c/d": field is immutable']),
        (
            "rolebindings.rbac.authorization.k8s.io",
            {"roleRef": {"kind": "Role", "name": "a"}},
            {"roleRef": {"kind": "Role", "name": "b"}},
            [
                'roleRef: Invalid value: {"APIGroup":"rbac.authorization.k8s.io","Kind":"Role","Name":"b"}: '
                "cannot change roleRef"
            ],
        ),
        (
            "storageclasses.storage.k8s.io",
            {"provisioner": "a/b", "parameters": {"x": "y"}},
            {"provisioner": "a/b"},
            ["parameters: Forbidden: updates to parameters are forbidden."],
        ),
        (
            "priorityclasses.scheduling.k8s.io",
            {"value": 1},
            {"value": 2},
            ["value: Forbidden: may not be changed in an update."],
        ),
        (
            "nodes",
            {"spec": {"providerID": "a"}},
            {"spec": {"providerID": "b"}},
            ['spec.providerID: Forbidden: node updates may not change providerID except from "" to valid'],
        ),
        (
            "persistentvolumeclaims",
            {"spec": _CLAIM, "status": {"phase": "Bound", "capacity": {"storage": "1Gi"}}},
            {
                "spec": {**_CLAIM, "resources": {"requests": {"storage": "2Gi"}}},
                "status": {"phase": "Bound", "capacity": {"storage": "1Gi"}},
            },
            [],
        ),
        (
            "resourcequotas",
            {"spec": {"scopes": ["BestEffort"]}},
            {"spec": {"scopes": ["NotBestEffort"]}},
            ['spec.scopes: Invalid value: ["NotBestEffort"]: field is immutable'],
        ),
    ],
)
def test_what_may_not_change_stays(kind: str, old: dict[str, Any], new: dict[str, Any], messages: list[str]) -> None:
    assert _update_errors(kind, new, old) == messages


def test_a_claim_that_is_not_bound_cannot_grow() -> None:
    bigger = {"spec": {**_CLAIM, "resources": {"requests": {"storage": "2Gi"}}}}
    (message,) = _update_errors("persistentvolumeclaims", bigger, {"spec": _CLAIM})
    assert message.startswith("spec: Forbidden: spec is immutable after creation except resources.requests")


def test_a_namespaces_phase_follows_its_deletion() -> None:
    old, new = (_object("namespaces", {"status": {"phase": phase}}) for phase in ("Active", "Terminating"))
    assert [str(error) for error in validate_status_update("namespaces", new, old)] == [
        "status.Phase: Invalid value: \"Terminating\": may only be 'Active' if `deletionTimestamp` is empty"
    ]
