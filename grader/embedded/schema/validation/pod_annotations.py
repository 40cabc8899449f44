"""Rules of the annotations that mean something for pods (k8s.io/docs/reference/labels-annotations-taints)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from grader.embedded.objects import Obj
from grader.embedded.schema.field_errors import FieldError, forbidden, invalid
from grader.embedded.schema.validation.paths import descending_path
from grader.embedded.schema.validation.values import MAX_INT32
from grader.embedded.schema.validation.windows import containers_of

MIRROR = "kubernetes.io/config.mirror"
_DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"
_SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod"
_SECCOMP_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/"
_APP_ARMOR = "container.apparmor.security.beta.kubernetes.io/"
_LOCAL = "localhost/"
_is_number = re.compile("0|[-]?[1-9][0-9]{0,9}").fullmatch

Annotations = Mapping[str, str]


def check_pod_annotations(annotations: Annotations, spec: Obj, field: str) -> list[FieldError]:
    """Errors of a pod's or template's annotations at `field`, beyond their form."""
    errors: list[FieldError] = []
    if MIRROR in annotations and not spec.get("nodeName"):
        text = "must set spec.nodeName if mirror pod annotation is set"
        errors.append(invalid(f"{field}[{MIRROR}]", annotations[MIRROR], text))
    cost = annotations.get(_DELETION_COST)
    if cost is not None and not (_is_number(cost) and -MAX_INT32 - 1 <= int(cost) <= MAX_INT32):
        errors.append(invalid(f"{field}[{_DELETION_COST}]", cost, "must be a 32bit integer"))
    if _SECCOMP_POD in annotations:
        errors += _seccomp(annotations[_SECCOMP_POD], f"{field}.{_SECCOMP_POD}")
    for key, value in annotations.items():
        if key.startswith(_SECCOMP_CONTAINER):
            errors += _seccomp(value, f"{field}.{key}")
    for key, value in annotations.items():
        if key.startswith(_APP_ARMOR):
            errors += _app_armor(key, value, spec, f"{field}[{key}]")
    return errors


def _seccomp(profile: str, field: str) -> list[FieldError]:
    if profile in ("runtime/default", "docker/default", "unconfined"):
        return []
    if profile.startswith(_LOCAL):
        return descending_path(profile.removeprefix(_LOCAL), field)
    return [invalid(field, profile, "must be a valid seccomp profile")]


def _app_armor(key: str, profile: str, spec: Obj, field: str) -> list[FieldError]:
    name = key.removeprefix(_APP_ARMOR)
    errors: list[FieldError] = []
    if all(container.get("name") != name for container, _ in containers_of(spec, "")):
        errors.append(invalid(field, name, "container not found"))
    if profile not in ("", "runtime/default", "unconfined") and not profile.startswith(_LOCAL):
        errors.append(invalid(field, profile, f'invalid AppArmor profile name: "{profile}"'))
    return errors


def check_profiles(annotations: Annotations, spec: Obj, field: str, *, app_armor: bool = True) -> list[FieldError]:
    """Errors of seccomp and AppArmor annotations that say something else than the fields that replaced them."""
    errors: list[FieldError] = []
    context = spec.get("securityContext") or {}
    if context.get("seccompProfile") is not None and _SECCOMP_POD in annotations:
        where = f"{field}.securityContext.seccompProfile"
        errors += _agree(annotations[_SECCOMP_POD], context["seccompProfile"], where, "seccomp")
    for container, path in containers_of(spec, field):
        profile = (container.get("securityContext") or {}).get("seccompProfile")
        value = annotations.get(_SECCOMP_CONTAINER + container.get("name", ""))
        if profile is not None and value is not None:
            errors += _agree(value, profile, f"{path}.securityContext.seccompProfile", "seccomp")
    if not app_armor or (spec.get("os") or {}).get("name") == "windows":
        return errors
    for container, path in containers_of(spec, field):
        profile = (container.get("securityContext") or {}).get("appArmorProfile") or context.get("appArmorProfile")
        value = annotations.get(_APP_ARMOR + container.get("name", ""))
        if profile is not None and value is not None:
            errors += _agree(value, profile, f"{path}.securityContext.appArmorProfile", "apparmor")
    return errors


def _agree(value: str, profile: Obj, field: str, what: str) -> list[FieldError]:
    kind = profile.get("type", "")
    plain = {"Unconfined": ("unconfined",), "RuntimeDefault": ("runtime/default", "docker/default")}
    other_kind = [forbidden(f"{field}.type", f"{what} type in annotation and field must match")]
    if kind in plain:
        return [] if value in plain[kind] else other_kind
    if kind != "Localhost":
        return []
    if not value.startswith(_LOCAL):
        return other_kind
    if value.removeprefix(_LOCAL) == profile.get("localhostProfile"):
        return []
    return [forbidden(f"{field}.localhostProfile", f"{what} profile in annotation and field must match")]


def check_annotation_updates(new: Annotations, old: Annotations, field: str) -> list[FieldError]:
    """Errors of annotations that may not come or go once a pod exists."""
    errors: list[FieldError] = []
    for key, value in old.items():
        if new.get(key) == value:
            continue
        if key.startswith(_APP_ARMOR):
            errors.append(forbidden(f"{field}[{key}]", "may not remove or update AppArmor annotations"))
        if key == MIRROR:
            errors.append(forbidden(f"{field}[{key}]", "may not remove or update mirror pod annotation"))
    for key in new:
        if key not in old and key.startswith(_APP_ARMOR):
            errors.append(forbidden(f"{field}[{key}]", "may not add AppArmor annotations"))
        if key not in old and key == MIRROR:
            errors.append(forbidden(f"{field}[{key}]", "may not add mirror pod annotation"))
    return errors
