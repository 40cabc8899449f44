"""Rules of ConfigMaps and Secrets (k8s.io/docs/concepts/configuration/secret)."""

from __future__ import annotations

from grader.embedded.objects import Obj
from grader.embedded.schema.field_errors import FieldError, forbidden, invalid, required, too_long
from grader.embedded.schema.validation import names
from grader.embedded.schema.validation.base import Validator
from grader.embedded.schema.validation.formats import base64_bytes
from grader.embedded.schema.validation.go_json import json_object_error
from grader.embedded.schema.validation.metadata import immutable, object_meta, object_meta_update

SIZE_LIMIT = 1024 * 1024
"""What the values of one ConfigMap or Secret may amount to, in bytes."""

_SEALED = "field is immutable when `immutable` is set"
_ACCOUNT_ANNOTATION = "kubernetes.io/service-account.name"
_REQUIRED_KEYS = {"kubernetes.io/tls": ("tls.crt", "tls.key")}
_DOCKER_KEYS = {"kubernetes.io/dockercfg": ".dockercfg", "kubernetes.io/dockerconfigjson": ".dockerconfigjson"}


def validate_config_map(config: Obj) -> list[FieldError]:
    errors = object_meta(config)
    data, binary = config.get("data") or {}, config.get("binaryData") or {}
    size = 0
    for key, value in sorted(data.items()):
        errors += [invalid(f"data[{key}]", key, text) for text in names.config_key(key)]
        if key in binary:
            errors.append(invalid(f"data[{key}]", key, "duplicate of key present in binaryData"))
        size += len(value) if value.isascii() else len(value.encode("utf-8", "surrogatepass"))
    for key, value in sorted(binary.items()):
        errors += [invalid(f"binaryData[{key}]", key, text) for text in names.config_key(key)]
        size += _decoded_size(value)
    if size > SIZE_LIMIT:
        errors.append(too_long("[]", SIZE_LIMIT))
    return errors


def validate_config_map_update(new: Obj, old: Obj) -> list[FieldError]:
    return object_meta_update(new, old) + _sealed(new, old, "data", "binaryData") + validate_config_map(new)


def validate_secret(secret: Obj) -> list[FieldError]:
    errors = object_meta(secret)
    data = secret.get("data") or {}
    for key in sorted(data):
        errors += [invalid(f"data[{key}]", key, text) for text in names.config_key(key)]
    if sum(map(_decoded_size, data.values())) > SIZE_LIMIT:
        errors.append(too_long("data", SIZE_LIMIT))
    return errors + _contents(secret, data, secret.get("type", ""))


def validate_secret_update(new: Obj, old: Obj) -> list[FieldError]:
    errors = object_meta_update(new, old)
    errors += immutable("type", new.get("type"), old.get("type"))
    return errors + _sealed(new, old, "data") + validate_secret(new)


def _decoded_size(text: str | None) -> int:
    """The bytes that a Base64 text stands for."""
    return len(text) // 4 * 3 - text.count("=", -2) if text else 0


def _contents(secret: Obj, data: dict[str, str], kind: str) -> list[FieldError]:
    if kind == "kubernetes.io/service-account-token":
        annotations = (secret.get("metadata") or {}).get("annotations") or {}
        place = f"metadata.annotations[{_ACCOUNT_ANNOTATION}]"
        return [] if annotations.get(_ACCOUNT_ANNOTATION) else [required(place)]
    if kind in _DOCKER_KEYS:
        return _docker(data, _DOCKER_KEYS[kind])
    if kind == "kubernetes.io/basic-auth":
        wanted = ("username", "password")
        return [] if any(key in data for key in wanted) else [required(f"data[{key}]") for key in wanted]
    if kind == "kubernetes.io/ssh-auth":
        return [] if data.get("ssh-privatekey") else [required("data[ssh-privatekey]")]
    return [required(f"data[{key}]") for key in _REQUIRED_KEYS.get(kind, ()) if key not in data]


def _docker(data: dict[str, str], key: str) -> list[FieldError]:
    if key not in data:
        return [required(f"data[{key}]")]
    trouble = json_object_error(base64_bytes(data[key] or "") or b"")
    return [invalid(f"data[{key}]", "<secret contents redacted>", trouble)] if trouble else []


def _sealed(new: Obj, old: Obj, *fields: str) -> list[FieldError]:
    """Errors when an object that was made immutable changed, or would be opened again."""
    if not old.get("immutable"):
        return []
    errors = [] if new.get("immutable") else [forbidden("immutable", _SEALED)]
    return errors + [forbidden(name, _SEALED) for name in fields if (new.get(name) or {}) != (old.get(name) or {})]


VALIDATORS: dict[str, Validator] = {
    "configmaps": Validator(validate_config_map, validate_config_map_update),
    "secrets": Validator(validate_secret, validate_secret_update),
}
