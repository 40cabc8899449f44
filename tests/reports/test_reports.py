"""Reports in text and as JSON."""

from __future__ import annotations

import pytest

from grader.language import text
from grader.reports.as_json import document
from grader.reports.plain import lines
from grader.reports.terminal import show, styled
from grader.results import CheckResult, Finding, Report, TaskResult, Verdict

FINDING = Finding(text("{n} pods", n=2), "[red]1[/red]", "line one\nline two", None)


@pytest.fixture
def report() -> Report:
    checks = (
        CheckResult("a", "Pods run", "pods", Verdict.FAILED, 2, FINDING),
        CheckResult("b", "It is secret", "pods", Verdict.FAILED, 1, FINDING, hidden=True),
        CheckResult("c", "Waits for a", "exec", Verdict.SKIPPED, 1, needs="a"),
        CheckResult(
            "d", "Unreachable", "http", Verdict.ERRORED, 1, Finding("x", "y", "the cluster is away", "start it")
        ),
    )
    return Report("k/a", "A lab", "embedded", (TaskResult("t", "The task", 5, checks),), 0.5, "2026-01-01T00:00:00Z")


def test_a_report_reads_well(report: Report) -> None:
    assert "\n".join(line.words for line in lines(report)) == (
        "! The task  0/5\n"
        "  ✗ Pods run\n"
        "      expected: 2 pods\n"
        "      actual:   [red]1[/red]\n"
        "      why:      line one\n"
        "        line two\n"
        "  ✗ A hidden check\n"
        "  – Waits for a\n"
        "      skipped: it needs “Pods run”\n"
        "  ! Unreachable\n"
        "      could not be graded: the cluster is away\n"
        "      next:     start it\n"
        "0 of 5 points, 1 could not be graded"
    )


def test_hidden_checks_are_revealed_to_those_who_may_see(report: Report) -> None:
    assert "It is secret" in "\n".join(line.words for line in lines(report, reveal=True))
    checks = document(report)["tasks"][0]["checks"]
    assert (checks[1]["name"], checks[1]["finding"], checks[1]["verdict"]) == (None, None, "failed")
    assert document(report, reveal=True)["tasks"][0]["checks"][1]["name"] == "It is secret"


def test_the_document_is_in_the_learners_language(report: Report) -> None:
    finding = document(report, "zh-TW")["tasks"][0]["checks"][0]["finding"]
    assert finding["expected"] == "2 個 Pod"
    assert (document(report)["schemaVersion"], document(report)["verdict"]) == (1, "errored")


def test_what_a_cluster_says_is_never_read_as_markup(report: Report) -> None:
    assert "[red]1[/red]" in str(styled(lines(report)))


def test_a_pipe_gets_plain_text(report: Report, capsys: pytest.CaptureFixture[str]) -> None:
    show(report)
    assert "\x1b" not in capsys.readouterr().out
