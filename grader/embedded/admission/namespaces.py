"""NamespaceLifecycle: nothing is made in a namespace that is absent or going, and the first ones stay."""

from __future__ import annotations

from grader.embedded.admission.base import Attributes, Plugin
from grader.embedded.objects import Key
from grader.embedded.status import ApiError, not_found
from grader.embedded.store import Store

_IMMORTAL = ("default", "kube-system", "kube-public")
_ALLOWED_IN_TERMINATING = ("localsubjectaccessreviews.authorization.k8s.io",)


class NamespaceLifecycle(Plugin):
    def __init__(self, store: Store) -> None:
        self._store = store

    def admit(self, request: Attributes) -> None:
        if request.verb == "delete" and request.resource.key == "namespaces" and request.name in _IMMORTAL:
            raise request.forbid("this namespace may not be deleted")
        if request.verb != "create" or not request.resource.namespaced:
            return
        namespace = self._store.get("namespaces", Key("", request.namespace))
        if namespace is None:
            raise not_found("namespaces", "", request.namespace)
        if namespace.get("status", {}).get("phase") == "Terminating" and (
            request.resource.key not in _ALLOWED_IN_TERMINATING
        ):
            raise self._terminating(request)

    @staticmethod
    def _terminating(request: Attributes) -> ApiError:
        why = f"unable to create new content in namespace {request.namespace} because it is being terminated"
        error = request.forbid(why)
        error.details = {
            **(error.details or {}),
            "causes": [
                {
                    "reason": "NamespaceTerminating",
                    "message": f"namespace {request.namespace} is being terminated",
                    "field": "metadata.namespace",
                }
            ],
        }
        return error
