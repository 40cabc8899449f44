"""The check kind `command`: what was run since the lab was started."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from grader.checks.base import PASSED, Context, Outcome, failed
from grader.course.checks.command import Command, Wrote
from grader.language import Text, listed, text


def judge(spec: Command, on: Context) -> Outcome:
    """Count what matches: in the audit log where `wrote` is given and there is one, else in the recorded commands."""
    if spec.wrote is not None and (on.writes is not None or spec.ran is None):
        return _writes(spec, spec.wrote, on)
    lines = on.commands or ()
    number = sum(1 for line in lines if re.search(spec.ran or "", line))
    if spec.count.holds(number):
        return PASSED
    expected = text("{n} × a command like /{pattern}/", n=spec.count, pattern=spec.ran)
    if not lines:
        return failed(
            expected,
            text("no command was recorded"),
            text('commands are recorded in `lab shell`, or after `eval "$(lab env)"`'),
        )
    return failed(
        expected,
        text("{n} of {total} commands", n=number, total=len(lines)),
        text("the last ones: {lines}", lines=listed(list(lines[-3:]))),
    )


def _writes(spec: Command, wrote: Wrote, on: Context) -> Outcome:
    number = sum(1 for write in on.writes or () if _matches(wrote, write))
    if spec.count.holds(number):
        return PASSED
    return failed(text("{n} × {what}", n=spec.count, what=_what(wrote)), text("seen {n} times", n=number))


def _matches(wrote: Wrote, write: Mapping[str, Any]) -> bool:
    if write.get("dryRun") or (wrote.succeeded and not 200 <= int(write.get("code", 0)) < 300):
        return False
    asked = {"verb": wrote.verb, "resource": wrote.resource, "name": wrote.name, "subresource": wrote.subresource}
    return all(value is None or write.get(key) == value for key, value in asked.items())


def _what(wrote: Wrote) -> Text:
    words = [wrote.verb or "a write to", wrote.resource or "", wrote.subresource or "", wrote.name or ""]
    return text("{request} at the API server", request=" ".join(word for word in words if word))
