"""What of a pod may change once it exists."""

from __future__ import annotations

from typing import Any

from grader.embedded.objects import clone
from grader.embedded.schema.defaults import apply_defaults
from grader.embedded.schema.validation import validate_status_update, validate_update
from grader.embedded.schema.validation.pods import validate_ephemeral_containers_update, validate_resize_update

_LONG = (
    "spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,"
    "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing "
    "tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\n"
)


def _pod(**spec: Any) -> dict[str, Any]:
    pod: dict[str, Any] = {
        "metadata": {"name": "web", "namespace": "default", "resourceVersion": "1"},
        "spec": {"containers": [{"name": "web", "image": "nginx:1.25"}], **spec},
    }
    apply_defaults("pods", pod)
    return pod


def _errors(new: dict[str, Any], old: dict[str, Any]) -> list[str]:
    return [str(error) for error in validate_update("pods", new, old)]


def test_the_image_may_change() -> None:
    old, new = _pod(), _pod()
    new["spec"]["containers"][0]["image"] = "nginx:1.26"
    assert _errors(new, old) == []


def test_containers_come_and_go_with_their_pod() -> None:
    old, new = _pod(), _pod()
    new["spec"]["containers"].append({**new["spec"]["containers"][0], "name": "b"})
    assert _errors(new, old) == ["spec.containers: Forbidden: pod updates may not add or remove containers"]


def test_anything_else_is_told_with_the_difference() -> None:
    old, new = _pod(), _pod(nodeName="a")
    found = _errors(new, old)
    assert len(found) == 1
    assert found[0].startswith(_LONG + "@@ ")
    assert '-  "NodeName": "",\n+  "NodeName": "a",\n' in found[0]


def test_tolerations_are_only_added() -> None:
    toleration = {"key": "a", "operator": "Exists"}
    old, new = _pod(tolerations=[toleration]), _pod(tolerations=[toleration, {"key": "b", "operator": "Exists"}])
    assert _errors(new, old) == []
    assert _errors(old, new) == [
        "spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds"
    ]


def test_a_deadline_only_comes_nearer() -> None:
    assert _errors(_pod(activeDeadlineSeconds=5), _pod(activeDeadlineSeconds=9)) == []
    assert _errors(_pod(activeDeadlineSeconds=9), _pod(activeDeadlineSeconds=5)) == [
        "spec.activeDeadlineSeconds: Invalid value: 9: must be less than or equal to previous value"
    ]
    assert _errors(_pod(), _pod(activeDeadlineSeconds=5)) == [
        "spec.activeDeadlineSeconds: Invalid value: null: must not update from a positive integer to nil value"
    ]


def test_a_gated_pod_may_ask_for_fewer_nodes() -> None:
    gates = [{"name": "example.com/wait"}]
    old = _pod(schedulingGates=gates, nodeSelector={"a": "b"})
    assert _errors(_pod(schedulingGates=gates, nodeSelector={"a": "b", "c": "d"}), old) == []
    assert _errors(_pod(schedulingGates=gates), old) == [
        "spec.nodeSelector: Invalid value: {}: "
        "only additions to spec.nodeSelector are allowed (no mutations or deletions)"
    ]
    assert _errors(_pod(schedulingGates=[], nodeSelector={"a": "b"}), old) == []


def test_ephemeral_containers_are_only_added() -> None:
    old = _pod()
    new = _pod(ephemeralContainers=[{"name": "debug", "image": "busybox", "targetContainerName": "web"}])
    assert validate_ephemeral_containers_update(new, old) == []
    assert [str(error) for error in validate_ephemeral_containers_update(old, new)] == [
        'spec.ephemeralContainers: Forbidden: existing ephemeral containers "debug" may not be removed\n'
    ]


def test_an_ephemeral_container_serves_nobody() -> None:
    new = _pod(ephemeralContainers=[{"name": "d", "image": "i", "ports": [{"containerPort": 1}]}])
    assert [str(error) for error in validate_ephemeral_containers_update(new, _pod())] == [
        "spec.ephemeralContainers[0].ports: Forbidden: cannot be set for an Ephemeral Container"
    ]


def _resized(old: dict[str, Any], **requests: str) -> dict[str, Any]:
    new = clone(old)
    new["spec"]["containers"][0]["resources"] = {"requests": requests}
    return new


def test_processors_and_memory_may_be_resized() -> None:
    old = _resized(_pod(), cpu="1", memory="1Gi")
    assert validate_resize_update(_resized(old, cpu="2", memory="1Gi"), old) == []
    assert [str(error) for error in validate_resize_update(_resized(old, cpu="2"), old)] == [
        "spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed"
    ]


def test_a_resize_changes_nothing_else() -> None:
    old = _resized(_pod(), cpu="1")
    new = _resized(old, cpu="2")
    new["spec"]["containers"][0]["image"] = "other"
    assert [str(error) for error in validate_resize_update(new, old)] == [
        "spec: Forbidden: only cpu and memory resources are mutable"
    ]


def test_a_resize_keeps_the_quality_of_service() -> None:
    found = [str(error) for error in validate_resize_update(_resized(_pod(), cpu="1"), _pod())]
    assert found == ['spec: Invalid value: "": Pod QOS Class may not change as a result of resizing']


def test_a_container_that_ended_for_good_does_not_run_again() -> None:
    old = {**_pod(restartPolicy="Never"), "status": {"containerStatuses": [_state("terminated", exitCode=1)]}}
    new = {**old, "status": {"containerStatuses": [_state("running")]}}
    assert [str(error) for error in validate_status_update("pods", new, old)] == [
        "status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state"
    ]


def _state(kind: str, **what: Any) -> dict[str, Any]:
    return {"name": "web", "state": {kind: what}}
