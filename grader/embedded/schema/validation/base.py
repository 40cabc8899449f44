"""What a kind's validation is made of: two or three functions in a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from grader.embedded.objects import Obj
from grader.embedded.schema.field_errors import FieldError

Create = Callable[[Obj], list[FieldError]]
Update = Callable[[Obj, Obj], list[FieldError]]


@dataclass(frozen=True, slots=True)
class Validator:
    """The rules of one kind, over objects that are decoded and have their defaults.

    `create(obj)`: a new object. `update(new, old)`: a change of the whole object but its status. `status(new, old)`:
    a change through the status subresource. All include the metadata, and return errors in the server's order.
    """

    create: Create
    update: Update
    status: Update | None = None
