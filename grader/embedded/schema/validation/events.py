"""Rules of Events, which are one kind in two groups: core, lenient, and events.k8s.io, strict."""

from __future__ import annotations

from grader.embedded.objects import Obj
from grader.embedded.schema.field_errors import FieldError, invalid, required
from grader.embedded.schema.validation import names
from grader.embedded.schema.validation.base import Validator
from grader.embedded.schema.validation.metadata import immutable, object_meta, object_meta_update

_NOTE_LIMIT = 1024
_TEXT_LIMIT = 128
_HOMELESS = ("", "default", "kube-system")
_UNSET = "needs to be unset"
_SEALED = ("eventTime", "action", "reason", "reportingController", "reportingInstance", "note", "type")


def validate_core_event(event: Obj) -> list[FieldError]:
    """Errors of an event of the core group: its object must be of its namespace."""
    return _namespaces(event, "involvedObject", event.get("involvedObject") or {})


def _namespaces(event: Obj, field: str, regarding: Obj) -> list[FieldError]:
    namespace = (event.get("metadata") or {}).get("namespace", "")
    found = regarding.get("namespace", "")
    wrong = found != namespace if found else namespace not in _HOMELESS
    errors = [invalid("involvedObject.namespace", found, "does not match event.namespace")] if wrong else []
    return errors + [invalid("namespace", namespace, text) for text in names.dns_subdomain(namespace)]


def _update_core_event(new: Obj, old: Obj) -> list[FieldError]:
    return object_meta_update(new, old) + validate_core_event(new)


def validate_event(event: Obj) -> list[FieldError]:
    """Errors of an event of events.k8s.io, whose reporter must say who it is and what it did."""
    errors = object_meta(event)
    errors += _namespaces(event, "regarding", event.get("regarding") or {})
    if not event.get("eventTime"):
        errors.append(required("eventTime"))
    controller = event.get("reportingController", "")
    if not controller:
        errors.append(required("reportingController"))
    errors += [invalid("reportingController", controller, text) for text in names.qualified_name(controller)]
    for field in ("reportingInstance", "action", "reason"):
        text = event.get(field, "")
        if not text:
            errors.append(required(field))
        if len(text.encode("utf-8", "surrogatepass")) > _TEXT_LIMIT:
            errors.append(invalid(field, "", f"can have at most {_TEXT_LIMIT} characters"))
    if len(event.get("note", "").encode("utf-8", "surrogatepass")) > _NOTE_LIMIT:
        errors.append(invalid("message", "", f"can have at most {_NOTE_LIMIT} characters"))
    errors += _old_fields(event)
    if event.get("type", "") not in ("Normal", "Warning"):
        errors.append(invalid("type", "", f"has invalid value: {event.get('type', '')}"))
    return errors


def _old_fields(event: Obj) -> list[FieldError]:
    source = event.get("deprecatedSource") or {}
    given = {
        "firstTimestamp": event.get("deprecatedFirstTimestamp"),
        "lastTimestamp": event.get("deprecatedLastTimestamp"),
        "count": event.get("deprecatedCount"),
        "source": source.get("component") or source.get("host"),
    }
    return [invalid(field, "", _UNSET) for field, value in given.items() if value]


def validate_event_update(new: Obj, old: Obj) -> list[FieldError]:
    """What an event tells stays; a series of them may go on."""
    errors = object_meta_update(new, old)
    for field in ("regarding", *_SEALED, "related"):
        name = {"regarding": "involvedObject", "note": "message"}.get(field, field)
        errors += immutable(name, new.get(field), old.get(field))
    return errors


VALIDATORS: dict[str, Validator] = {
    "events": Validator(validate_core_event, _update_core_event),
    "events.events.k8s.io": Validator(validate_event, validate_event_update),
}
