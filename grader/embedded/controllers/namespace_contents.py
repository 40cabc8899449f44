"""What every namespace has from the start: the default service account, and the cluster's certificate.

k8s.io/docs/reference/access-authn-authz/service-accounts-admin
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from typing import ClassVar

from grader.embedded.clock import Clock
from grader.embedded.controllers.base import Controller, Mapper, itself
from grader.embedded.machinery.client import Client
from grader.embedded.machinery.recorder import EventRecorder
from grader.embedded.objects import Key, Obj, is_terminating, key_of
from grader.embedded.store import Event


class NamespaceContentController(Controller):
    """Keeps one object of a fixed name in every namespace."""

    resource: ClassVar[str]
    object_name: ClassVar[str]

    def watches(self) -> Mapping[str, Mapper]:
        return {"namespaces": itself, self.resource: self._mine}

    def resync(self) -> Iterable[Key]:
        return [key_of(namespace) for namespace in self.client.each("namespaces")]

    def _mine(self, event: Event) -> Iterable[Key]:
        if event.key.name == self.object_name and event.type != "ADDED":
            yield Key("", event.key.namespace)

    def reconcile(self, key: Key) -> float | None:
        namespace = self.client.get("namespaces", *key)
        if namespace is None or is_terminating(namespace):
            return None
        current = self.client.get(self.resource, key.name, self.object_name)
        wanted = self.wanted(key.name)
        if current is None:
            self.client.create(self.resource, wanted)
        else:
            self.mend(current, wanted)
        return None

    @abstractmethod
    def wanted(self, namespace: str) -> Obj:
        """The object as it is made."""

    def mend(self, current: Obj, wanted: Obj) -> None:
        """Bring the object back to what it should be. By default it may be changed at will."""


class ServiceAccountController(NamespaceContentController):
    """The service account `default`."""

    name = "service-account-controller"
    resource = "serviceaccounts"
    object_name = "default"

    def wanted(self, namespace: str) -> Obj:
        meta = {"name": self.object_name, "namespace": namespace}
        return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta}


class RootCertificateController(NamespaceContentController):
    """The config map `kube-root-ca.crt`, by which pods know the API server."""

    name = "root-ca-certificate-publisher"
    resource = "configmaps"
    object_name = "kube-root-ca.crt"

    def __init__(self, client: Client, clock: Clock, events: EventRecorder, authority: str) -> None:
        """`authority` is the cluster's certificate authority (PEM)."""
        super().__init__(client, clock, events)
        self._data = {"ca.crt": authority}

    def wanted(self, namespace: str) -> Obj:
        text = (
            "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such "
            "as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions "
            "of Kubernetes clusters."
        )
        return {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {
                "name": self.object_name,
                "namespace": namespace,
                "annotations": {"kubernetes.io/description": text},
            },
            "data": dict(self._data),
        }

    def mend(self, current: Obj, wanted: Obj) -> None:
        if current.get("data") != self._data:
            self.client.update(self.resource, {**current, "data": dict(self._data)})
