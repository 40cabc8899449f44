"""Who asks, and how a write is to be done."""

from __future__ import annotations

from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class User:
    """An authenticated user (Kubernetes API reference: UserInfo v1 authentication.k8s.io)."""

    name: str
    groups: tuple[str, ...] = ()
    uid: str = ""
    extra: dict[str, list[str]] = field(default_factory=dict)


SYSTEM = User("system:apiserver", ("system:masters", "system:authenticated"))


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """The options of create, update, patch and delete that are common to them.

    `trusted` marks the cluster's own components: their objects are made of decoded, validated templates, so
    decoding and validation are skipped; defaults and admission are not. `tracked` writes note the manager as the
    owner of the fields they change; an apply has noted that. `api_version` is the
    version that the client spoke, when it is not the stored one; `view` the subresource it wrote to, when that is
    only a view of the object (scale).
    """

    user: User = SYSTEM
    manager: str = "kube-apiserver"
    dry_run: bool = False
    field_validation: str = "Strict"
    trusted: bool = False
    tracked: bool = True
    api_version: str = ""
    view: str = ""

    def without_effect(self) -> WriteOptions:
        """The same write, as a dry run."""
        return replace(self, dry_run=True)
