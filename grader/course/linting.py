"""What is unclear in a lab rather than wrong: checks whose demands no text makes, hints and translations that are
missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.course.catalogue import at
from grader.course.lab import Check, Lab, Task
from grader.course.loading import MANIFEST, load_lab, load_overlay, overlay_path
from grader.course.overlay import Overlay
from grader.course.reading import Document, read_document
from grader.language import LANGUAGES, Text, listed, text

_NUMBERS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_NAMING = {"deployment", "service", "pod", "name", "running", "image", "external_name", "type"}
_NUMBERING = {"count", "replicas", "node_port", "port", "maxSurge", "maxUnavailable", "revision"}


@dataclass(frozen=True)
class Remark:
    """Something an author should look at, and where."""

    where: str
    words: Text


def lint(folder: Path) -> Iterator[Remark]:
    """Remarks about a lab that loads. Raises LabError for one that does not."""
    lab = load_lab(folder)
    document = read_document(folder / MANIFEST)
    yield from _names(lab, folder, document)
    for number, task in enumerate(lab.spec.tasks):
        where = document.where(("spec", "tasks", number))
        if not task.hints:
            yield Remark(where, text("the task {id} has no hints", id=task.id))
        for index, check in enumerate(task.checks):
            place = document.where(("spec", "tasks", number, "checks", index))
            yield from (Remark(place, words) for words in _undemanded(lab, task, check))
    yield from _scripts(folder)
    yield from _translations(lab, folder)


def _names(lab: Lab, folder: Path, document: Document) -> Iterator[Remark]:
    """The folder says the same as the metadata."""
    place = at(folder)
    where = document.where(("metadata",))
    if place.slug != lab.metadata.name:
        yield Remark(
            where, text("the folder is called {one}, metadata.name {other}", one=place.slug, other=lab.metadata.name)
        )
    if place.topic != lab.metadata.topic:
        yield Remark(
            where, text("the folder is in {one}, metadata.topic is {other}", one=place.topic, other=lab.metadata.topic)
        )


def _undemanded(lab: Lab, task: Task, check: Check) -> Iterator[Text]:
    """Names and numbers a check looks for which neither the task nor the goal mentions."""
    said = f"{task.title} {task.text} {lab.spec.goal}".lower()
    for value in dict.fromkeys(_demands(check.spec.model_dump(exclude_unset=True))):
        if not _said(value, said):
            yield text(
                "the check “{name}” looks for {value}, which the task does not mention", name=check.name, value=value
            )


def _demands(spec: Any, key: str = "") -> Iterator[str]:
    if isinstance(spec, dict):
        if set(spec) == {"min", "max"} and spec["min"] == spec["max"] and key in _NUMBERING:
            yield str(spec["min"])
            return
        for name, value in spec.items():
            yield from _demands(value, name)
    elif isinstance(spec, str) and key in _NAMING:
        yield spec
    elif isinstance(spec, int) and not isinstance(spec, bool) and key in _NUMBERING:
        yield str(spec)


def _said(value: str, said: str) -> bool:
    word = _NUMBERS[int(value)] if value.isdigit() and int(value) < len(_NUMBERS) else value
    if value in ("0", "1"):
        return True
    return any(re.search(rf"(?<!\w){re.escape(each.lower())}(?!\w)", said) for each in (value, word)) or "*" in value


def _scripts(folder: Path) -> Iterator[Remark]:
    """Scripts wait for conditions, not for time."""
    for script in sorted(folder.glob("*/commands.sh")) + sorted(folder.glob("mistakes/*/commands.sh")):
        for number, line in enumerate(script.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if re.match(r"\s*sleep\b", line):
                words = text("`sleep` waits in the shell's time; use kubectl wait or kubectl rollout status")
                yield Remark(f"{script}:{number}", words)


def _translations(lab: Lab, folder: Path) -> Iterator[Remark]:
    for language in LANGUAGES[1:]:
        path = overlay_path(folder, language)
        if not path.is_file():
            yield Remark(str(path), text("there are no texts in {language}", language=language))
            continue
        yield from (Remark(str(path), words) for words in _overlay(lab, load_overlay(path, lab.values)))


def _overlay(lab: Lab, overlay: Overlay) -> Iterator[Text]:
    """What a translation lacks, and what it translates that is not there."""
    tasks = {task.id: task for task in lab.spec.tasks}
    if unknown := sorted(set(overlay.tasks) - set(tasks)):
        yield text("it translates {ids}, which the lab does not have", ids=listed(unknown))
    if lacking := sorted(set(tasks) - set(overlay.tasks)):
        yield text("the texts of {ids} are missing", ids=listed(lacking))
    for id, texts in overlay.tasks.items():
        if id not in tasks:
            continue
        checks = {check.id for check in tasks[id].checks}
        if unknown := sorted(set(texts.checks) - checks):
            yield text("it translates {ids}, which the lab does not have", ids=listed(unknown))
        if lacking := sorted(checks - set(texts.checks)):
            yield text("the texts of {ids} are missing", ids=listed(lacking))
        if len(texts.hints) != len(tasks[id].hints):
            yield text("task {id} has {n} hints, translated are {m}", id=id, n=len(tasks[id].hints), m=len(texts.hints))
