"""ServiceAccount: every pod runs as one, and gets its token mounted.

k8s.io/docs/reference/access-authn-authz/service-accounts-admin
"""

from __future__ import annotations

from itertools import chain

from grader.embedded.admission.base import Attributes, Plugin
from grader.embedded.names import random_suffix
from grader.embedded.objects import Key, Obj
from grader.embedded.store import Store

MOUNT_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"
_MIRROR = "kubernetes.io/config.mirror"


class ServiceAccount(Plugin):
    def __init__(self, store: Store) -> None:
        self._store = store

    def admit(self, request: Attributes) -> None:
        pod = request.obj
        if request.verb != "create" or request.resource.key != "pods" or request.subresource or pod is None:
            return
        if _MIRROR in (pod["metadata"].get("annotations") or {}):
            return
        spec = pod["spec"]
        name = spec.get("serviceAccountName") or "default"
        spec["serviceAccountName"] = spec["serviceAccount"] = name
        account = self._store.get("serviceaccounts", Key(request.namespace, name))
        if account is None:
            raise request.forbid(
                f'error looking up service account {request.namespace}/{name}: serviceaccount "{name}" not found'
            )
        automount = spec.get("automountServiceAccountToken")
        if automount is None:
            automount = account.get("automountServiceAccountToken", True)
        if automount:
            _mount_token(spec)
        if account.get("imagePullSecrets") and not spec.get("imagePullSecrets"):
            spec["imagePullSecrets"] = [dict(secret) for secret in account["imagePullSecrets"]]


def _mount_token(spec: Obj) -> None:
    """The token, the cluster's certificate and the namespace, in containers that have nothing there."""
    bare = [
        container
        for container in chain(spec.get("initContainers") or (), spec.get("containers") or ())
        if all(mount.get("mountPath") != MOUNT_PATH for mount in container.get("volumeMounts") or ())
    ]
    if not bare:
        return
    volumes = spec.setdefault("volumes", [])
    name = next((v["name"] for v in volumes if v["name"].startswith("kube-api-access-")), "")
    if not name:
        name = f"kube-api-access-{random_suffix()}"
        volumes.append(_token_volume(name))
    for container in bare:
        mounts = container.setdefault("volumeMounts", [])
        mounts.append({"name": name, "readOnly": True, "mountPath": MOUNT_PATH})


def _token_volume(name: str) -> Obj:
    namespace = {"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}
    return {
        "name": name,
        "projected": {
            "sources": [
                {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
                {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
                {"downwardAPI": {"items": [namespace]}},
            ],
            "defaultMode": 420,
        },
    }
