"""Rules of pods for Windows ("WindowsSecurityContextOptions v1 core" of the Kubernetes API reference).

The cluster has no Windows nodes; objects that mention them are validated all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from grader.embedded.objects import Obj
from grader.embedded.schema.field_errors import FieldError, forbidden, invalid, not_supported, required
from grader.embedded.schema.validation import names

_SPEC_LIMIT = 64 * 1024
_USER_LIMIT, _NET_BIOS_LIMIT, _DOMAIN_LIMIT = 104, 15, 256
_has_control_sign = re.compile("[\x00-\x1f]").search
_is_net_bios = re.compile(r'[^\\/:\*\?"<>|\.][^\\/:\*\?"<>|]{0,14}').fullmatch
_is_domain = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*", re.IGNORECASE).fullmatch
_odd_user = re.compile(r'["/\\:;|=,+*?<>@\[\]]').search
_SYSTEMS = ["linux", "windows"]
_POD_FIELDS = (
    "securityContext.appArmorProfile",
    "securityContext.seLinuxOptions",
    "hostUsers",
    "hostPID",
    "hostIPC",
    "securityContext.seccompProfile",
    "securityContext.fsGroup",
    "securityContext.fsGroupChangePolicy",
    "securityContext.sysctls",
    "shareProcessNamespace",
    "securityContext.runAsUser",
    "securityContext.runAsGroup",
    "securityContext.supplementalGroups",
    "securityContext.supplementalGroupsPolicy",
    "securityContext.seLinuxChangePolicy",
)
_CONTAINER_FIELDS = (
    "appArmorProfile",
    "seLinuxOptions",
    "seccompProfile",
    "capabilities",
    "readOnlyRootFilesystem",
    "privileged",
    "allowPrivilegeEscalation",
    "procMount",
    "runAsUser",
    "runAsGroup",
)


def containers_of(spec: Obj, field: str) -> Iterator[tuple[Obj, str]]:
    """All containers of a pod with their paths, in the server's order."""
    for kind in ("initContainers", "containers", "ephemeralContainers"):
        for index, container in enumerate(spec.get(kind) or ()):
            yield container, f"{field}.{kind}[{index}]"


def windows_options(options: Obj | None, field: str) -> list[FieldError]:
    """Errors of `windowsOptions`."""
    if options is None:
        return []
    errors: list[FieldError] = []
    name = options.get("gmsaCredentialSpecName")
    if name is not None:
        errors += [invalid(f"{field}.gmsaCredentialSpecName", name, text) for text in names.dns_subdomain(name)]
    credential, where = options.get("gmsaCredentialSpec"), f"{field}.gmsaCredentialSpec"
    if credential == "":
        errors.append(invalid(where, credential, "gmsaCredentialSpec cannot be an empty string"))
    elif credential is not None and len(credential) > _SPEC_LIMIT:
        errors.append(invalid(where, credential, "gmsaCredentialSpec size must be under 64 KiB"))
    if options.get("runAsUserName") is not None:
        errors += _user_name(options["runAsUserName"], f"{field}.runAsUserName")
    return errors


def _user_name(text: str, field: str) -> list[FieldError]:
    if not text:
        return [invalid(field, text, "runAsUserName cannot be an empty string")]
    if _has_control_sign(text):
        return [invalid(field, text, "runAsUserName cannot contain control characters")]
    parts = text.split("\\")
    if len(parts) > 2:
        return [invalid(field, text, "runAsUserName cannot contain more than one backslash")]
    found: list[str] = []
    if len(parts) == 2:
        if len(parts[0]) > _DOMAIN_LIMIT - 1:
            found.append(f"runAsUserName's Domain length must be under {_DOMAIN_LIMIT} characters")
        if not _is_net_bios(parts[0]) and not _is_domain(parts[0]):
            found.append("runAsUserName's Domain doesn't match the NetBios nor the DNS format")
    user = parts[-1]
    if not user:
        found.append("runAsUserName's User cannot be empty")
    elif len(user) > _USER_LIMIT:
        found.append(f"runAsUserName's User length must not be longer than {_USER_LIMIT} characters")
    elif not user.strip(" .") or user.endswith("."):
        found.append("runAsUserName's User cannot contain only periods or spaces")
    elif _odd_user(user):
        found.append("runAsUserName's User cannot contain the following characters: \"/\\:;|=,+*?<>@[]")
    return [invalid(field, text, message) for message in found]


def host_process(spec: Obj, field: str) -> list[FieldError]:
    """Errors of HostProcess pods: all containers or none, with the network of the node."""
    pod_wide = _host_process(spec.get("securityContext"))
    errors: list[FieldError] = []
    total = inside = 0
    for container, path in containers_of(spec, field):
        total += 1
        own = _host_process(container.get("securityContext"))
        if own is not None and pod_wide is not None and own != pod_wide:
            text = f"pod hostProcess value must be identical if both are specified, was {str(pod_wide).lower()}"
            errors.append(invalid(f"{path}.securityContext.windowsOptions.hostProcess", own, text))
        inside += bool(pod_wide if own is None else own)
    if inside:
        if inside != total:
            text = "If pod contains any hostProcess containers then all containers must be HostProcess containers"
            errors.append(invalid(field, "", text))
        if not spec.get("hostNetwork"):
            text = "hostNetwork must be true if pod contains any hostProcess containers"
            errors.append(invalid(f"{field}.hostNetwork", False, text))
    return errors


def _host_process(context: Obj | None) -> bool | None:
    found: bool | None = ((context or {}).get("windowsOptions") or {}).get("hostProcess")
    return found


def operating_system(spec: Obj, field: str) -> list[FieldError]:
    """Errors of `spec.os`, and of what its system has no notion of."""
    if spec.get("os") is None:
        return []
    name = spec["os"].get("name", "")
    if not name:
        return [required(f"{field}.os.name", "cannot be empty")]
    if name not in _SYSTEMS:
        return [not_supported(f"{field}.os", name, _SYSTEMS)]
    return _for_linux(spec, field) if name == "linux" else _for_windows(spec, field)


def _for_linux(spec: Obj, field: str) -> list[FieldError]:
    text = "windows options cannot be set for a linux pod"
    holders = [(spec, field), *containers_of(spec, field)]
    return [
        forbidden(f"{path}.securityContext.windowsOptions", text)
        for holder, path in holders
        if (holder.get("securityContext") or {}).get("windowsOptions") is not None
    ]


def _for_windows(spec: Obj, field: str) -> list[FieldError]:
    text = "cannot be set for a windows pod"
    flat = {f"securityContext.{key}": value for key, value in (spec.get("securityContext") or {}).items()}
    flat |= {key: value or None for key, value in spec.items() if key in ("hostPID", "hostIPC")}
    flat |= {key: spec.get(key) for key in ("hostUsers", "shareProcessNamespace")}
    errors = [forbidden(f"{field}.{name}", text) for name in _POD_FIELDS if flat.get(name) is not None]
    for container, path in containers_of(spec, field):
        context = container.get("securityContext") or {}
        errors += [
            forbidden(f"{path}.securityContext.{name}", text)
            for name in _CONTAINER_FIELDS
            if context.get(name) is not None
        ]
    return errors
