from __future__ import annotations

from grader.embedded.machinery.correlation import Correlator

ABOUT = {"kind": "Pod", "namespace": "default", "name": "web", "uid": "1"}


def test_the_tenth_different_message_is_combined_with_those_that_follow() -> None:
    correlator = Correlator()
    verdicts = [correlator.judge(ABOUT, "Normal", "Created", f"pod {n}", 0.0) for n in range(12)]
    texts = [verdict[1] for verdict in verdicts if verdict]
    assert texts[8:10] == ["pod 8", "(combined from similar events): pod 9"]
    assert verdicts[9][0] == verdicts[11][0]


def test_the_same_message_is_never_combined() -> None:
    correlator = Correlator()
    verdicts = {correlator.judge(ABOUT, "Warning", "BackOff", "back-off", float(n)) for n in range(20)}
    assert {verdict[1] for verdict in verdicts if verdict} == {"back-off"}


def test_a_flood_is_cut_off_and_flows_again_slowly() -> None:
    correlator = Correlator()
    written = [correlator.judge(ABOUT, "Normal", "Same", "text", 0.0) is not None for _ in range(30)]
    assert written == [True] * 25 + [False] * 5
    assert correlator.judge(ABOUT, "Normal", "Same", "text", 299.0) is None
    assert correlator.judge(ABOUT, "Normal", "Same", "text", 601.0) is not None


def test_other_objects_have_their_own_allowance() -> None:
    correlator = Correlator()
    for _ in range(30):
        correlator.judge(ABOUT, "Normal", "Same", "text", 0.0)
    assert correlator.judge({**ABOUT, "name": "other"}, "Normal", "Same", "text", 0.0) is not None
