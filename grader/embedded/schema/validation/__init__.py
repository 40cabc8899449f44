"""Validation: what is wrong with an object, in the API server's own order and words.

One file per kind or family, each with a table `VALIDATORS` from kind key (`deployments.apps`, `pods`) to a
`Validator`. Rules look at the object alone (and at its former self); what depends on other objects belongs to
admission. Kinds that nobody wrote rules for, custom ones among them, have their metadata validated; `custom.py`
validates the rest of a custom object against its definition's schema.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module

from grader.embedded.objects import Obj
from grader.embedded.schema.field_errors import FieldError
from grader.embedded.schema.homes import HOMES
from grader.embedded.schema.validation.base import Validator
from grader.embedded.schema.validation.metadata import object_meta, object_meta_update


def validate(kind_key: str, obj: Obj) -> list[FieldError]:
    """Errors of a new object, decoded and with its defaults; empty when it is good."""
    return _of(kind_key).create(obj)


def validate_update(kind_key: str, new: Obj, old: Obj) -> list[FieldError]:
    """Errors of a change from `old` to `new`, neither of which is touched."""
    return _of(kind_key).update(new, old)


def validate_status_update(kind_key: str, new: Obj, old: Obj) -> list[FieldError]:
    """Errors of a change through the status subresource."""
    rules = _of(kind_key)
    return rules.status(new, old) if rules.status is not None else object_meta_update(new, old)


def _any_object(obj: Obj) -> list[FieldError]:
    namespaced = bool((obj.get("metadata") or {}).get("namespace"))
    return object_meta(obj, namespaced=namespaced, native=False)


def _any_update(new: Obj, old: Obj) -> list[FieldError]:
    return object_meta_update(new, old, native=False)


_ANY = Validator(create=_any_object, update=_any_update, status=_any_update)


@cache
def _of(kind_key: str) -> Validator:
    home = HOMES.get(kind_key)
    if home is None:
        return _ANY
    table: dict[str, Validator] = import_module(f"{__name__}.{home}").VALIDATORS
    return table.get(kind_key, _ANY)
