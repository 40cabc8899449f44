"""A lab from its folder: what it comes to, and how an author learns of a mistake."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from grader.course.lab import KINDS
from grader.course.loading import load_lab, load_mistakes, needs_of
from grader.errors import LabError

Write = Callable[..., Path]


def refusal(folder: Path) -> LabError:
    with pytest.raises(LabError) as caught:
        load_lab(folder)
    return caught.value


def test_a_lab_is_read_with_its_examples(write: Write) -> None:
    lab = load_lab(write())
    check = lab.checks()[0]
    assert (lab.id, check.kind, check.within, str(check.spec.count)) == ("kubernetes/small", "pods", 90.0, "5")  # type: ignore[attr-defined]
    assert lab.spec.tasks[0].text == "Run 5 pods of red color."
    assert check.name == "There are 5 pods"
    assert lab.checks()[1].id == "they-are-ready"
    assert lab.checks()[1].spec.selector == "app=web"  # type: ignore[attr-defined]


def test_a_seed_draws_the_same_values_each_time_and_other_seeds_draw_others(write: Write) -> None:
    folder = write()
    assert load_lab(folder, seed="a").values == load_lab(folder, seed="a").values
    assert len({load_lab(folder, seed=str(n)).values["replicas"] for n in range(40)}) > 3


def test_a_task_shares_its_points_by_its_checks(write: Write) -> None:
    lab = load_lab(write(("      hints:", "      points: 10\n      hints:")))
    task = lab.spec.tasks[0]
    assert [task.points_of(check) for check in task.checks] == [2.5, 7.5]


def test_needing_a_task_means_all_its_checks(write: Write) -> None:
    lab = load_lab(write(("          needs: [pods-run]\n", ""), ("          within: 1m30s", "          needs: []")))
    assert needs_of(lab) == {"pods-run": [], "they-are-ready": []}


@pytest.mark.parametrize(
    ("change", "line", "words"),
    [
        (("selector: app=web", "selectr: app=web"), 17, "unknown key 'selectr'; did you mean 'selector'?"),
        (("          within", "          witin"), 18, "unknown key 'witin'; did you mean 'within'?"),
        (("1m30s", "soon"), 18, "'soon' is no duration"),
        (("pods: {selector: app=web, count: __replicas__}", "pod: {selector: app=web}"), 17, "did you mean 'pods'?"),
        (("          within: 1m30s", "          logs: {selector: a=b}"), 15, "exactly one kind is needed"),
        (("count: __replicas__", "count: many"), 17, "spec.tasks[0].checks[0].pods.count"),
        (("There are __replicas__ pods", "There are __replica__ pods"), 15, "did you mean __replicas__?"),
        (("needs: [pods-run]", "needs: [pods-rum]"), 21, "did you mean 'pods-run'?"),
        (("name: They are ready", "name: They are ready\n          id: pods-run"), 19, "is there twice"),
        (("within: 1m30s", "needs: [they-are-ready]"), 15, "needs go in a circle"),
        (("hints: [Use a deployment.]", "hints: ['']"), 13, "a hint is empty"),
        (("      title: Run the pods\n", ""), 10, "the key 'title' is missing"),
        (("between: [3, 9]", "between: [9, 3]"), 7, "rising order"),
        (("example: 5", "example: 50"), 7, "not a value that can be drawn"),
        (("labyard/v1", "labyard/v9"), 1, "labyard/v1"),
        (("title: A small lab", "title: 7"), 3, "text is needed here, not 7"),
    ],
)  # fmt: skip
def test_a_mistake_of_the_author_is_shown_with_its_line(
    write: Write, change: tuple[str, str], line: int, words: str
) -> None:
    folder = write(change)
    error = refusal(folder)
    assert words in str(error)
    assert error.where == f"{folder / 'lab.yaml'}:{line}"


def test_every_mistake_is_reported_at_once(write: Write) -> None:
    error = refusal(write(("1m30s", "soon"), ("points: 3", "points: lots")))
    assert "soon" in str(error)
    assert "points" in str(error)
    assert ":22: " in str(error)


def test_a_missing_lab_says_so(tmp_path: Path) -> None:
    assert "cannot be read" in str(refusal(tmp_path))


TEXTS = """\
apiVersion: labyard/v1
kind: LabTexts
title: 小實驗
goal: 這有什麼用處。
tasks:
  run:
    title: 執行 Pod
    text: 執行 __replicas__ 個 Pod。
    hints: [用 Deployment。]
    checks: {pods-run: 有 __replicas__ 個 Pod}
"""


def test_an_overlay_gives_the_texts_of_another_language(write: Write) -> None:
    lab = load_lab(write(files={"lab.zh-TW.yaml": TEXTS}), language="zh-TW")
    assert (lab.metadata.title, lab.spec.tasks[0].text, lab.checks()[0].name) == (
        "小實驗",
        "執行 5 個 Pod。",
        "有 5 個 Pod",
    )
    assert lab.checks()[1].name == "They are ready"


def test_without_an_overlay_a_lab_is_english(write: Write) -> None:
    assert load_lab(write(), language="zh-TW").metadata.title == "A small lab"


def test_mistakes_name_the_tasks_they_fail(write: Write) -> None:
    told = {"mistakes/none/mistake.yaml": "about: Does nothing at all.\nfails: [run]\nsays: [pods]\n"}
    [mistake] = load_mistakes(write(files=told))
    assert (mistake.name, mistake.mistake.fails, mistake.mistake.says) == ("none", ["run"], ["pods"])


def test_every_kind_of_check_has_its_module_and_its_page() -> None:
    from grader import bundle
    from grader.checks.table import MODULES

    assert set(MODULES) == set(KINDS)
    for kind in KINDS:
        assert (bundle.root() / "grader" / "checks" / f"{kind}.py").is_file()
        for language in ("", ".zh-TW"):
            assert (bundle.folder("content") / "reference" / f"check-{kind}{language}.md").is_file()
