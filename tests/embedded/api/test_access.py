"""Who is let in, and as whom."""

from __future__ import annotations

from .conftest import CORE, Api

RBAC = "/apis/rbac.authorization.k8s.io/v1/namespaces/default"


async def _allow(api: Api, user: str, verbs: list[str]) -> None:
    meta = {"name": user}
    rules = [{"apiGroups": [""], "resources": ["configmaps"], "verbs": verbs}]
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": meta, "rules": rules}
    await api.ask("POST", f"{RBAC}/roles", role, code=201)
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": meta,
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": user},
        "subjects": [{"kind": "User", "name": user, "apiGroup": "rbac.authorization.k8s.io"}],
    }
    await api.ask("POST", f"{RBAC}/rolebindings", binding, code=201)


async def test_a_wrong_token_is_unauthorized(api: Api) -> None:
    found = await api.ask("GET", f"{CORE}/pods", code=401, Authorization="Bearer nonsense")
    assert found["message"] == "Unauthorized"


async def test_without_credentials_one_is_anonymous_and_sees_health_and_version_only(api: Api) -> None:
    async with api.session.get("/healthz") as answer:
        assert (answer.status, await answer.text()) == (200, "ok")
    found = await api.ask("GET", f"{CORE}/pods", code=403, Authorization="")
    assert found["message"] == (
        'pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" '
        'in the namespace "default"'
    )


async def test_an_impersonated_user_may_do_what_its_roles_say(api: Api) -> None:
    await _allow(api, "dev", ["get", "list"])
    await api.ask("GET", f"{CORE}/configmaps", code=200, Impersonate_User="dev")
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}}
    refused = await api.ask("POST", f"{CORE}/configmaps", body, code=403, Impersonate_User="dev")
    assert 'User "dev" cannot create resource "configmaps"' in refused["message"]


async def test_who_may_not_impersonate_is_refused(api: Api) -> None:
    token = await _token(api)
    refused = await api.ask(
        "GET", f"{CORE}/configmaps", code=403, Authorization=f"Bearer {token}", Impersonate_User="root"
    )
    assert 'cannot impersonate resource "users"' in refused["message"]


async def _token(api: Api) -> str:
    path = f"{CORE}/serviceaccounts/default/token"
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    token: str = (await api.ask("POST", path, body, code=201))["status"]["token"]
    return token


async def test_a_service_account_token_is_its_account_until_that_is_gone(api: Api) -> None:
    token = await _token(api)
    path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    found = await api.ask("POST", path, body, code=201, Authorization=f"Bearer {token}")
    assert found["status"]["userInfo"]["username"] == "system:serviceaccount:default:default"
    await api.ask("DELETE", f"{CORE}/serviceaccounts/default", code=200)
    await api.ask("POST", path, body, code=401, Authorization=f"Bearer {token}")


async def test_access_reviews_answer_for_oneself_and_for_others(api: Api) -> None:
    await _allow(api, "dev", ["list"])
    attributes = {"verb": "list", "resource": "configmaps", "namespace": "default"}
    body = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {"user": "dev", "resourceAttributes": attributes},
    }
    found = await api.ask("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", body, code=201)
    assert found["status"]["allowed"] is True
    attributes["verb"] = "delete"
    found = await api.ask("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", body, code=201)
    assert found["status"] == {"allowed": False}
