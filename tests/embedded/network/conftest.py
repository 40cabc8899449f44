"""Objects and a network over them, without the API's rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from grader.embedded.network.network import Network
from grader.embedded.objects import Key, Obj
from grader.embedded.store import Event, Store
from tests.embedded.node.manual_clock import ManualClock

NODE = "172.18.0.2"


class StoreClient:
    """Reads and writes a store as it is."""

    def __init__(self) -> None:
        self.store = Store()

    def get(self, resource: str, namespace: str, name: str) -> Obj | None:
        return self.store.get(resource, Key(namespace, name))

    def list(self, resource: str, namespace: str | None = None) -> Any:
        return self.store.list(resource, namespace)

    def each(self, resource: str, namespace: str | None = None) -> Iterator[Obj]:
        return self.store.each(resource, namespace)

    def update_status(self, resource: str, obj: Obj) -> Obj:
        return self.store.update(resource, obj)

    def subscribe(self, resource: str, subscriber: Callable[[Event], None]) -> Callable[[], None]:
        return self.store.subscribe(resource, subscriber)

    def put(self, resource: str, name: str, namespace: str = "default", **rest: Any) -> Obj:
        """Create or replace an object."""
        labels = rest.pop("labels", {})
        annotations = rest.pop("annotations", {})
        meta = {"name": name, "namespace": namespace, "labels": labels, "annotations": annotations}
        if resource == "namespaces":
            del meta["namespace"]
        obj = {"apiVersion": "v1", "kind": "X", "metadata": meta, **rest}
        key = Key(meta.get("namespace", ""), name)
        write = self.store.create if self.store.get(resource, key) is None else self.store.update
        return write(resource, obj)

    def drop(self, resource: str, name: str, namespace: str = "default") -> None:
        self.store.delete(resource, Key(namespace, name))

    def service(
        self, name: str, address: str = "10.96.0.50", *, port: int = 80, target: int = 8080, **spec: Any
    ) -> Obj:
        ports = spec.pop("ports", [{"port": port, "protocol": "TCP", "targetPort": target}])
        return self.put("services", name, spec={"clusterIP": address, "ports": ports, **spec})

    def endpoints(self, name: str, *addresses: str, port: int = 8080, **conditions: bool) -> Obj:
        found = [{"addresses": [a], "conditions": {"ready": True, **conditions}, "nodeName": "n1"} for a in addresses]
        return self.slice(name, found, port=port)

    def slice(self, name: str, endpoints: Any, *, port: int = 8080) -> Obj:
        return self.put(
            "endpointslices.discovery.k8s.io",
            f"{name}-abc",
            labels={"kubernetes.io/service-name": name},
            addressType="IPv4",
            endpoints=endpoints,
            ports=[{"name": "", "port": port, "protocol": "TCP"}],
        )

    def pod(self, name: str, address: str, namespace: str = "default", **labels: str) -> Obj:
        return self.put("pods", name, namespace, labels=labels, spec={}, status={"podIP": address})


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def client() -> StoreClient:
    client = StoreClient()
    for name in ("default", "kube-system", "team-a"):
        client.put("namespaces", name, labels={"kubernetes.io/metadata.name": name})
    return client


@pytest.fixture
def network(client: StoreClient, clock: ManualClock) -> Iterator[Network]:
    network = Network(client, clock, {"n1": NODE})  # type: ignore[arg-type]
    yield network
    network.close()
