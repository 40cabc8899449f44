"""Rules of pods ("Pod v1 core" of the Kubernetes API reference)."""

from __future__ import annotations

from grader.embedded.objects import Obj
from grader.embedded.schema.field_errors import FieldError, forbidden
from grader.embedded.schema.validation.base import Validator
from grader.embedded.schema.validation.containers import trimmed_image
from grader.embedded.schema.validation.metadata import object_meta
from grader.embedded.schema.validation.pod_annotations import check_pod_annotations, check_profiles
from grader.embedded.schema.validation.pod_specs import check_pod_spec
from grader.embedded.schema.validation.pod_status import validate_pod_status
from grader.embedded.schema.validation.pod_updates import (
    validate_ephemeral_containers,
    validate_pod_update,
    validate_resize,
)

__all__ = ["VALIDATORS", "check_pod", "validate_ephemeral_containers_update", "validate_resize_update"]


def check_pod(pod: Obj) -> list[FieldError]:
    """Errors of a pod's metadata and spec, whether it is new or changed."""
    meta, spec = pod.get("metadata") or {}, pod.get("spec") or {}
    errors = object_meta(pod)
    if meta.get("annotations"):
        errors += check_pod_annotations(meta["annotations"], spec, "metadata.annotations")
    errors += check_pod_spec(spec, "spec", pod_name=meta.get("name", ""))
    if not spec.get("serviceAccountName") and spec.get("volumes"):
        errors += _tokens_of_nobody(spec["volumes"])
    for kind in ("containers", "initContainers"):
        for index, container in enumerate(spec.get(kind) or ()):
            errors += trimmed_image(container, f"spec.{kind}[{index}]")
    return errors


def _tokens_of_nobody(volumes: list[Obj]) -> list[FieldError]:
    text = "must not be specified when serviceAccountName is not set"
    return [
        forbidden(f"spec.volumes[{index}].projected.sources[{number}].serviceAccountToken", text)
        for index, volume in enumerate(volumes)
        for number, source in enumerate((volume.get("projected") or {}).get("sources") or ())
        if source.get("serviceAccountToken") is not None
    ]


def _create(pod: Obj) -> list[FieldError]:
    errors = check_pod(pod)
    spec, annotations = pod.get("spec") or {}, (pod.get("metadata") or {}).get("annotations") or {}
    if spec.get("ephemeralContainers"):
        errors.append(forbidden("spec.ephemeralContainers", "cannot be set on create"))
    if spec.get("nodeName") and spec.get("schedulingGates"):
        text = "cannot be set until all schedulingGates have been cleared"
        errors.append(forbidden("spec.nodeName", text))
    return errors + (check_profiles(annotations, spec, "spec") if annotations else [])


def _update(new: Obj, old: Obj) -> list[FieldError]:
    return validate_pod_update(new, old, check_pod(new))


def validate_ephemeral_containers_update(new: Obj, old: Obj) -> list[FieldError]:
    """Errors of a change through `pods/ephemeralcontainers`, which only adds."""
    return validate_ephemeral_containers(new, old, check_pod(new))


def validate_resize_update(new: Obj, old: Obj) -> list[FieldError]:
    """Errors of a change through `pods/resize`: CPU and memory of running containers, and nothing else."""
    return validate_resize(new, old, check_pod(new))


VALIDATORS: dict[str, Validator] = {"pods": Validator(_create, _update, validate_pod_status)}
