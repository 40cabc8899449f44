"""All controllers of a cluster, made and in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from grader.embedded.clock import Clock
from grader.embedded.controllers.adoption import Orphans
from grader.embedded.controllers.autoscaler.controller import HorizontalPodAutoscalerController
from grader.embedded.controllers.autoscaler.metrics import Usage
from grader.embedded.controllers.base import Controller
from grader.embedded.controllers.certificates import CertificateController, Sign
from grader.embedded.controllers.clusterrole_aggregation import ClusterRoleAggregationController
from grader.embedded.controllers.cronjob import CronJobController
from grader.embedded.controllers.daemonset.controller import DaemonSetController
from grader.embedded.controllers.deployment.controller import DeploymentController
from grader.embedded.controllers.disruption import DisruptionController
from grader.embedded.controllers.endpoints import EndpointsController
from grader.embedded.controllers.endpointslice import EndpointSliceController
from grader.embedded.controllers.endpointslice_mirroring import EndpointSliceMirroringController
from grader.embedded.controllers.garbage_collector import GarbageCollector
from grader.embedded.controllers.job.controller import JobController
from grader.embedded.controllers.job.tracking import StrayJobPodController
from grader.embedded.controllers.job.ttl import TtlAfterFinishedController
from grader.embedded.controllers.load_balancer import LoadBalancerController
from grader.embedded.controllers.namespace import NamespaceController
from grader.embedded.controllers.namespace_contents import RootCertificateController, ServiceAccountController
from grader.embedded.controllers.node_lifecycle import NodeLifecycleController
from grader.embedded.controllers.node_ttl import NodeTtlController
from grader.embedded.controllers.podgc import PodGarbageCollector
from grader.embedded.controllers.replicaset import ReplicaSetController
from grader.embedded.controllers.replicationcontroller import ReplicationControllerController
from grader.embedded.controllers.resourcequota import ResourceQuotaController
from grader.embedded.controllers.statefulset.controller import StatefulSetController
from grader.embedded.controllers.taint_eviction import TaintEvictionController
from grader.embedded.controllers.volumes.claims import ClaimController
from grader.embedded.controllers.volumes.volumes import ClaimProtectionController, VolumeController
from grader.embedded.machinery.client import Client
from grader.embedded.machinery.recorder import EventRecorder

_SIMPLE: tuple[type[Controller], ...] = (
    ServiceAccountController,
    CronJobController,
    StrayJobPodController,
    TtlAfterFinishedController,
    EndpointsController,
    EndpointSliceController,
    EndpointSliceMirroringController,
    LoadBalancerController,
    ClaimController,
    VolumeController,
    ClaimProtectionController,
    DisruptionController,
    ResourceQuotaController,
    NodeLifecycleController,
    TaintEvictionController,
    NodeTtlController,
    PodGarbageCollector,
    ClusterRoleAggregationController,
    NamespaceController,
    GarbageCollector,
)


def builtin(
    client: Client,
    clock: Clock,
    recorder: Callable[[str], EventRecorder],
    *,
    authority: str,
    sign: Sign,
    usage: Usage | None,
) -> Sequence[Controller]:
    """The controllers of kube-controller-manager, and what a cloud provider and a storage driver would add.

    `recorder` gives the recorder of a component by its name. `authority` is the cluster's certificate (PEM); `sign`
    answers a certificate signing request (PEM, seconds, whether for a client) with a certificate; `usage` says what
    the containers of a pod (namespace, name) use, None when nobody measures.
    """
    pods = Orphans(client, "pods")
    replica_sets = Orphans(client, "replicasets.apps")
    revisions = Orphans(client, "controllerrevisions.apps")

    def events(kind: type[Controller]) -> EventRecorder:
        return recorder(kind.name)

    owners: list[Controller] = [
        DeploymentController(client, clock, events(DeploymentController), replica_sets),
        ReplicaSetController(client, clock, events(ReplicaSetController), pods),
        ReplicationControllerController(client, clock, events(ReplicationControllerController), pods),
        StatefulSetController(client, clock, events(StatefulSetController), pods, revisions),
        DaemonSetController(client, clock, events(DaemonSetController), pods, revisions),
        JobController(client, clock, events(JobController), pods),
    ]
    special: list[Controller] = [
        RootCertificateController(client, clock, events(RootCertificateController), authority),
        CertificateController(client, clock, events(CertificateController), sign),
        HorizontalPodAutoscalerController(client, clock, events(HorizontalPodAutoscalerController), usage),
    ]
    simple = [kind(client, clock, events(kind)) for kind in _SIMPLE]
    return [*owners, *special, *simple]
