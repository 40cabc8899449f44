"""Asking a service: from inside the cluster (its proxy, or curl in a pod) and from outside (node ports, load
balancers).
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from urllib.parse import urlsplit

from grader.checks.base import PASSED, Context, Outcome, failed, judge_text, shortened
from grader.checks.choice import running
from grader.checks.cluster import Answer, ApiError, Cluster, Obj
from grader.checks.diagnosis import ready
from grader.checks.requesting import fetch
from grader.course.checks.service import Answer as Wanted
from grader.course.checks.service import InsideAnswer
from grader.language import Text, text

_ASK = (
    "if command -v curl >/dev/null 2>&1; then curl -sS -m {seconds} -w '\\n%{{http_code}}' {url}; "
    "else wget -q -T {seconds} -O - {url} && printf '\\n200'; fi"
)


def inside(wanted: InsideAnswer | bool, service: Obj, cluster: Cluster) -> Outcome:
    """Whether the service answers inside the cluster as it must (False: not at all)."""
    who = text("the service inside the cluster")
    answer = wanted if isinstance(wanted, InsideAnswer) else InsideAnswer()
    ports = service["spec"].get("ports") or [{"port": 80}]
    name, namespace, port = service["metadata"]["name"], service["metadata"]["namespace"], ports[0]["port"]
    if answer.source is None:
        path = f"/api/v1/namespaces/{namespace}/services/{name}:{port}/proxy{answer.path}"
        return _judge(wanted, lambda: cluster.proxy(path, seconds=answer.timeout), who, service, cluster)
    pods = running(answer.source, cluster, text("a pod to ask from"))
    if isinstance(pods, Outcome):
        return pods
    url = f"http://{name}.{namespace}:{port}{answer.path}"
    return _judge(wanted, lambda: _from_pod(pods[0], url, answer.timeout, cluster), who, service, cluster)


def _from_pod(pod: Obj, url: str, seconds: float, cluster: Cluster) -> Answer:
    """What curl or wget in a pod gets."""
    line = _ASK.format(url=shlex.quote(url), seconds=max(round(seconds), 1))
    try:
        ran = cluster.exec(pod, None, ["sh", "-c", line], seconds + 2)
    except ApiError as error:
        return Answer(0, error.message)
    body, _, code = ran.output.rstrip().rpartition("\n")
    if ran.code or not code.isdigit():
        return Answer(0, ran.output.strip())
    return Answer(int(code), body)


def outside(wanted: Wanted | bool, service: Obj, on: Context) -> Outcome:
    """Whether the service answers this machine as it must (False: not at all)."""
    addresses = outside_addresses(service, on)
    who = text("the service from outside")
    if not addresses:
        if wanted is False:
            return PASSED
        kind = service["spec"].get("type", "ClusterIP")
        why = text("a service of type {kind} has no address outside the cluster", kind=kind)
        return failed(text("{who} answers", who=who), text("it has no address outside"), why)
    answer = wanted if isinstance(wanted, Wanted) else Wanted()

    def ask() -> Answer:
        answers = (fetch(f"http://{address}{answer.path}", answer.timeout) for address in addresses)
        refusals = []
        for found in answers:
            if found.status:
                return found
            refusals.append(found)
        return refusals[0]

    return _judge(wanted, ask, text("{who} ({address})", who=who, address=addresses[0]), service, on.cluster)


def outside_addresses(service: Obj, on: Context) -> list[str]:
    """`host:port` under which a service may be reached from this machine, the likeliest first."""
    found = []
    ports = service["spec"].get("ports") or []
    for ingress in service.get("status", {}).get("loadBalancer", {}).get("ingress") or []:
        found += [f"{ingress.get('ip') or ingress.get('hostname')}:{port['port']}" for port in ports]
    node_ports = [port["nodePort"] for port in ports if port.get("nodePort")]
    if node_ports:
        hosts = list(on.node_hosts) or [urlsplit(on.cluster.host).hostname or "127.0.0.1", *_addresses(on.cluster)]
        found += [f"{host}:{port}" for host in dict.fromkeys(hosts) for port in node_ports]
    return found


def _addresses(cluster: Cluster) -> list[str]:
    """The nodes' own addresses, those meant for the outside first."""
    found = [each for node in cluster.objects("Node") for each in node.get("status", {}).get("addresses") or []]
    kinds = ("ExternalIP", "InternalIP")
    return [each["address"] for kind in kinds for each in found if each["type"] == kind]


def _judge(wanted: Wanted | bool, ask: Callable[[], Answer], who: Text, service: Obj, cluster: Cluster) -> Outcome:
    answer = ask()
    if wanted is False and answer.status:
        return failed(text("{who} does not answer", who=who), text("it answers {status}", status=answer.status))
    if wanted is False:
        return PASSED
    asked = wanted if isinstance(wanted, Wanted) else Wanted()
    outcome = _answered(asked, answer, who)
    if not outcome.passed or not asked.every_pod:
        return outcome
    return _by_every_pod(ask, answer, service, cluster, who)


def _answered(asked: Wanted, answer: Answer, who: Text) -> Outcome:
    expected = (
        text("{who} answers {status}", who=who, status=asked.status) if asked.status else text("{who} answers", who=who)
    )
    if not answer.status:
        return failed(expected, text("no answer: {reason}", reason=shortened(answer.body)))
    if asked.status and answer.status != asked.status:
        return failed(expected, text("{status}: {body}", status=answer.status, body=shortened(answer.body)))
    return judge_text(answer.body, asked, text("the answer of {who}", who=who))


def _by_every_pod(ask: Callable[[], Answer], first: Answer, service: Obj, cluster: Cluster, who: Text) -> Outcome:
    """Whether each ready pod's name has been in an answer, within ten requests a pod."""
    labels = service["spec"].get("selector") or {}
    selector = ",".join(f"{key}={value}" for key, value in labels.items())
    pods = cluster.objects("Pod", service["metadata"]["namespace"], selector)
    missing = {pod["metadata"]["name"] for pod in pods if ready(pod)}
    body = first.body
    for _ in range(10 * len(missing)):
        missing = {name for name in missing if name not in body}
        if not missing:
            return PASSED
        body = ask().body
    if not missing:
        return PASSED
    return failed(text("each ready pod answers for {who}", who=who), text("{pod} never did", pod=sorted(missing)[0]))
