"""Rules of StatefulSets ("StatefulSet v1 apps" of the Kubernetes API reference)."""

from __future__ import annotations

from grader.embedded.objects import Obj
from grader.embedded.schema.field_errors import FieldError, forbidden, invalid, not_supported, required
from grader.embedded.schema.internal_forms import internal_form
from grader.embedded.schema.validation import names
from grader.embedded.schema.validation.base import Validator
from grader.embedded.schema.validation.claims import claim_spec
from grader.embedded.schema.validation.deployments import required_selector
from grader.embedded.schema.validation.metadata import object_meta, object_meta_update
from grader.embedded.schema.validation.templates import check_template, labels_match, runs_for_ever
from grader.embedded.schema.validation.values import (
    count_of,
    int_or_percent,
    label_selector,
    not_above_all,
    not_negative,
    shown_selector,
)
from grader.embedded.schema.validation.workload_status import check_collisions, check_counts, check_relations

_UPDATABLE = (
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
)
_PARTS = ("readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas")


def _spec(stateful_set: Obj) -> list[FieldError]:
    spec = stateful_set.get("spec") or {}
    errors = _management(spec) + _strategy(spec.get("updateStrategy") or {}, "spec.updateStrategy")
    retention = spec.get("persistentVolumeClaimRetentionPolicy") or {}
    errors += [
        not_supported(f"spec.persistentVolumeClaimRetentionPolicy.{moment}", policy, ["Retain", "Delete"])
        for moment, policy in ((each, retention.get(each, "")) for each in ("whenDeleted", "whenScaled"))
        if retention and policy not in ("Retain", "Delete")
    ]
    errors += not_negative(spec.get("replicas"), "spec.replicas")
    errors += not_negative(spec.get("minReadySeconds"), "spec.minReadySeconds")
    errors += not_negative((spec.get("ordinals") or {}).get("start"), "spec.ordinals.start")
    errors += not_negative(spec.get("revisionHistoryLimit"), "spec.revisionHistoryLimit")
    service = spec.get("serviceName")
    if service:
        errors += [invalid("spec.serviceName", service, text) for text in names.dns_label(service)]
    errors += required_selector(spec, "spec", "statefulset")
    for index, claim in enumerate(spec.get("volumeClaimTemplates") or ()):
        errors += claim_spec(claim.get("spec") or {}, f"spec.volumeClaimTemplates[{index}].spec")
    return errors + _template(spec)


def _management(spec: Obj) -> list[FieldError]:
    policy = spec.get("podManagementPolicy", "")
    if not policy:
        return [required("spec.podManagementPolicy")]
    if policy in ("OrderedReady", "Parallel"):
        return []
    return [invalid("spec.podManagementPolicy", policy, "must be 'OrderedReady' or 'Parallel'")]


def _strategy(strategy: Obj, field: str) -> list[FieldError]:
    kind, rolling = strategy.get("type", ""), strategy.get("rollingUpdate")
    if not kind:
        return [required(field)]
    if kind == "OnDelete":
        if rolling is None:
            return []
        shown = internal_form("RollingUpdateStatefulSet", rolling)
        return [invalid(f"{field}.rollingUpdate", shown, "only allowed for updateStrategy 'RollingUpdate'")]
    if kind != "RollingUpdate":
        shown = internal_form("StatefulSetUpdateStrategy", strategy)
        return [invalid(field, shown, "must be 'RollingUpdate' or 'OnDelete'")]
    errors = not_negative((rolling or {}).get("partition"), f"{field}.rollingUpdate.partition")
    unavailable, where = (rolling or {}).get("maxUnavailable"), f"{field}.rollingUpdate.maxUnavailable"
    if unavailable is not None:
        errors += int_or_percent(unavailable, where)
        if count_of(unavailable) == 0:
            errors.append(invalid(where, unavailable, "cannot be 0"))
        errors += not_above_all(unavailable, where)
    return errors


def _template(spec: Obj) -> list[FieldError]:
    """Errors of the template, to whose volumes the claims belong."""
    selector, template = spec.get("selector"), spec.get("template") or {}
    if selector is not None and label_selector(selector, ""):
        errors = [invalid("spec.selector", shown_selector(selector), "")]
    else:
        errors = labels_match(selector, template, "spec.template")
        errors += check_template(_with_claims(template, spec), "spec.template")
    return errors + runs_for_ever(template.get("spec") or {}, "spec.template.spec", "StatefulSet")


def _with_claims(template: Obj, spec: Obj) -> Obj:
    claims = [(claim.get("metadata") or {}).get("name", "") for claim in spec.get("volumeClaimTemplates") or ()]
    if not claims:
        return template
    pod = template.get("spec") or {}
    own = [volume for volume in pod.get("volumes") or () if volume.get("name") not in claims]
    added = [{"name": name, "persistentVolumeClaim": {"claimName": name}} for name in claims]
    return {**template, "spec": {**pod, "volumes": own + added}}


def _create(stateful_set: Obj) -> list[FieldError]:
    return object_meta(stateful_set, names.dns_label) + _spec(stateful_set)


def _update(new: Obj, old: Obj) -> list[FieldError]:
    errors = object_meta_update(new, old) + _spec(new)
    now, before = ({k: v for k, v in each["spec"].items() if k not in _UPDATABLE} for each in (new, old))
    if now != before:
        text = (
            "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', "
            "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
        )
        errors.append(forbidden("spec", text))
    return errors


def _status(new: Obj, old: Obj) -> list[FieldError]:
    status = new.get("status") or {}
    errors = check_counts(status, ("replicas", *_PARTS, "observedGeneration", "collisionCount"))
    errors += check_relations(status, _PARTS)
    return errors + object_meta_update(new, old) + check_collisions(new, old)


VALIDATORS: dict[str, Validator] = {"statefulsets.apps": Validator(_create, _update, _status)}
