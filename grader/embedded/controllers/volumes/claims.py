"""The claim half: finds or makes a volume for each claim, and binds the two."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from grader.embedded.controllers.base import Controller, Mapper, itself
from grader.embedded.controllers.volumes.matching import CLAIMS, VOLUMES, best, claim_reference, class_of, is_for
from grader.embedded.controllers.volumes.provisioning import (
    CLASSES,
    PROVISIONER,
    SELECTED_NODE,
    default_class,
    volume_for,
    waits_for_consumer,
)
from grader.embedded.objects import Key, Obj, annotations_of, clone, is_terminating, key_of
from grader.embedded.store import Event

_COMPLETED = "pv.kubernetes.io/bind-completed"
_BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller"
_STORAGE_PROVISIONER = "volume.kubernetes.io/storage-provisioner"
_NO_PROVISIONER = "kubernetes.io/no-provisioner"


class ClaimController(Controller):
    """Binds claims to volumes."""

    name = "persistentvolume-controller"

    def watches(self) -> Mapping[str, Mapper]:
        return {CLAIMS: itself, VOLUMES: self._waiting, CLASSES: self._waiting}

    def resync(self) -> Iterable[Key]:
        default = default_class()
        if not any(True for _ in self.client.each(CLASSES)):
            self.client.create(CLASSES, default)
        return [key_of(claim) for claim in self.client.each(CLAIMS)]

    def _waiting(self, event: Event) -> Iterable[Key]:
        """Claims that a new volume or class may help, and the claim of a volume that changed."""
        reference = event.object.get("spec", {}).get("claimRef")
        if reference:
            return (Key(reference["namespace"], reference["name"]),)
        return [key_of(c) for c in self.client.each(CLAIMS) if c.get("status", {}).get("phase") != "Bound"]

    def reconcile(self, key: Key) -> float | None:
        claim = self.client.get(CLAIMS, *key)
        if claim is None or is_terminating(claim):
            return None
        if claim["spec"].get("volumeName"):
            self._follow(claim)
            return None
        volume = best(self.client.list(VOLUMES), claim)
        storage_class = self.client.get(CLASSES, "", class_of(claim)) if class_of(claim) else None
        reserved = volume is not None and is_for(volume, claim)
        if waits_for_consumer(storage_class) and not annotations_of(claim).get(SELECTED_NODE) and not reserved:
            text = "waiting for first consumer to be created before binding"
            self.events.event(claim, "Normal", "WaitForFirstConsumer", text)
        elif volume is not None:
            self._bind(claim, volume)
        else:
            self._provision(claim, storage_class)
        return None

    def _follow(self, claim: Obj) -> None:
        """A claim that names its volume: bind it, or say that it has lost it."""
        volume = self.client.get(VOLUMES, "", claim["spec"]["volumeName"])
        if volume is None:
            if annotations_of(claim).get(_COMPLETED) and claim.get("status", {}).get("phase") != "Lost":
                text = "Bound claim has lost its PersistentVolume. Data on the volume is lost!"
                self.events.event(claim, "Warning", "ClaimLost", text)
                self.client.update_status(CLAIMS, {**claim, "status": {**claim.get("status", {}), "phase": "Lost"}})
        elif is_for(volume, claim) or not volume["spec"].get("claimRef"):
            self._bind(claim, volume)

    def _bind(self, claim: Obj, volume: Obj) -> None:
        reserved = is_for(volume, claim)
        if not reserved or not volume["spec"]["claimRef"].get("uid"):
            changed = clone(volume)
            changed["spec"]["claimRef"] = claim_reference(claim)
            if not reserved:
                changed["metadata"].setdefault("annotations", {})[_BY_CONTROLLER] = "yes"
            volume = self.client.update(VOLUMES, changed)
        if volume.get("status", {}).get("phase") != "Bound":
            self.client.update_status(VOLUMES, {**volume, "status": {"phase": "Bound"}})
        name = volume["metadata"]["name"]
        if claim["spec"].get("volumeName") != name or _COMPLETED not in annotations_of(claim):
            changed = clone(claim)
            annotations = changed["metadata"].setdefault("annotations", {})
            annotations[_COMPLETED] = "yes"
            if claim["spec"].get("volumeName") != name:
                annotations[_BY_CONTROLLER] = "yes"
            changed["spec"]["volumeName"] = name
            claim = self.client.update(CLAIMS, changed)
        status = {
            "phase": "Bound",
            "accessModes": list(volume["spec"].get("accessModes") or ()),
            "capacity": dict(volume["spec"].get("capacity") or {}),
        }
        if claim.get("status") != status:
            self.client.update_status(CLAIMS, {**claim, "status": status})

    def _provision(self, claim: Obj, storage_class: Obj | None) -> None:
        """Make a volume, or say why there is none."""
        name = class_of(claim)
        if not name:
            text = "no persistent volumes available for this claim and no storage class is set"
            self.events.event(claim, "Normal", "FailedBinding", text)
            return
        if storage_class is None:
            text = f'storageclass.storage.k8s.io "{name}" not found'
            self.events.event(claim, "Warning", "ProvisioningFailed", text)
            return
        provisioner = storage_class["provisioner"]
        if provisioner == _NO_PROVISIONER:
            return
        if annotations_of(claim).get(_STORAGE_PROVISIONER) != provisioner:
            changed = clone(claim)
            changed["metadata"].setdefault("annotations", {})[_STORAGE_PROVISIONER] = provisioner
            claim = self.client.update(CLAIMS, changed)
        text = (
            f"Waiting for a volume to be created either by the external provisioner '{provisioner}' or manually by the "
            "system administrator. If volume creation is delayed, please verify that the provisioner is running and "
            "correctly registered."
        )
        self.events.event(claim, "Normal", "ExternalProvisioning", text)
        if provisioner == PROVISIONER:
            self._make(claim, storage_class)

    def _make(self, claim: Obj, storage_class: Obj) -> None:
        meta = claim["metadata"]
        text = f'External provisioner is provisioning volume for claim "{meta["namespace"]}/{meta["name"]}"'
        self.events.event(claim, "Normal", "Provisioning", text)
        node = annotations_of(claim).get(SELECTED_NODE, "")
        volume = self.client.create(VOLUMES, volume_for(claim, storage_class, node))
        text = f"Successfully provisioned volume {volume['metadata']['name']}"
        self.events.event(claim, "Normal", "ProvisioningSucceeded", text)
        self._bind(claim, volume)
