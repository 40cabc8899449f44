from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from grader.embedded.controllers.job.indexes import INDEX, parse, render
from grader.embedded.objects import Obj, annotations_of, condition_of

from .conftest import World
from .samples import template

JOBS = "jobs.batch"


def job(name: str = "pi", **spec: Any) -> Obj:
    made = template()
    made["metadata"] = {}
    made["spec"]["restartPolicy"] = spec.pop("restartPolicy", "Never")
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "spec": {"template": made, **spec}}


def told(world: World, name: str = "pi") -> list[tuple[str, str, str]]:
    conditions = world.get(JOBS, name)["status"].get("conditions", [])
    return [(c["type"], c["status"], c["reason"]) for c in conditions]


@given(st.sets(st.integers(0, 300)))
def test_indexes_survive_their_text_form(indexes: set[int]) -> None:
    assert parse(render(indexes), 1000) == indexes


async def test_a_job_runs_its_completions(world: World) -> None:
    world.behaviour = lambda p: "succeed"
    world.create(JOBS, job(completions=3, parallelism=2))
    await world.settle()
    status = world.get(JOBS, "pi")["status"]
    assert status["succeeded"] == 3
    assert (status["ready"], status["terminating"], status["uncountedTerminatedPods"]) == (0, 0, {})
    assert "active" not in status
    assert told(world) == [
        ("SuccessCriteriaMet", "True", "CompletionsReached"),
        ("Complete", "True", "CompletionsReached"),
    ]
    assert status["completionTime"] == condition_of(world.get(JOBS, "pi"), "Complete")["lastTransitionTime"]
    assert all("finalizers" not in p["metadata"] for p in world.all("pods"))
    assert world.messages("Completed") == ["Job completed"]
    assert len(world.messages("SuccessfulCreate")) == 3


async def test_a_failing_job_retries_with_pauses_and_gives_up(world: World) -> None:
    world.behaviour = lambda p: "fail"
    world.create(JOBS, job(backoffLimit=1))
    await world.settle()
    assert len(world.all("pods")) == 1
    await world.advance(9)
    assert len(world.all("pods")) == 1
    await world.advance(2)
    assert len(world.all("pods")) == 2
    assert told(world) == [
        ("FailureTarget", "True", "BackoffLimitExceeded"),
        ("Failed", "True", "BackoffLimitExceeded"),
    ]
    assert world.get(JOBS, "pi")["status"]["failed"] == 2
    assert world.messages("BackoffLimitExceeded") == ["Job has reached the specified backoff limit"]


async def test_a_job_that_runs_too_long_fails_when_its_pods_have_ended(world: World) -> None:
    world.create(JOBS, job(activeDeadlineSeconds=60, parallelism=2, completions=2))
    await world.settle()
    assert world.get(JOBS, "pi")["status"]["active"] == 2
    world.ending_takes = 10
    await world.advance(61)
    assert told(world) == [("FailureTarget", "True", "DeadlineExceeded")]
    assert world.get(JOBS, "pi")["status"]["terminating"] == 2
    await world.advance(11)
    assert told(world)[1] == ("Failed", "True", "DeadlineExceeded")
    assert world.all("pods") == []
    assert world.get(JOBS, "pi")["status"]["failed"] == 2


async def test_indexed_pods_know_their_index(world: World) -> None:
    world.behaviour = lambda p: "succeed"
    world.create(JOBS, job(completions=3, parallelism=3, completionMode="Indexed"))
    await world.settle()
    pods = sorted(world.all("pods"), key=lambda p: annotations_of(p)[INDEX])
    assert [annotations_of(p)[INDEX] for p in pods] == ["0", "1", "2"]
    assert pods[1]["spec"]["hostname"] == "pi-1"
    assert pods[1]["metadata"]["name"].startswith("pi-1-")
    assert pods[0]["spec"]["containers"][0]["env"][0]["name"] == "JOB_COMPLETION_INDEX"
    assert world.get(JOBS, "pi")["status"]["completedIndexes"] == "0-2"


async def test_limits_by_index_let_the_other_indexes_go_on(world: World) -> None:
    world.behaviour = lambda p: "fail" if annotations_of(p)[INDEX] == "1" else "succeed"
    world.create(JOBS, job(completions=3, parallelism=3, completionMode="Indexed", backoffLimitPerIndex=1))
    await world.advance(60)
    status = world.get(JOBS, "pi")["status"]
    assert (status["completedIndexes"], status["failedIndexes"]) == ("0,2", "1")
    assert (status["succeeded"], status["failed"]) == (2, 2)
    assert told(world)[-1] == ("Failed", "True", "FailedIndexes")


async def test_a_success_policy_ends_a_job_early(world: World) -> None:
    world.behaviour = lambda p: "succeed" if annotations_of(p)[INDEX] == "0" else "run"
    policy = {"rules": [{"succeededIndexes": "0"}]}
    world.create(JOBS, job(completions=3, parallelism=3, completionMode="Indexed", successPolicy=policy))
    await world.settle()
    assert told(world) == [("SuccessCriteriaMet", "True", "SuccessPolicy"), ("Complete", "True", "SuccessPolicy")]
    assert len(world.all("pods")) == 1


async def test_a_failure_policy_fails_the_job_at_once(world: World) -> None:
    rule = {"action": "FailJob", "onExitCodes": {"containerName": "main", "operator": "In", "values": [42]}}
    world.create(JOBS, job(podFailurePolicy={"rules": [rule]}))
    await world.settle()
    name = world.all("pods")[0]["metadata"]["name"]
    world.become(name, "fail", code=42)
    await world.settle()
    assert told(world)[-1] == ("Failed", "True", "PodFailurePolicy")
    message = condition_of(world.get(JOBS, "pi"), "Failed")["message"]
    assert message == (
        f"Container main for pod default/{name} failed with exit code 42 matching FailJob rule at index 0"
    )


async def test_ignored_failures_do_not_count(world: World) -> None:
    rule = {"action": "Ignore", "onExitCodes": {"operator": "In", "values": [3]}}
    world.create(JOBS, job(backoffLimit=0, podFailurePolicy={"rules": [rule]}))
    await world.settle()
    world.become(world.all("pods")[0]["metadata"]["name"], "fail", code=3)
    await world.settle()
    assert len(world.all("pods")) == 2
    assert told(world) == []


async def test_suspending_removes_the_pods_and_resuming_brings_them_back(world: World) -> None:
    world.create(JOBS, job(suspend=True))
    await world.settle()
    assert world.all("pods") == []
    assert told(world) == [("Suspended", "True", "JobSuspended")]
    assert "startTime" not in world.get(JOBS, "pi")["status"]
    world.change(JOBS, "pi", lambda obj: obj["spec"].update(suspend=False))
    await world.settle()
    assert len(world.all("pods")) == 1
    assert told(world) == [("Suspended", "False", "JobResumed")]
    world.change(JOBS, "pi", lambda obj: obj["spec"].update(suspend=True))
    await world.settle()
    assert world.all("pods") == []
    assert world.get(JOBS, "pi")["status"].get("failed") is None


async def test_a_deleted_job_lets_its_pods_go(world: World) -> None:
    world.create(JOBS, job(parallelism=2, completions=2))
    await world.settle()
    world.delete(JOBS, "pi")
    await world.settle()
    assert world.all("pods") == []


async def test_finished_jobs_go_after_their_time(world: World) -> None:
    world.behaviour = lambda p: "succeed"
    world.create(JOBS, job(ttlSecondsAfterFinished=30))
    await world.advance(29)
    assert world.find(JOBS, "pi")
    await world.advance(2)
    assert world.find(JOBS, "pi") is None
    assert world.all("pods") == []


async def test_containers_restarted_in_place_count_towards_the_limit(world: World) -> None:
    world.create(JOBS, job(backoffLimit=2, restartPolicy="OnFailure"))
    await world.settle()
    name = world.all("pods")[0]["metadata"]["name"]
    world.become(name, "run", restarts=2)
    await world.settle()
    assert told(world)[-1] == ("Failed", "True", "BackoffLimitExceeded")
