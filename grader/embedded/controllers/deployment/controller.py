"""The deployment controller: decides what kind of step a deployment needs, and writes its status."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from grader.embedded.clock import Clock
from grader.embedded.controllers import conditions
from grader.embedded.controllers.adoption import Orphans, claim, owners, selector_matcher
from grader.embedded.controllers.base import Controller, Mapper, itself
from grader.embedded.controllers.deployment import progress
from grader.embedded.controllers.deployment.rollout import Rollout
from grader.embedded.controllers.pod_control import is_namespace_going
from grader.embedded.controllers.selection import is_empty
from grader.embedded.machinery.client import Client
from grader.embedded.machinery.recorder import EventRecorder
from grader.embedded.objects import Key, Obj, is_terminating, key_of
from grader.embedded.status import ApiError

_DEPLOYMENTS = "deployments.apps"
_REPLICA_SETS = "replicasets.apps"


class DeploymentController(Controller):
    """Rolls deployments out by sizing their replica sets. Pods are seen through the replica sets' status only."""

    name = "deployment-controller"

    def __init__(self, client: Client, clock: Clock, events: EventRecorder, orphans: Orphans) -> None:
        """`orphans` are those of the replica sets."""
        super().__init__(client, clock, events)
        self._orphans = orphans

    def watches(self) -> Mapping[str, Mapper]:
        return {_DEPLOYMENTS: itself, _REPLICA_SETS: owners(self.client, _DEPLOYMENTS, "Deployment", selector_matcher)}

    def resync(self) -> Iterable[Key]:
        return [key_of(obj) for obj in self.client.each(_DEPLOYMENTS)]

    def reconcile(self, key: Key) -> float | None:
        deployment = self.client.get(_DEPLOYMENTS, *key)
        if deployment is None:
            return None
        selector = deployment["spec"].get("selector")
        if is_empty(selector):
            text = "This deployment is selecting all pods. A non-empty selector is required."
            self.events.event(deployment, "Warning", "SelectingAll", text)
            return None
        owned = claim(self.client, deployment, selector_matcher(deployment), self._orphans)
        rollout = Rollout(self.client, self.events, self.clock.now(), deployment, owned)
        try:
            rolling = self._advance(rollout)
        except ApiError as error:
            if is_namespace_going(error):
                return None
            self._write_status(rollout, rolling=False)
            raise
        return self._write_status(rollout, rolling=rolling)

    def _advance(self, rollout: Rollout) -> bool:
        """Take the step that is due; whether it was one of a rollout (others do not bear on progress)."""
        deployment = rollout.deployment
        if is_terminating(deployment):
            return False
        paused = bool(deployment["spec"].get("paused"))
        self._tell_pause(rollout, paused)
        rollout.number()
        if paused or rollout.is_rescaled():
            rollout.rescale()
            if paused:
                rollout.forget()
            return False
        if (deployment["spec"].get("strategy") or {}).get("type") == "Recreate":
            rollout.recreate()
        else:
            rollout.roll()
        return True

    @staticmethod
    def _tell_pause(rollout: Rollout, paused: bool) -> None:
        current = conditions.find(rollout.conditions, "Progressing")
        if progress.deadline_of(rollout.deployment) is None:
            return
        if current is not None and current["reason"] == progress.TIMED_OUT:
            return
        noted = current is not None and current["reason"] == "DeploymentPaused"
        if paused and not noted:
            reason, text = "DeploymentPaused", "Deployment is paused"
        elif noted and not paused:
            reason, text = "DeploymentResumed", "Deployment is resumed"
        else:
            return
        conditions.put(rollout.conditions, progress.condition("Progressing", "Unknown", reason, text, rollout.now))

    def _write_status(self, rollout: Rollout, *, rolling: bool) -> float | None:
        """Write the status if it changed; when to look again whether progress was made in time."""
        deployment, told, now = rollout.deployment, rollout.conditions, rollout.now
        numbers = progress.counts(deployment, rollout.new, rollout.every)
        if rollout.collisions is not None:
            numbers["collisionCount"] = rollout.collisions
        conditions.put(told, progress.availability(numbers, rollout.bounds, now))
        if rolling:
            progress.tell_progress(deployment, rollout.new, numbers, told, now)
            progress.tell_failure(rollout.new, rollout.every, told)
            if progress.is_complete(deployment, numbers):
                rollout.forget()
        status: Obj = {**numbers, "conditions": told}
        if status != deployment.get("status"):
            self.client.update_status(_DEPLOYMENTS, {**deployment, "status": status})
        if not rolling or progress.is_complete(deployment, numbers):
            return None
        overdue = progress.overdue_in(deployment, told, now)
        timed_out = overdue is not None and (conditions.find(told, "Progressing") or {}).get("reason") == (
            progress.TIMED_OUT
        )
        return None if overdue is None or timed_out else max(overdue, 0.0) + 1
