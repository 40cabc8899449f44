"""What a handler works with: the cluster's parts, and the request at hand."""

from __future__ import annotations

from dataclasses import dataclass, field

from aiohttp import web

from grader.embedded.access.rbac import Access, Authorizer
from grader.embedded.access.tokens import ServiceAccountTokens
from grader.embedded.api.discovery import Discovery
from grader.embedded.api.formats import Answer, accepted
from grader.embedded.api.request import RequestInfo, flag
from grader.embedded.api.versions import stored
from grader.embedded.clock import Clock
from grader.embedded.machinery.operations import Operations
from grader.embedded.network.network import Network
from grader.embedded.node.kubelet import Kubelets
from grader.embedded.objects import Key
from grader.embedded.requests import User, WriteOptions
from grader.embedded.resources import Resource, Resources
from grader.embedded.schema.openapi import Documents
from grader.embedded.status import bad_request
from grader.embedded.store import Store


@dataclass(frozen=True, slots=True)
class Parts:
    """What the API stands on. `kubelets` is None in a cluster without nodes' agents."""

    store: Store
    resources: Resources
    operations: Operations
    clock: Clock
    authorizer: Authorizer
    tokens: ServiceAccountTokens
    discovery: Discovery
    documents: Documents
    kubelets: Kubelets | None
    network: Network


@dataclass(slots=True)
class Call:
    """One request to a resource. `warnings` go out as Warning headers."""

    parts: Parts
    request: web.BaseRequest
    info: RequestInfo
    resource: Resource
    user: User
    warnings: list[str] = field(default_factory=list)

    @property
    def storage(self) -> Resource:
        """The resource in whose form objects of this one are kept."""
        return stored(self.parts.resources, self.resource)

    @property
    def key(self) -> Key:
        """Where the named object is."""
        return Key(self.info.namespace if self.resource.namespaced else "", self.info.name)

    @property
    def namespace(self) -> str | None:
        """The namespace of a list, or None for all."""
        return self.info.namespace or None if self.resource.namespaced else None

    @property
    def answer(self) -> Answer:
        return accepted(self.request.headers.get("Accept", ""))

    def options(self, *, tracked: bool = True, view: str = "") -> WriteOptions:
        """The write options that the query and the client's name give. Raises ApiError 400."""
        query = self.request.query
        dry_run = query.getall("dryRun", [])
        if any(value != "All" for value in dry_run):
            raise bad_request(f'Invalid value for dryRun: {dry_run}: supported values: "All"')
        validation = query.get("fieldValidation") or "Warn"
        if validation not in ("Strict", "Warn", "Ignore"):
            raise bad_request(
                f'fieldValidation: Unsupported value: "{validation}": supported values: "Ignore", "Strict", "Warn"'
            )
        return WriteOptions(
            user=self.user,
            manager=query.get("fieldManager") or manager_of(self.request.headers.get("User-Agent", "")),
            dry_run=bool(dry_run),
            field_validation=validation,
            tracked=tracked,
            api_version=self.resource.api_version,
            view=view,
        )

    def flag(self, name: str) -> bool:
        return flag(self.request.query, name)

    def access(self) -> Access:
        """What this request does, for authorisation."""
        info = self.info
        return Access(info.verb, info.group, info.resource, info.subresource, info.namespace, info.name)


def manager_of(user_agent: str) -> str:
    """The field manager of a client that names none: its user agent up to the first slash, 128 characters at most."""
    return user_agent.partition("/")[0][:128] or "unknown"
