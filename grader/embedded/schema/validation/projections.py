"""Rules of files in volumes: items of config maps and secrets, the downward API, projected volumes."""

from __future__ import annotations

from grader.embedded.objects import Obj
from grader.embedded.schema.field_errors import FieldError, forbidden, invalid, required
from grader.embedded.schema.validation.downward import VOLUME_FIELDS, field_reference, resource_reference
from grader.embedded.schema.validation.paths import free_path
from grader.embedded.schema.validation.values import label_selector

_MODE_WORDS = "must be a number between 0 and 0777 (octal), both inclusive"
_SHORTEST_TOKEN, _LONGEST_TOKEN = 600, 2**32
_CONFLICT = "conflicting duplicate paths"


def file_mode(mode: int | None, field: str) -> list[FieldError]:
    """An error for permission bits that are none."""
    return [] if mode is None or 0 <= mode <= 0o777 else [invalid(field, mode, _MODE_WORDS)]


def key_to_path(item: Obj, field: str) -> list[FieldError]:
    errors = [required(f"{field}.{part}") for part in ("key", "path") if not item.get(part)]
    errors += free_path(item.get("path", ""), f"{field}.path")
    return errors + file_mode(item.get("mode"), f"{field}.mode")


def downward_file(item: Obj, field: str) -> list[FieldError]:
    """Errors of a file of the downward API; `field` is that of the volume, as the server has it."""
    path = item.get("path", "")
    errors = [] if path else [required(f"{field}.path")]
    errors += free_path(path, f"{field}.path")
    if item.get("fieldRef") is not None:
        errors += field_reference(item["fieldRef"], f"{field}.fieldRef", VOLUME_FIELDS)
        if item.get("resourceFieldRef") is not None:
            text = "fieldRef and resourceFieldRef can not be specified simultaneously"
            errors.append(invalid(field, "resource", text))
    elif item.get("resourceFieldRef") is not None:
        errors += resource_reference(item["resourceFieldRef"], f"{field}.resourceFieldRef", volume=True)
    else:
        errors.append(required(field, "one of fieldRef and resourceFieldRef is required"))
    return errors + file_mode(item.get("mode"), f"{field}.mode")


def projected(source: Obj, field: str) -> list[FieldError]:
    """Errors of a projected volume, whose sources share one folder."""
    errors = file_mode(source.get("defaultMode"), f"{field}.defaultMode")
    paths: set[str] = set()
    for index, part in enumerate(source.get("sources") or ()):
        where = f"{field}.sources[{index}]"
        for kind in ("secret", "configMap"):
            if part.get(kind) is not None:
                errors += _files(part[kind], f"{where}.{kind}", field, paths)
        if part.get("downwardAPI") is not None:
            errors += _downward(part["downwardAPI"], f"{where}.downwardAPI", field, paths)
        if part.get("serviceAccountToken") is not None:
            errors += _token(part["serviceAccountToken"], f"{where}.serviceAccountToken", field)
        if part.get("clusterTrustBundle") is not None:
            errors += _trust_bundle(part["clusterTrustBundle"], f"{where}.clusterTrustBundle", field, paths)
        if sum(value is not None for value in part.values()) > 1:
            errors.append(forbidden(where, "may not specify more than 1 volume type per source"))
    return errors


def _conflict(path: str, shown: str, field: str, paths: set[str]) -> list[FieldError]:
    """An error for a path that another source has; otherwise it is taken from now on."""
    if not path:
        return []
    if path in paths:
        return [invalid(field, shown, _CONFLICT)]
    paths.add(path)
    return []


def _files(source: Obj, field: str, volume: str, paths: set[str]) -> list[FieldError]:
    name = source.get("name", "")
    errors = [] if name else [required(f"{field}.name")]
    for index, item in enumerate(source.get("items") or ()):
        errors += key_to_path(item, f"{field}.items[{index}]")
        errors += _conflict(item.get("path", ""), name, volume, paths)
    return errors


def _downward(source: Obj, field: str, volume: str, paths: set[str]) -> list[FieldError]:
    errors: list[FieldError] = []
    for item in source.get("items") or ():
        path = item.get("path", "")
        errors += downward_file(item, field) + _conflict(path, path, volume, paths)
    return errors


def _token(source: Obj, field: str, volume: str) -> list[FieldError]:
    seconds, path = source.get("expirationSeconds", 0), source.get("path", "")
    errors: list[FieldError] = []
    where = f"{field}.expirationSeconds"
    if seconds < _SHORTEST_TOKEN:
        errors.append(invalid(where, seconds, "may not specify a duration less than 10 minutes"))
    if seconds > _LONGEST_TOKEN:
        errors.append(invalid(where, seconds, "may not specify a duration larger than 2^32 seconds"))
    if not path:
        return [*errors, required(f"{volume}.path")]
    return errors + free_path(path, f"{volume}.path")


def _trust_bundle(source: Obj, field: str, volume: str, paths: set[str]) -> list[FieldError]:
    name, signer, path = source.get("name"), source.get("signerName"), source.get("path", "")
    errors: list[FieldError] = []
    if name is not None and signer is not None:
        errors.append(invalid(field, source, "only one of name and signerName may be used"))
    elif name is not None:
        if not name:
            errors.append(required(f"{field}.name", "must be a valid object name"))
        if source.get("labelSelector") is not None:
            text = "labelSelector must be unset if name is specified"
            errors.append(invalid(f"{field}.labelSelector", source["labelSelector"], text))
    elif signer is not None:
        if not signer:
            errors.append(required(f"{field}.signerName", "must be a valid signer name"))
        errors += label_selector(source.get("labelSelector"), f"{field}.labelSelector")
    else:
        errors.append(required(field, "either name or signerName must be specified"))
    if not path:
        errors.append(required(f"{field}.path"))
    errors += free_path(path, f"{field}.path")
    return errors + _conflict(path, path, volume, paths)
