"""Rules of ControllerRevisions and PodTemplates (pages of the same names in the Kubernetes API reference)."""

from __future__ import annotations

from grader.embedded.objects import Obj
from grader.embedded.schema.field_errors import FieldError, required
from grader.embedded.schema.validation.base import Validator
from grader.embedded.schema.validation.metadata import immutable, object_meta, object_meta_update
from grader.embedded.schema.validation.templates import check_template
from grader.embedded.schema.validation.values import not_negative


def _create_revision(revision: Obj) -> list[FieldError]:
    errors = object_meta(revision)
    if revision.get("data") is None:
        errors.append(required("data", "data is mandatory"))
    return errors + not_negative(revision.get("revision"), "revision")


def _update_revision(new: Obj, old: Obj) -> list[FieldError]:
    errors = object_meta_update(new, old) + _create_revision(new)
    return errors + immutable("data", new.get("data"), old.get("data"))


def _create_template(holder: Obj) -> list[FieldError]:
    return object_meta(holder) + check_template(holder.get("template") or {}, "template")


def _update_template(new: Obj, old: Obj) -> list[FieldError]:
    return object_meta_update(new, old) + check_template(new.get("template") or {}, "template")


VALIDATORS: dict[str, Validator] = {
    "controllerrevisions.apps": Validator(_create_revision, _update_revision),
    "podtemplates": Validator(_create_template, _update_template),
}
