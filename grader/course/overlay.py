"""A lab's texts in another language: `lab.<language>.yaml`, keyed by the ids of tasks and checks."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from grader.course.lab import Check, Lab, Task
from grader.course.model import Id, Model


class CheckTexts(Model):
    """A check's texts; as a plain string just its name."""

    name: str = Field(min_length=2)
    advice: str | None = None


class TaskTexts(Model):
    """A task's texts. All hints or none: their order is that of the lab."""

    title: str = Field(min_length=2)
    text: str = Field(min_length=5)
    hints: list[str] = Field(default_factory=list)
    checks: dict[Id, str | CheckTexts] = Field(default_factory=dict)


class Overlay(Model):
    """The file itself. What it leaves out stays English; `lab lint` says what that is."""

    apiVersion: Literal["labyard/v1"]
    kind: Literal["LabTexts"]
    title: str = Field(min_length=2)
    goal: str = Field(min_length=5)
    tasks: dict[Id, TaskTexts] = Field(default_factory=dict)


def laid_over(lab: Lab, overlay: Overlay) -> Lab:
    """The lab with the overlay's texts.

    What the overlay leaves out stays; ids it should not have are `lab lint`'s matter.
    """
    tasks = [_task(task, overlay.tasks.get(task.id)) for task in lab.spec.tasks]
    metadata = lab.metadata.model_copy(update={"title": overlay.title})
    spec = lab.spec.model_copy(update={"goal": overlay.goal, "tasks": tasks})
    return lab.model_copy(update={"metadata": metadata, "spec": spec})


def _task(task: Task, texts: TaskTexts | None) -> Task:
    if texts is None:
        return task
    hints = texts.hints if len(texts.hints) == len(task.hints) else task.hints
    checks = [_check(check, texts.checks.get(check.id)) for check in task.checks]
    return task.model_copy(update={"title": texts.title, "text": texts.text, "hints": hints, "checks": checks})


def _check(check: Check, texts: str | CheckTexts | None) -> Check:
    if texts is None:
        return check
    if isinstance(texts, str):
        return check.model_copy(update={"name": texts})
    return check.model_copy(update={"name": texts.name, "advice": texts.advice or check.advice})
