"""The verbs that change objects, and the one order in which everything about a write is decided.

As in the API server: default, mutate (admission), prepare (strategy), name and stamp, validate, admit again,
store. Clients on the wire (whose objects were decoded before) and the cluster's own components both come
through here; the latter's writes are `trusted`, which skips validation.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable

from grader.embedded.admission.base import Attributes, Chain
from grader.embedded.clock import Clock, timestamp
from grader.embedded.machinery.allocation import Allocator
from grader.embedded.machinery.definitions import Definitions
from grader.embedded.machinery.deletion import Deletion, DeletionRequest, check_preconditions, finished
from grader.embedded.machinery.patch.managed_fields import track_update
from grader.embedded.machinery.strategies import strategy_of
from grader.embedded.machinery.subresources import merged
from grader.embedded.names import generated
from grader.embedded.objects import Key, Obj, clone, key_of
from grader.embedded.requests import WriteOptions
from grader.embedded.resources import Resource, Resources
from grader.embedded.schema.defaults import apply_defaults
from grader.embedded.schema.field_errors import FieldError, required
from grader.embedded.schema.field_errors import invalid as invalid_field
from grader.embedded.schema.types import Schema, TypeInfo
from grader.embedded.schema.validation import validate, validate_status_update, validate_update
from grader.embedded.status import already_exists, conflict, invalid, not_found, stale
from grader.embedded.store import Store

_SET_BY_SERVER = ("uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink")


class Operations:
    """Create, update and delete over one store."""

    def __init__(self, store: Store, resources: Resources, clock: Clock, admission: Chain, schema: Schema) -> None:
        self.store = store
        self.schema = schema
        self.resources = resources
        self.clock = clock
        self.admission = admission
        self.definitions = Definitions(store, resources)
        self._allocator = Allocator(store)

    def create(self, resource: Resource | str, obj: Obj, options: WriteOptions) -> Obj:
        """Create an object; `metadata.namespace` is set already. The callee takes over `obj`.

        Raises ApiError: AlreadyExists, Invalid, Forbidden (admission), NotFound (namespace).
        """
        resource = self._resource(resource)
        meta = obj.setdefault("metadata", {})
        for key in (*_SET_BY_SERVER, "resourceVersion"):
            meta.pop(key, None)
        self._default(resource, obj)
        attributes = Attributes(
            "create", resource, "", meta.get("namespace", ""), meta.get("name", ""), obj, None, options.user,
            options.dry_run,
        )  # fmt: skip
        if meta.get("generateName") and not meta.get("name"):
            meta["name"] = attributes.name = generated(meta["generateName"])
        self.admission.admit(attributes)
        strategy = strategy_of(resource)
        meta["uid"] = str(uuid.uuid4())
        meta["creationTimestamp"] = timestamp(self.clock.now())
        meta.pop("generation", None)
        if strategy.generation:
            meta["generation"] = 1
        if strategy.status:
            obj.pop("status", None)
        strategy.create(obj)
        if not options.trusted:
            self._check(resource, obj, self._errors(resource, obj))
        if self.store.get(resource.key, key_of(obj)) is not None:
            raise already_exists(resource.plural, resource.group, meta["name"])
        if resource.key == "services":
            self._allocator.allocate(obj, dry_run=options.dry_run)
        self.admission.validate(attributes)
        self._track(None, obj, resource, "", options)
        if options.dry_run:
            return obj
        return self.store.create(resource.key, obj)

    def update(self, resource: Resource | str, obj: Obj, options: WriteOptions, subresource: str = "") -> Obj:
        """Replace an object or, with `subresource`, its part. The callee takes over `obj`.

        Raises ApiError: NotFound, Conflict, Invalid, Forbidden.
        """
        resource = self._resource(resource)
        old = self._existing(resource, key_of(obj))
        expected = obj["metadata"].get("resourceVersion")
        if expected and expected != old["metadata"]["resourceVersion"]:
            raise stale(resource.plural, resource.group, obj["metadata"]["name"])
        new = merged(resource, subresource, obj, old) if subresource else self._prepared(resource, obj, old, expected)
        self._stamp(resource, new, old)
        attributes = Attributes(
            "update", resource, subresource, old["metadata"].get("namespace", ""), old["metadata"]["name"], new, old,
            options.user, options.dry_run,
        )  # fmt: skip
        self.admission.admit(attributes)
        if not options.trusted:
            check = validate_status_update if subresource == "status" else validate_update
            errors = check(resource.key, new, old)
            if resource.custom:
                errors = [*errors, *self.definitions.errors(resource, new, old)]
            self._check(resource, new, errors)
        if resource.key == "services" and not subresource:
            self._allocator.allocate(new, dry_run=options.dry_run)
        self.admission.validate(attributes)
        self._track(old, new, resource, subresource, options)
        if options.dry_run:
            return new
        if finished(resource, new):
            self.store.update(resource.key, new)
            return self.store.delete(resource.key, key_of(new))
        return self.store.update(resource.key, new)

    def modify(
        self,
        resource: Resource | str,
        key: Key,
        change: Callable[[Obj], Obj],
        options: WriteOptions,
        subresource: str = "",
    ) -> Obj:
        """Update the object to what `change` makes of a copy of it. Raises what `update` does."""
        resource = self._resource(resource)
        new = change(clone(self._existing(resource, key)))
        return self.update(resource, new, options, subresource)

    def bind(self, key: Key, node: str, options: WriteOptions) -> Obj:
        """Put a pod on a node and say that it is scheduled. Raises ApiError: NotFound, Conflict."""
        old = self._existing(self.resources.named("pods"), key)
        meta, status = old["metadata"], old.get("status") or {}
        conditions = [c for c in status.get("conditions") or () if c["type"] != "PodScheduled"]
        scheduled = {
            "type": "PodScheduled",
            "status": "True",
            "lastProbeTime": None,
            "lastTransitionTime": timestamp(self.clock.now()),
            "observedGeneration": meta.get("generation", 1),
        }
        pod = {
            **old,
            "metadata": dict(meta),
            "spec": {**old["spec"], "nodeName": node},
            "status": {**status, "conditions": [*conditions, scheduled]},
        }
        return pod if options.dry_run else self.store.update("pods", pod)

    def delete(
        self,
        resource: Resource | str,
        key: Key,
        options: WriteOptions,
        request: DeletionRequest | None = None,
        *,
        uid: str | None = None,
        grace: int | None = None,
        propagation: str | None = None,
    ) -> tuple[Obj, bool]:
        """Delete or mark an object; returns its last state and whether it is gone.

        Raises ApiError: NotFound, Conflict (preconditions), Forbidden (a namespace that may not go).
        """
        resource = self._resource(resource)
        request = request or DeletionRequest(grace, uid, None, propagation)
        old = self._existing(resource, key)
        check_preconditions(resource, old, request)
        attributes = Attributes(
            "delete", resource, "", key.namespace, key.name, None, old, options.user, options.dry_run
        )
        self.admission.admit(attributes)
        self.admission.validate(attributes)
        marked = Deletion(resource, old, request, self.clock.now()).marked()
        if options.dry_run:
            return marked or old, marked is None
        if marked is None:
            return self.store.delete(resource.key, key), True
        return self.store.update(resource.key, marked), False

    def _resource(self, resource: Resource | str) -> Resource:
        return self.resources.named(resource) if isinstance(resource, str) else resource

    def _existing(self, resource: Resource, key: Key) -> Obj:
        found = self.store.get(resource.key, key)
        if found is None:
            raise not_found(resource.plural, resource.group, key.name)
        return found

    def _default(self, resource: Resource, obj: Obj) -> None:
        if resource.custom:
            self.definitions.default(resource, obj)
        else:
            apply_defaults(resource.key, obj)

    def _prepared(self, resource: Resource, new: Obj, old: Obj, expected: str | None) -> Obj:
        """A whole object as an update may leave it."""
        strategy = strategy_of(resource)
        meta, was = new["metadata"], old["metadata"]
        if not expected and not strategy.unconditional:
            field = invalid_field("metadata.resourceVersion", 0, "must be specified for an update")
            raise invalid(resource.kind, resource.group, was["name"], [field])
        if meta.get("uid") and meta["uid"] != was["uid"]:
            why = f"Precondition failed: UID in precondition: {meta['uid']}, UID in object meta: {was['uid']}"
            raise conflict(resource.plural, resource.group, was["name"], why)
        self._default(resource, new)
        if strategy.status:
            if "status" in old:
                new["status"] = old["status"]
            else:
                new.pop("status", None)
        strategy.update(new, old)
        return new

    def _stamp(self, resource: Resource, new: Obj, old: Obj) -> None:
        """What the server alone decides of an update's metadata."""
        meta, was = new["metadata"], old["metadata"]
        if meta is was:
            meta = new["metadata"] = dict(was)
        for key in _SET_BY_SERVER:
            if key in was:
                meta[key] = was[key]
            else:
                meta.pop(key, None)
        if "generation" in was:
            changed = any(
                new.get(part) != old.get(part)
                for part in new.keys() | old.keys()
                if part not in ("metadata", "status", "apiVersion", "kind")
            )
            meta["generation"] = was["generation"] + changed
        else:
            meta.pop("generation", None)
        for key in [key for key, value in meta.items() if value in (None, {}, [], "")]:
            del meta[key]

    def _errors(self, resource: Resource, obj: Obj) -> list[FieldError]:
        errors = validate(resource.key, obj)
        if resource.namespaced and not obj["metadata"].get("namespace"):
            errors.insert(0, required("metadata.namespace"))
        if resource.custom:
            errors.extend(self.definitions.errors(resource, obj, None))
        return errors

    @staticmethod
    def _check(resource: Resource, obj: Obj, errors: list[FieldError]) -> None:
        if errors:
            raise invalid(resource.kind, resource.group, obj["metadata"].get("name", ""), errors)

    def type_of(self, resource: Resource) -> TypeInfo:
        """The field table of a resource's objects."""
        if resource.custom:
            return self.definitions.type(resource, self.schema.object_meta)
        found = self.schema.kind(resource.api_version, resource.kind)
        assert found is not None, f"{resource.api_version} {resource.kind} has no type"
        return found

    def _track(self, old: Obj | None, new: Obj, resource: Resource, subresource: str, options: WriteOptions) -> None:
        """Note who owns which fields."""
        if not options.tracked:
            return
        managed = track_update(
            self.type_of(resource),
            old,
            new,
            manager=options.manager,
            api_version=options.api_version or resource.api_version,
            subresource=options.view or subresource,
            time=timestamp(self.clock.now()),
            resets_status=strategy_of(resource).status,
        )
        if managed:
            new["metadata"]["managedFields"] = managed
        else:
            new["metadata"].pop("managedFields", None)
