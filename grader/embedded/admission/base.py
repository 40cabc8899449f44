"""What an admission plugin is asked, and how plugins are chained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grader.embedded.objects import Obj
from grader.embedded.requests import User
from grader.embedded.resources import Resource
from grader.embedded.status import ApiError, forbidden


@dataclass(slots=True)
class Attributes:
    """One write. `verb` is create, update, delete or connect; `obj` may be changed by mutating plugins.

    `old` is the stored object of an update or deletion. A deletion has no `obj`.
    """

    verb: str
    resource: Resource
    subresource: str
    namespace: str
    name: str
    obj: Obj | None
    old: Obj | None
    user: User
    dry_run: bool = False

    def forbid(self, why: str) -> ApiError:
        """The refusal of an admission plugin."""
        return forbidden(self.resource.plural, self.resource.group, self.name, why)


class Plugin:
    """A rule. Both halves do nothing unless a plugin says otherwise."""

    def admit(self, request: Attributes) -> None:
        """Change `request.obj`, or raise ApiError."""

    def validate(self, request: Attributes) -> None:
        """Look at the object as it will be stored; raise ApiError to refuse."""


class Chain:
    """All plugins, in order."""

    def __init__(self, plugins: Sequence[Plugin]) -> None:
        self._admit = [p.admit for p in plugins if type(p).admit is not Plugin.admit]
        self._validate = [p.validate for p in plugins if type(p).validate is not Plugin.validate]

    def admit(self, request: Attributes) -> None:
        for admit in self._admit:
            admit(request)

    def validate(self, request: Attributes) -> None:
        for validate in self._validate:
            validate(request)
