"""Volumes a pod needs before it can be placed, and volumes that wait until it is.

k8s.io/docs/concepts/storage/storage-classes, "Volume binding mode".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from grader.embedded.machinery.client import Client
from grader.embedded.node.scheduler.pods import PodInfo
from grader.embedded.objects import Obj, annotations_of, is_terminating

CLAIMS = "persistentvolumeclaims"
VOLUMES = "persistentvolumes"
CLASSES = "storageclasses.storage.k8s.io"
SELECTED_NODE = "volume.kubernetes.io/selected-node"


@dataclass(slots=True)
class Claims:
    """A pod's claims: the volumes of those that are bound, those that wait for a node, and what is wrong."""

    volumes: list[Obj] = field(default_factory=list)
    waiting: list[Obj] = field(default_factory=list)
    wrong: str = ""


def claims_of(client: Client, pod: PodInfo) -> Claims:
    """Look up the claims of a pod."""
    found = Claims()
    for name in pod.claims:
        claim = client.get(CLAIMS, pod.key.namespace, name)
        if claim is None:
            found.wrong = f'persistentvolumeclaim "{name}" not found'
        elif is_terminating(claim):
            found.wrong = f'persistentvolumeclaim "{name}" is being deleted'
        elif is_bound(claim):
            volume = client.get(VOLUMES, "", claim["spec"]["volumeName"])
            if volume is not None:
                found.volumes.append(volume)
        elif _waits(client, claim):
            found.waiting.append(claim)
        else:
            found.wrong = "pod has unbound immediate PersistentVolumeClaims"
        if found.wrong:
            break
    return found


def is_bound(claim: Obj) -> bool:
    """Whether a claim has its volume."""
    return bool(claim["spec"].get("volumeName")) and (claim.get("status") or {}).get("phase") == "Bound"


def _waits(client: Client, claim: Obj) -> bool:
    if claim["spec"].get("volumeName"):
        return False
    found = client.get(CLASSES, "", claim["spec"].get("storageClassName") or "")
    return found is not None and found.get("volumeBindingMode") == "WaitForFirstConsumer"


def select_node(client: Client, claims: Sequence[Obj], node: str) -> None:
    """Tell the volume controller for which node volumes are to be made."""
    for claim in claims:
        if annotations_of(claim).get(SELECTED_NODE) != node:
            annotations = {**annotations_of(claim), SELECTED_NODE: node}
            client.update(CLAIMS, {**claim, "metadata": {**claim["metadata"], "annotations": annotations}})
