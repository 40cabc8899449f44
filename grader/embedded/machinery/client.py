"""How controllers, the scheduler and kubelets talk to the API from inside the process.

The same verbs as on the wire (defaults, admission, generation, quotas), without text in between. Calls are
synchronous and raise `ApiError`; objects returned are shared, so clone before changing one.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from grader.embedded.objects import Key, Obj
from grader.embedded.status import ApiError
from grader.embedded.store import Event

if TYPE_CHECKING:
    from grader.embedded.machinery.operations import Operations
    from grader.embedded.requests import WriteOptions


class Client:
    """The API as one component sees it. Resources are named by key, such as `deployments.apps`."""

    def __init__(self, operations: Operations, options: WriteOptions) -> None:
        self._operations = operations
        self._options = options

    def get(self, resource: str, namespace: str, name: str) -> Obj | None:
        """The object, or None when it is absent."""
        return self._operations.store.get(resource, Key(namespace, name))

    def list(self, resource: str, namespace: str | None = None) -> builtins.list[Obj]:
        """Objects ordered by namespace and name; all namespaces when none is named."""
        return self._operations.store.list(resource, namespace)

    def each(self, resource: str, namespace: str | None = None) -> Iterator[Obj]:
        """Objects in no order, without a copy of the list: do not write while iterating."""
        return self._operations.store.each(resource, namespace)

    def owned(self, owner: Obj, resource: str | None = None) -> builtins.list[Obj]:
        """Objects whose owner references name `owner`, of one resource or of all."""
        found = self._operations.store.owned_by(owner["metadata"]["uid"])
        return [obj for kind, obj in found if resource is None or kind == resource]

    def create(self, resource: str, obj: Obj) -> Obj:
        """Create; `metadata.namespace` says where. The client takes over `obj`."""
        return self._operations.create(resource, obj, self._options)

    def update(self, resource: str, obj: Obj) -> Obj:
        """Replace spec and metadata; refused with a conflict when `obj` is of an older version."""
        return self._operations.update(resource, obj, self._options)

    def update_status(self, resource: str, obj: Obj) -> Obj:
        """Replace the status only."""
        return self._operations.update(resource, obj, self._options, subresource="status")

    def bind(self, namespace: str, name: str, node: str) -> Obj:
        """Put a pod on a node, and say that it is scheduled."""
        return self._operations.bind(Key(namespace, name), node, self._options)

    def delete(
        self,
        resource: str,
        namespace: str,
        name: str,
        *,
        uid: str | None = None,
        grace: int | None = None,
        propagation: str | None = None,
    ) -> None:
        """Delete, with grace seconds for pods; an object that is already gone is no error."""
        try:
            self._operations.delete(
                resource, Key(namespace, name), self._options, uid=uid, grace=grace, propagation=propagation
            )
        except ApiError as error:
            if error.code != 404:
                raise

    def subscribe(self, resource: str, subscriber: Callable[[Event], None]) -> Callable[[], None]:
        """Be called within every write of a resource; returns what ends it. See `Store.subscribe`."""
        return self._operations.store.subscribe(resource, subscriber)

    def update_part(self, resource: str, obj: Obj, subresource: str) -> Obj:
        """Replace what a subresource such as `finalize` or `approval` covers."""
        return self._operations.update(resource, obj, self._options, subresource=subresource)

    def resource_of(self, api_version: str, kind: str) -> str | None:
        """The key of a kind, such as `deployments.apps` of apps/v1 Deployment; None when it is not served."""
        found = self._operations.resources.of_kind(api_version, kind)
        return found.key if found else None

    def is_namespaced(self, resource: str) -> bool:
        """Whether the objects of a resource, given by its key, live in namespaces."""
        return self._operations.resources.named(resource).namespaced

    def namespaced_resources(self) -> Sequence[str]:
        """The keys of all resources whose objects live in namespaces, custom ones among them."""
        return list(dict.fromkeys(r.key for r in self._operations.resources if r.namespaced))

    def resources(self) -> Sequence[str]:
        """The keys of all resources that have objects."""
        return self._operations.store.resources()

    def dependents(self, uid: str) -> Sequence[tuple[str, Obj]]:
        """(resource, object) of everything that names an owner, given by its uid, in its owner references."""
        return self._operations.store.owned_by(uid)

    def is_served(self, resource: str) -> bool:
        """Whether a key names a resource that is served."""
        return self._operations.resources.serves(resource)
