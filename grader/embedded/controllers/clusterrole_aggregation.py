"""Cluster roles that are put together from others (k8s.io/docs/reference/access-authn-authz/rbac, "Aggregated")."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from grader.embedded.controllers.base import Controller, Mapper
from grader.embedded.controllers.selection import matcher
from grader.embedded.objects import Key, Obj, is_terminating, key_of, labels_of
from grader.embedded.store import Event

_ROLES = "clusterroles.rbac.authorization.k8s.io"


class ClusterRoleAggregationController(Controller):
    """Fills in the rules of roles that have an aggregation rule."""

    name = "clusterrole-aggregation-controller"

    def watches(self) -> Mapping[str, Mapper]:
        return {_ROLES: self._changed}

    def resync(self) -> Iterable[Key]:
        return [key_of(role) for role in self.client.each(_ROLES) if role.get("aggregationRule")]

    def _changed(self, event: Event) -> Iterable[Key]:
        return self.resync()

    def reconcile(self, key: Key) -> float | None:
        role = self.client.get(_ROLES, *key)
        if role is None or not role.get("aggregationRule") or is_terminating(role):
            return None
        rules: list[Obj] = []
        for selector in role["aggregationRule"].get("clusterRoleSelectors") or ():
            matches = matcher(selector)
            for part in self.client.list(_ROLES):
                if part["metadata"]["name"] != key.name and matches(labels_of(part)):
                    rules += [rule for rule in part.get("rules") or () if rule not in rules]
        if rules != (role.get("rules") or []):
            self.client.update(_ROLES, {**role, "rules": rules})
        return None
