from __future__ import annotations

from grader.embedded.objects import Obj, annotations_of, condition_of

from .conftest import World
from .samples import deployment


def set_image(image: str):
    def change(obj: Obj) -> None:
        obj["spec"]["template"]["spec"]["containers"][0]["image"] = image

    return change


def set_replicas(count: int):
    return lambda obj: obj["spec"].update(replicas=count)


async def test_a_deployment_becomes_a_replica_set_and_pods(world: World) -> None:
    world.create("deployments.apps", deployment())
    await world.settle()
    found = world.get("deployments.apps", "web")
    assert found["status"] == {
        "observedGeneration": 1,
        "replicas": 3,
        "updatedReplicas": 3,
        "readyReplicas": 3,
        "availableReplicas": 3,
        "terminatingReplicas": 0,
        "conditions": found["status"]["conditions"],
    }
    (replica_set,) = world.all("replicasets.apps")
    told = [(c["type"], c["status"], c["reason"], c["message"]) for c in found["status"]["conditions"]]
    assert told == [
        ("Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability."),
        (
            "Progressing",
            "True",
            "NewReplicaSetAvailable",
            f'ReplicaSet "{replica_set["metadata"]["name"]}" has successfully progressed.',
        ),
    ]
    assert annotations_of(found) == {"deployment.kubernetes.io/revision": "1"}
    assert annotations_of(replica_set) == {
        "deployment.kubernetes.io/desired-replicas": "3",
        "deployment.kubernetes.io/max-replicas": "4",
        "deployment.kubernetes.io/revision": "1",
    }
    digest = replica_set["metadata"]["labels"]["pod-template-hash"]
    assert replica_set["metadata"]["name"] == f"web-{digest}"
    assert len(world.all("pods")) == 3
    assert world.messages("ScalingReplicaSet") == [f"Scaled up replica set web-{digest} from 0 to 3"]


async def test_a_new_image_rolls_out_and_the_old_replica_set_stays_empty(world: World) -> None:
    world.create("deployments.apps", deployment(replicas=4))
    await world.settle()
    world.change("deployments.apps", "web", set_image("hellok8s:v2"))
    await world.settle()
    sizes = {
        annotations_of(rs)["deployment.kubernetes.io/revision"]: rs["spec"]["replicas"]
        for rs in world.all("replicasets.apps")
    }
    assert sizes == {"1": 0, "2": 4}
    assert {p["spec"]["containers"][0]["image"] for p in world.all("pods")} == {"hellok8s:v2"}
    assert condition_of(world.get("deployments.apps", "web"), "Progressing")["reason"] == "NewReplicaSetAvailable"


async def test_going_back_uses_the_old_replica_set_under_a_new_number(world: World) -> None:
    world.create("deployments.apps", deployment())
    await world.settle()
    world.change("deployments.apps", "web", set_image("hellok8s:v2"))
    await world.settle()
    world.change("deployments.apps", "web", set_image("hellok8s:v1"))
    await world.settle()
    numbers = sorted(annotations_of(rs)["deployment.kubernetes.io/revision"] for rs in world.all("replicasets.apps"))
    assert numbers == ["2", "3"]
    current = next(rs for rs in world.all("replicasets.apps") if rs["spec"]["replicas"])
    assert annotations_of(current)["deployment.kubernetes.io/revision-history"] == "1"


async def test_a_broken_image_keeps_enough_old_pods_and_times_out(world: World) -> None:
    world.create("deployments.apps", deployment(replicas=4, progressDeadlineSeconds=60))
    await world.settle()
    world.behaviour = lambda pod: "wait" if pod["spec"]["containers"][0]["image"] == "broken" else "run"
    world.change("deployments.apps", "web", set_image("broken"))
    await world.settle()
    status = world.get("deployments.apps", "web")["status"]
    assert (status["availableReplicas"], status["updatedReplicas"], status["replicas"]) == (3, 2, 5)
    await world.advance(70)
    progressing = condition_of(world.get("deployments.apps", "web"), "Progressing")
    assert progressing["reason"] == "ProgressDeadlineExceeded"
    assert progressing["status"] == "False"
    assert progressing["message"].endswith("has timed out progressing.")


async def test_a_paused_deployment_scales_in_proportion_but_does_not_roll(world: World) -> None:
    world.create(
        "deployments.apps",
        deployment(
            replicas=10, strategy={"rollingUpdate": {"maxSurge": 3, "maxUnavailable": 2}, "type": "RollingUpdate"}
        ),
    )
    await world.settle()
    world.behaviour = lambda pod: "wait" if pod["spec"]["containers"][0]["image"] == "broken" else "run"
    world.change("deployments.apps", "web", set_image("broken"))
    await world.settle()
    sizes = sorted(rs["spec"]["replicas"] for rs in world.all("replicasets.apps"))
    assert sizes == [5, 8]
    world.change("deployments.apps", "web", set_replicas(15))
    await world.settle()
    assert sorted(rs["spec"]["replicas"] for rs in world.all("replicasets.apps")) == [7, 11]
    world.change("deployments.apps", "web", lambda obj: obj["spec"].update(paused=True))
    await world.settle()
    assert condition_of(world.get("deployments.apps", "web"), "Progressing")["reason"] == "DeploymentPaused"


async def test_recreate_waits_until_all_old_pods_are_gone(world: World) -> None:
    world.create("deployments.apps", deployment(strategy={"type": "Recreate"}))
    await world.settle()
    world.ending_takes = 5.0
    world.change("deployments.apps", "web", set_image("hellok8s:v2"))
    await world.settle()
    assert {p["spec"]["containers"][0]["image"] for p in world.all("pods")} == {"hellok8s:v1"}
    assert world.get("deployments.apps", "web")["status"]["terminatingReplicas"] == 3
    await world.advance(6)
    assert {p["spec"]["containers"][0]["image"] for p in world.all("pods")} == {"hellok8s:v2"}
    assert len(world.all("pods")) == 3


async def test_history_is_kept_to_its_limit(world: World) -> None:
    world.create("deployments.apps", deployment(replicas=1, revisionHistoryLimit=1))
    for version in range(2, 6):
        await world.settle()
        world.change("deployments.apps", "web", set_image(f"hellok8s:v{version}"))
    await world.settle()
    numbers = sorted(annotations_of(rs)["deployment.kubernetes.io/revision"] for rs in world.all("replicasets.apps"))
    assert numbers == ["4", "5"]


async def test_pods_count_as_available_after_min_ready_seconds(world: World) -> None:
    world.create("deployments.apps", deployment(replicas=2, minReadySeconds=10))
    await world.settle()
    status = world.get("deployments.apps", "web")["status"]
    assert status["readyReplicas"] == 2
    assert status["unavailableReplicas"] == 2
    assert condition_of(world.get("deployments.apps", "web"), "Available")["reason"] == "MinimumReplicasUnavailable"
    await world.advance(11)
    assert world.get("deployments.apps", "web")["status"]["availableReplicas"] == 2


async def test_a_quota_shows_as_replica_failure(world: World) -> None:
    quota = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "small"},
        "spec": {"hard": {"pods": "2"}},
    }
    world.create("resourcequotas", quota)
    world.create("deployments.apps", deployment())
    await world.settle()
    failure = condition_of(world.get("deployments.apps", "web"), "ReplicaFailure")
    assert failure["reason"] == "FailedCreate"
    assert "exceeded quota: small, requested: pods=1, used: pods=2, limited: pods=2" in failure["message"]
    assert any(text.startswith('Error creating: pods "web-') for text in world.messages("FailedCreate"))
    world.delete("resourcequotas", "small")
    await world.advance(120)
    status = world.get("deployments.apps", "web")["status"]
    assert status["readyReplicas"] == 3
    assert condition_of({"status": status}, "ReplicaFailure") is None


async def test_deleting_a_deployment_deletes_what_it_made(world: World) -> None:
    world.create("deployments.apps", deployment())
    await world.settle()
    world.delete("deployments.apps", "web")
    await world.settle()
    assert not world.all("replicasets.apps")
    assert not world.all("pods")


async def test_a_replica_set_without_owner_is_adopted(world: World) -> None:
    world.create("deployments.apps", deployment())
    await world.settle()
    world.delete("deployments.apps", "web", "Orphan")
    await world.settle()
    (orphan,) = world.all("replicasets.apps")
    assert "ownerReferences" not in orphan["metadata"]
    assert len(world.all("pods")) == 3
    world.create("deployments.apps", deployment())
    await world.settle()
    (adopted,) = world.all("replicasets.apps")
    assert adopted["metadata"]["uid"] == orphan["metadata"]["uid"]
    assert adopted["metadata"]["ownerReferences"][0]["kind"] == "Deployment"
