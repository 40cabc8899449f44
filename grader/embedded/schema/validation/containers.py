"""Rules of a pod's containers: the regular, the init and the ephemeral ones.

("Container" and "EphemeralContainer v1 core" of the Kubernetes API reference.)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from grader.embedded.objects import Obj
from grader.embedded.schema.field_errors import (
    FieldError,
    duplicate,
    forbidden,
    invalid,
    not_found,
    not_supported,
    required,
    too_many,
)
from grader.embedded.schema.validation import names
from grader.embedded.schema.validation.container_parts import (
    check_devices,
    check_environment,
    check_environment_sources,
    check_mounts,
    check_ports,
    host_port_conflicts,
)
from grader.embedded.schema.validation.container_resources import container_resources, resize_policy
from grader.embedded.schema.validation.probes import check_probes
from grader.embedded.schema.validation.security_contexts import container_security_context

_MESSAGE_POLICIES = ["File", "FallbackToLogsOnError"]
_PULL_POLICIES = ["Always", "IfNotPresent", "Never"]
_RESTART_POLICIES = ["Always", "Never", "OnFailure"]
_RESTART_ACTIONS = ["Restart"]
_RULE_LIMIT, _CODE_LIMIT = 20, 255
_NOT_FOR_EPHEMERAL = (
    "ports",
    "livenessProbe",
    "readinessProbe",
    "startupProbe",
    "lifecycle",
    "resources",
    "resizePolicy",
    "restartPolicy",
    "restartPolicyRules",
)


@dataclass(frozen=True, slots=True)
class PodContext:
    """What of a pod its containers are judged by.

    `volumes`: the good ones by name. `claims`: names of resource claims. `grace`: seconds. `system`: `spec.os.name`.
    """

    volumes: Mapping[str, Obj]
    claims: frozenset[str]
    grace: int | None
    restart_policy: str
    host_users: bool
    system: str | None


def check_containers(containers: list[Obj], pod: PodContext, field: str) -> list[FieldError]:
    """Errors of the regular containers; there must be one."""
    if not containers:
        return [required(field)]
    errors: list[FieldError] = []
    seen: set[str] = set()
    for index, container in enumerate(containers):
        where = f"{field}[{index}]"
        errors += _common(container, pod, where)
        name = container.get("name", "")
        if name in seen:
            errors.append(duplicate(f"{where}.name", name))
        seen.add(name)
        errors += check_probes(container, where, pod.grace, pod.system)
        errors += _restart_policy(container, where)
    return errors + host_port_conflicts(containers, field)


def check_init_containers(containers: list[Obj], regular: list[Obj], pod: PodContext, field: str) -> list[FieldError]:
    """Errors of the init containers; only those that keep running may be probed."""
    errors: list[FieldError] = []
    seen = {container.get("name", "") for container in regular}
    for index, container in enumerate(containers):
        where, name = f"{field}[{index}]", container.get("name", "")
        errors += _common(container, pod, where)
        errors += _restart_policy(container, where)
        if name in seen:
            errors.append(duplicate(f"{where}.name", name))
        elif name:
            seen.add(name)
        errors += host_port_conflicts([container], field)
        if container.get("restartPolicy") == "Always":
            errors += check_probes(container, where, pod.grace, pod.system)
        else:
            text = "may not be set for init containers without restartPolicy=Always"
            errors += [
                forbidden(f"{where}.{part}", text)
                for part in ("lifecycle", "livenessProbe", "readinessProbe", "startupProbe")
                if container.get(part) is not None
            ]
    return errors


def check_ephemeral_containers(spec: Obj, pod: PodContext, field: str) -> list[FieldError]:
    """Errors of the ephemeral containers, which are for looking around and nothing else."""
    errors: list[FieldError] = []
    lasting = {each.get("name", "") for kind in ("containers", "initContainers") for each in spec.get(kind) or ()}
    seen = set(lasting)
    for index, container in enumerate(spec.get("ephemeralContainers") or ()):
        where, name = f"{field}[{index}]", container.get("name", "")
        errors += _common(container, pod, where) + trimmed_image(container, where)
        if name in seen:
            errors.append(duplicate(f"{where}.name", name))
        seen.add(name)
        target = container.get("targetContainerName")
        if target and target not in lasting:
            errors.append(not_found(f"{where}.targetContainerName", target))
        text = "cannot be set for an Ephemeral Container"
        errors += [forbidden(f"{where}.{part}", text) for part in _NOT_FOR_EPHEMERAL if container.get(part)]
        errors += [
            forbidden(f"{where}.volumeMounts[{number}].{part}", text)
            for number, mount in enumerate(container.get("volumeMounts") or ())
            for part in ("subPath", "subPathExpr")
            if mount.get(part)
        ]
    return errors


def trimmed_image(container: Obj, field: str) -> list[FieldError]:
    """An error for an image with spaces around it, which pod templates may have and pods may not."""
    image = container.get("image", "")
    if image == image.strip():
        return []
    return [invalid(f"{field}.image", image, "must not have leading or trailing whitespace")]


def _common(container: Obj, pod: PodContext, field: str) -> list[FieldError]:
    """Errors that all kinds of containers can have."""
    name = container.get("name", "")
    errors: list[FieldError] = []
    if not name:
        errors.append(required(f"{field}.name"))
    else:
        errors += [invalid(f"{field}.name", name, text) for text in names.dns_label(name)]
    if not container.get("image"):
        errors.append(required(f"{field}.image"))
    errors += one_of(
        container.get("terminationMessagePolicy", ""), _MESSAGE_POLICIES, field, "terminationMessagePolicy"
    )
    if container.get("ports"):
        errors += check_ports(container["ports"], f"{field}.ports")
    if container.get("env"):
        errors += check_environment(container["env"], f"{field}.env")
    if container.get("envFrom"):
        errors += check_environment_sources(container["envFrom"], f"{field}.envFrom")
    if container.get("volumeMounts"):
        errors += check_mounts(container, pod.volumes, f"{field}.volumeMounts")
    if container.get("volumeDevices"):
        errors += check_devices(container, pod.volumes, f"{field}.volumeDevices")
    errors += one_of(container.get("imagePullPolicy", ""), _PULL_POLICIES, field, "imagePullPolicy")
    if container.get("resources"):
        errors += container_resources(container["resources"], pod.claims, f"{field}.resources")
    if container.get("resizePolicy"):
        errors += resize_policy(container["resizePolicy"], f"{field}.resizePolicy", pod.restart_policy)
    if container.get("securityContext"):
        context = container["securityContext"]
        errors += container_security_context(context, f"{field}.securityContext", pod.host_users)
    return errors


def one_of(value: str, supported: list[str], holder: str, name: str) -> list[FieldError]:
    """An error for a text that is missing or not among those supported."""
    if value in supported:
        return []
    where = f"{holder}.{name}"
    return [not_supported(where, value, supported)] if value else [required(where)]


def _restart_policy(container: Obj, field: str) -> list[FieldError]:
    """Errors of a container's own restart policy and of its rules by exit code."""
    policy, rules = container.get("restartPolicy"), container.get("restartPolicyRules") or []
    errors: list[FieldError] = []
    if policy is None:
        if rules:
            text = "must specify restartPolicy when restart rules are used"
            errors.append(required(f"{field}.restartPolicy", text))
    elif policy not in _RESTART_POLICIES:
        errors.append(not_supported(f"{field}.restartPolicy", policy, _RESTART_POLICIES))
    if len(rules) > _RULE_LIMIT:
        errors.append(too_many(f"{field}.restartPolicyRules", len(rules), _RULE_LIMIT))
    for index, rule in enumerate(rules):
        errors += _restart_rule(rule, f"{field}.restartPolicyRules[{index}]")
    return errors


def _restart_rule(rule: Obj, field: str) -> list[FieldError]:
    action, codes = rule.get("action", ""), rule.get("exitCodes")
    errors: list[FieldError] = []
    if action not in _RESTART_ACTIONS:
        errors.append(not_supported(f"{field}.action", action, _RESTART_ACTIONS))
    if codes is None:
        return [*errors, required(f"{field}.exitCodes", "must be specified")]
    operator, values = codes.get("operator", ""), codes.get("values") or []
    if operator not in ("In", "NotIn"):
        errors.append(not_supported(f"{field}.exitCodes.operator", operator, ["In", "NotIn"]))
    if len(values) > _CODE_LIMIT:
        errors.append(too_many(f"{field}.exitCodes.values", len(values), _CODE_LIMIT))
    return errors
