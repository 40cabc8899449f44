"""The check kind `python`: a pytest function of the lab's own, run in a process of its own.

Its fixtures are in `grader.checks.fixtures`. A failed assertion is the finding; anything else that goes wrong in the
lab's code is the author's, and said to be.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

from grader.checks.base import PASSED, Context, Outcome, failed
from grader.commands import Command, Completed, run
from grader.course.checks.python import Python
from grader.errors import LabError
from grader.language import text

_PASSED, _FAILED = 0, 1


def judge(spec: Python, on: Context) -> Outcome:
    """Run the function and read pytest's verdict. Raises LabError when the lab's code is broken."""
    path = (on.folder or Path()) / spec.file
    if not path.is_file():
        raise LabError(text("the check's file {file} is missing", file=spec.file), text("Add it to the lab's folder."))
    with tempfile.TemporaryDirectory(prefix="labyard-") as scratch:
        told = Path(scratch) / "outcome.json"
        completed = run(_command(path, spec.test, told, on), timeout=spec.timeout)
        if completed.timed_out:
            return failed(text("the test ends within {n} seconds", n=spec.timeout), text("it still runs"))
        if completed.code == _PASSED:
            return PASSED
        return _failure(told, completed, path)


def _command(path: Path, test: str, told: Path, on: Context) -> Command:
    argv = [sys.executable, "-m", "pytest", "-q", "-p", "grader.checks.fixtures", "-p", "no:cacheprovider"]
    argv += ["--rootdir", str(path.parent), "-c", os.devnull, f"{path}::{test}"]
    env = {
        **os.environ,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]).rstrip(
            os.pathsep
        ),
        "LABYARD_CHECK": json.dumps(
            {
                "kubeconfig": str(on.kubeconfig or ""),
                "namespace": on.cluster.namespace,
                "workspace": str(on.workspace or ""),
                "values": dict(on.values),
                "told": str(told),
            }
        ),
    }
    return Command(argv, cwd=path.parent, env=env)


def _failure(told: Path, completed: Completed, path: Path) -> Outcome:
    """The message of the assertion that failed."""
    found = json.loads(told.read_text(encoding="utf-8")) if told.is_file() else {}
    if completed.code != _FAILED or not found.get("assertion"):
        raise LabError(
            text("the check's code is broken: {reason}", reason=found.get("message") or completed.output[-600:]),
            text("Correct it; a failed `assert` with a message is how a check fails."),
            str(path),
        )
    expected, _, actual = str(found["message"]).partition("; ")
    return failed(expected or text("the test passes"), actual or text("it does not hold"))
