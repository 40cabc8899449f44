"""Rules of pods, in the API server's order and words."""

from __future__ import annotations

from typing import Any

import pytest

from grader.embedded.schema.defaults import apply_defaults
from grader.embedded.schema.validation import validate


def pod(spec: dict[str, Any] | None = None, meta: dict[str, Any] | None = None, **container: Any) -> dict[str, Any]:
    """A good pod with its defaults, but for what is said."""
    containers = [{"name": "web", "image": "nginx:1.25", **container}]
    made: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web", "namespace": "default", **(meta or {})},
        "spec": {"containers": containers, **(spec or {})},
    }
    apply_defaults("pods", made)
    return made


def _errors(*args: Any, **container: Any) -> list[str]:
    return [str(error) for error in validate("pods", pod(*args, **container))]


def test_a_usual_pod_is_good() -> None:
    assert _errors(ports=[{"name": "http", "containerPort": 80}], env=[{"name": "A", "value": "b"}]) == []


@pytest.mark.parametrize(
    ("container", "found"),
    [
        ({"name": ""}, ["name: Required value"]),
        ({"image": ""}, ["image: Required value"]),
        ({"image": " nginx"}, ['image: Invalid value: " nginx": must not have leading or trailing whitespace']),
        ({"ports": [{"containerPort": 0}]}, ["ports[0].containerPort: Required value"]),
        (
            {"ports": [{"name": "a", "containerPort": 1}, {"name": "a", "containerPort": 2}]},
            ['ports[1].name: Duplicate value: "a"'],
        ),
        (
            {"ports": [{"containerPort": 1, "hostPort": 5}, {"containerPort": 2, "hostPort": 5}]},
            ['ports[1].hostPort: Duplicate value: "TCP//5"'],
        ),
        ({"env": [{"value": "x"}]}, ["env[0].name: Required value"]),
        (
            {"env": [{"name": "A", "valueFrom": {}}]},
            [
                'env[0].valueFrom: Invalid value: "": must specify one of: `fieldRef`, `resourceFieldRef`, '
                "`configMapKeyRef` or `secretKeyRef`"
            ],
        ),
        (
            {"env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "spec.color"}}}]},
            [
                'env[0].valueFrom.fieldRef.fieldPath: Invalid value: "spec.color": '
                "error converting fieldPath: field label not supported: spec.color"
            ],
        ),
        (
            {"env": [{"name": "A", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "2"}}}]},
            [
                'env[0].valueFrom.resourceFieldRef.divisor: Invalid value: "limits.cpu": '
                "only divisor's values 1m and 1 are supported with the cpu resource"
            ],
        ),
        (
            {"resources": {"requests": {"cpu": "2"}, "limits": {"cpu": "1"}}},
            ['resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1'],
        ),
        (
            {"resources": {"limits": {"gold": "1"}}},
            [
                'resources.limits[gold]: Invalid value: "gold": must be a standard resource type or fully qualified',
                'resources.limits[gold]: Invalid value: "gold": must be a standard resource for containers',
                'resources.requests[gold]: Invalid value: "gold": must be a standard resource type or fully qualified',
                'resources.requests[gold]: Invalid value: "gold": must be a standard resource for containers',
            ],
        ),
        (
            {"resources": {"requests": {"example.com/gpu": "1"}}},
            ["resources.limits: Required value: Limit must be set for non overcommitable resources"],
        ),
        ({"volumeMounts": [{"name": "v", "mountPath": "/x"}]}, ['volumeMounts[0].name: Not found: "v"']),
        (
            {"livenessProbe": {"exec": {"command": ["x"]}, "httpGet": {"port": 80}}},
            ["livenessProbe.httpGet: Forbidden: may not specify more than 1 handler type"],
        ),
        (
            {"livenessProbe": {"tcpSocket": {"port": "http"}, "successThreshold": 2}},
            ["livenessProbe.successThreshold: Invalid value: 2: must be 1"],
        ),
        (
            {"lifecycle": {"preStop": {"sleep": {"seconds": 60}}}},
            [
                "lifecycle.preStop.sleep: Invalid value: 60: "
                "must be non-negative and less than terminationGracePeriodSeconds (30)"
            ],
        ),
        (
            {"securityContext": {"runAsUser": -1}},
            ["securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive"],
        ),
        (
            {"resizePolicy": [{"resourceName": "cpu", "restartPolicy": "Never"}]},
            [
                'resizePolicy: Unsupported value: "Never": supported values: "NotRequired", "RestartContainer"',
            ],
        ),
    ],
)
def test_a_bad_container_is_told(container: dict[str, Any], found: list[str]) -> None:
    assert _errors(**container) == [f"spec.containers[0].{text}" for text in found]


@pytest.mark.parametrize(
    ("spec", "found"),
    [
        ({"containers": []}, ["spec.containers: Required value"]),
        (
            {"restartPolicy": "Sometimes"},
            ['spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"'],
        ),
        (
            {"activeDeadlineSeconds": 0},
            ["spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive"],
        ),
        ({"dnsPolicy": "None"}, ["spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None"]),
        (
            {"volumes": [{"name": "a", "configMap": {}}]},
            ["spec.volumes[0].configMap.name: Required value"],
        ),
        (
            {"volumes": [{"name": "a", "emptyDir": {}, "hostPath": {"path": "/x"}}]},
            ["spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type"],
        ),
        (
            {"volumes": [{"name": "a", "secret": {"secretName": "s", "items": [{"key": "k", "path": "../x"}]}}]},
            ["spec.volumes[0].secret.items[0].path: Invalid value: \"../x\": must not contain '..'"],
        ),
        (
            {"tolerations": [{"key": "a", "operator": "Exists", "value": "b"}]},
            ["spec.tolerations[0].operator: Invalid value: \"b\": value must be empty when `operator` is 'Exists'"],
        ),
        (
            {"topologySpreadConstraints": [{"maxSkew": 0, "topologyKey": "z", "whenUnsatisfiable": "DoNotSchedule"}]},
            ["spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero"],
        ),
        (
            {
                "affinity": {
                    "podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": "a b"}]}
                }
            },
            None,
        ),
        ({"hostAliases": [{"ip": "x"}]}, None),
        (
            {"ephemeralContainers": [{"name": "e", "image": "i"}]},
            ["spec.ephemeralContainers: Forbidden: cannot be set on create"],
        ),
        (
            {"initContainers": [{"name": "i", "image": "i", "readinessProbe": {"tcpSocket": {"port": 1}}}]},
            [
                "spec.initContainers[0].readinessProbe: Forbidden: "
                "may not be set for init containers without restartPolicy=Always"
            ],
        ),
        ({"os": {"name": "beos"}}, ['spec.os: Unsupported value: "beos": supported values: "linux", "windows"']),
        (
            {"resourceClaims": [{"name": "c"}]},
            None,
        ),
        ({"hostUsers": False, "hostNetwork": True}, ["spec.hostNetwork: Forbidden: when `hostUsers` is false"]),
    ],
)
def test_a_bad_spec_is_told(spec: dict[str, Any], found: list[str] | None) -> None:
    errors = _errors(spec)
    assert errors if found is None else errors == found


def test_a_bad_volume_cannot_be_mounted() -> None:
    spec = {"volumes": [{"name": "conf", "configMap": {}}]}
    assert _errors(spec, volumeMounts=[{"name": "conf", "mountPath": "/x"}]) == [
        "spec.volumes[0].configMap.name: Required value",
        'spec.containers[0].volumeMounts[0].name: Not found: "conf"',
    ]


def test_a_sidecar_may_be_probed() -> None:
    sidecar = {"name": "s", "image": "i", "restartPolicy": "Always", "readinessProbe": {"tcpSocket": {"port": 1}}}
    assert _errors({"initContainers": [sidecar]}) == []


def test_an_annotation_and_a_field_agree() -> None:
    annotations = {"seccomp.security.alpha.kubernetes.io/pod": "unconfined"}
    spec = {"securityContext": {"seccompProfile": {"type": "RuntimeDefault"}}}
    assert _errors(spec, {"annotations": annotations}) == [
        "spec.securityContext.seccompProfile.type: Forbidden: seccomp type in annotation and field must match"
    ]


def test_a_contradiction_shows_the_whole_security_context() -> None:
    found = _errors(securityContext={"privileged": True, "allowPrivilegeEscalation": False})
    assert found == [
        'spec.containers[0].securityContext: Invalid value: {"Capabilities":null,"Privileged":true,'
        '"SELinuxOptions":null,"WindowsOptions":null,"RunAsUser":null,"RunAsGroup":null,"RunAsNonRoot":null,'
        '"ReadOnlyRootFilesystem":null,"AllowPrivilegeEscalation":false,"ProcMount":null,"SeccompProfile":null,'
        '"AppArmorProfile":null}: cannot set `allowPrivilegeEscalation` to false and `privileged` to true'
    ]


def test_an_empty_pod_is_an_error_and_no_crash() -> None:
    empty: dict[str, Any] = {"metadata": {}}
    apply_defaults("pods", empty)
    assert [str(error) for error in validate("pods", empty)] == [
        "metadata.name: Required value: name or generateName is required",
        "metadata.namespace: Required value",
        "spec.containers: Required value",
    ]
