"""The check kind `rollout` on a real cluster."""

from __future__ import annotations

from collections.abc import Callable

from grader.checks.base import Baseline, Outcome
from tests.checks.conftest import World

Said = Callable[[Outcome], str]
V2 = ("set", "image", "deployment/web", "main=hellok8s:v2")


def test_a_complete_rollout_has_its_revision_and_one_active_replica_set(world: World) -> None:
    world.deploy()
    world.rolled_out()
    world.kubectl(*V2)
    wanted = {
        "deployment": "web",
        "image": "hellok8s:v2",
        "revision": 2,
        "history": 2,
        "replica_sets": 1,
        "replicas": 2,
    }
    assert world.settle(rollout=wanted).passed


def test_a_wrong_strategy_is_final(world: World, said: Said) -> None:
    world.deploy(replicas=1)
    outcome = world.judge(rollout={"deployment": "web", "state": None, "strategy": {"type": "Recreate"}})
    assert said(outcome) == "type: Recreate | type: RollingUpdate"
    assert outcome.final


def test_a_bad_release_is_stuck_once_its_deadline_has_passed(world: World) -> None:
    world.deploy(progressDeadlineSeconds=20)
    world.rolled_out()
    world.kubectl("set", "image", "deployment/web", "main=hellok8s:v9")
    assert world.settle(within=60, rollout={"deployment": "web", "state": "stuck"}).passed


def test_an_incomplete_rollout_is_explained(world: World, said: Said) -> None:
    world.deploy()
    world.rolled_out()
    world.kubectl("set", "image", "deployment/web", "main=hellok8s:v9")
    found = said(world.settle(rollout={"deployment": "web"}))
    assert "the rollout of web is complete | it is " in found
    assert "image hellok8s:v9 does not exist" in found


def test_a_paused_rollout_says_how_to_resume(world: World, said: Said) -> None:
    world.deploy()
    world.rolled_out()
    world.kubectl("rollout", "pause", "deployment/web")
    world.kubectl(*V2)
    assert "kubectl rollout resume deployment/web" in said(world.settle(rollout={"deployment": "web"}))
    assert world.judge(rollout={"deployment": "web", "state": "paused"}).passed


def rolled(world: World, **strategy: object) -> None:
    world.deploy(replicas=3, strategy=strategy)
    world.rolled_out()
    world.note()
    world.kubectl(*V2)
    world.rolled_out()


def test_the_counts_seen_during_a_rollout_stay_in_their_bounds(world: World, said: Said) -> None:
    rolled(world, type="RollingUpdate", rollingUpdate={"maxSurge": 1, "maxUnavailable": 1})
    seen = {"pods": {"min": 2, "max": 4}, "ready": {"min": 2}}
    assert world.judge(rollout={"deployment": "web", "seen": seen}).passed
    too_tight = world.judge(rollout={"deployment": "web", "seen": {"pods": {"max": 3}}})
    assert "4 at one moment" in said(too_tight)


def test_counts_out_of_bounds_are_seen(world: World, said: Said) -> None:
    rolled(world, type="RollingUpdate", rollingUpdate={"maxSurge": 3, "maxUnavailable": 0})
    outcome = world.judge(rollout={"deployment": "web", "seen": {"pods": {"max": 4}}})
    assert "at one moment" in said(outcome)


def test_recreate_never_has_two_versions_and_rolling_has(world: World, said: Said) -> None:
    rolled(world, type="Recreate")
    assert world.judge(rollout={"deployment": "web", "seen": {"together": False}}).passed
    assert "there never were" in said(world.judge(rollout={"deployment": "web", "seen": {"together": True}}))


def test_rolling_has_two_versions(world: World, said: Said) -> None:
    rolled(world, type="RollingUpdate")
    assert "2 versions had pods" in said(world.judge(rollout={"deployment": "web", "seen": {"together": False}}))


def test_without_the_servers_history_events_give_the_counts(world: World, said: Said) -> None:
    rolled(world, type="RollingUpdate", rollingUpdate={"maxSurge": 1, "maxUnavailable": 0})
    world.facts["baseline"] = Baseline()
    assert world.judge(rollout={"deployment": "web", "seen": {"pods": {"min": 3, "max": 4}}}).passed
    assert "4 at one moment" in said(world.judge(rollout={"deployment": "web", "seen": {"pods": {"max": 3}}}))


def test_only_the_last_rollout_counts_unless_all_are_asked_for(world: World) -> None:
    rolled(world, type="RollingUpdate", rollingUpdate={"maxSurge": 3, "maxUnavailable": 0})
    world.deploy(replicas=3, strategy={"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}})
    world.rolled_out()
    seen = {"pods": {"max": 4}}
    assert world.judge(rollout={"deployment": "web", "seen": seen}).passed
    assert not world.judge(rollout={"deployment": "web", "seen": {**seen, "rollouts": "all"}}).passed


def test_no_rollout_at_all_says_so(world: World, said: Said) -> None:
    world.deploy()
    world.rolled_out()
    world.note()
    assert "only a change of the pod template" in said(world.judge(rollout={"deployment": "web", "seen": {"pods": 2}}))
