"""What requests and objects select by: label selectors, field selectors, and both together.

`labels` has label selectors, `label_parser` their text, `fields` field selectors.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from grader.embedded.machinery import fields, label_parser
from grader.embedded.machinery.fields import FieldSelector
from grader.embedded.machinery.labels import (
    NOTHING,
    LabelSelector,
    SelectorError,
    format_labels,
    format_selector,
    selector_of,
    selector_of_labels,
)
from grader.embedded.objects import Obj, labels_of
from grader.embedded.status import bad_request

__all__ = [
    "NOTHING",
    "FieldSelector",
    "LabelSelector",
    "Selection",
    "SelectorError",
    "format_labels",
    "format_selector",
    "selector_of",
    "selector_of_labels",
]


@dataclass(frozen=True, slots=True)
class Selection:
    """The label and field selectors of a list, a watch or a deletion of a collection."""

    labels: LabelSelector
    fields: FieldSelector

    @classmethod
    def parse(
        cls, resource: str, label_text: str, field_text: str, custom_fields: Iterable[str] | None = None
    ) -> Selection:
        """Both selectors of a request for a resource such as `pods`.

        `custom_fields` are the paths of a custom resource's `selectableFields`; None for a built-in kind. Raises
        ApiError 400.
        """
        custom = None if custom_fields is None else tuple(custom_fields)
        try:
            return cls(label_parser.parse(label_text), fields.parse(resource, field_text, custom))
        except SelectorError as error:
            raise bad_request(str(error)) from error

    @property
    def everything(self) -> bool:
        """Whether every object matches."""
        return self.labels.everything and self.fields.everything

    def matches(self, obj: Obj) -> bool:
        return self.labels.matches(labels_of(obj)) and self.fields.matches(obj)
