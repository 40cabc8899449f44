"""What the API server fills into workloads that a client left open."""

from __future__ import annotations

from typing import Any

import pytest

from grader.embedded.schema.defaults import apply_defaults
from grader.embedded.schema.defaults.jobs import generate_selector


def _filled(kind_key: str, spec: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    obj = {"metadata": {"name": "x", **metadata}, "spec": spec}
    apply_defaults(kind_key, obj)
    return obj


def _pod(**container: Any) -> dict[str, Any]:
    return {"containers": [{"name": "c", "image": "nginx", **container}]}


def test_a_pod_gets_the_usual_policies() -> None:
    spec = _filled("pods", _pod())["spec"]
    assert spec["restartPolicy"] == "Always"
    assert spec["dnsPolicy"] == "ClusterFirst"
    assert spec["terminationGracePeriodSeconds"] == 30
    assert spec["enableServiceLinks"] is True
    assert spec["containers"][0]["imagePullPolicy"] == "Always"
    assert spec["containers"][0]["resources"] == {}


def test_requests_follow_limits_in_pods_and_not_in_templates() -> None:
    resources = {"limits": {"cpu": "1000m", "memory": "1024Mi"}, "requests": {"cpu": "0.5"}}
    pod = _filled("pods", _pod(resources=resources))
    assert pod["spec"]["containers"][0]["resources"]["requests"] == {"cpu": "500m", "memory": "1Gi"}
    template = {"template": {"spec": _pod(resources={"limits": {"cpu": "1"}})}}
    deployment = _filled("deployments.apps", template)
    assert deployment["spec"]["template"]["spec"]["containers"][0]["resources"] == {"limits": {"cpu": "1"}}


def test_ports_of_the_nodes_network_are_those_of_the_container() -> None:
    spec = {**_pod(ports=[{"containerPort": 80}]), "hostNetwork": True}
    port = {"containerPort": 80, "hostPort": 80, "protocol": "TCP"}
    assert _filled("pods", spec)["spec"]["containers"][0]["ports"] == [port]


def test_a_probe_gets_its_numbers_and_its_path() -> None:
    spec = _filled("pods", _pod(readinessProbe={"httpGet": {"port": 80}, "periodSeconds": 3}))["spec"]
    assert spec["containers"][0]["readinessProbe"] == {
        "httpGet": {"port": 80, "path": "/", "scheme": "HTTP"},
        "periodSeconds": 3,
        "timeoutSeconds": 1,
        "successThreshold": 1,
        "failureThreshold": 3,
    }


@pytest.mark.parametrize(
    ("volume", "filled"),
    [
        ({}, {"emptyDir": {}}),
        ({"configMap": {"name": "c"}}, {"configMap": {"name": "c", "defaultMode": 420}}),
        ({"hostPath": {"path": "/x"}}, {"hostPath": {"path": "/x", "type": ""}}),
        ({"emptyDir": {"sizeLimit": "1024Mi"}}, {"emptyDir": {"sizeLimit": "1Gi"}}),
        (
            {"projected": {"sources": [{"serviceAccountToken": {"path": "t"}}]}},
            {
                "projected": {
                    "sources": [{"serviceAccountToken": {"path": "t", "expirationSeconds": 3600}}],
                    "defaultMode": 420,
                }
            },
        ),
    ],
)
def test_a_volume_gets_its_source_and_modes(volume: dict[str, Any], filled: dict[str, Any]) -> None:
    spec = {**_pod(), "volumes": [{"name": "v", **volume}]}
    assert _filled("pods", spec)["spec"]["volumes"] == [{"name": "v", **filled}]


def test_a_negative_grace_period_of_a_pod_becomes_one_second() -> None:
    spec = {**_pod(), "terminationGracePeriodSeconds": -5}
    assert _filled("pods", dict(spec))["spec"]["terminationGracePeriodSeconds"] == 1


def test_both_names_of_the_service_account_agree() -> None:
    spec = _filled("pods", {**_pod(), "serviceAccount": "old"})["spec"]
    assert (spec["serviceAccount"], spec["serviceAccountName"]) == ("old", "old")


def test_pod_level_requests_are_the_sum_or_the_limit() -> None:
    spec = {
        "containers": [
            {"name": "a", "image": "i", "resources": {"requests": {"cpu": "100m"}}},
            {"name": "b", "image": "i", "resources": {"requests": {"cpu": "200m"}}},
        ],
        "resources": {"limits": {"cpu": "1", "memory": "1Gi"}},
    }
    assert _filled("pods", spec)["spec"]["resources"]["requests"] == {"cpu": "300m", "memory": "1Gi"}


def test_a_deployment_rolls_by_a_quarter() -> None:
    spec = _filled("deployments.apps", {"template": {"spec": _pod()}})["spec"]
    assert spec["strategy"] == {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"},
    }
    assert (spec["replicas"], spec["revisionHistoryLimit"], spec["progressDeadlineSeconds"]) == (1, 10, 600)


def test_a_recreating_deployment_does_not_roll() -> None:
    spec = _filled("deployments.apps", {"strategy": {"type": "Recreate"}})["spec"]
    assert spec["strategy"] == {"type": "Recreate"}


def test_zero_replicas_stay_zero() -> None:
    assert _filled("replicasets.apps", {"replicas": 0})["spec"]["replicas"] == 0


def test_a_replication_controller_selects_its_template() -> None:
    controller = _filled("replicationcontrollers", {"template": {"metadata": {"labels": {"a": "b"}}, "spec": _pod()}})
    assert controller["spec"]["selector"] == {"a": "b"}
    assert controller["metadata"]["labels"] == {"a": "b"}


def test_a_stateful_set_completes_its_claims() -> None:
    spec = _filled("statefulsets.apps", {"volumeClaimTemplates": [{"metadata": {"name": "d"}, "spec": {}}]})["spec"]
    claim = spec["volumeClaimTemplates"][0]
    assert (claim["kind"], claim["status"], claim["spec"]["volumeMode"]) == (
        "PersistentVolumeClaim",
        {"phase": "Pending"},
        "Filesystem",
    )
    assert spec["updateStrategy"] == {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}


@pytest.mark.parametrize(
    ("spec", "completions", "parallelism"),
    [({}, 1, 1), ({"completions": 3}, 3, 1), ({"parallelism": 2}, None, 2)],
)
def test_a_job_runs_once_unless_told_otherwise(spec: dict[str, Any], completions: int | None, parallelism: int) -> None:
    filled = _filled("jobs.batch", spec)["spec"]
    assert (filled.get("completions"), filled["parallelism"]) == (completions, parallelism)


def test_a_job_with_a_limit_per_index_has_no_other() -> None:
    assert _filled("jobs.batch", {"backoffLimitPerIndex": 1})["spec"]["backoffLimit"] == 2**31 - 1


def test_a_new_job_selects_its_own_pods() -> None:
    job = _filled("jobs.batch", {"template": {"spec": _pod()}}, uid="u")
    generate_selector(job)
    assert job["spec"]["selector"] == {"matchLabels": {"batch.kubernetes.io/controller-uid": "u"}}
    assert job["spec"]["template"]["metadata"]["labels"]["job-name"] == "x"


def test_a_job_with_a_manual_selector_keeps_it() -> None:
    job = _filled("jobs.batch", {"manualSelector": True, "selector": {"matchLabels": {"a": "b"}}}, uid="u")
    generate_selector(job)
    assert job["spec"]["selector"] == {"matchLabels": {"a": "b"}}


def test_an_autoscaler_looks_at_the_processors() -> None:
    spec = _filled("horizontalpodautoscalers.autoscaling", {"maxReplicas": 3})["spec"]
    assert spec["metrics"][0]["resource"]["target"] == {"type": "Utilization", "averageUtilization": 80}
    assert spec["minReplicas"] == 1


def test_half_a_behavior_is_completed() -> None:
    behavior = {"scaleUp": {"policies": [{"type": "Pods", "value": 1, "periodSeconds": 5}]}}
    filled = _filled("horizontalpodautoscalers.autoscaling", {"behavior": behavior})["spec"]["behavior"]
    assert filled["scaleUp"]["policies"] == [{"type": "Pods", "value": 1, "periodSeconds": 5}]
    assert filled["scaleUp"]["selectPolicy"] == filled["scaleDown"]["selectPolicy"] == "Max"


@pytest.mark.parametrize(
    "kind_key", ["pods", "deployments.apps", "jobs.batch", "cronjobs.batch", "widgets.example.com"]
)
def test_defaults_are_the_same_the_second_time(kind_key: str) -> None:
    obj = _filled(kind_key, {"template": {"spec": _pod()}})
    again = {"metadata": dict(obj["metadata"]), "spec": dict(obj["spec"])}
    apply_defaults(kind_key, again)
    assert again == obj
