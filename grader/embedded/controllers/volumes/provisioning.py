"""Making volumes on demand: folders on the node where they are first used, as kind's local-path provisioner does."""

from __future__ import annotations

from grader.embedded.controllers.volumes.matching import claim_reference, requested
from grader.embedded.objects import Obj

PROVISIONER = "rancher.io/local-path"
SELECTED_NODE = "volume.kubernetes.io/selected-node"
PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"
CLASSES = "storageclasses.storage.k8s.io"
_FOLDER = "/var/local-path-provisioner"


def default_class() -> Obj:
    """The storage class of claims that name none."""
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": "standard", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
        "provisioner": PROVISIONER,
        "reclaimPolicy": "Delete",
        "volumeBindingMode": "WaitForFirstConsumer",
    }


def waits_for_consumer(storage_class: Obj | None) -> bool:
    """Whether volumes of a class are bound only once a pod needs them."""
    return storage_class is not None and storage_class.get("volumeBindingMode") == "WaitForFirstConsumer"


def volume_for(claim: Obj, storage_class: Obj, node: str) -> Obj:
    """The volume made for a claim, on a node (empty: on any)."""
    meta = claim["metadata"]
    name = f"pvc-{meta['uid']}"
    spec: Obj = {
        "capacity": {"storage": requested(claim)},
        "hostPath": {"path": f"{_FOLDER}/{name}_{meta['namespace']}_{meta['name']}", "type": "DirectoryOrCreate"},
        "accessModes": list(claim["spec"].get("accessModes") or ()),
        "claimRef": claim_reference(claim),
        "persistentVolumeReclaimPolicy": storage_class.get("reclaimPolicy") or "Delete",
        "storageClassName": storage_class["metadata"]["name"],
        "volumeMode": claim["spec"].get("volumeMode") or "Filesystem",
    }
    if storage_class.get("mountOptions"):
        spec["mountOptions"] = list(storage_class["mountOptions"])
    if node:
        expression = {"key": "kubernetes.io/hostname", "operator": "In", "values": [node]}
        spec["nodeAffinity"] = {"required": {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}}
    annotations = {"local.path.provisioner/selected-node": node, PROVISIONED_BY: PROVISIONER}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name, "annotations": annotations},
        "spec": spec,
    }
