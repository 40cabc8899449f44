"""Rules of resource quantities in objects that were decoded."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from grader.embedded.quantity import QuantityError, parse_quantity
from grader.embedded.schema.field_errors import FieldError, invalid


def exact(amount: Any) -> Fraction:
    """A quantity's value; those that are none were refused when the object was decoded."""
    try:
        return parse_quantity(amount)
    except QuantityError:
        return Fraction(0)


def above_zero(amount: Any, field: str) -> list[FieldError]:
    """An error for a quantity that is not greater than zero."""
    return [] if exact(amount) > 0 else [invalid(field, str(amount), "must be greater than zero")]
