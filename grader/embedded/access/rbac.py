"""Role-based access control (k8s.io/docs/reference/access-authn-authz/rbac)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from grader.embedded.objects import Key, Obj
from grader.embedded.requests import User
from grader.embedded.store import Store

_RBAC = "rbac.authorization.k8s.io"
ROLES, CLUSTER_ROLES = f"roles.{_RBAC}", f"clusterroles.{_RBAC}"
BINDINGS, CLUSTER_BINDINGS = f"rolebindings.{_RBAC}", f"clusterrolebindings.{_RBAC}"


@dataclass(frozen=True, slots=True)
class Access:
    """One thing somebody wants to do. For a path that is no resource's, `path` is set and `resource` empty."""

    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""


class Authorizer:
    """Allows what some rule allows; there are no rules that deny."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def allowed(self, user: User, access: Access) -> str:
        """Why a user may do something, in the API server's words, or empty when nothing says so."""
        if "system:masters" in user.groups:
            return "system:masters"
        for rule, reason in self.rules(user, access.namespace):
            if rule_allows(rule, access):
                return reason
        return ""

    def rules(self, user: User, namespace: str) -> Iterator[tuple[Obj, str]]:
        """(rule, reason) of every rule that holds for a user in a namespace."""
        for binding in self._store.each(CLUSTER_BINDINGS):
            if _binds(binding, user, ""):
                role = binding["roleRef"]["name"]
                reason = f'RBAC: allowed by ClusterRoleBinding "{binding["metadata"]["name"]}" of ClusterRole "{role}"'
                yield from self._of_role(binding, "", reason, user)
        if not namespace:
            return
        for binding in self._store.each(BINDINGS, namespace):
            if _binds(binding, user, namespace):
                reference = binding["roleRef"]
                reason = (
                    f'RBAC: allowed by RoleBinding "{binding["metadata"]["name"]}/{namespace}" '
                    f'of {reference["kind"]} "{reference["name"]}"'
                )
                yield from self._of_role(binding, namespace, reason, user)

    def role_rules(self, reference: Obj, namespace: str) -> list[Obj]:
        """The rules of the role that a roleRef names; none when it is absent."""
        if reference["kind"] == "ClusterRole":
            role = self._store.get(CLUSTER_ROLES, Key("", reference["name"]))
        else:
            role = self._store.get(ROLES, Key(namespace, reference["name"]))
        return (role.get("rules") or []) if role else []

    def _of_role(self, binding: Obj, namespace: str, reason: str, user: User) -> Iterator[tuple[Obj, str]]:
        nobody: Obj = {}
        subject = next((s for s in binding.get("subjects") or () if _is(s, user, namespace)), nobody)
        text = f'{reason} to {subject.get("kind")} "{_subject_name(subject)}"'
        for rule in self.role_rules(binding["roleRef"], namespace):
            yield rule, text


def _subject_name(subject: Obj) -> str:
    name: str = subject.get("name", "")
    return f"{name}/{subject['namespace']}" if subject.get("namespace") else name


def _binds(binding: Obj, user: User, namespace: str) -> bool:
    return any(_is(subject, user, namespace) for subject in binding.get("subjects") or ())


def _is(subject: Obj, user: User, namespace: str) -> bool:
    kind, name = subject.get("kind"), subject.get("name")
    if kind == "User":
        return user.name == name
    if kind == "Group":
        return name in user.groups
    if kind == "ServiceAccount":
        home = subject.get("namespace") or namespace
        return user.name == f"system:serviceaccount:{home}:{name}"
    return False


def _has(values: Iterable[str] | None, wanted: str) -> bool:
    return any(value in ("*", wanted) for value in values or ())


def rule_allows(rule: Obj, access: Access) -> bool:
    """Whether one PolicyRule covers an access."""
    if not _has(rule.get("verbs"), access.verb):
        return False
    if access.path:
        return any(
            url == "*" or url == access.path or (url.endswith("*") and access.path.startswith(url[:-1]))
            for url in rule.get("nonResourceURLs") or ()
        )
    full = f"{access.resource}/{access.subresource}" if access.subresource else access.resource
    resources = rule.get("resources") or ()
    fits = _has(resources, full) or (bool(access.subresource) and f"*/{access.subresource}" in resources)
    names = rule.get("resourceNames")
    return fits and _has(rule.get("apiGroups"), access.group) and (not names or access.name in names)


def refusal(user: User, access: Access) -> str:
    """The words of a 403 (after `pods "x" is forbidden: ` or `forbidden: `)."""
    if access.path:
        return f'User "{user.name}" cannot {access.verb} path "{access.path}"'
    full = f"{access.resource}/{access.subresource}" if access.subresource else access.resource
    place = f'in the namespace "{access.namespace}"' if access.namespace else "at the cluster scope"
    return f'User "{user.name}" cannot {access.verb} resource "{full}" in API group "{access.group}" {place}'
