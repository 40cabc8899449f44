"""The volume half: what becomes of a volume when its claim goes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from grader.embedded.controllers.base import Controller, Mapper, itself
from grader.embedded.controllers.volumes.matching import CLAIMS, VOLUMES
from grader.embedded.controllers.volumes.provisioning import PROVISIONED_BY, PROVISIONER
from grader.embedded.objects import Key, Obj, annotations_of, clone, is_terminating, key_of
from grader.embedded.store import Event, EventType

_PROTECTION = "kubernetes.io/pv-protection"


class VolumeController(Controller):
    """Keeps the phase of volumes, reclaims released ones, and lets go of those that nobody uses."""

    name = "persistentvolume-controller"

    def watches(self) -> Mapping[str, Mapper]:
        return {VOLUMES: itself, CLAIMS: self._claim_changed}

    def resync(self) -> Iterable[Key]:
        return [key_of(volume) for volume in self.client.each(VOLUMES)]

    def _claim_changed(self, event: Event) -> Iterable[Key]:
        name = event.object["spec"].get("volumeName")
        if name and event.type is EventType.DELETED:
            yield Key("", name)

    def reconcile(self, key: Key) -> float | None:
        volume = self.client.get(VOLUMES, *key)
        if volume is None:
            return None
        claim = self._claim(volume)
        reference = volume["spec"].get("claimRef") or {}
        phase = volume.get("status", {}).get("phase", "Pending")
        is_stray = not reference and phase in ("Released", "Failed", "Bound")
        if claim is None and reference.get("uid"):
            self._release(volume, phase)
        elif is_stray or (claim is None and phase == "Pending" and not is_terminating(volume)):
            self.client.update_status(VOLUMES, {**volume, "status": {"phase": "Available"}})
        current = self.client.get(VOLUMES, *key)
        if current is not None and is_terminating(current) and (current.get("status", {}).get("phase") != "Bound"):
            self._let_go(current)
        return None

    def _claim(self, volume: Obj) -> Obj | None:
        reference = volume["spec"].get("claimRef")
        if not reference:
            return None
        claim = self.client.get(CLAIMS, reference["namespace"], reference["name"])
        if claim is None or reference.get("uid") not in (None, "", claim["metadata"]["uid"]):
            return None
        return claim

    def _release(self, volume: Obj, phase: str) -> None:
        if phase not in ("Released", "Failed"):
            volume = self.client.update_status(VOLUMES, {**volume, "status": {"phase": "Released"}})
        if volume["spec"].get("persistentVolumeReclaimPolicy") != "Delete" or is_terminating(volume):
            return
        if annotations_of(volume).get(PROVISIONED_BY) == PROVISIONER:
            meta = volume["metadata"]
            self.client.delete(VOLUMES, "", meta["name"], uid=meta["uid"])

    def _let_go(self, volume: Obj) -> None:
        if _PROTECTION in (volume["metadata"].get("finalizers") or ()):
            changed = clone(volume)
            changed["metadata"]["finalizers"].remove(_PROTECTION)
            self.client.update(VOLUMES, changed)


class ClaimProtectionController(Controller):
    """Claims that are being deleted stay as long as a pod uses them."""

    name = "pvc-protection-controller"
    _finalizer = "kubernetes.io/pvc-protection"

    def watches(self) -> Mapping[str, Mapper]:
        return {CLAIMS: itself, "pods": self._pod_changed}

    def resync(self) -> Iterable[Key]:
        return [key_of(claim) for claim in self.client.each(CLAIMS)]

    def _pod_changed(self, event: Event) -> Iterable[Key]:
        if event.type is EventType.DELETED or event.object.get("status", {}).get("phase") in ("Succeeded", "Failed"):
            yield from (Key(event.key.namespace, name) for name in claims_used(event.object))

    def reconcile(self, key: Key) -> float | None:
        claim = self.client.get(CLAIMS, *key)
        if claim is None or not is_terminating(claim):
            return None
        if self._finalizer not in (claim["metadata"].get("finalizers") or ()) or self._is_used(key):
            return None
        changed = clone(claim)
        changed["metadata"]["finalizers"].remove(self._finalizer)
        self.client.update(CLAIMS, changed)
        return None

    def _is_used(self, key: Key) -> bool:
        return any(
            key.name in claims_used(pod)
            for pod in self.client.each("pods", key.namespace)
            if pod["spec"].get("nodeName") and pod.get("status", {}).get("phase") not in ("Succeeded", "Failed")
        )


def claims_used(pod: Obj) -> list[str]:
    """The names of the claims in a pod's volumes."""
    return [
        volume["persistentVolumeClaim"]["claimName"]
        for volume in pod["spec"].get("volumes") or ()
        if "persistentVolumeClaim" in volume
    ]
