"""Rules of Leases (Kubernetes API reference: Lease v1 coordination.k8s.io)."""

from __future__ import annotations

from grader.embedded.objects import Obj
from grader.embedded.schema.field_errors import FieldError, forbidden, invalid
from grader.embedded.schema.validation import names, values
from grader.embedded.schema.validation.base import Validator
from grader.embedded.schema.validation.metadata import object_meta, object_meta_update


def validate_lease(lease: Obj) -> list[FieldError]:
    return object_meta(lease) + _spec(lease.get("spec") or {})


def validate_lease_update(new: Obj, old: Obj) -> list[FieldError]:
    return object_meta_update(new, old) + _spec(new.get("spec") or {})


def _spec(spec: Obj) -> list[FieldError]:
    errors = values.positive(spec.get("leaseDurationSeconds"), "spec.leaseDurationSeconds")
    errors += values.not_negative(spec.get("leaseTransitions"), "spec.leaseTransitions")
    strategy = spec.get("strategy")
    if strategy is not None:
        errors += [invalid("spec.strategy", strategy, text) for text in names.qualified_name(strategy)]
    if spec.get("preferredHolder") and not strategy:
        errors.append(forbidden("spec.preferredHolder", "may only be specified if `strategy` is defined"))
    return errors


VALIDATORS: dict[str, Validator] = {"leases.coordination.k8s.io": Validator(validate_lease, validate_lease_update)}
