"""The model of the check kind `events`."""

from __future__ import annotations

from typing import Literal

from grader.course.checks.common import Namespaced
from grader.course.model import Amount, Count, Pattern


class Events(Namespaced):
    """How often something happened.

    `about` is `Pod/web` or `Pod/web-*`; repeated events count as often as they were seen.
    """

    about: str | None = None
    reason: str | None = None
    type: Literal["Normal", "Warning"] | None = None
    message: Pattern | None = None
    count: Amount = Count(min=1)
