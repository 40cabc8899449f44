"""Writing a stateful set's pods and claims, with the events that tell of it."""

from __future__ import annotations

from grader.embedded.controllers.statefulset.identity import claim_owners, claims_of, has_identity, with_identity
from grader.embedded.machinery.client import Client
from grader.embedded.machinery.recorder import EventRecorder
from grader.embedded.objects import Obj, clone, is_terminating, key_of
from grader.embedded.status import ApiError

_CLAIMS = "persistentvolumeclaims"


class StatefulPods:
    """The pods of one stateful set."""

    def __init__(self, client: Client, events: EventRecorder, owner: Obj) -> None:
        self._client = client
        self._events = events
        self._owner = owner

    def create(self, pod: Obj, ordinal: int) -> Obj | None:
        """Create a pod and its claims; None while an old claim of its name is being deleted. Raises ApiError."""
        if any(is_terminating(known) for wanted in claims_of(self._owner, ordinal) if (known := self._known(wanted))):
            return None
        name = pod["metadata"]["name"]
        try:
            self.ensure_claims(name, ordinal)
            made = self._client.create("pods", pod)
        except ApiError as error:
            self._tell("create", f"Pod {name}", error)
            raise
        self._tell("create", f"Pod {name}", None)
        return made

    def delete(self, pod: Obj) -> None:
        """Delete a pod. Raises ApiError."""
        meta = pod["metadata"]
        try:
            self._client.delete("pods", meta["namespace"], meta["name"], uid=meta["uid"])
        except ApiError as error:
            self._tell("delete", f"Pod {meta['name']}", error)
            raise
        self._tell("delete", f"Pod {meta['name']}", None)

    def ensure_claims(self, pod_name: str, ordinal: int) -> None:
        """Create what is missing of a pod's claims. Raises ApiError."""
        for wanted in claims_of(self._owner, ordinal):
            if self._known(wanted) is not None:
                continue
            name = wanted["metadata"]["name"]
            owners = claim_owners(self._owner, None, wanted, condemned=False)
            if owners:
                wanted["metadata"]["ownerReferences"] = owners
            what = f"Claim {name} Pod {pod_name} in StatefulSet {self._owner['metadata']['name']}"
            try:
                self._client.create(_CLAIMS, wanted)
            except ApiError as error:
                self._say("Warning", "FailedCreate", f"create {what} failed error: {error}")
                raise
            self._say("Normal", "SuccessfulCreate", f"create {what} success")

    def mend(self, pod: Obj, ordinal: int) -> None:
        """Put right the labels of a pod, and who owns its claims. Raises ApiError."""
        if not has_identity(self._owner, pod, ordinal):
            self._client.update("pods", with_identity(self._owner, pod, ordinal))
        self.own_claims(pod, ordinal, condemned=False)

    def own_claims(self, pod: Obj, ordinal: int, *, condemned: bool) -> None:
        """Give a pod's claims the owners that the retention policy asks for. Raises ApiError."""
        for wanted in claims_of(self._owner, ordinal):
            known = self._known(wanted)
            if known is None or is_terminating(known):
                continue
            owners = claim_owners(self._owner, pod, known, condemned=condemned)
            if owners != (known["metadata"].get("ownerReferences") or []):
                changed = clone(known)
                changed["metadata"]["ownerReferences"] = owners
                self._client.update(_CLAIMS, changed)

    def _known(self, claim: Obj) -> Obj | None:
        return self._client.get(_CLAIMS, *key_of(claim))

    def _tell(self, verb: str, what: str, error: ApiError | None) -> None:
        reason = f"{'Failed' if error else 'Successful'}{verb.capitalize()}"
        text = f"{verb} {what} in StatefulSet {self._owner['metadata']['name']}"
        if error is None:
            self._say("Normal", reason, f"{text} successful")
        else:
            self._say("Warning", reason, f"{text} failed error: {error}")

    def _say(self, kind: str, reason: str, text: str) -> None:
        self._events.event(self._owner, kind, reason, text)
