"""Who may do what."""

from __future__ import annotations

import pytest

from grader.embedded.access.rbac import (
    BINDINGS,
    CLUSTER_BINDINGS,
    CLUSTER_ROLES,
    ROLES,
    Access,
    Authorizer,
    refusal,
    rule_allows,
)
from grader.embedded.objects import Obj
from grader.embedded.requests import User
from grader.embedded.store import Store

DEV = User("dev", ("team",))


def _named(name: str, namespace: str = "", **parts: object) -> Obj:
    meta = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"metadata": meta, **parts}


def _store(subject: Obj, *, cluster: bool = False) -> Store:
    store = Store()
    rules = [{"apiGroups": [""], "resources": ["pods", "pods/log"], "verbs": ["get", "list"]}]
    if cluster:
        store.create(CLUSTER_ROLES, _named("reader", rules=rules))
        reference = {"kind": "ClusterRole", "name": "reader"}
        store.create(CLUSTER_BINDINGS, _named("b", roleRef=reference, subjects=[subject]))
    else:
        store.create(ROLES, _named("reader", "one", rules=rules))
        reference = {"kind": "Role", "name": "reader"}
        store.create(BINDINGS, _named("b", "one", roleRef=reference, subjects=[subject]))
    return store


@pytest.mark.parametrize("subject", [{"kind": "User", "name": "dev"}, {"kind": "Group", "name": "team"}])
def test_a_role_binding_allows_what_its_role_says_in_its_namespace(subject: Obj) -> None:
    authorizer = Authorizer(_store(subject))
    assert authorizer.allowed(DEV, Access("get", "", "pods", "", "one", "x"))
    assert authorizer.allowed(DEV, Access("get", "", "pods", "log", "one", "x"))
    assert not authorizer.allowed(DEV, Access("get", "", "pods", "", "two", "x"))
    assert not authorizer.allowed(DEV, Access("delete", "", "pods", "", "one", "x"))
    assert not authorizer.allowed(DEV, Access("get", "", "pods", "exec", "one", "x"))


def test_a_cluster_role_binding_allows_in_every_namespace() -> None:
    authorizer = Authorizer(_store({"kind": "User", "name": "dev"}, cluster=True))
    assert authorizer.allowed(DEV, Access("list", "", "pods", "", "two"))
    assert authorizer.allowed(DEV, Access("list", "", "pods"))


def test_a_service_account_is_bound_by_its_namespace_and_name() -> None:
    authorizer = Authorizer(_store({"kind": "ServiceAccount", "name": "robot", "namespace": "one"}))
    assert authorizer.allowed(User("system:serviceaccount:one:robot"), Access("get", "", "pods", "", "one"))
    assert not authorizer.allowed(User("system:serviceaccount:two:robot"), Access("get", "", "pods", "", "one"))


def test_masters_may_do_everything() -> None:
    assert Authorizer(Store()).allowed(User("root", ("system:masters",)), Access("delete", "", "nodes"))


@pytest.mark.parametrize(
    ("rule", "access", "holds"),
    [
        ({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}, Access("patch", "apps", "deployments"), True),
        ({"verbs": ["get"], "apiGroups": [""], "resources": ["*/scale"]}, Access("get", "", "x", "scale"), True),
        (
            {"verbs": ["get"], "apiGroups": [""], "resources": ["secrets"], "resourceNames": ["a"]},
            Access("get", "", "secrets", name="b"),
            False,
        ),
        ({"verbs": ["get"], "nonResourceURLs": ["/api/*"]}, Access("get", path="/api/v1"), True),
        ({"verbs": ["get"], "nonResourceURLs": ["/api/*"]}, Access("get", path="/version"), False),
    ],
)
def test_rules_cover_what_they_name(rule: Obj, access: Access, holds: bool) -> None:
    assert rule_allows(rule, access) is holds


def test_a_refusal_names_user_verb_resource_and_place() -> None:
    text = refusal(DEV, Access("create", "apps", "deployments", "", "one"))
    assert text == 'User "dev" cannot create resource "deployments" in API group "apps" in the namespace "one"'
