"""Rules of security contexts ("PodSecurityContext" and "SecurityContext v1 core" of the Kubernetes API reference)."""

from __future__ import annotations

import re

from grader.embedded.objects import Obj
from grader.embedded.schema.field_errors import (
    FieldError,
    duplicate,
    forbidden,
    invalid,
    not_supported,
    required,
    too_long,
)
from grader.embedded.schema.internal_forms import internal_form
from grader.embedded.schema.validation import names
from grader.embedded.schema.validation.paths import descending_path
from grader.embedded.schema.validation.values import MAX_INT32
from grader.embedded.schema.validation.windows import windows_options

_PROFILES = ["Localhost", "RuntimeDefault", "Unconfined"]
_PROFILE_LIMIT = 4095
_SYSCTL_PATTERN = "^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$"
_is_sysctl = re.compile(_SYSCTL_PATTERN[1:-1]).fullmatch
_SYSCTL_LIMIT = 253
_IPC_SYSCTLS = ("kernel.shm_rmid_forced", "kernel.sem")
_IPC_PREFIXES = ("kernel.shm", "kernel.msg", "fs.mqueue.")
_POLICIES = {
    "fsGroupChangePolicy": ["Always", "OnRootMismatch"],
    "supplementalGroupsPolicy": ["Merge", "Strict"],
    "seLinuxChangePolicy": ["MountOption", "Recursive"],
}


def pod_security_context(spec: Obj, field: str) -> list[FieldError]:
    """Errors of a pod spec's `securityContext`, at `field`."""
    context = spec.get("securityContext")
    if not context:
        return []
    errors: list[FieldError] = []
    for identity in ("fsGroup", "runAsUser", "runAsGroup"):
        errors += _identity(context.get(identity), f"{field}.{identity}")
    for index, group in enumerate(context.get("supplementalGroups") or ()):
        errors += _identity(group, f"{field}.supplementalGroups[{index}]")
    if spec.get("shareProcessNamespace") and spec.get("hostPID"):
        text = "ShareProcessNamespace and HostPID cannot both be enabled"
        errors.append(invalid(f"{field}.shareProcessNamespace", True, text))
    errors += _sysctls(context.get("sysctls") or [], spec, f"{field}.sysctls")
    errors += _policy(context, "fsGroupChangePolicy", field)
    errors += _seccomp(context.get("seccompProfile"), f"{field}.seccompProfile")
    errors += windows_options(context.get("windowsOptions"), f"{field}.windowsOptions")
    errors += _app_armor(context.get("appArmorProfile"), f"{field}.appArmorProfile")
    errors += _policy(context, "supplementalGroupsPolicy", field)
    errors += _policy(context, "seLinuxChangePolicy", field)
    return errors


def container_security_context(context: Obj | None, field: str, host_users: bool) -> list[FieldError]:
    """Errors of a container's `securityContext`. `host_users`: the pod shares the user namespace of its node."""
    if not context:
        return []
    errors = _identity(context.get("runAsUser"), f"{field}.runAsUser")
    errors += _identity(context.get("runAsGroup"), f"{field}.runAsGroup")
    mount = context.get("procMount")
    if mount is not None:
        if mount not in ("Default", "Unmasked"):
            errors.append(not_supported(f"{field}.procMount", mount, ["Default", "Unmasked"]))
        if host_users and mount == "Unmasked":
            errors.append(invalid(f"{field}.procMount", mount, "`hostUsers` must be false to use `Unmasked`"))
    errors += _seccomp(context.get("seccompProfile"), f"{field}.seccompProfile")
    errors += _escalation(context, field)
    errors += windows_options(context.get("windowsOptions"), f"{field}.windowsOptions")
    return errors + _app_armor(context.get("appArmorProfile"), f"{field}.appArmorProfile")


def _escalation(context: Obj, field: str) -> list[FieldError]:
    if context.get("allowPrivilegeEscalation") is not False:
        return []
    added = (context.get("capabilities") or {}).get("add") or ()
    reasons = ["`privileged` to true"] if context.get("privileged") else []
    reasons += ["`capabilities.Add` CAP_SYS_ADMIN" for capability in added if capability == "CAP_SYS_ADMIN"]
    shown = internal_form("SecurityContext", context) if reasons else None
    return [invalid(field, shown, f"cannot set `allowPrivilegeEscalation` to false and {reason}") for reason in reasons]


def _identity(number: int | None, field: str) -> list[FieldError]:
    """A user's or group's number."""
    if number is None or 0 <= number <= MAX_INT32:
        return []
    return [invalid(field, number, names.between(0, MAX_INT32))]


def _policy(context: Obj, name: str, field: str) -> list[FieldError]:
    value = context.get(name)
    if value is None or value in _POLICIES[name]:
        return []
    return [not_supported(f"{field}.{name}", value, _POLICIES[name])]


def _seccomp(profile: Obj | None, field: str) -> list[FieldError]:
    if profile is None:
        return []
    kind, local = profile.get("type", ""), profile.get("localhostProfile")
    errors: list[FieldError] = []
    if not kind:
        errors.append(required(f"{field}.type", "type is required when seccompProfile is set"))
    elif kind not in _PROFILES:
        errors.append(not_supported(f"{field}.type", kind, _PROFILES))
    where = f"{field}.localhostProfile"
    if kind == "Localhost":
        if local is None:
            errors.append(required(where, "must be set when seccomp type is Localhost"))
        else:
            errors += descending_path(local, where)
    elif local is not None:
        shown = internal_form("Profile", profile)
        errors.append(invalid(where, shown, "can only be set when seccomp type is Localhost"))
    return errors


def _app_armor(profile: Obj | None, field: str) -> list[FieldError]:
    if profile is None:
        return []
    kind, local = profile.get("type", ""), profile.get("localhostProfile")
    where = f"{field}.localhostProfile"
    if kind == "Localhost":
        return _app_armor_file(local, where)
    if kind in _PROFILES:
        return [] if local is None else [invalid(where, local, "can only be set when AppArmor type is Localhost")]
    if not kind:
        return [required(f"{field}.type", "type is required when appArmorProfile is set")]
    return [not_supported(f"{field}.type", kind, _PROFILES)]


def _app_armor_file(local: str | None, field: str) -> list[FieldError]:
    if local is None:
        return [required(field, "must be set when AppArmor type is Localhost")]
    errors: list[FieldError] = []
    if local.strip() != local:
        errors.append(invalid(field, local, "must not be padded with whitespace"))
    elif not local:
        errors.append(required(field, "must be set when AppArmor type is Localhost"))
    if len(local) > _PROFILE_LIMIT:
        errors.append(too_long(field, _PROFILE_LIMIT))
    return errors


def _sysctls(sysctls: list[Obj], spec: Obj, field: str) -> list[FieldError]:
    errors: list[FieldError] = []
    seen: set[str] = set()
    for index, sysctl in enumerate(sysctls):
        name, where = sysctl.get("name", ""), f"{field}[{index}].name"
        if not name:
            errors.append(required(where))
        elif len(name) > _SYSCTL_LIMIT or not _is_sysctl(name):
            text = f"must have at most {_SYSCTL_LIMIT} characters and match regex {_SYSCTL_PATTERN}"
            errors.append(invalid(where, name, text))
        elif name in seen:
            errors.append(duplicate(where, name))
        errors += _host_sysctl(name, spec, where)
        seen.add(name)
    return errors


def _host_sysctl(name: str, spec: Obj, field: str) -> list[FieldError]:
    dotted = name.replace("/", ".")
    if spec.get("hostNetwork") and dotted.startswith("net."):
        return [invalid(field, name, "may not be specified when 'hostNetwork' is true")]
    if spec.get("hostIPC") and (dotted in _IPC_SYSCTLS or dotted.startswith(_IPC_PREFIXES)):
        return [invalid(field, name, "may not be specified when 'hostIPC' is true")]
    return []


def host_users(spec: Obj, field: str) -> list[FieldError]:
    """Errors of a pod with a user namespace of its own that wants other namespaces of its node."""
    if spec.get("hostUsers") is not False:
        return []
    shown = {"hostNetwork": "hostNetwork", "hostPID": "HostPID", "hostIPC": "HostIPC"}
    text = "when `hostUsers` is false"
    return [forbidden(f"{field}.{name}", text) for key, name in shown.items() if spec.get(key)]
