"""A stateful pod's identity: its name, its labels, its claims. Pure functions."""

from __future__ import annotations

import re
from typing import Any

from grader.embedded.objects import Obj, clone, labels_of, owner_reference

REVISION = "controller-revision-hash"
_POD_NAME = "statefulset.kubernetes.io/pod-name"
_INDEX = "apps.kubernetes.io/pod-index"
_ORDINAL = re.compile(r"(.*)-(0|[1-9][0-9]*)\Z", re.DOTALL)


def ordinal_of(pod_name: str, set_name: str) -> int | None:
    """The number in a pod's name, None when it is no name of this set's."""
    match = _ORDINAL.match(pod_name)
    return int(match.group(2)) if match and match.group(1) == set_name else None


def start_of(owner: Obj) -> int:
    """The first ordinal."""
    start: int = (owner["spec"].get("ordinals") or {}).get("start", 0)
    return start


def revision_of(pod: Obj) -> str:
    return labels_of(pod).get(REVISION, "")


def claim_name(template_name: str, set_name: str, ordinal: int) -> str:
    return f"{template_name}-{set_name}-{ordinal}"


def pod_of(owner: Obj, template: Obj, revision: str, ordinal: int) -> Obj:
    """The pod with an ordinal, of a revision's template."""
    meta = owner["metadata"]
    name = f"{meta['name']}-{ordinal}"
    source = clone(template)
    spec: Obj = source["spec"]
    spec["hostname"] = name
    if owner["spec"].get("serviceName"):
        spec["subdomain"] = owner["spec"]["serviceName"]
    volumes = claim_volumes(owner, ordinal)
    if volumes:
        names = {volume["name"] for volume in volumes}
        spec["volumes"] = volumes + [v for v in spec.get("volumes") or () if v["name"] not in names]
    inner: dict[str, Any] = source.get("metadata") or {}
    labels = {**(inner.get("labels") or {}), _POD_NAME: name, _INDEX: str(ordinal), REVISION: revision}
    made: Obj = {
        "name": name,
        "generateName": f"{meta['name']}-",
        "namespace": meta["namespace"],
        "labels": labels,
        "ownerReferences": [owner_reference(owner)],
    }
    for part in ("annotations", "finalizers"):
        if inner.get(part):
            made[part] = inner[part]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": made, "spec": spec}


def claim_volumes(owner: Obj, ordinal: int) -> list[Obj]:
    """The volumes through which a pod uses the claims that are its own."""
    name = owner["metadata"]["name"]
    return [
        {
            "name": template["metadata"]["name"],
            "persistentVolumeClaim": {"claimName": claim_name(template["metadata"]["name"], name, ordinal)},
        }
        for template in owner["spec"].get("volumeClaimTemplates") or ()
    ]


def claims_of(owner: Obj, ordinal: int) -> list[Obj]:
    """The claims of the pod with an ordinal, as they are made."""
    found = []
    meta = owner["metadata"]
    for template in owner["spec"].get("volumeClaimTemplates") or ():
        claim = clone({"apiVersion": "v1", "kind": "PersistentVolumeClaim", **template})
        claim.pop("status", None)
        claim["metadata"] |= {
            "name": claim_name(template["metadata"]["name"], meta["name"], ordinal),
            "namespace": meta["namespace"],
            "labels": {**labels_of(claim), **(owner["spec"]["selector"].get("matchLabels") or {})},
        }
        found.append(claim)
    return found


def claim_owners(owner: Obj, pod: Obj | None, claim: Obj, *, condemned: bool) -> list[Obj]:
    """The owner references a claim should have by the set's retention policy.

    A claim whose owner is the set goes with it; one whose owner is a pod goes with that pod. References to
    anything else are kept.
    """
    policy = owner["spec"].get("persistentVolumeClaimRetentionPolicy") or {}
    mine = {owner["metadata"]["uid"]}
    if pod is not None:
        mine.add(pod["metadata"]["uid"])
    kept = [r for r in claim["metadata"].get("ownerReferences") or () if r["uid"] not in mine]
    if condemned and policy.get("whenScaled") == "Delete" and pod is not None:
        return [*kept, owner_reference({"apiVersion": "v1", "kind": "Pod", **pod})]
    if policy.get("whenDeleted") == "Delete":
        return [*kept, owner_reference(owner)]
    return kept


def has_identity(owner: Obj, pod: Obj, ordinal: int) -> bool:
    """Whether a pod still carries its name and number as labels."""
    labels = labels_of(pod)
    name = f"{owner['metadata']['name']}-{ordinal}"
    return labels.get(_POD_NAME) == name and labels.get(_INDEX) == str(ordinal)


def with_identity(owner: Obj, pod: Obj, ordinal: int) -> Obj:
    """A copy of a pod with its labels put right."""
    fixed = clone(pod)
    name = f"{owner['metadata']['name']}-{ordinal}"
    fixed["metadata"].setdefault("labels", {}).update({_POD_NAME: name, _INDEX: str(ordinal)})
    return fixed
