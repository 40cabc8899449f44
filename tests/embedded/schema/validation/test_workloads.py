"""Rules of workloads, in the API server's order and words."""

from __future__ import annotations

from typing import Any

import pytest

from grader.embedded.objects import clone
from grader.embedded.schema.defaults import apply_defaults
from grader.embedded.schema.defaults.jobs import generate_selector
from grader.embedded.schema.validation import validate, validate_status_update, validate_update

_TEMPLATE = {"metadata": {"labels": {"app": "a"}}, "spec": {"containers": [{"name": "c", "image": "nginx"}]}}
_SELECTED = {"selector": {"matchLabels": {"app": "a"}}, "template": _TEMPLATE}
_JOB = {"template": {"spec": {**_TEMPLATE["spec"], "restartPolicy": "Never"}}}


def made(kind_key: str, spec: dict[str, Any], name: str = "x") -> dict[str, Any]:
    """An object with its defaults, as it is validated."""
    meta = {"name": name, "namespace": "default", "uid": "u", "resourceVersion": "1"}
    obj: dict[str, Any] = clone({"metadata": meta, "spec": spec})
    apply_defaults(kind_key, obj)
    if kind_key == "jobs.batch":
        generate_selector(obj)
    return obj


def _errors(kind_key: str, spec: dict[str, Any], name: str = "x") -> list[str]:
    return [str(error) for error in validate(kind_key, made(kind_key, spec, name))]


def _changed(kind_key: str, old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    return [str(error) for error in validate_update(kind_key, made(kind_key, new), made(kind_key, old))]


@pytest.mark.parametrize(
    ("kind_key", "spec"),
    [
        ("deployments.apps", _SELECTED),
        ("replicasets.apps", _SELECTED),
        ("statefulsets.apps", _SELECTED),
        ("daemonsets.apps", _SELECTED),
        ("replicationcontrollers", {"template": _TEMPLATE}),
        ("jobs.batch", _JOB),
        ("cronjobs.batch", {"schedule": "* * * * *", "jobTemplate": {"spec": _JOB}}),
        ("poddisruptionbudgets.policy", {"maxUnavailable": 1, "selector": {}}),
        (
            "horizontalpodautoscalers.autoscaling",
            {"maxReplicas": 2, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d"}},
        ),
    ],
)
def test_a_usual_workload_is_good(kind_key: str, spec: dict[str, Any]) -> None:
    assert _errors(kind_key, spec) == []
    assert _changed(kind_key, spec, spec) == []


@pytest.mark.parametrize(
    ("kind_key", "spec", "found"),
    [
        (
            "deployments.apps",
            {},
            [
                "spec.selector: Required value",
                "spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`",
                "spec.template.spec.containers: Required value",
            ],
        ),
        (
            "deployments.apps",
            {**_SELECTED, "strategy": {"type": "Recreate", "rollingUpdate": {}}},
            ["spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"],
        ),
        (
            "deployments.apps",
            {**_SELECTED, "strategy": {"type": "Blue"}},
            [
                'spec.strategy: Unsupported value: {"Type":"Blue","RollingUpdate":null}: '
                'supported values: "Recreate", "RollingUpdate"'
            ],
        ),
        (
            "deployments.apps",
            {**_SELECTED, "strategy": {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": "0%"}}},
            ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "0%": may not be 0 when `maxSurge` is 0'],
        ),
        (
            "deployments.apps",
            {**_SELECTED, "strategy": {"rollingUpdate": {"maxUnavailable": "101%"}}},
            ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%'],
        ),
        (
            "daemonsets.apps",
            {**_SELECTED, "updateStrategy": {"rollingUpdate": {"maxSurge": 1}}},
            [
                "spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: "
                "may not be set when maxUnavailable is non-zero"
            ],
        ),
        (
            "statefulsets.apps",
            {**_SELECTED, "updateStrategy": {"type": "OnDelete", "rollingUpdate": {"partition": 2}}},
            [
                'spec.updateStrategy.rollingUpdate: Invalid value: {"Partition":2,"MaxUnavailable":null}: '
                "only allowed for updateStrategy 'RollingUpdate'"
            ],
        ),
        (
            "poddisruptionbudgets.policy",
            {"minAvailable": 1, "maxUnavailable": 1},
            [
                'spec: Invalid value: {"MinAvailable":1,"Selector":null,"MaxUnavailable":1,'
                '"UnhealthyPodEvictionPolicy":null}: minAvailable and maxUnavailable cannot be both set'
            ],
        ),
        (
            "replicationcontrollers",
            {},
            ["spec.selector: Required value", "spec.template: Required value"],
        ),
        (
            "jobs.batch",
            {**_JOB, "completionMode": "Indexed"},
            [],
        ),
        (
            "jobs.batch",
            {**_JOB, "completionMode": "Indexed", "parallelism": 2},
            ["spec.completions: Required value: when completion mode is Indexed"],
        ),
        (
            "jobs.batch",
            {**_JOB, "backoffLimitPerIndex": 1},
            ["spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode"],
        ),
        (
            "jobs.batch",
            {**_JOB, "podFailurePolicy": {"rules": [{"action": "Ignore"}]}},
            [
                "spec.podFailurePolicy.rules[0]: Invalid value: "
                "specifying one of OnExitCodes and OnPodConditions is required"
            ],
        ),
        (
            "jobs.batch",
            {
                **_JOB,
                "podFailurePolicy": {
                    "rules": [{"action": "FailJob", "onExitCodes": {"operator": "In", "values": [2, 0, 2]}}]
                },
            },
            [
                "spec.podFailurePolicy.rules[0].onExitCodes.values[1]: Invalid value: 0: "
                "must not be 0 for the In operator",
                "spec.podFailurePolicy.rules[0].onExitCodes.values[2]: Duplicate value: 2",
                "spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: [2,0,2]: must be ordered",
            ],
        ),
        (
            "cronjobs.batch",
            {"schedule": "every day", "jobTemplate": {"spec": _JOB}, "timeZone": "Mars/Olympus"},
            [
                'spec.schedule: Invalid value: "every day": expected exactly 5 fields, found 2: [every day]',
                'spec.timeZone: Invalid value: "Mars/Olympus": unknown time zone Mars/Olympus',
            ],
        ),
        (
            "horizontalpodautoscalers.autoscaling",
            {"minReplicas": 3, "maxReplicas": 2, "scaleTargetRef": {"kind": "Deployment", "name": "d"}},
            [
                "spec.maxReplicas: Invalid value: 2: must be greater than or equal to `minReplicas`",
                'spec.scaleTargetRef.apiVersion: Invalid value: "": apiVersion must specify API group',
            ],
        ),
    ],
)
def test_a_bad_workload_is_told(kind_key: str, spec: dict[str, Any], found: list[str]) -> None:
    assert _errors(kind_key, spec) == found


def test_a_success_policy_counts_its_indexes() -> None:
    policy = {"rules": [{"succeededIndexes": "0,2-3", "succeededCount": 4}]}
    spec = {**_JOB, "completionMode": "Indexed", "completions": 5, "parallelism": 1, "successPolicy": policy}
    assert _errors("jobs.batch", spec) == [
        "spec.successPolicy.rules[0].succeededCount: Invalid value: 4: must be less than or equal to 3 "
        "(the number of indexes in the specified succeededIndexes field)"
    ]


def test_names_leave_room_for_those_of_pods() -> None:
    assert _errors("cronjobs.batch", {"schedule": "@hourly", "jobTemplate": {"spec": _JOB}}, "a" * 53) == [
        f'metadata.name: Invalid value: "{"a" * 53}": must be no more than 52 characters'
    ]
    assert _errors("statefulsets.apps", _SELECTED, "a.b")[0].startswith("metadata.name: Invalid value")


def test_claims_are_volumes_of_the_template() -> None:
    claim = {
        "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }
    spec = clone({**_SELECTED, "volumeClaimTemplates": [claim]})
    spec["template"]["spec"]["containers"][0]["volumeMounts"] = [{"name": "data", "mountPath": "/d"}]
    assert _errors("statefulsets.apps", spec) == []
    del spec["volumeClaimTemplates"]
    assert _errors("statefulsets.apps", spec) == [
        'spec.template.spec.containers[0].volumeMounts[0].name: Not found: "data"'
    ]


@pytest.mark.parametrize("kind_key", ["deployments.apps", "replicasets.apps", "daemonsets.apps"])
def test_a_selector_does_not_change(kind_key: str) -> None:
    labels = {"app": "a", "b": "c"}
    template = {**_TEMPLATE, "metadata": {"labels": labels}}
    old, new = {**_SELECTED, "template": template}, {"selector": {"matchLabels": {"b": "c"}}, "template": template}
    assert _changed(kind_key, old, new) == [
        'spec.selector: Invalid value: {"matchLabels":{"b":"c"}}: field is immutable'
    ]


def test_a_stateful_set_changes_only_some_fields() -> None:
    assert _changed("statefulsets.apps", _SELECTED, {**_SELECTED, "replicas": 3}) == []
    found = _changed("statefulsets.apps", _SELECTED, {**_SELECTED, "serviceName": "web"})
    assert found == [
        "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', "
        "'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' "
        "are forbidden"
    ]


def test_the_template_of_a_job_does_not_change() -> None:
    new = clone(_JOB)
    new["template"]["spec"]["containers"][0]["image"] = "other"
    found = _changed("jobs.batch", _JOB, new)
    assert len(found) == 1
    assert found[0].startswith('spec.template: Invalid value: {"labels":{"batch.kubernetes.io/controller-uid":"u",')
    assert '"Containers":[{"Name":"c","Image":"other","Command":null,' in found[0]
    assert found[0].endswith("}: field is immutable")


def test_a_suspended_job_may_be_sent_elsewhere() -> None:
    old, new = {**_JOB, "suspend": True}, {**clone(_JOB), "suspend": True}
    new["template"]["spec"]["nodeSelector"] = {"a": "b"}
    assert _changed("jobs.batch", old, new) == []
    assert _changed("jobs.batch", _JOB, new) != []


def test_an_indexed_job_grows_with_its_parallelism() -> None:
    old = {**_JOB, "completionMode": "Indexed", "completions": 2, "parallelism": 2}
    assert _changed("jobs.batch", old, {**old, "completions": 3, "parallelism": 3}) == []
    assert _changed("jobs.batch", old, {**old, "completions": 3}) == [
        "spec.completions: Invalid value: 3: can only be modified in tandem with spec.parallelism"
    ]


def test_counts_of_a_status_fit_each_other() -> None:
    old = {**made("deployments.apps", _SELECTED), "status": {}}
    new = {**old, "status": {"replicas": 1, "readyReplicas": 2, "availableReplicas": -1}}
    assert [str(error) for error in validate_status_update("deployments.apps", new, old)] == [
        "status.availableReplicas: Invalid value: -1: must be greater than or equal to 0",
        "status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas",
    ]


def test_a_finished_job_stays_finished() -> None:
    done = {"conditions": [{"type": "Complete", "status": "True"}], "succeeded": 1}
    old = {**made("jobs.batch", _JOB), "status": done}
    new = {**old, "status": {"succeeded": 1}}
    assert [str(error) for error in validate_status_update("jobs.batch", new, old)] == [
        "status.conditions: Invalid value: cannot disable the terminal Complete=True condition"
    ]


def test_a_revision_keeps_its_data() -> None:
    meta = {"name": "r", "namespace": "default", "resourceVersion": "1"}
    old = {"metadata": meta, "data": {"a": 1}, "revision": 1}
    assert validate("controllerrevisions.apps", old) == []
    found = validate_update("controllerrevisions.apps", {**old, "data": {"a": 2}}, old)
    assert [str(error) for error in found] == ['data: Invalid value: {"a":2}: field is immutable']
