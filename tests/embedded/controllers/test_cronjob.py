from __future__ import annotations

from typing import Any

from grader.embedded.objects import Obj

from .conftest import START, World
from .test_job import JOBS, job

CRON = "cronjobs.batch"


def cron_job(schedule: str = "*/5 * * * *", **spec: Any) -> Obj:
    template = {"spec": job()["spec"]}
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": "tick"},
        "spec": {"schedule": schedule, "jobTemplate": template, **spec},
    }


def names(world: World) -> list[str]:
    return [j["metadata"]["name"] for j in world.all(JOBS)]


async def test_a_job_is_made_at_each_time(world: World) -> None:
    world.behaviour = lambda p: "succeed"
    world.create(CRON, cron_job())
    await world.settle()
    assert names(world) == []
    await world.advance(301)
    minute = int((START // 300 + 1) * 5)
    assert names(world) == [f"tick-{minute}"]
    status = world.get(CRON, "tick")["status"]
    assert "active" not in status
    assert status["lastSuccessfulTime"]
    (made,) = world.all(JOBS)
    assert (
        made["metadata"]["annotations"]["batch.kubernetes.io/cronjob-scheduled-timestamp"] == status["lastScheduleTime"]
    )
    assert world.messages("SuccessfulCreate", "tick") == [f"Created job tick-{minute}"]
    assert world.messages("SawCompletedJob") == [f"Saw completed job: tick-{minute}, condition: Complete"]


async def test_history_is_kept_to_its_limits(world: World) -> None:
    world.behaviour = lambda p: "succeed"
    world.create(CRON, cron_job("* * * * *"))
    await world.advance(600)
    assert len(names(world)) == 3


async def test_forbid_waits_for_the_running_job(world: World) -> None:
    world.create(CRON, cron_job("* * * * *", concurrencyPolicy="Forbid"))
    await world.advance(200)
    assert len(names(world)) == 1
    assert "concurrency policy is Forbid" in world.messages("JobAlreadyActive")[0]
    assert len(world.get(CRON, "tick")["status"]["active"]) == 1


async def test_replace_deletes_the_running_job(world: World) -> None:
    world.create(CRON, cron_job("* * * * *", concurrencyPolicy="Replace"))
    await world.advance(200)
    assert len(names(world)) == 1
    assert world.messages("SuccessfulDelete", "tick")


async def test_a_suspended_cron_job_does_nothing(world: World) -> None:
    world.create(CRON, cron_job("* * * * *", suspend=True))
    await world.advance(200)
    assert names(world) == []


async def test_a_time_zone_nobody_knows_is_told(world: World) -> None:
    world.create(CRON, cron_job())
    world.change(CRON, "tick", lambda obj: obj["spec"].update(timeZone="Mars/Olympus"))
    await world.settle()
    assert world.messages("UnknownTimeZone") == ['invalid timeZone: "Mars/Olympus": unknown time zone Mars/Olympus']
