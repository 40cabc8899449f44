"""Rules of pod templates in workloads ("PodTemplateSpec v1 core" of the Kubernetes API reference)."""

from __future__ import annotations

from grader.embedded.objects import Obj
from grader.embedded.schema.field_errors import FieldError, forbidden, invalid, not_supported
from grader.embedded.schema.validation.metadata import check_annotations, check_labels
from grader.embedded.schema.validation.pod_annotations import check_pod_annotations, check_profiles
from grader.embedded.schema.validation.pod_specs import check_pod_spec
from grader.embedded.schema.validation.values import is_empty_selector, selects

MISMATCH = "`selector` does not match template `labels`"


def check_template(template: Obj, field: str) -> list[FieldError]:
    """Errors of a pod template. Labels and annotations are told without `metadata`, as the server has it."""
    meta, spec = template.get("metadata") or {}, template.get("spec") or {}
    errors = check_labels(meta.get("labels"), f"{field}.labels")
    errors += check_annotations(meta.get("annotations"), f"{field}.annotations")
    if meta.get("annotations"):
        errors += check_pod_annotations(meta["annotations"], spec, f"{field}.annotations")
    errors += check_pod_spec(spec, f"{field}.spec")
    if meta.get("annotations"):
        errors += check_profiles(meta["annotations"], spec, f"{field}.spec", app_armor=False)
    if spec.get("ephemeralContainers"):
        text = "ephemeral containers not allowed in pod template"
        errors.append(forbidden(f"{field}.spec.ephemeralContainers", text))
    return errors


def labels_match(selector: Obj | None, template: Obj, field: str) -> list[FieldError]:
    """An error when a workload's selector would not find the pods of its own template (at `field`)."""
    if selector is not None and is_empty_selector(selector):
        return []
    labels = (template.get("metadata") or {}).get("labels")
    return [] if selects(selector, labels or {}) else [mismatch(labels, field)]


def mismatch(labels: dict[str, str] | None, field: str) -> FieldError:
    shown = None if labels is None else dict(sorted(labels.items()))
    return invalid(f"{field}.metadata.labels", shown, MISMATCH)


def replicated_template(template: Obj, replicas: int, field: str, kind: str) -> list[FieldError]:
    """Errors of the template of many equal pods that run for ever; `kind` is named in a message."""
    spec = template.get("spec") or {}
    errors = check_template(template, field)
    if replicas > 1:
        errors += _shared_disks(spec, f"{field}.spec.volumes")
    return errors + runs_for_ever(spec, f"{field}.spec", kind)


def runs_for_ever(spec: Obj, field: str, kind: str) -> list[FieldError]:
    """Errors of a pod spec that would end by itself."""
    policy = spec.get("restartPolicy", "")
    errors = [] if policy == "Always" else [not_supported(f"{field}.restartPolicy", policy, ["Always"])]
    if spec.get("activeDeadlineSeconds") is not None:
        text = f"activeDeadlineSeconds in {kind} is not Supported"
        errors.append(forbidden(f"{field}.activeDeadlineSeconds", text))
    return errors


def _shared_disks(spec: Obj, field: str) -> list[FieldError]:
    text = "must be true for replicated pods > 1; GCE PD can only be mounted on multiple machines if it is read-only"
    return [
        invalid(f"{field}[{index}].gcePersistentDisk.readOnly", False, text)
        for index, volume in enumerate(spec.get("volumes") or ())
        if volume.get("gcePersistentDisk") is not None and not volume["gcePersistentDisk"].get("readOnly")
    ]
