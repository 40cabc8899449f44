"""Rules of what controllers say of their pods: counts that are not negative and fit each other."""

from __future__ import annotations

from collections.abc import Iterable

from grader.embedded.objects import Obj
from grader.embedded.schema.field_errors import FieldError, invalid
from grader.embedded.schema.validation.metadata import object_meta_update
from grader.embedded.schema.validation.values import not_negative


def check_counts(status: Obj, counts: Iterable[str]) -> list[FieldError]:
    """Errors of counts below zero."""
    return [error for count in counts for error in not_negative(status.get(count), f"status.{count}")]


def check_relations(status: Obj, smaller: Iterable[str], more_than_ready: bool = True) -> list[FieldError]:
    """Errors of counts above `replicas`, and of more available than ready ones."""
    replicas = status.get("replicas", 0)
    errors = [
        invalid(f"status.{count}", status[count], "cannot be greater than status.replicas")
        for count in smaller
        if status.get(count, 0) > replicas
    ]
    available = status.get("availableReplicas", 0)
    if more_than_ready and available > status.get("readyReplicas", 0):
        errors.append(invalid("status.availableReplicas", available, "cannot be greater than status.readyReplicas"))
    return errors


def check_collisions(new: Obj, old: Obj) -> list[FieldError]:
    """An error when the count of name collisions went down."""
    now, before = (each.get("status", {}).get("collisionCount") for each in (new, old))
    if before is None or (now is not None and now >= before):
        return []
    return [invalid("status.collisionCount", now or 0, "cannot be decremented")]


def metadata_and(new: Obj, old: Obj, *parts: list[FieldError]) -> list[FieldError]:
    """The errors of changed metadata, then the others."""
    errors = object_meta_update(new, old)
    for part in parts:
        errors += part
    return errors
