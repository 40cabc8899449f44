"""Rules of what of a pod may change, and through which subresource.

(k8s.io/docs/concepts/workloads/pods, "Pod update and replacement"; "Resize CPU and Memory Resources assigned to
Containers".) Each function gets the errors of the new pod itself and adds those of the change.
"""

from __future__ import annotations

import difflib
import json
from typing import Any

from grader.embedded.objects import Obj
from grader.embedded.qos import qos_class
from grader.embedded.schema.field_errors import FieldError, forbidden, invalid, required
from grader.embedded.schema.internal_forms import internal_form
from grader.embedded.schema.validation import names
from grader.embedded.schema.validation.containers import trimmed_image
from grader.embedded.schema.validation.metadata import object_meta_update
from grader.embedded.schema.validation.placement import check_tolerations
from grader.embedded.schema.validation.pod_annotations import MIRROR, check_annotation_updates, check_pod_annotations
from grader.embedded.schema.validation.values import MAX_INT32

_UPDATABLE = (
    "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,"
    "`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)
_RESIZED = ("cpu", "memory")


def _metadata(new: Obj, old: Obj) -> list[FieldError]:
    return object_meta_update(new, old)


def _annotations(new: Obj, old: Obj) -> list[FieldError]:
    now, before = new["metadata"].get("annotations") or {}, old["metadata"].get("annotations") or {}
    if not now and not before:
        return []
    errors = check_annotation_updates(now, before, "metadata.annotations")
    return errors + check_pod_annotations(now, new.get("spec") or {}, "metadata.annotations")


def validate_pod_update(new: Obj, old: Obj, own: list[FieldError]) -> list[FieldError]:
    """Errors of a change of a pod itself; `own` are those of the new pod alone."""
    errors = _metadata(new, old) + own + _annotations(new, old)
    spec, former = new.get("spec") or {}, old.get("spec") or {}
    for kind in ("containers", "initContainers"):
        if len(spec.get(kind) or ()) != len(former.get(kind) or ()):
            return [*errors, forbidden(f"spec.{kind}", "pod updates may not add or remove containers")]
        for index, container in enumerate(spec.get(kind) or ()):
            where = f"spec.{kind}[{index}]"
            if not container.get("image"):
                errors.append(required(f"{where}.image"))
            errors += trimmed_image(container, where)
    found, stop = _deadline(spec.get("activeDeadlineSeconds"), former.get("activeDeadlineSeconds"))
    errors += found
    if stop:
        return errors
    errors += _tolerations(spec.get("tolerations") or [], former.get("tolerations") or [])
    errors += _gates(spec.get("schedulingGates") or [], former.get("schedulingGates") or [])
    return errors if spec == former else errors + _rest(spec, former)


def _deadline(now: int | None, before: int | None) -> tuple[list[FieldError], bool]:
    """Errors of a changed deadline, and whether they end the validation."""
    where = "spec.activeDeadlineSeconds"
    if now is None:
        text = "must not update from a positive integer to nil value"
        return ([] if before is None else [invalid(where, None, text)]), False
    if not 0 <= now <= MAX_INT32:
        return [invalid(where, now, names.between(0, MAX_INT32))], True
    if before is not None and before < now:
        return [invalid(where, now, "must be less than or equal to previous value")], True
    return [], False


def _tolerations(now: list[Obj], before: list[Obj]) -> list[FieldError]:
    def lasting(toleration: Obj) -> Obj:
        return {key: value for key, value in toleration.items() if key != "tolerationSeconds"}

    kept = [lasting(toleration) for toleration in now]
    if any(lasting(toleration) not in kept for toleration in before):
        text = "existing toleration can not be modified except its tolerationSeconds"
        return [forbidden("spec.tolerations", text)]
    return check_tolerations(now, "spec.tolerations")


def _gates(now: list[Obj], before: list[Obj]) -> list[FieldError]:
    known = {gate.get("name") for gate in before}
    return [
        forbidden(
            f"spec.schedulingGates[{index}].name",
            f"only deletion is allowed, but found new scheduling gate '{gate.get('name', '')}'",
        )
        for index, gate in enumerate(now)
        if gate.get("name") not in known
    ]


def _rest(spec: Obj, former: Obj) -> list[FieldError]:
    """Errors of changes to what may not change, told as the difference to the former spec."""
    munged = {**spec}
    for kind in ("containers", "initContainers"):
        if spec.get(kind):
            munged[kind] = [
                {**container, "image": before.get("image", "")}
                for container, before in zip(spec[kind], former[kind], strict=True)
            ]
    for field in ("activeDeadlineSeconds", "schedulingGates", "tolerations"):
        _restore(munged, former, field)
    grace = former.get("terminationGracePeriodSeconds")
    if grace is not None and grace < 0 and munged.get("terminationGracePeriodSeconds") == 1:
        _restore(munged, former, "terminationGracePeriodSeconds")
    errors: list[FieldError] = []
    if former.get("schedulingGates"):
        errors += _gated(munged, former)
    if munged == former:
        return errors
    text = f"pod updates may not change fields other than {_UPDATABLE}\n{_difference('PodSpec', former, munged)}"
    return [*errors, forbidden("spec", text)]


def _restore(spec: Obj, former: Obj, field: str) -> None:
    if field in former:
        spec[field] = former[field]
    else:
        spec.pop(field, None)


def _gated(munged: Obj, former: Obj) -> list[FieldError]:
    """A pod that waits at a scheduling gate may be sent to fewer nodes than before."""
    errors: list[FieldError] = []
    selector, before = munged.get("nodeSelector") or {}, former.get("nodeSelector") or {}
    if any(selector.get(key) != value for key, value in before.items()):
        text = "only additions to spec.nodeSelector are allowed (no mutations or deletions)"
        errors.append(invalid("spec.nodeSelector", dict(sorted(selector.items())), text))
    _restore(munged, former, "nodeSelector")
    affinity, old_affinity = munged.get("affinity") or {}, former.get("affinity") or {}
    if affinity.get("nodeAffinity") != old_affinity.get("nodeAffinity"):
        errors += _gated_affinity(affinity.get("nodeAffinity") or {}, old_affinity.get("nodeAffinity") or {})
        merged = {key: value for key, value in affinity.items() if key != "nodeAffinity"}
        _restore(merged, old_affinity, "nodeAffinity")
        munged["affinity"] = merged
        if not merged:
            _restore(munged, former, "affinity")
    return errors


def _gated_affinity(now: Obj, before: Obj) -> list[FieldError]:
    kind = "requiredDuringSchedulingIgnoredDuringExecution"
    where = f"spec.affinity.nodeAffinity.{kind}.nodeSelectorTerms"
    terms, old_terms = ((each.get(kind) or {}).get("nodeSelectorTerms") or [] for each in (now, before))
    if old_terms and len(terms) != len(old_terms):
        text = "no additions/deletions to non-empty NodeSelectorTerms list are allowed"
        return [invalid(where, [internal_form("NodeTerm", term) for term in terms], text)]
    text = "only additions are allowed (no mutations or deletions)"
    return [
        invalid(f"{where}[{index}]", internal_form("NodeTerm", term), text)
        for index, (term, old) in enumerate(zip(terms, old_terms, strict=False))
        if not _adds_only(term, old)
    ]


def _adds_only(term: Obj, old: Obj) -> bool:
    parts = ("matchExpressions", "matchFields")
    if not any(old.get(part) for part in parts):
        return not any(term.get(part) for part in parts)
    return all((term.get(part) or [])[: len(old.get(part) or [])] == (old.get(part) or []) for part in parts)


def _difference(kind: str, before: Obj, after: Obj) -> str:
    """How two objects differ, as the server shows it: a unified difference of their internal forms."""
    texts = [_pretty(internal_form(kind, each)) for each in (before, after)]
    lines = list(difflib.unified_diff(texts[0], texts[1], n=3, lineterm=""))
    return "".join(f"{line}\n" for line in lines[2:])


def _pretty(form: Any) -> list[str]:
    return json.dumps(form, indent=2, ensure_ascii=False).splitlines()


def validate_ephemeral_containers(new: Obj, old: Obj, own: list[FieldError]) -> list[FieldError]:
    """Errors of a change of a pod's ephemeral containers: they may only be added."""
    if MIRROR in (old["metadata"].get("annotations") or {}):
        return [forbidden("", "static pods do not support ephemeral containers")]
    errors = _metadata(new, old) + own + _annotations(new, old)
    known = {each.get("name"): each for each in (new.get("spec") or {}).get("ephemeralContainers") or ()}
    for before in (old.get("spec") or {}).get("ephemeralContainers") or ():
        name = before.get("name", "")
        if name not in known:
            text = f'existing ephemeral containers "{name}" may not be removed\n'
            errors.append(forbidden("spec.ephemeralContainers", text))
        elif known[name] != before:
            change = _difference("EphemeralContainer", before, known[name])
            text = f'existing ephemeral containers "{name}" may not be changed\n{change}'
            errors.append(forbidden("spec.ephemeralContainers", text))
    return errors


def validate_resize(new: Obj, old: Obj, own: list[FieldError]) -> list[FieldError]:
    """Errors of a change of a pod's resources in place, which must leave its quality of service as it is."""
    errors = _metadata(new, old) + own
    spec, former = new.get("spec") or {}, old.get("spec") or {}
    if MIRROR in (old["metadata"].get("annotations") or {}):
        return [forbidden("", "static pods cannot be resized")]
    if (former.get("os") or {}).get("name") == "windows":
        return [forbidden("", "windows pods cannot be resized")]
    if any(len(spec.get(kind) or ()) != len(former.get(kind) or ()) for kind in ("containers", "initContainers")):
        return [*errors, forbidden("spec", "only cpu and memory resources are mutable")]
    quality = (old.get("status") or {}).get("qosClass") or qos_class(former)
    if quality != qos_class(spec):
        text = "Pod QOS Class may not change as a result of resizing"
        errors.append(invalid("spec", (new.get("status") or {}).get("qosClass", ""), text))
    for kind in ("initContainers", "containers"):
        for index, (container, before) in enumerate(zip(spec.get(kind) or (), former.get(kind) or (), strict=True)):
            if kind == "containers" or before.get("restartPolicy") == "Always":
                errors += _resized(container, before, f"spec.{kind}[{index}].resources")
    if _without_resources(spec) != _without_resources(former):
        errors.append(forbidden("spec", "only cpu and memory resources are mutable"))
    return errors


def _resized(container: Obj, before: Obj, field: str) -> list[FieldError]:
    now, old = container.get("resources") or {}, before.get("resources") or {}
    return [
        forbidden(f"{field}.{kind}", f"resource {kind} cannot be removed")
        for kind in ("requests", "limits")
        if not set(old.get(kind) or ()) <= set(now.get(kind) or ())
    ]


def _without_resources(spec: Obj) -> Obj:
    """A pod spec without the resources that may be resized."""
    bare = {**spec, "containers": [_without_compute(each) for each in spec.get("containers") or ()]}
    if spec.get("initContainers"):
        bare["initContainers"] = [
            _without_compute(each) if each.get("restartPolicy") == "Always" else each for each in spec["initContainers"]
        ]
    return bare


def _without_compute(container: Obj) -> Obj:
    resources = {
        kind: {name: value for name, value in found.items() if name not in _RESIZED}
        if isinstance(found, dict)
        else found
        for kind, found in (container.get("resources") or {}).items()
    }
    return {**container, "resources": {kind: found for kind, found in resources.items() if found}}
