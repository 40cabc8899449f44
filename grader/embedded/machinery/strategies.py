"""What a kind does when it is created and updated, beyond defaults and validation.

The names follow the API server's own "strategies" (k8s.io/apiserver, package registry/rest): what of an
object a client may set at creation, and which half of it an update may change.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from grader.embedded.machinery.allocation import Allocator
from grader.embedded.objects import Obj
from grader.embedded.qos import qos_class
from grader.embedded.resources import Resource

Prepare = Callable[[Obj], None]
PrepareUpdate = Callable[[Obj, Obj], None]


def _nothing(obj: Obj) -> None:
    """Most kinds need no preparation of their own."""


def _keep(new: Obj, old: Obj) -> None:
    """Most kinds may be updated as they are."""


@dataclass(frozen=True, slots=True)
class Strategy:
    """The rules of one kind.

    `generation`: spec changes are counted. `status`: the main resource ignores it, the status subresource sets it.
    `unconditional`: an update without a resource version is accepted. `create_on_update`: PUT may create.
    `returns_deleted`: a deletion answers with the object instead of a Status.
    """

    generation: bool = False
    status: bool = False
    unconditional: bool = True
    create_on_update: bool = False
    returns_deleted: bool = False
    create: Prepare = _nothing
    update: PrepareUpdate = _keep


def _pod_create(pod: Obj) -> None:
    pod["status"] = {"phase": "Pending", "qosClass": qos_class(pod["spec"])}


def _secret_update(new: Obj, old: Obj) -> None:
    new.setdefault("type", old.get("type", "Opaque"))


def _namespace_create(namespace: Obj) -> None:
    namespace["status"] = {"phase": "Active"}
    spec = namespace.setdefault("spec", {})
    if "kubernetes" not in spec.get("finalizers", ()):
        spec["finalizers"] = [*spec.get("finalizers", ()), "kubernetes"]
    _label_namespace(namespace)


def _label_namespace(namespace: Obj) -> None:
    if name := namespace["metadata"].get("name"):
        namespace["metadata"].setdefault("labels", {})["kubernetes.io/metadata.name"] = name


def _namespace_update(new: Obj, old: Obj) -> None:
    new["spec"] = old.get("spec", {})
    _label_namespace(new)


def _claim_create(claim: Obj) -> None:
    claim["status"] = {"phase": "Pending"}


def _volume_create(volume: Obj) -> None:
    volume["status"] = {"phase": "Pending"}


def _signing_request_create(request: Obj) -> None:
    request["status"] = {}


def _disruption_create(budget: Obj) -> None:
    budget["status"] = {"currentHealthy": 0, "desiredHealthy": 0, "disruptionsAllowed": 0, "expectedPods": 0}


def _workload_zero(obj: Obj) -> None:
    obj["status"] = {}


def _job_create(job: Obj) -> None:
    from grader.embedded.schema.defaults.jobs import default_job, generate_selector

    job["status"] = {}
    generate_selector(job)
    default_job(job)


def _replicas_zero(obj: Obj) -> None:
    obj["status"] = {"replicas": 0}


def _stateful_create(obj: Obj) -> None:
    obj["status"] = {"replicas": 0, "availableReplicas": 0}


def _daemon_create(obj: Obj) -> None:
    obj["status"] = {
        "currentNumberScheduled": 0,
        "numberMisscheduled": 0,
        "desiredNumberScheduled": 0,
        "numberReady": 0,
    }
    obj["metadata"].setdefault("annotations", {}).setdefault("deprecated.daemonset.template.generation", "1")


def _daemon_update(new: Obj, old: Obj) -> None:
    key = "deprecated.daemonset.template.generation"
    count = int(old["metadata"].get("annotations", {}).get(key, "1"))
    if new["spec"].get("template") != old["spec"].get("template"):
        count += 1
    new["metadata"].setdefault("annotations", {})[key] = str(count)


def _autoscaler_create(scaler: Obj) -> None:
    scaler["status"] = {"desiredReplicas": 0, "currentMetrics": None}


def _definition_create(definition: Obj) -> None:
    versions = (definition.get("spec") or {}).get("versions") or ()
    definition["status"] = {
        "conditions": None,
        "acceptedNames": {"plural": "", "kind": ""},
        "storedVersions": [v["name"] for v in versions if v.get("storage")] or None,
    }


def _balancer_create(obj: Obj) -> None:
    obj["status"] = {"loadBalancer": {}}


def _normalize_addresses(service: Obj) -> None:
    """`clusterIP` alone means the first of `clusterIPs`."""
    spec = service.get("spec") or {}
    if spec.get("clusterIP") and not spec.get("clusterIPs"):
        spec["clusterIPs"] = [spec["clusterIP"]]


def _service_create(service: Obj) -> None:
    _balancer_create(service)
    _normalize_addresses(service)


def _service_update(new: Obj, old: Obj) -> None:
    Allocator.carry_over(new, old)
    _normalize_addresses(new)


def _limit_range_create(limit_range: Obj) -> None:
    """A limit range without a name gets one."""
    if not limit_range["metadata"].get("name"):
        limit_range["metadata"]["name"] = str(uuid.uuid4())


_STRATEGIES: dict[str, Strategy] = {
    "pods": Strategy(generation=True, status=True, returns_deleted=True, create=_pod_create),
    "namespaces": Strategy(status=True, create=_namespace_create, update=_namespace_update),
    "nodes": Strategy(status=True, create_on_update=True),
    "services": Strategy(
        status=True, create_on_update=True, returns_deleted=True, create=_service_create, update=_service_update
    ),
    "persistentvolumes": Strategy(status=True, returns_deleted=True, create=_volume_create),
    "persistentvolumeclaims": Strategy(status=True, returns_deleted=True, create=_claim_create),
    "resourcequotas": Strategy(status=True, returns_deleted=True, create=_workload_zero),
    "serviceaccounts": Strategy(returns_deleted=True),
    "podtemplates": Strategy(generation=True, returns_deleted=True),
    "replicationcontrollers": Strategy(generation=True, status=True, create=_replicas_zero),
    "secrets": Strategy(update=_secret_update),
    "events": Strategy(create_on_update=True),
    "limitranges": Strategy(create_on_update=True, create=_limit_range_create),
    "endpoints": Strategy(create_on_update=True),
    "deployments.apps": Strategy(generation=True, status=True, create=_workload_zero),
    "replicasets.apps": Strategy(generation=True, status=True, create=_replicas_zero),
    "statefulsets.apps": Strategy(generation=True, status=True, create=_stateful_create),
    "daemonsets.apps": Strategy(generation=True, status=True, create=_daemon_create, update=_daemon_update),
    "jobs.batch": Strategy(generation=True, status=True, create=_job_create),
    "cronjobs.batch": Strategy(generation=True, status=True, create=_workload_zero),
    "horizontalpodautoscalers.autoscaling": Strategy(status=True, create=_autoscaler_create),
    "poddisruptionbudgets.policy": Strategy(
        generation=True, status=True, unconditional=False, create=_disruption_create
    ),
    "ingresses.networking.k8s.io": Strategy(generation=True, status=True, create=_balancer_create),
    "ingressclasses.networking.k8s.io": Strategy(generation=True),
    "networkpolicies.networking.k8s.io": Strategy(generation=True),
    "endpointslices.discovery.k8s.io": Strategy(generation=True, unconditional=True),
    "leases.coordination.k8s.io": Strategy(create_on_update=True, unconditional=False),
    "certificatesigningrequests.certificates.k8s.io": Strategy(status=True, create=_signing_request_create),
    "priorityclasses.scheduling.k8s.io": Strategy(generation=True, create_on_update=True),
    "roles.rbac.authorization.k8s.io": Strategy(create_on_update=True),
    "clusterroles.rbac.authorization.k8s.io": Strategy(create_on_update=True),
    "rolebindings.rbac.authorization.k8s.io": Strategy(create_on_update=True),
    "clusterrolebindings.rbac.authorization.k8s.io": Strategy(create_on_update=True),
    "customresourcedefinitions.apiextensions.k8s.io": Strategy(
        generation=True, status=True, unconditional=False, create=_definition_create
    ),
}

_PLAIN = Strategy()
_CUSTOM = Strategy(generation=True, unconditional=False)
_CUSTOM_WITH_STATUS = Strategy(generation=True, status=True, unconditional=False)


def strategy_of(resource: Resource) -> Strategy:
    """The rules of a resource's kind."""
    if resource.custom:
        return _CUSTOM_WITH_STATUS if resource.subresource("status") else _CUSTOM
    return _STRATEGIES.get(resource.key, _PLAIN)
