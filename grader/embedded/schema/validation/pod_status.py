"""Rules of what may be said of a pod's state ("PodStatus v1 core" of the Kubernetes API reference)."""

from __future__ import annotations

from collections.abc import Collection

from grader.embedded.objects import Obj
from grader.embedded.schema.field_errors import FieldError, duplicate, forbidden, invalid
from grader.embedded.schema.validation import names
from grader.embedded.schema.validation.addresses import ip_address, is_ipv6
from grader.embedded.schema.validation.metadata import immutable, object_meta_update
from grader.embedded.schema.validation.pod_annotations import check_annotation_updates, check_pod_annotations

_SYSTEM_CONDITIONS = ("PodScheduled", "Ready", "Initialized")


def validate_pod_status(new: Obj, old: Obj) -> list[FieldError]:
    """Errors of a change through `pods/status`."""
    errors = object_meta_update(new, old)
    now, before = new["metadata"].get("annotations") or {}, old["metadata"].get("annotations") or {}
    if now or before:
        errors += check_annotation_updates(now, before, "metadata.annotations")
        errors += check_pod_annotations(now, new.get("spec") or {}, "metadata.annotations")
    status, former, spec = new.get("status") or {}, old.get("status") or {}, old.get("spec") or {}
    for index, condition in enumerate(status.get("conditions") or ()):
        kind = condition.get("type", "")
        if kind not in _SYSTEM_CONDITIONS:
            where = f"metadata.conditions[{index}].Type"
            errors += [invalid(where, kind, text) for text in names.qualified_name(kind)]
    if (new.get("spec") or {}).get("nodeName") != spec.get("nodeName"):
        errors.append(forbidden("status.nodeName", "may not be changed directly"))
    nominated = status.get("nominatedNodeName")
    if nominated and nominated != former.get("nominatedNodeName"):
        errors += [invalid("status.nominatedNodeName", nominated, text) for text in names.dns_subdomain(nominated)]
    errors += immutable("status.qosClass", status.get("qosClass"), former.get("qosClass"))
    errors += _transitions(status, former, spec)
    errors += _addresses(status.get("podIPs") or [], "status.podIPs")
    hosts = status.get("hostIPs") or []
    if hosts and status.get("hostIP", "") != hosts[0].get("ip", ""):
        errors.append(invalid("status.hostIPs[0].ip", hosts[0].get("ip", ""), "must be equal to `hostIP`"))
    return errors + _addresses(hosts, "status.hostIPs")


def _transitions(status: Obj, former: Obj, spec: Obj) -> list[FieldError]:
    """Errors of containers that ended for good and are said to run again."""
    policy = spec.get("restartPolicy", "")
    own = {each.get("name"): each for kind in ("containers", "initContainers") for each in spec.get(kind) or ()}
    lasting = {name for name, each in own.items() if each.get("restartPolicy") or each.get("restartPolicyRules")}
    errors = _rises(status, former, "containerStatuses", policy, lasting)
    errors += _rises(status, former, "initContainerStatuses", policy, lasting)
    return errors + _rises(status, former, "ephemeralContainerStatuses", "Never", ())


def _rises(status: Obj, former: Obj, kind: str, policy: str, lasting: Collection[str | None]) -> list[FieldError]:
    if policy == "Always":
        return []
    alive = {each.get("name") for each in status.get(kind) or () if (each.get("state") or {}).get("terminated") is None}
    errors: list[FieldError] = []
    for index, each in enumerate(former.get(kind) or ()):
        ended = (each.get("state") or {}).get("terminated")
        if ended is None or each.get("name") in lasting:
            continue
        if policy == "OnFailure" and ended.get("exitCode", 0) != 0:
            continue
        if each.get("name") in alive:
            text = "may not be transitioned to non-terminated state"
            errors.append(forbidden(f"status.{kind}[{index}].state", text))
    return errors


def _addresses(found: list[Obj], field: str) -> list[FieldError]:
    texts = [each.get("ip", "") for each in found]
    errors = [error for index, text in enumerate(texts) for error in ip_address(text, f"{field}[{index}]")]
    if len(texts) > 1:
        if len(texts) > 2 or is_ipv6(texts[0]) == is_ipv6(texts[1]):
            shown = [{"IP": text} for text in texts]
            errors.append(invalid(field, shown, "may specify no more than one IP for each IP family"))
        errors += [
            duplicate(f"{field}[{index}]", {"IP": text}) for index, text in enumerate(texts) if text in texts[:index]
        ]
    return errors
