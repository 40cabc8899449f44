"""All controllers of a cluster, made and in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from grader.embedded.clock import Clock
from grader.embedded.controllers.adoption import Orphans
from grader.embedded.controllers.base import Controller
from grader.embedded.controllers.deployment.controller import DeploymentController
from grader.embedded.controllers.endpoints import EndpointsController
from grader.embedded.controllers.endpointslice import EndpointSliceController
from grader.embedded.controllers.endpointslice_mirroring import EndpointSliceMirroringController
from grader.embedded.controllers.garbage_collector import GarbageCollector
from grader.embedded.controllers.namespace import NamespaceController
from grader.embedded.controllers.namespace_contents import RootCertificateController, ServiceAccountController
from grader.embedded.controllers.replicaset import ReplicaSetController
from grader.embedded.controllers.replicationcontroller import ReplicationControllerController
from grader.embedded.machinery.client import Client
from grader.embedded.machinery.recorder import EventRecorder
from grader.embedded.objects import Obj

Usage = Callable[[Obj], tuple[float, int] | None]
Sign = Callable[..., bytes]


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
    answers a certificate signing request (PEM, seconds) with a certificate; `usage` says what a pod uses now.
    """
    pods = Orphans(client, "pods")
    replica_sets = Orphans(client, "replicasets.apps")
    made: list[Controller] = [
        ServiceAccountController(client, clock, recorder("service-account-controller")),
        RootCertificateController(client, clock, recorder("root-ca-certificate-publisher"), authority),
        DeploymentController(client, clock, recorder("deployment-controller"), replica_sets),
        ReplicaSetController(client, clock, recorder("replicaset-controller"), pods),
        ReplicationControllerController(client, clock, recorder("replication-controller"), pods),
        EndpointsController(client, clock, recorder("endpoint-controller")),
        EndpointSliceController(client, clock, recorder("endpoint-slice-controller")),
        EndpointSliceMirroringController(client, clock, recorder("endpoint-slice-mirroring-controller")),
        NamespaceController(client, clock, recorder("namespace-controller")),
        GarbageCollector(client, clock, recorder("garbage-collector-controller")),
    ]
    return made
