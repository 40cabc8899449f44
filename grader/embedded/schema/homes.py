"""In which file the defaults and the rules of a kind are: `defaults/<home>.py` and `validation/<home>.py`.

Files are imported when their first kind is asked for, so a cluster does not pay for kinds that nobody uses.
"""

from __future__ import annotations

_KINDS_BY_HOME: dict[str, tuple[str, ...]] = {
    "access": (
        "serviceaccounts",
        "roles.rbac.authorization.k8s.io",
        "rolebindings.rbac.authorization.k8s.io",
        "clusterroles.rbac.authorization.k8s.io",
        "clusterrolebindings.rbac.authorization.k8s.io",
    ),
    "autoscalers": ("horizontalpodautoscalers.autoscaling",),
    "certificates": ("certificatesigningrequests.certificates.k8s.io",),
    "configuration": ("configmaps", "secrets"),
    "daemonsets": ("daemonsets.apps",),
    "definitions": ("customresourcedefinitions.apiextensions.k8s.io",),
    "deployments": ("deployments.apps",),
    "disruption": ("poddisruptionbudgets.policy",),
    "endpoints": ("endpoints", "endpointslices.discovery.k8s.io"),
    "events": ("events", "events.events.k8s.io"),
    "ingresses": ("ingresses.networking.k8s.io", "ingressclasses.networking.k8s.io"),
    "jobs": ("jobs.batch", "cronjobs.batch"),
    "leases": ("leases.coordination.k8s.io",),
    "namespaces": ("namespaces",),
    "network_policies": ("networkpolicies.networking.k8s.io",),
    "nodes": ("nodes",),
    "pods": ("pods",),
    "quotas": ("resourcequotas", "limitranges"),
    "replicas": ("replicasets.apps", "replicationcontrollers"),
    "revisions": ("controllerrevisions.apps", "podtemplates"),
    "scheduling": ("priorityclasses.scheduling.k8s.io", "runtimeclasses.node.k8s.io"),
    "services": ("services",),
    "statefulsets": ("statefulsets.apps",),
    "storage": (
        "persistentvolumes",
        "persistentvolumeclaims",
        "storageclasses.storage.k8s.io",
        "csidrivers.storage.k8s.io",
    ),
}

HOMES: dict[str, str] = {kind: home for home, kinds in _KINDS_BY_HOME.items() for kind in kinds}
