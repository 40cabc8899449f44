"""A lab from its folder: read, parameters drawn, translated, validated as a whole. Every error names file and line."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from grader.course.lab import Lab
from grader.course.mistakes import Mistake, NamedMistake
from grader.course.model import Model
from grader.course.overlay import Overlay, laid_over
from grader.course.parameters import Parameter, UnknownParameterError, Value, draw, fill
from grader.course.reading import Document, Place, read_document
from grader.errors import LabError
from grader.language import text

M = TypeVar("M", bound=Model)

MANIFEST = "lab.yaml"


def load_lab(folder: Path, *, seed: str | None = None, language: str = "en") -> Lab:
    """The lab in a folder, with the values that `seed` draws (None: the examples) and texts in `language`.

    Raises LabError with file and line.
    """
    document = read_document(folder / MANIFEST)
    values = _values(document, seed)
    lab = _validated(Lab, document, values)
    lab._folder = folder
    lab._values = values
    _whole(lab, document)
    translated = overlay_path(folder, language)
    if language != "en" and translated.is_file():
        return laid_over(lab, load_overlay(translated, values))
    return lab


def overlay_path(folder: Path, language: str) -> Path:
    """Where a lab's texts in another language are."""
    return folder / f"lab.{language}.yaml"


def load_overlay(path: Path, values: Mapping[str, Value]) -> Overlay:
    """A lab's texts in another language. Raises LabError."""
    return _validated(Overlay, read_document(path), values)


def load_mistakes(folder: Path) -> list[NamedMistake]:
    """The mistakes of a lab, by name. Raises LabError when one is not described or not readable."""
    found = sorted(path for path in (folder / "mistakes").glob("*") if path.is_dir())
    return [
        NamedMistake(name=path.name, folder=path, mistake=_validated(Mistake, read_document(path / "mistake.yaml"), {}))
        for path in found
    ]


def _values(document: Document, seed: str | None) -> dict[str, Value]:
    """What the lab's parameters are drawn to. The rest of the manifest is validated with these filled in."""
    tree = document.tree if isinstance(document.tree, dict) else {}
    declared = _map(tree, "spec").get("parameters") or {}
    try:
        parameters = TypeAdapter(dict[str, Parameter]).validate_python(declared)
    except ValidationError as error:
        raise _refused(error, document, ("spec", "parameters")) from None
    metadata = _map(tree, "metadata")
    return draw(parameters, seed, f"{metadata.get('topic')}/{metadata.get('name')}")


def _map(tree: dict[str, Any], key: str) -> dict[str, Any]:
    """The map under a key of a tree that nothing has validated yet; empty when there is none."""
    found = tree.get(key)
    return found if isinstance(found, dict) else {}


def _validated(model: type[M], document: Document, values: Mapping[str, Value]) -> M:
    if not isinstance(document.tree, dict):
        raise LabError(
            text("the file must be a map of keys"), text("Begin with `apiVersion: labyard/v1`."), document.where(())
        )
    try:
        return model.model_validate(fill(document.tree, values))
    except ValidationError as error:
        raise _refused(error, document) from None
    except UnknownParameterError as error:
        remedy = text("Declare it in spec.parameters, or correct the name.")
        raise LabError(
            text("{problem}.", problem=str(error)), remedy, _line_of(document, str(error).split()[0])
        ) from None


def _line_of(document: Document, word: str) -> str:
    """`file:line` of the first line with a word."""
    lines = document.path.read_text(encoding="utf-8").splitlines()
    number = next((number for number, line in enumerate(lines, 1) if word in line), 1)
    return f"{document.path}:{number}"


def _refused(error: ValidationError, document: Document, inside: Place = ()) -> LabError:
    """One error for all that pydantic found, each with its place; the first gives the file and line."""
    problems: list[str] = []
    first = ""
    for found in error.errors(include_url=False):
        place = _place(document.tree, (*inside, *found["loc"]))
        key = found.get("ctx", {}).get("key") if found["type"] == "unknown_key" else None
        where = document.where((*place, key) if key else place)
        first = first or where
        problems.append(f"{where}: {_path(place)}{_wording(found)}" if problems else f"{_path(place)}{_wording(found)}")
    return LabError("\n".join(problems), text("See content/reference/manifest.md for what a manifest may say."), first)


def _place(tree: Any, location: Place) -> Place:
    """The part of pydantic's location that is in the file: names of union members and validators are not."""
    place: list[str | int] = []
    for step in location:
        inside = isinstance(tree, dict) and step in tree
        if inside or (isinstance(tree, list) and isinstance(step, int) and step < len(tree)):
            place.append(step)
            tree = tree[step]
    return tuple(place)


def _path(place: Place) -> str:
    """`spec.tasks[0].checks[1]: `, or nothing for the file as a whole."""
    written = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)
    return f"{written.lstrip('.')}: " if place else ""


def _wording(found: Mapping[str, Any]) -> str:
    """What is wrong, in an author's words."""
    if found["type"] == "missing":
        return f"the key '{found['loc'][-1]}' is missing"
    if found["type"] in ("string_type", "int_type", "bool_type", "list_type", "dict_type"):
        meant = {"string": "text", "int": "a whole number", "bool": "true or false", "list": "a list", "dict": "a map"}
        return f"{meant[found['type'].split('_')[0]]} is needed here, not {found['input']!r}"
    return str(found["msg"])


def _whole(lab: Lab, document: Document) -> None:
    """What no single part can see: ids that are there twice, and needs that lead nowhere or in a circle."""
    ids: dict[str, Place] = {}
    for t, task in enumerate(lab.spec.tasks):
        for id, place in [
            (task.id, ("spec", "tasks", t)),
            *((check.id, ("spec", "tasks", t, "checks", c)) for c, check in enumerate(task.checks)),
        ]:
            if id in ids:
                raise _broken(f"the id '{id}' is there twice", "Give one of them another id.", document, place)
            ids[id] = place
    for check in lab.checks():
        for need in check.needs:
            if need not in ids:
                near = difflib.get_close_matches(need, ids, 1, 0.5)
                hint = f"; did you mean '{near[0]}'?" if near else ""
                raise _broken(
                    f"no check or task has the id '{need}'{hint}",
                    "Correct 'needs'.",
                    document,
                    (*ids[check.id], "needs"),
                )
    if circle := _circle(lab):
        raise _broken(f"needs go in a circle: {' → '.join(circle)}", "Take one of them out.", document, ids[circle[0]])


def _broken(problem: str, remedy: str, document: Document, place: Place) -> LabError:
    return LabError(problem, remedy, document.where(place))


def needs_of(lab: Lab) -> dict[str, list[str]]:
    """Each check's id to the ids of the checks it needs, tasks replaced by all of their checks."""
    tasks = {task.id: [check.id for check in task.checks] for task in lab.spec.tasks}
    return {check.id: [id for need in check.needs for id in tasks.get(need, [need])] for check in lab.checks()}


def _circle(lab: Lab) -> list[str]:
    """The ids of checks that need each other in a circle; empty when there is none."""
    needs = needs_of(lab)
    done: set[str] = set()

    def follow(id: str, path: list[str]) -> list[str]:
        if id in path:
            return [*path[path.index(id) :], id]
        if id in done:
            return []
        for need in needs[id]:
            if circle := follow(need, [*path, id]):
                return circle
        done.add(id)
        return []

    return next((circle for id in needs if (circle := follow(id, []))), [])
