from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from grader.embedded.controllers.autoscaler.pace import Memory, limited, rules_of, stabilized
from grader.embedded.controllers.autoscaler.proposal import Measured, Tolerance, replicas
from grader.embedded.node.runtime import Usage
from grader.embedded.objects import Obj, condition_of

from .conftest import World
from .samples import deployment

SCALERS = "horizontalpodautoscalers.autoscaling"


def autoscaler(**spec: Any) -> Obj:
    metric = {
        "type": "Resource",
        "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}},
    }
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    spec = {"scaleTargetRef": target, "minReplicas": 1, "maxReplicas": 10, "metrics": [metric], **spec}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "web"},
        "spec": spec,
    }


def busy(world: World, cores: float) -> None:
    world.usage = {p["metadata"]["name"]: {"main": Usage(cores, 2**20)} for p in world.all("pods")}


async def started(world: World, replicas: int, **spec: Any) -> None:
    made = deployment(replicas=replicas)
    made["spec"]["template"]["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "200m"}}
    world.create("deployments.apps", made)
    await world.settle()
    world.create(SCALERS, autoscaler(**spec))


async def test_load_brings_more_pods(world: World) -> None:
    await started(world, 2)
    busy(world, 0.2)
    await world.settle()
    assert world.get("deployments.apps", "web")["spec"]["replicas"] == 4
    found = world.get(SCALERS, "web")
    assert condition_of(found, "AbleToScale")["reason"] == "SucceededRescale"
    assert condition_of(found, "ScalingActive")["message"] == (
        "the HPA was able to successfully calculate a replica count from cpu resource utilization "
        "(percentage of request)"
    )
    assert found["status"]["currentMetrics"][0]["resource"]["current"] == {
        "averageUtilization": 100,
        "averageValue": "200m",
    }
    text = "New size: 4; reason: cpu resource utilization (percentage of request) above target"
    assert world.messages("SuccessfulRescale") == [text]


async def test_idleness_is_believed_after_five_minutes(world: World) -> None:
    await started(world, 4)
    busy(world, 0.0)
    await world.advance(200)
    assert world.get("deployments.apps", "web")["spec"]["replicas"] == 4
    assert condition_of(world.get(SCALERS, "web"), "AbleToScale")["reason"] == "ScaleDownStabilized"
    await world.advance(200)
    assert world.get("deployments.apps", "web")["spec"]["replicas"] == 1


async def test_missing_metrics_are_told(world: World) -> None:
    await started(world, 2)
    await world.advance(16)
    active = condition_of(world.get(SCALERS, "web"), "ScalingActive")
    assert active["reason"] == "FailedGetResourceMetric"
    assert active["message"] == (
        "the HPA was unable to compute the replica count: failed to get cpu utilization: unable to get metrics for "
        "resource cpu: no metrics returned from resource metrics API"
    )
    assert world.messages("FailedComputeMetricsReplicas")[0].startswith(
        "invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: failed to get"
    )


async def test_bounds_hold_without_metrics(world: World) -> None:
    await started(world, 1, minReplicas=3)
    await world.advance(16)
    assert world.get("deployments.apps", "web")["spec"]["replicas"] == 3


async def test_a_missing_target_is_told(world: World) -> None:
    world.create(SCALERS, autoscaler())
    await world.advance(1)
    able = condition_of(world.get(SCALERS, "web"), "AbleToScale")
    assert able["message"] == (
        'the HPA controller was unable to get the target\'s current scale: deployments.apps "web" not found'
    )


@given(st.lists(st.integers(0, 4000), min_size=1, max_size=20), st.integers(1, 200))
def test_the_proposal_meets_the_target(used: list[int], target: int) -> None:
    names = {str(number): figure for number, figure in enumerate(used)}
    requests = dict.fromkeys(names, 1000)
    pods = Measured(names, frozenset(), frozenset(), requests)
    count = replicas(len(used), pods, target, Tolerance())
    if count != len(used):
        percent = sum(used) * 100 // (1000 * len(used))
        assert count * target >= percent * len(used)
        assert (count - 1) * target < percent * len(used)


@given(st.integers(0, 90), st.integers(0, 300), st.integers(1, 10), st.integers(10, 100))
def test_scaling_stays_within_bounds_and_rates(extra: int, wanted: int, least: int, most: int) -> None:
    current = min(least + extra, most)
    up, down = rules_of({"spec": {}})
    steady = stabilized(Memory(), current, wanted, up, down, 1000.0)
    decision = limited(Memory(), current, steady.size, (least, most), up, down, 1000.0)
    assert decision.size <= max(current * 2, current + 4)
    assert least <= decision.size <= most
