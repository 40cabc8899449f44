"""Rules of paths inside volumes: relative, and never upwards."""

from __future__ import annotations

from grader.embedded.schema.field_errors import FieldError, invalid


def no_backsteps(path: str, field: str) -> list[FieldError]:
    return [invalid(field, path, "must not contain '..'")] if ".." in path.split("/") else []


def descending_path(path: str, field: str) -> list[FieldError]:
    """A relative path without `..`."""
    errors = [invalid(field, path, "must be a relative path")] if path.startswith("/") else []
    return errors + no_backsteps(path, field)


def free_path(path: str, field: str) -> list[FieldError]:
    """A relative path that does not start with `..`, which is kept for the kubelet's own files."""
    errors = descending_path(path, field)
    if path.startswith("..") and not path.startswith("../"):
        errors.append(invalid(field, path, "must not start with '..'"))
    return errors
