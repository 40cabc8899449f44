"""Rules of parts of containers: ports, environment, mounts ("Container v1 core" of the Kubernetes API reference)."""

from __future__ import annotations

from collections.abc import Mapping

from grader.embedded.objects import Obj
from grader.embedded.schema.field_errors import (
    FieldError,
    duplicate,
    forbidden,
    invalid,
    not_found,
    not_supported,
    required,
)
from grader.embedded.schema.validation import names
from grader.embedded.schema.validation.downward import ENVIRONMENT_FIELDS, field_reference, resource_reference
from grader.embedded.schema.validation.paths import descending_path, free_path, no_backsteps

_PROTOCOLS = ["SCTP", "TCP", "UDP"]
_PROPAGATIONS = ["Bidirectional", "HostToContainer", "None"]
_RECURSIVE = ["Disabled", "Enabled", "IfPossible"]


def check_ports(ports: list[Obj], field: str) -> list[FieldError]:
    errors: list[FieldError] = []
    seen: set[str] = set()
    for index, port in enumerate(ports):
        where, name = f"{field}[{index}]", port.get("name")
        if name:
            found = names.port_name(name)
            errors += [invalid(f"{where}.name", name, text) for text in found]
            if not found:
                if name in seen:
                    errors.append(duplicate(f"{where}.name", name))
                seen.add(name)
        number, host = port.get("containerPort", 0), port.get("hostPort", 0)
        if not number:
            errors.append(required(f"{where}.containerPort"))
        else:
            errors += [invalid(f"{where}.containerPort", number, text) for text in names.port_number(number)]
        if host:
            errors += [invalid(f"{where}.hostPort", host, text) for text in names.port_number(host)]
        protocol = port.get("protocol", "")
        if not protocol:
            errors.append(required(f"{where}.protocol"))
        elif protocol not in _PROTOCOLS:
            errors.append(not_supported(f"{where}.protocol", protocol, _PROTOCOLS))
    return errors


def host_port_conflicts(containers: list[Obj], field: str) -> list[FieldError]:
    """Errors of ports of the node that are asked for twice."""
    errors: list[FieldError] = []
    seen: set[str] = set()
    for index, container in enumerate(containers):
        for number, port in enumerate(container.get("ports") or ()):
            if not port.get("hostPort"):
                continue
            taken = f"{port.get('protocol', '')}/{port.get('hostIP', '')}/{port['hostPort']}"
            if taken in seen:
                errors.append(duplicate(f"{field}[{index}].ports[{number}].hostPort", taken))
            seen.add(taken)
    return errors


def check_environment(variables: list[Obj], field: str) -> list[FieldError]:
    errors: list[FieldError] = []
    for index, variable in enumerate(variables):
        where, name = f"{field}[{index}]", variable.get("name", "")
        if not name:
            errors.append(required(f"{where}.name"))
        else:
            errors += [invalid(f"{where}.name", name, text) for text in names.environment_name(name)]
        if variable.get("valueFrom") is not None:
            errors += _value_from(variable, f"{where}.valueFrom")
    return errors


def _value_from(variable: Obj, field: str) -> list[FieldError]:
    source = variable["valueFrom"]
    errors: list[FieldError] = []
    if source.get("fieldRef") is not None:
        errors += field_reference(source["fieldRef"], f"{field}.fieldRef", ENVIRONMENT_FIELDS)
    if source.get("resourceFieldRef") is not None:
        errors += resource_reference(source["resourceFieldRef"], f"{field}.resourceFieldRef", volume=False)
    for kind in ("configMapKeyRef", "secretKeyRef"):
        if source.get(kind) is not None:
            errors += _key_reference(source[kind], f"{field}.{kind}")
    if source.get("fileKeyRef") is not None:
        errors += _file_reference(source["fileKeyRef"], f"{field}.fileKeyRef")
    count = sum(value is not None for value in source.values())
    if not count:
        kinds = "`fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`"
        errors.append(invalid(field, "", f"must specify one of: {kinds}"))
    elif variable.get("value"):
        errors.append(invalid(field, "", "may not be specified when `value` is not empty"))
    elif count > 1:
        errors.append(invalid(field, "", "may not have more than one field specified at a time"))
    return errors


def _key_reference(reference: Obj, field: str) -> list[FieldError]:
    name, key = reference.get("name", ""), reference.get("key", "")
    errors = [invalid(f"{field}.name", name, text) for text in names.dns_subdomain(name)]
    if not key:
        errors.append(required(f"{field}.key"))
    else:
        errors += [invalid(f"{field}.key", key, text) for text in names.config_key(key)]
    return errors


def _file_reference(reference: Obj, field: str) -> list[FieldError]:
    errors: list[FieldError] = []
    key, volume, path = reference.get("key", ""), reference.get("volumeName", ""), reference.get("path", "")
    if not key:
        errors.append(required(f"{field}.key"))
    else:
        errors += [invalid(f"{field}.key", key, text) for text in names.environment_name(key)]
    if not volume:
        errors.append(required(f"{field}.volumeName"))
    else:
        errors += [invalid(f"{field}.volumeName", volume, text) for text in names.dns_label(volume)]
    if not path:
        errors.append(required(f"{field}.path"))
        return errors
    return errors + free_path(path, f"{field}.path")


def check_environment_sources(sources: list[Obj], field: str) -> list[FieldError]:
    """Errors of `envFrom`."""
    errors: list[FieldError] = []
    for index, source in enumerate(sources):
        where, prefix = f"{field}[{index}]", source.get("prefix")
        if prefix:
            errors += [invalid(f"{where}.prefix", prefix, text) for text in names.environment_name(prefix)]
        kinds = [kind for kind in ("configMapRef", "secretRef") if source.get(kind) is not None]
        for kind in kinds:
            name = source[kind].get("name", "")
            if not name:
                errors.append(required(f"{where}.{kind}.name"))
            else:
                found = names.dns_subdomain(names.masked(name))
                errors += [invalid(f"{where}.{kind}.name", name, text) for text in found]
        if not kinds:
            errors.append(invalid(field, "", "must specify one of: `configMapRef` or `secretRef`"))
        elif len(kinds) > 1:
            errors.append(invalid(field, "", "may not have more than one field specified at a time"))
    return errors


def check_mounts(container: Obj, volumes: Mapping[str, Obj], field: str) -> list[FieldError]:
    """Errors of `volumeMounts`. `volumes` are the good ones among the pod's."""
    errors: list[FieldError] = []
    devices = {device.get("name", ""): device.get("devicePath", "") for device in container.get("volumeDevices") or ()}
    paths: set[str] = set()
    for index, mount in enumerate(container.get("volumeMounts") or ()):
        where, name, path = f"{field}[{index}]", mount.get("name", ""), mount.get("mountPath", "")
        if not name:
            errors.append(required(f"{where}.name"))
        if name not in volumes:
            errors.append(not_found(f"{where}.name", name))
        if not path:
            errors.append(required(f"{where}.mountPath"))
        if path in paths:
            errors.append(invalid(f"{where}.mountPath", path, "must be unique"))
        paths.add(path)
        if name in devices:
            errors.append(invalid(f"{where}.name", name, "must not already exist in volumeDevices"))
        if path in devices.values():
            text = "must not already exist as a path in volumeDevices"
            errors.append(invalid(f"{where}.mountPath", path, text))
        if len(mount) > 2:
            errors += _mount_options(mount, container, volumes.get(name, {}), where, field)
    return errors


def _mount_options(mount: Obj, container: Obj, volume: Obj, where: str, field: str) -> list[FieldError]:
    sub_path, expression = mount.get("subPath", ""), mount.get("subPathExpr", "")
    errors: list[FieldError] = []
    if volume.get("image") is not None and expression:
        errors.append(invalid(f"{where}.subPathExpr", expression, "not allowed in image volume sources"))
    if sub_path:
        errors += descending_path(sub_path, f"{field}.subPath")
    if expression:
        if sub_path:
            text = "subPathExpr and subPath are mutually exclusive"
            errors.append(invalid(f"{where}.subPathExpr", expression, text))
        errors += descending_path(expression, f"{field}.subPathExpr")
    propagation = mount.get("mountPropagation")
    if propagation is not None:
        if propagation not in _PROPAGATIONS:
            errors.append(not_supported(f"{field}.mountPropagation", propagation, _PROPAGATIONS))
        if propagation == "Bidirectional" and not (container.get("securityContext") or {}).get("privileged"):
            text = "Bidirectional mount propagation is available only to privileged containers"
            errors.append(forbidden(f"{field}.mountPropagation", text))
    return errors + _recursive_read_only(mount, f"{field}.recursiveReadOnly")


def _recursive_read_only(mount: Obj, field: str) -> list[FieldError]:
    wanted = mount.get("recursiveReadOnly")
    if wanted in (None, "Disabled"):
        return []
    if wanted not in _RECURSIVE:
        return [not_supported(field, wanted, _RECURSIVE)]
    errors: list[FieldError] = []
    if not mount.get("readOnly"):
        errors.append(forbidden(field, "may only be specified when readOnly is true"))
    if mount.get("mountPropagation") not in (None, "None"):
        errors.append(forbidden(field, "may only be specified when mountPropagation is None or not specified"))
    return errors


def check_devices(container: Obj, volumes: Mapping[str, Obj], field: str) -> list[FieldError]:
    """Errors of `volumeDevices`, which show claims as block devices."""
    errors: list[FieldError] = []
    mounts = {mount.get("name", ""): mount.get("mountPath", "") for mount in container.get("volumeMounts") or ()}
    seen_names: set[str] = set()
    seen_paths: set[str] = set()
    for index, device in enumerate(container.get("volumeDevices") or ()):
        where, name, path = f"{field}[{index}]", device.get("name", ""), device.get("devicePath", "")
        if not name:
            errors.append(required(f"{where}.name"))
        if name in seen_names:
            errors.append(invalid(f"{where}.name", name, "must be unique"))
        errors += _device_volume(name, volumes, f"{where}.name")
        if not path:
            errors.append(required(f"{where}.devicePath"))
        if path in seen_paths:
            errors.append(invalid(f"{where}.devicePath", path, "must be unique"))
        if path and no_backsteps(path, ""):
            errors.append(invalid(f"{where}.devicePath", path, "can not contain backsteps ('..')"))
        else:
            seen_paths.add(path)
        if name in mounts:
            errors.append(invalid(f"{where}.name", name, "must not already exist in volumeMounts"))
        if path in mounts.values():
            errors.append(invalid(f"{where}.devicePath", path, "must not already exist as a path in volumeMounts"))
        if name:
            seen_names.add(name)
    return errors


def _device_volume(name: str, volumes: Mapping[str, Obj], field: str) -> list[FieldError]:
    volume = volumes.get(name)
    if volume is None:
        return [not_found(field, name)]
    if volume.get("persistentVolumeClaim") is None and volume.get("ephemeral") is None:
        text = "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode"
        return [invalid(field, name, text)]
    return []
