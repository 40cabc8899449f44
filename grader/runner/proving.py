"""Proving a lab: the untouched start fails, the solution gets full marks, each mistake fails exactly what it names."""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue

from grader.commands import CommandError
from grader.course.lab import Lab
from grader.course.loading import load_lab, load_mistakes
from grader.course.mistakes import Mistake
from grader.environments.base import Environment
from grader.errors import LabError, LabyardError
from grader.language import Text, listed, text
from grader.results import Message, Report, TaskResult, Verdict
from grader.runner.grading import grade
from grader.runner.staging import Stage
from grader.workspace.folder import copy_filled, prepare

SCRIPT = "commands.sh"
SEED = "proof"
_PATIENCE = 10.0

Provider = Callable[[Lab, Path], Environment]
"""Makes a fresh environment for a lab, its files below a scratch folder."""


@dataclass(frozen=True)
class Case:
    """One thing to prove of a lab: `untouched`, `solution`, or a mistake by its name. `seed`: whose parameters."""

    folder: Path
    lab: str
    name: str
    script: Path | None
    mistake: Mistake | None = None
    seed: str | None = None


@dataclass(frozen=True)
class Proof:
    """What became of a case. It holds when there are no problems."""

    case: Case
    problems: tuple[Message, ...]
    seconds: float
    report: Report | None = None

    @property
    def holds(self) -> bool:
        return not self.problems


def cases(folder: Path) -> list[Case]:
    """What is to be proved of a lab. Raises LabError when the solution or the mistakes are missing."""
    lab = load_lab(folder)
    solution = folder / "solution" / SCRIPT
    _require(
        solution, text("the lab has no solution"), text("Write what a good learner types into solution/commands.sh.")
    )
    found = [Case(folder, lab.id, "untouched", None), Case(folder, lab.id, "solution", solution)]
    if lab.spec.parameters:
        found.append(Case(folder, lab.id, "solution", solution, seed=SEED))
    mistakes = load_mistakes(folder)
    if len(mistakes) < 2:
        raise LabError(
            text("the lab has fewer than two mistakes"),
            text("Add what learners do instead: mistakes/<name>/mistake.yaml and commands.sh."),
            str(folder),
        )
    ids = {task.id for task in lab.spec.tasks}
    for each in mistakes:
        _require(each.folder / SCRIPT, text("the mistake {name} has no commands.sh", name=each.name), text("Add it."))
        if unknown := [id for id in each.mistake.fails if id not in ids]:
            raise LabError(
                text("the mistake {name} fails {task}, which is no task of the lab", name=each.name, task=unknown[0]),
                text("The tasks are {tasks}.", tasks=listed(sorted(ids))),
                str(each.folder / "mistake.yaml"),
            )
        found.append(Case(folder, lab.id, each.name, each.folder / SCRIPT, each.mistake))
    return found


def _require(file: Path, problem: Text, remedy: Text) -> None:
    if not file.is_file():
        raise LabError(problem, remedy, str(file))


@dataclass
class Prover:
    """Proves cases, several at a time. `cancel` ends the environments of those under way."""

    provider: Provider
    _environments: list[Environment] = field(default_factory=list)
    _workers: list[threading.Thread] = field(default_factory=list)
    _cancelled: bool = False

    def prove_all(self, todo: Sequence[Case], workers: int) -> Iterator[Proof]:
        """Proofs as they come."""
        queue: SimpleQueue[Case] = SimpleQueue()
        done: SimpleQueue[Proof] = SimpleQueue()
        for case in todo:
            queue.put(case)

        def work() -> None:
            while not self._cancelled:
                try:
                    case = queue.get_nowait()
                except Empty:
                    return
                done.put(self.prove(case))

        for _ in range(min(workers, len(todo))):
            self._workers.append(threading.Thread(target=work, daemon=True))
            self._workers[-1].start()
        for _ in todo:
            yield done.get()

    def cancel(self) -> None:
        """Give up: nothing is left running. What a case waits for ends with its environment."""
        self._cancelled = True
        for environment in list(self._environments):
            with suppress(LabyardError):
                environment.stop(remove=True)
        for worker in self._workers:
            worker.join(_PATIENCE)

    def prove(self, case: Case) -> Proof:
        """One case in an environment of its own, which is gone afterwards."""
        began = time.monotonic()
        try:
            report, problems = self._run(case)
        except LabyardError as error:
            report, problems = None, [text("{problem} {remedy}", problem=_placed(error), remedy=error.remedy)]
        return Proof(case, tuple(problems), round(time.monotonic() - began, 2), report)

    def _run(self, case: Case) -> tuple[Report | None, list[Message]]:
        lab = load_lab(case.folder, seed=case.seed)
        with _scratch() as scratch:
            environment = self.provider(lab, scratch)
            self._environments.append(environment)
            try:
                environment.start()
                if self._cancelled:
                    return None, []
                stage = Stage(lab, environment, scratch / "workspace", scratch / "session")
                prepare(stage.workspace, lab.id, lab.folder / "starter", lab.values)
                baseline = stage.set_up()
                if case.script is not None:
                    self._play(case, stage)
                report = grade(lab, stage.context(baseline), environment=environment.provider)
            finally:
                self._environments.remove(environment)
                environment.stop(remove=True)
        return report, list(_judged(case, report))

    def _play(self, case: Case, stage: Stage) -> None:
        assert case.script is not None
        copy_filled(case.script.parent, stage.workspace, stage.lab.values, overwrite=True)
        completed = stage.play(stage.workspace / SCRIPT, strict=case.mistake is None)
        if completed.timed_out or (completed.code and case.mistake is None):
            raise CommandError(completed)


def _placed(error: LabyardError) -> Message:
    where = getattr(error, "where", "")
    return text("{where}: {problem}.", where=where, problem=error.problem) if where else error.problem


def _judged(case: Case, report: Report) -> Iterator[Message]:
    """What is wrong with a report, given what it should say."""
    for check in report.checks:
        if check.verdict is Verdict.ERRORED and check.finding:
            yield text("check {id} could not be graded: {why}", id=check.id, why=check.finding.why)
    lost = [task.id for task in report.tasks if task.earned < task.points]
    if case.mistake is not None:
        yield from _judged_mistake(case.mistake, report, lost)
    elif case.script is not None:
        for task in report.tasks:
            if task.id in lost:
                yield text("the solution fails task {id}: {why}", id=task.id, why=_first_finding(task))
    else:
        for task in report.tasks:
            if task.id not in lost:
                yield text("task {id} has full marks though nobody did anything", id=task.id)


def _judged_mistake(mistake: Mistake, report: Report, lost: Sequence[str]) -> Iterator[Message]:
    for task in report.tasks:
        if task.id in lost and task.id not in mistake.fails:
            yield text("it fails task {id}, which it does not name: {why}", id=task.id, why=_first_finding(task))
        if task.id not in lost and task.id in mistake.fails:
            yield text("it does not fail task {id}", id=task.id)
    said = _said(report)
    for wanted in mistake.says:
        if wanted.lower() not in said.lower():
            yield text("its report does not say “{wanted}”; it says: {said}", wanted=wanted, said=said)


def _said(report: Report) -> str:
    """All that a report says of what did not pass, in English."""
    findings = [check.finding for check in report.checks if check.finding]
    return " | ".join(str(part) for finding in findings for part in finding.texts())


def _first_finding(task: TaskResult) -> Message:
    for check in task.checks:
        if check.finding:
            parts = ". ".join(str(part) for part in check.finding.texts())
            return text("{name}. {parts}", name=check.name, parts=parts)
    return text("nothing")


@contextmanager
def _scratch() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="labyard-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
