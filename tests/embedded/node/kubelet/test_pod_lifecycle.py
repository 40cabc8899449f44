"""A pod's life on its node: start, status, restarts, completion, deletion."""

from __future__ import annotations

from typing import Any

WEB = {"name": "web", "image": "web", "imagePullPolicy": "IfNotPresent"}


def spec(**more: Any) -> dict[str, Any]:
    return {"containers": [{**WEB, **more}]}


async def test_a_pod_runs_and_is_ready_without_time_passing(cluster: Any) -> None:
    pod = await cluster.run(spec())
    status = pod["status"]
    assert status["phase"] == "Running"
    assert status["podIPs"] == [{"ip": status["podIP"]}]
    assert status["hostIP"] == "172.18.0.2"
    assert status["qosClass"] == "BestEffort"
    assert {c["type"]: c["status"] for c in status["conditions"]} == dict.fromkeys(
        ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"], "True"
    )
    assert all(c["lastProbeTime"] is None and c["observedGeneration"] == 1 for c in status["conditions"])
    (container,) = status["containerStatuses"]
    assert container["image"] == "docker.io/library/web:latest"
    assert container["imageID"].startswith("docker.io/library/web@sha256:")
    assert container["containerID"].startswith("containerd://")
    assert container["ready"]
    assert container["started"]
    assert container["restartCount"] == 0
    assert container["state"] == {"running": {"startedAt": status["startTime"]}}
    assert container["lastState"] == {}
    assert container["resources"] == {}
    assert container["user"] == {"linux": {"uid": 0, "gid": 0, "supplementalGroups": [0]}}


async def test_events_of_a_start_have_the_kubelets_words(cluster: Any) -> None:
    await cluster.run(spec())
    assert cluster.events() == [
        ("Normal", "Pulled", 'Container image "web" already present on machine and can be accessed by the pod'),
        ("Normal", "Created", "Container created"),
        ("Normal", "Started", "Container started"),
    ]
    (event, *_) = [e for e in cluster.client.list("events") if e["involvedObject"]["name"] == "web"]
    assert event["involvedObject"]["fieldPath"] == "spec.containers{web}"
    assert event["source"] == {"component": "kubelet", "host": "one"}


async def test_a_pod_is_written_as_creating_and_then_as_running(cluster: Any) -> None:
    seen: list[Any] = []
    cluster.client.subscribe("pods", lambda event: seen.append(event.object["status"]))
    await cluster.run(spec())
    assert len(seen) == 3  # the creation itself, and two writes of the kubelet
    assert seen[1]["containerStatuses"][0]["state"] == {"waiting": {"reason": "ContainerCreating"}}
    assert "podIP" not in seen[1]


async def test_an_image_is_pulled_first(cluster: Any) -> None:
    await cluster.run({"containers": [{"name": "web", "image": "remote", "imagePullPolicy": "Always"}]})
    assert cluster.container()["state"] == {"waiting": {"reason": "ContainerCreating"}}
    await cluster.clock.advance(3)
    assert cluster.ready()
    assert cluster.messages("Pulled") == [
        'Successfully pulled image "remote" in 2.5s (2.5s including waiting). Image size: 1234 bytes.'
    ]


async def test_an_image_that_does_not_exist_backs_off(cluster: Any) -> None:
    await cluster.run({"containers": [{"name": "web", "image": "nope", "imagePullPolicy": "IfNotPresent"}]})
    why = 'rpc error: code = NotFound desc = failed to pull and unpack image "nope": docker.io/library/nope: not found'
    assert cluster.container()["state"]["waiting"] == {"reason": "ErrImagePull", "message": why}
    assert cluster.messages("Failed") == [f'Failed to pull image "nope": {why}', "Error: ErrImagePull"]
    await cluster.clock.advance(3)
    assert cluster.container()["state"]["waiting"] == {
        "reason": "ImagePullBackOff",
        "message": f'Back-off pulling image "nope": ErrImagePull: {why}',
    }
    assert ("Normal", "BackOff", 'Back-off pulling image "nope"') in cluster.events()
    assert cluster.pod()["status"]["phase"] == "Pending"
    cluster.runtime.images_here.add("nope")
    await cluster.clock.advance(10)
    assert cluster.ready()


async def test_pull_policy_never_needs_the_image(cluster: Any) -> None:
    await cluster.run({"containers": [{"name": "web", "image": "nope", "imagePullPolicy": "Never"}]})
    assert cluster.container()["state"]["waiting"]["reason"] == "ErrImageNeverPull"
    assert cluster.messages("ErrImageNeverPull") == ['Container image "nope" is not present with pull policy of Never']


async def test_a_crashing_container_restarts_at_once_then_backs_off(cluster: Any) -> None:
    await cluster.run({"containers": [{"name": "web", "image": "crash"}]})
    await cluster.clock.advance(1.1)
    assert cluster.container()["restartCount"] == 1
    assert cluster.container()["lastState"]["terminated"]["exitCode"] == 1
    await cluster.clock.advance(1)
    assert cluster.container()["state"]["terminated"]["reason"] == "Error"
    await cluster.clock.advance(2.5)
    waiting = cluster.container()["state"]["waiting"]
    uid = cluster.pod()["metadata"]["uid"]
    assert waiting == {
        "reason": "CrashLoopBackOff",
        "message": f"back-off 10s restarting failed container=web pod=web_default({uid})",
    }
    assert cluster.messages("BackOff") == [f"Back-off restarting failed container web in pod web_default({uid})"]
    assert cluster.pod()["status"]["phase"] == "Running"
    assert not cluster.ready()
    await cluster.clock.advance(8)
    assert cluster.container()["restartCount"] == 2


async def test_back_off_doubles_to_five_minutes(cluster: Any) -> None:
    await cluster.run({"containers": [{"name": "web", "image": "crash"}]})
    await cluster.clock.advance(10 + 20 + 40 + 80 + 160 + 20)
    assert "back-off 5m0s" in cluster.container()["state"]["waiting"]["message"]
    assert cluster.container()["restartCount"] == 6


async def test_a_job_pod_succeeds(cluster: Any) -> None:
    await cluster.run({"restartPolicy": "Never", "containers": [{"name": "web", "image": "done"}]})
    await cluster.clock.advance(1.1)
    status = cluster.pod()["status"]
    assert status["phase"] == "Succeeded"
    assert cluster.conditions()["Ready"]["reason"] == "PodCompleted"
    assert cluster.conditions()["Initialized"]["status"] == "True"
    assert cluster.container()["state"]["terminated"]["reason"] == "Completed"
    assert status["podIP"]
    assert not cluster.network.taken


async def test_a_pod_that_may_not_restart_fails(cluster: Any) -> None:
    await cluster.run({"restartPolicy": "Never", "containers": [{"name": "web", "image": "crash"}]})
    await cluster.clock.advance(1.1)
    assert cluster.pod()["status"]["phase"] == "Failed"
    assert cluster.conditions()["Ready"]["reason"] == "PodFailed"


async def test_on_failure_restarts_what_failed_only(cluster: Any) -> None:
    await cluster.run({"restartPolicy": "OnFailure", "containers": [{"name": "web", "image": "crash"}]})
    await cluster.clock.advance(1.1)
    assert cluster.pod()["status"]["phase"] == "Running"
    cluster.runtime.containers[-1].end(0)
    await cluster.clock.settle()
    assert cluster.pod()["status"]["phase"] == "Succeeded"


async def test_restart_rules_of_a_container_come_before_the_pods_policy(cluster: Any) -> None:
    rules = [{"action": "Restart", "exitCodes": {"operator": "In", "values": [42]}}]
    container = {**WEB, "restartPolicy": "Never", "restartPolicyRules": rules}
    await cluster.run({"restartPolicy": "Never", "containers": [container]})
    cluster.runtime.containers[-1].end(42)
    await cluster.clock.settle()
    assert cluster.container()["restartCount"] == 1
    assert cluster.pod()["status"]["phase"] == "Running"
    cluster.runtime.containers[-1].end(1)
    await cluster.clock.settle()
    assert cluster.pod()["status"]["phase"] == "Failed"


async def test_a_command_that_is_not_there_is_told(cluster: Any) -> None:
    await cluster.run(spec(command=["nosuch"]))
    container = cluster.container()
    assert container["state"]["waiting"]["reason"] in ("RunContainerError", "CrashLoopBackOff")
    assert container["lastState"]["terminated"]["exitCode"] == 128
    assert container["lastState"]["terminated"]["reason"] == "StartError"
    assert container["lastState"]["terminated"]["startedAt"] == "1970-01-01T00:00:00Z"
    assert cluster.messages("Failed") == ['Error: exec: "nosuch": executable file not found in $PATH']


async def test_deletion_stops_the_container_and_removes_the_object(cluster: Any) -> None:
    await cluster.run(spec())
    cluster.client.delete("pods", "default", "web")
    await cluster.clock.settle()
    assert cluster.gone()
    assert cluster.messages("Killing") == ["Stopping container web"]
    assert cluster.runtime.containers[0].graces == [30.0]
    assert not cluster.network.taken


async def test_a_stubborn_container_has_its_grace(cluster: Any) -> None:
    await cluster.run({"containers": [{"name": "web", "image": "stubborn"}]})
    cluster.client.delete("pods", "default", "web", grace=5)
    await cluster.clock.advance(4)
    assert not cluster.gone()
    await cluster.clock.advance(2)
    assert cluster.gone()


async def test_a_second_deletion_may_shorten_the_grace(cluster: Any) -> None:
    await cluster.run({"containers": [{"name": "web", "image": "stubborn"}]})
    cluster.client.delete("pods", "default", "web")
    await cluster.clock.advance(1)
    cluster.client.delete("pods", "default", "web", grace=3)
    await cluster.clock.advance(3.5)
    assert cluster.gone()


async def test_a_forced_deletion_leaves_nothing_running(cluster: Any) -> None:
    await cluster.run({"containers": [{"name": "web", "image": "stubborn"}]})
    cluster.client.delete("pods", "default", "web", grace=0)
    await cluster.clock.settle()
    assert cluster.gone()
    assert not cluster.runtime.containers[0].running
    assert not cluster.network.taken


async def test_an_active_deadline_fails_the_pod(cluster: Any) -> None:
    await cluster.run({**spec(), "activeDeadlineSeconds": 20})
    await cluster.clock.advance(19)
    assert cluster.ready()
    await cluster.clock.advance(2)
    status = cluster.pod()["status"]
    assert (status["phase"], status["reason"]) == ("Failed", "DeadlineExceeded")
    assert status["message"] == "Pod was active on the node longer than the specified deadline"


async def test_a_changed_image_restarts_the_container(cluster: Any) -> None:
    pod = await cluster.run(spec())
    cluster.change("pods", "web", spec={**pod["spec"], "containers": [{**WEB, "image": "other", "resources": {}}]})
    await cluster.clock.settle()
    assert cluster.container()["restartCount"] == 1
    assert cluster.container()["image"] == "docker.io/library/other:latest"
    assert cluster.messages("Killing") == ["Container web definition changed, will be restarted"]


async def test_readiness_gates_wait_for_their_conditions(cluster: Any) -> None:
    await cluster.run({**spec(), "readinessGates": [{"conditionType": "example.com/ok"}]})
    ready = cluster.conditions()["Ready"]
    assert (ready["status"], ready["reason"]) == ("False", "ReadinessGatesNotReady")
    assert ready["message"] == 'corresponding condition of pod readiness gate "example.com/ok" does not exist.'
    pod = cluster.pod()
    gate = {"type": "example.com/ok", "status": "True", "lastProbeTime": None, "lastTransitionTime": None}
    status = {**pod["status"], "conditions": [*pod["status"]["conditions"], gate]}
    cluster.client.update_status("pods", {**pod, "status": status})
    await cluster.clock.settle()
    assert cluster.ready()


async def test_after_a_restart_of_the_process_containers_start_again(cluster: Any) -> None:
    await cluster.run(spec())
    first = cluster.container()["containerID"]
    await cluster.restart()
    container = cluster.container()
    assert container["restartCount"] == 1
    assert container["lastState"]["terminated"]["exitCode"] == 255
    assert container["lastState"]["terminated"]["reason"] == "Unknown"
    assert container["lastState"]["terminated"]["containerID"] == first
    assert cluster.ready()
    assert cluster.messages("SandboxChanged")


async def test_after_a_restart_finished_pods_stay_finished(cluster: Any) -> None:
    await cluster.run({"restartPolicy": "Never", "containers": [{"name": "web", "image": "done"}]})
    await cluster.clock.advance(2)
    before = cluster.pod()
    await cluster.restart()
    assert cluster.pod() == before


async def test_a_pod_past_the_scheduler_that_does_not_fit_is_rejected(cluster: Any) -> None:
    await cluster.run(spec(resources={"requests": {"cpu": "100"}}))
    status = cluster.pod()["status"]
    assert (status["phase"], status["reason"]) == ("Failed", "OutOfcpu")
    assert status["message"] == (
        "Pod was rejected: Node didn't have enough resource: cpu, requested: 100000, used: 0, capacity: 4000"
    )


async def test_an_ephemeral_container_joins_a_running_pod(cluster: Any) -> None:
    pod = await cluster.run(spec())
    debugger = {"name": "debugger", "image": "other", "stdin": True}
    cluster.change("pods", "web", spec={**pod["spec"], "ephemeralContainers": [debugger]})
    await cluster.clock.settle()
    shown = cluster.container(part="ephemeralContainerStatuses")
    assert "running" in shown["state"]
    assert cluster.ready()
    cluster.runtime.containers[-1].end(0)
    await cluster.clock.settle()
    assert cluster.container(part="ephemeralContainerStatuses")["state"]["terminated"]["exitCode"] == 0
    assert cluster.ready()


async def test_host_ports_lead_to_the_pod_while_it_lives(cluster: Any) -> None:
    await cluster.run(spec(ports=[{"containerPort": 80, "hostPort": 8080}]))
    assert cluster.network.host_ports[8080] == (cluster.pod()["status"]["podIP"], 80)
    cluster.client.delete("pods", "default", "web")
    await cluster.clock.settle()
    assert not cluster.network.host_ports


async def test_a_rule_may_restart_all_containers_of_the_pod(cluster: Any) -> None:
    rules = [{"action": "RestartAllContainers", "exitCodes": {"operator": "In", "values": [7]}}]
    watched = {**WEB, "restartPolicy": "Never", "restartPolicyRules": rules}
    await cluster.run(
        {
            "restartPolicy": "Never",
            "initContainers": [{"name": "init", "image": "done"}],
            "containers": [watched, {"name": "other", "image": "other"}],
        }
    )
    await cluster.clock.advance(1.1)
    assert cluster.ready()
    next(c for c in cluster.runtime.containers if c.config.name == "web").end(7)
    await cluster.clock.settle()
    assert "running" in cluster.container(part="initContainerStatuses")["state"]
    await cluster.clock.advance(1.1)
    assert cluster.ready()
    assert [c["restartCount"] for c in cluster.pod()["status"]["containerStatuses"]] == [1, 1]
    assert cluster.container(part="initContainerStatuses")["restartCount"] == 1


async def test_a_volume_past_its_limit_evicts_the_pod(cluster: Any) -> None:
    volumes = [{"name": "cache", "emptyDir": {"sizeLimit": "1Ki"}}]
    mounts = [{"name": "cache", "mountPath": "/cache"}]
    await cluster.run({"volumes": volumes, "containers": [{**WEB, "volumeMounts": mounts}]})
    cluster.runtime.containers[0].config.mounts[0].volume.write("x", b"x" * 2000)
    await cluster.clock.advance(11)
    status = cluster.pod()["status"]
    assert (status["phase"], status["reason"]) == ("Failed", "Evicted")
    assert status["message"] == 'Usage of EmptyDir volume "cache" exceeds the limit "1Ki". '
    assert cluster.conditions()["DisruptionTarget"]["reason"] == "TerminationByKubelet"


async def test_what_a_container_said_last_is_in_its_status(cluster: Any) -> None:
    await cluster.run(spec())
    cluster.runtime.containers[0].end(3, "out of luck")
    await cluster.clock.settle()
    assert cluster.container()["lastState"]["terminated"]["message"] == "out of luck"
    await cluster.run(spec(terminationMessagePolicy="FallbackToLogsOnError"), name="logs")
    cluster.runtime.containers[-1].logs.text = "last words\n"
    cluster.runtime.containers[-1].end(3)
    await cluster.clock.settle()
    assert cluster.container("logs")["lastState"]["terminated"]["message"] == "last words\n"


async def test_readiness_is_still_asked_while_a_pod_ends(cluster: Any) -> None:
    state = {"code": 0}
    cluster.runtime.commands["ready"] = lambda container: (state["code"], "")
    probe = {"exec": {"command": ["ready"]}, "periodSeconds": 1, "failureThreshold": 1}
    await cluster.run({"containers": [{"name": "web", "image": "stubborn", "readinessProbe": probe}]})
    cluster.client.delete("pods", "default", "web", grace=10)
    await cluster.clock.settle()
    assert cluster.ready()
    state["code"] = 1
    await cluster.clock.advance(1.1)
    assert not cluster.ready()
