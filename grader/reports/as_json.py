"""A report as one JSON document.

`schemaVersion` grows when a key changes its meaning or goes; new keys do not count.
"""

from __future__ import annotations

from typing import Any

from grader.language import render
from grader.results import CheckResult, Finding, Report

SCHEMA_VERSION = 1


def document(report: Report, language: str = "en", *, reveal: bool = False) -> dict[str, Any]:
    """The document of a report. Hidden checks tell their verdict only, unless revealed."""
    return {
        "schemaVersion": SCHEMA_VERSION,
        "kind": "Report",
        "lab": report.lab,
        "title": report.title,
        "environment": report.environment,
        "started": report.started,
        "seconds": report.seconds,
        "verdict": report.verdict.value,
        "earned": report.earned,
        "points": report.points,
        "ungraded": report.ungraded,
        "tasks": [
            {
                "id": task.id,
                "title": task.title,
                "verdict": task.verdict.value,
                "earned": task.earned,
                "points": task.points,
                "checks": [_check(check, language, reveal) for check in task.checks],
            }
            for task in report.tasks
        ],
    }


def _check(check: CheckResult, language: str, reveal: bool) -> dict[str, Any]:
    shown = reveal or not check.hidden
    return {
        "id": check.id,
        "name": check.name if shown else None,
        "kind": check.kind if shown else None,
        "hidden": check.hidden,
        "verdict": check.verdict.value,
        "earned": round(check.earned, 4),
        "points": round(check.points, 4),
        "seconds": check.seconds,
        "needs": check.needs,
        "finding": _finding(check.finding, language) if check.finding and shown else None,
    }


def _finding(finding: Finding, language: str) -> dict[str, Any]:
    return {
        "expected": render(finding.expected, language),
        "actual": render(finding.actual, language),
        "why": render(finding.why, language),
        "nextStep": render(finding.next_step, language),
    }
