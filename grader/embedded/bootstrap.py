"""What a cluster holds before anybody used it: namespaces, the API's own service, roles, classes.

Names and rules as a fresh kubeadm cluster has them (k8s.io/docs/reference/access-authn-authz/rbac, "Default
roles and role bindings").
"""

from __future__ import annotations

from grader.embedded.machinery.client import Client
from grader.embedded.objects import Obj

_RBAC = "rbac.authorization.k8s.io"
NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")
_READ = ["get", "list", "watch"]
_WRITE = ["create", "delete", "deletecollection", "patch", "update"]
_BOOTSTRAP_LABEL = {"kubernetes.io/bootstrapping": "rbac-defaults"}

_CORE_VIEWED = [
    "configmaps", "endpoints", "persistentvolumeclaims", "persistentvolumeclaims/status", "pods",
    "replicationcontrollers", "replicationcontrollers/scale", "serviceaccounts", "services", "services/status",
]  # fmt: skip
_CORE_NOTED = [
    "bindings", "events", "limitranges", "namespaces/status", "pods/log", "pods/status",
    "replicationcontrollers/status", "resourcequotas", "resourcequotas/status", "namespaces",
]  # fmt: skip
_APPS = [
    "daemonsets", "deployments", "deployments/scale", "replicasets", "replicasets/scale", "statefulsets",
    "statefulsets/scale",
]  # fmt: skip


def _rule(groups: list[str], resources: list[str], verbs: list[str]) -> Obj:
    return {"apiGroups": groups, "resources": resources, "verbs": verbs}


_VIEW = [
    _rule([""], _CORE_VIEWED, _READ),
    _rule([""], _CORE_NOTED, _READ),
    _rule(["discovery.k8s.io"], ["endpointslices"], _READ),
    _rule(["apps"], ["controllerrevisions", *_APPS, *(f"{name}/status" for name in _APPS if "/" not in name)], _READ),
    _rule(["autoscaling"], ["horizontalpodautoscalers", "horizontalpodautoscalers/status"], _READ),
    _rule(["batch"], ["cronjobs", "cronjobs/status", "jobs", "jobs/status"], _READ),
    _rule(["policy"], ["poddisruptionbudgets", "poddisruptionbudgets/status"], _READ),
    _rule(["networking.k8s.io"], ["ingresses", "ingresses/status", "networkpolicies"], _READ),
]
_EDIT = [
    _rule([""], ["pods/attach", "pods/exec", "pods/portforward", "pods/proxy", "secrets", "services/proxy"], _READ),
    _rule([""], ["serviceaccounts"], ["impersonate"]),
    _rule([""], ["pods", "pods/attach", "pods/exec", "pods/portforward", "pods/proxy"], _WRITE),
    _rule([""], ["pods/eviction"], ["create"]),
    _rule(
        [""],
        ["configmaps", "events", "persistentvolumeclaims", "replicationcontrollers", "replicationcontrollers/scale",
         "secrets", "serviceaccounts", "services", "services/proxy"],
        _WRITE,
    ),
    _rule([""], ["serviceaccounts/token"], ["create"]),
    _rule(["apps"], ["deployments/rollback", *_APPS], _WRITE),
    _rule(["autoscaling"], ["horizontalpodautoscalers"], _WRITE),
    _rule(["batch"], ["cronjobs", "jobs"], _WRITE),
    _rule(["policy"], ["poddisruptionbudgets"], _WRITE),
    _rule(["networking.k8s.io"], ["ingresses", "networkpolicies"], _WRITE),
    _rule(["coordination.k8s.io"], ["leases"], [*_READ, *_WRITE]),
]  # fmt: skip
_ADMIN = [
    _rule(["authorization.k8s.io"], ["localsubjectaccessreviews"], ["create"]),
    _rule([_RBAC], ["rolebindings", "roles"], [*_READ, *_WRITE]),
]
_DISCOVERY_PATHS = [
    "/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/openapi", "/openapi/*", "/readyz", "/version",
    "/version/",
]  # fmt: skip
_PUBLIC_PATHS = ["/healthz", "/livez", "/readyz", "/version", "/version/"]

_CLUSTER_ROLES: dict[str, list[Obj]] = {
    "cluster-admin": [_rule(["*"], ["*"], ["*"]), {"nonResourceURLs": ["*"], "verbs": ["*"]}],
    "admin": [*_ADMIN, *_EDIT, *_VIEW],
    "edit": [*_EDIT, *_VIEW],
    "view": _VIEW,
    "system:aggregate-to-admin": _ADMIN,
    "system:aggregate-to-edit": _EDIT,
    "system:aggregate-to-view": _VIEW,
    "system:basic-user": [
        _rule(["authorization.k8s.io"], ["selfsubjectaccessreviews", "selfsubjectrulesreviews"], ["create"]),
        _rule(["authentication.k8s.io"], ["selfsubjectreviews"], ["create"]),
    ],
    "system:discovery": [{"nonResourceURLs": _DISCOVERY_PATHS, "verbs": ["get"]}],
    "system:public-info-viewer": [{"nonResourceURLs": _PUBLIC_PATHS, "verbs": ["get"]}],
}
_AGGREGATES = {"admin": ("admin",), "edit": ("edit",), "view": ("view",)}
_PARTS = {
    "system:aggregate-to-admin": "admin",
    "system:aggregate-to-edit": "edit",
    "system:aggregate-to-view": "view",
    "edit": "admin",
    "view": "edit",
}
_CLUSTER_BINDINGS = {
    "cluster-admin": ("cluster-admin", ["system:masters"]),
    "system:basic-user": ("system:basic-user", ["system:authenticated"]),
    "system:discovery": ("system:discovery", ["system:authenticated"]),
    "system:public-info-viewer": ("system:public-info-viewer", ["system:authenticated", "system:unauthenticated"]),
}
_PRIORITY_CLASSES = {
    "system-cluster-critical": (2000000000, "Used for system critical pods that must run in the cluster, but can be "
                                "moved to another node if necessary."),
    "system-node-critical": (2000001000, "Used for system critical pods that must not be moved from their current "
                             "node."),
}  # fmt: skip


def _cluster_role(name: str, rules: list[Obj]) -> Obj:
    labels = dict(_BOOTSTRAP_LABEL)
    if name in _PARTS:
        labels[f"{_RBAC}/aggregate-to-{_PARTS[name]}"] = "true"
    role: Obj = {
        "apiVersion": f"{_RBAC}/v1",
        "kind": "ClusterRole",
        "metadata": {"name": name, "labels": labels, "annotations": {f"{_RBAC}/autoupdate": "true"}},
        "rules": rules,
    }
    if name in _AGGREGATES:
        role["aggregationRule"] = {
            "clusterRoleSelectors": [
                {"matchLabels": {f"{_RBAC}/aggregate-to-{part}": "true"}} for part in _AGGREGATES[name]
            ]
        }
    return role


def _cluster_binding(name: str, role: str, groups: list[str]) -> Obj:
    return {
        "apiVersion": f"{_RBAC}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {
            "name": name,
            "labels": dict(_BOOTSTRAP_LABEL),
            "annotations": {f"{_RBAC}/autoupdate": "true"},
        },
        "roleRef": {"apiGroup": _RBAC, "kind": "ClusterRole", "name": role},
        "subjects": [{"apiGroup": _RBAC, "kind": "Group", "name": group} for group in groups],
    }


def _api_service(port: int) -> list[tuple[str, Obj]]:
    labels = {"component": "apiserver", "provider": "kubernetes"}
    service: Obj = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "kubernetes", "namespace": "default", "labels": labels},
        "spec": {
            "clusterIP": "10.96.0.1",
            "clusterIPs": ["10.96.0.1"],
            "type": "ClusterIP",
            "sessionAffinity": "None",
            "ipFamilies": ["IPv4"],
            "ipFamilyPolicy": "SingleStack",
            "internalTrafficPolicy": "Cluster",
            "ports": [{"name": "https", "port": 443, "protocol": "TCP", "targetPort": 6443}],
        },
    }
    endpoints: Obj = {
        "apiVersion": "v1",
        "kind": "Endpoints",
        "metadata": {
            "name": "kubernetes",
            "namespace": "default",
            "labels": {"endpointslice.kubernetes.io/skip-mirror": "true"},
        },
        "subsets": [
            {"addresses": [{"ip": "172.18.0.2"}], "ports": [{"name": "https", "port": port, "protocol": "TCP"}]}
        ],
    }
    piece: Obj = {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": "kubernetes",
            "namespace": "default",
            "labels": {"kubernetes.io/service-name": "kubernetes"},
        },
        "addressType": "IPv4",
        "endpoints": [{"addresses": ["172.18.0.2"], "conditions": {"ready": True}}],
        "ports": [{"name": "https", "port": port, "protocol": "TCP"}],
    }
    return [("services", service), ("endpoints", endpoints), ("endpointslices.discovery.k8s.io", piece)]


def fill(client: Client) -> None:
    """Create what is missing of a fresh cluster's objects."""
    wanted: list[tuple[str, Obj]] = [
        ("namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}) for name in NAMESPACES
    ]
    wanted += _api_service(6443)
    wanted += [
        ("clusterroles.rbac.authorization.k8s.io", _cluster_role(name, rules)) for name, rules in _CLUSTER_ROLES.items()
    ]
    wanted += [
        ("clusterrolebindings.rbac.authorization.k8s.io", _cluster_binding(name, role, groups))
        for name, (role, groups) in _CLUSTER_BINDINGS.items()
    ]
    wanted += [
        (
            "priorityclasses.scheduling.k8s.io",
            {
                "apiVersion": "scheduling.k8s.io/v1",
                "kind": "PriorityClass",
                "metadata": {"name": name},
                "value": value,
                "description": text,
                "preemptionPolicy": "PreemptLowerPriority",
            },
        )
        for name, (value, text) in _PRIORITY_CLASSES.items()
    ]
    for resource, obj in wanted:
        meta = obj["metadata"]
        if client.get(resource, meta.get("namespace", ""), meta["name"]) is None:
            client.create(resource, obj)
