"""The check kind `events`: how often something happened."""

from __future__ import annotations

import re
from collections import Counter
from fnmatch import fnmatchcase

from grader.checks.base import PASSED, Context, Outcome, failed
from grader.checks.cluster import Obj
from grader.course.checks.events import Events
from grader.language import Text, listed, text


def judge(spec: Events, on: Context) -> Outcome:
    """Whether the matching events, counted as often as they were seen, are as many as they should be."""
    events = on.cluster.objects("Event", spec.namespace)
    about = [event for event in events if _about(spec, event)]
    number = sum(_times(event) for event in about if _matches(spec, event))
    if spec.count.holds(number):
        return PASSED
    reasons = [reason for reason, _ in Counter(event.get("reason", "") for event in about).most_common(6)]
    why = (
        text("events about it so far: {reasons}", reasons=listed(reasons))
        if reasons
        else text("there are no events about it")
    )
    return failed(text("{n} × {what}", n=spec.count, what=_what(spec)), text("seen {n} times", n=number), why)


def _about(spec: Events, event: Obj) -> bool:
    if spec.about is None:
        return True
    kind, _, name = spec.about.partition("/")
    involved = event["involvedObject"]
    return bool(involved.get("kind") == kind and (not name or fnmatchcase(involved.get("name", ""), name)))


def _matches(spec: Events, event: Obj) -> bool:
    return (
        (spec.reason is None or event.get("reason") == spec.reason)
        and (spec.type is None or event.get("type") == spec.type)
        and (spec.message is None or re.search(spec.message, event.get("message", "")) is not None)
    )


def _times(event: Obj) -> int:
    """How often an event was seen; series of the newer events API count too."""
    return int((event.get("series") or {}).get("count") or event.get("count") or 1)


def _what(spec: Events) -> Text:
    return text(
        "{what}{about}{message}",
        what=text("event {reason}", reason=spec.reason or spec.type) if spec.reason or spec.type else text("an event"),
        about=text(" about {about}", about=spec.about) if spec.about else "",
        message=text(" saying /{message}/", message=spec.message) if spec.message else "",
    )
