"""The check kind `service`: its fields, its endpoints, and whether it answers inside and outside the cluster."""

from __future__ import annotations

from collections.abc import Iterator

from grader.checks.base import PASSED, Context, Outcome, failed, untimed
from grader.checks.cluster import Cluster, Obj
from grader.checks.diagnosis import missing, pods_summary, ready, selects_nothing
from grader.checks.reaching import inside, outside
from grader.course.checks.service import Answer, InsideAnswer, Service
from grader.language import Text, counted, listed, text


def judge(spec: Service, on: Context) -> Outcome:
    """Every assertion in turn; the first that does not hold is the finding."""
    service = on.cluster.find("Service", spec.service, spec.namespace)
    if service is None:
        actual, why = missing("Service", spec.service, on.cluster, spec.namespace)
        return failed(text("a service named {name}", name=spec.service), actual, why, final=True)
    return untimed(next((outcome for outcome in _judgements(spec, on, service) if not outcome.passed), PASSED))


def _judgements(spec: Service, on: Context, service: Obj) -> Iterator[Outcome]:
    yield from _fields(spec, service)
    if spec.endpoints is not None:
        yield _endpoints(spec, service, on.cluster)
    if spec.inside is not None:
        wanted = InsideAnswer() if spec.inside is True else spec.inside
        yield _explained(inside(wanted, service, on.cluster), wanted, service, on.cluster)
    if spec.outside is not None:
        answer = Answer() if spec.outside is True else spec.outside
        yield _explained(outside(answer, service, on), answer, service, on.cluster)


def _fields(spec: Service, service: Obj) -> Iterator[Outcome]:
    """What the specification says; none of it changes by waiting."""
    asked = service["spec"]
    ports = asked.get("ports") or []
    found = {
        "type": (spec.type, [asked.get("type", "ClusterIP")]),
        "port": (spec.port, [value for port in ports for value in (port["port"], port.get("name"))]),
        "targetPort": (spec.target_port, [port.get("targetPort", port["port"]) for port in ports]),
        "nodePort": (spec.node_port, [port.get("nodePort") for port in ports]),
        "externalName": (spec.external_name, [asked.get("externalName")]),
        "clusterIP": (_headless(spec.headless), [_headless(asked.get("clusterIP") == "None")]),
    }
    for field, (wanted, there) in found.items():
        if wanted is not None and wanted not in there:
            actual = listed([each for each in there if each is not None])
            yield failed(text("{field} of the service: {value}", field=field, value=wanted), actual, final=True)
    if spec.selector is not None:
        selector = ",".join(f"{key}={value}" for key, value in sorted((asked.get("selector") or {}).items()))
        if selector != ",".join(sorted(part.strip() for part in spec.selector.split(","))):
            yield failed(
                text("the service selects {selector}", selector=spec.selector), selector or text("nothing"), final=True
            )


def _headless(value: bool | None) -> str | None:
    return None if value is None else "None" if value else "an address"


def endpoint_addresses(service: Obj, cluster: Cluster) -> set[str]:
    """The addresses that a service's endpoint slices have ready."""
    name, namespace = service["metadata"]["name"], service["metadata"]["namespace"]
    slices = cluster.objects("EndpointSlice", namespace, f"kubernetes.io/service-name={name}")
    return {
        address
        for each in slices
        for endpoint in each.get("endpoints") or []
        if (endpoint.get("conditions") or {}).get("ready", True)
        for address in endpoint.get("addresses") or []
    }


def selected_pods(service: Obj, cluster: Cluster) -> list[Obj]:
    """The pods a service selects, by its selector; none when it has none."""
    labels = service["spec"].get("selector") or {}
    selector = ",".join(f"{key}={value}" for key, value in labels.items())
    return cluster.objects("Pod", service["metadata"]["namespace"], selector) if selector else []


def _endpoints(spec: Service, service: Obj, cluster: Cluster) -> Outcome:
    addresses = endpoint_addresses(service, cluster)
    pods = [pod for pod in selected_pods(service, cluster) if ready(pod)]
    if spec.endpoints == "ready-pods":
        wanted = {pod.get("status", {}).get("podIP") for pod in pods}
        if addresses == wanted and wanted:
            return PASSED
        expected = counted(len(wanted), "its endpoints are the {n} ready pod", "its endpoints are the {n} ready pods")
    else:
        if spec.endpoints is None or spec.endpoints.holds(len(addresses)):
            return PASSED
        expected = text("{n} endpoints", n=spec.endpoints)
    actual = counted(len(addresses), "{n} endpoint", "{n} endpoints")
    return failed(expected, actual, trouble(service, cluster))


def _explained(outcome: Outcome, wanted: object, service: Obj, cluster: Cluster) -> Outcome:
    """An answer that did not come, with what is wrong with the service. One that should not have come needs no more."""
    if outcome.finding is None or wanted is False or outcome.finding.why is not None:
        return outcome
    finding = outcome.finding
    return failed(finding.expected, finding.actual, trouble(service, cluster), finding.next_step, final=outcome.final)


def trouble(service: Obj, cluster: Cluster) -> Text | None:
    """Why a service does not lead to pods: its selector, its pods, or its target port. None when all that is right."""
    labels = service["spec"].get("selector") or {}
    if not labels:
        return text("the service has no selector, so nothing gives it endpoints")
    pods = selected_pods(service, cluster)
    if not pods:
        selector = ",".join(f"{key}={value}" for key, value in labels.items())
        return selects_nothing(selector, cluster, service["metadata"]["namespace"])
    if not any(ready(pod) for pod in pods):
        return pods_summary(pods, cluster)[0]
    return _wrong_port(service, pods)


def _wrong_port(service: Obj, pods: list[Obj]) -> Text | None:
    """Whether the target port is one that no container declares. Declaring is not needed, so this is a hint only."""
    declared = {
        value
        for pod in pods
        for container in pod["spec"]["containers"]
        for port in container.get("ports") or []
        for value in (port["containerPort"], port.get("name"))
    } - {None}
    for port in service["spec"].get("ports") or []:
        target = port.get("targetPort", port["port"])
        if declared and target not in declared:
            return text(
                "the service sends to port {target}; the containers declare {declared}",
                target=target,
                declared=listed(sorted(map(str, declared))),
            )
    return None
