"""Following a lab: every look at the cluster shown in place, until all checks pass at once."""

from __future__ import annotations

import sys

import click

from grader.checks.base import Baseline
from grader.cli.session import Cli
from grader.errors import ProviderError
from grader.language import text
from grader.reports.plain import lines
from grader.reports.terminal import styled
from grader.results import Report, Verdict
from grader.runner.grading import grade
from grader.runner.staging import Stage
from grader.runner.waiting import pulse

_ROUND = 20.0


def follow(cli: Cli, stage: Stage, baseline: Baseline) -> None:
    """Look again at every change until everything passes. Tasks are shown as they turn green.

    On a terminal the report is redrawn in place; in a pipe each task that changes is a line. Raises ProviderError when
    the cluster goes away.
    """
    shown = _Shown(cli)
    with shown:
        while True:
            on = stage.context(baseline)
            for _ in _moments(on):
                report = grade(stage.lab, stage.context(baseline), environment=stage.environment.provider, wait=False)
                shown.update(report)
                if report.verdict is Verdict.PASSED:
                    return
                if report.verdict is Verdict.ERRORED and not stage.environment.alive():
                    raise ProviderError(
                        text("The cluster went away."), text("`lab check --watch` starts it again with its objects.")
                    )


def _moments(on: object):  # type: ignore[no-untyped-def]
    """Now, and whenever the cluster changes."""
    yield
    yield from pulse(on, _ROUND)  # type: ignore[arg-type]


class _Shown:
    """The report on the screen."""

    def __init__(self, cli: Cli) -> None:
        self._cli = cli
        self._verdicts: dict[str, Verdict] = {}
        self._live: object | None = None

    def __enter__(self) -> _Shown:
        if sys.stdout.isatty():
            from rich.live import Live

            self._live = Live(auto_refresh=False, transient=True)
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()  # type: ignore[attr-defined]

    def update(self, report: Report) -> None:
        """Redraw it, or say which tasks have changed."""
        if self._live is not None:
            self._live.update(styled(lines(report, self._cli.language)), refresh=True)  # type: ignore[attr-defined]
        for task in report.tasks:
            if self._verdicts.get(task.id) is not task.verdict:
                self._verdicts[task.id] = task.verdict
                if self._live is None:
                    click.echo(f"{task.id}: {task.verdict.value}  {task.earned:g}/{task.points:g}")
