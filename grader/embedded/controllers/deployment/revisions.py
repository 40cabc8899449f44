"""Which replica set is a deployment's current one, and the annotations that number its revisions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from grader.embedded.objects import Obj, annotations_of, owner_reference

HASH = "pod-template-hash"
REVISION = "deployment.kubernetes.io/revision"
HISTORY = "deployment.kubernetes.io/revision-history"
DESIRED = "deployment.kubernetes.io/desired-replicas"
MOST = "deployment.kubernetes.io/max-replicas"
_NOT_COPIED = frozenset(
    (
        "kubectl.kubernetes.io/last-applied-configuration",
        REVISION,
        HISTORY,
        DESIRED,
        MOST,
        "deprecated.deployment.rollback.to",
    )
)
_LONGEST_HISTORY = 2000


def age_of(replica_set: Obj) -> tuple[str, str]:
    """What orders replica sets from old to new."""
    meta = replica_set["metadata"]
    return meta["creationTimestamp"], meta["name"]


def revision_of(obj: Obj) -> int:
    text = annotations_of(obj).get(REVISION, "")
    return int(text) if text.isdigit() else 0


def same_template(replica_set: Obj, template: Obj) -> bool:
    """Whether a replica set is of a pod template, its own hash label aside."""
    mine = replica_set["spec"]["template"]
    if mine.get("spec") != template.get("spec"):
        return False
    meta, other = dict(mine.get("metadata") or {}), dict(template.get("metadata") or {})
    for one in (meta, other):
        one["labels"] = {key: value for key, value in (one.get("labels") or {}).items() if key != HASH}
    return meta == other


def split(deployment: Obj, replica_sets: Iterable[Obj]) -> tuple[Obj | None, list[Obj]]:
    """The replica set of the deployment's template, if there is one, and the others, oldest first."""
    ordered = sorted(replica_sets, key=age_of)
    template = deployment["spec"]["template"]
    new = next((one for one in ordered if same_template(one, template)), None)
    return new, [one for one in ordered if one is not new]


def annotate(deployment: Obj, annotations: dict[str, str], revision: int) -> bool:
    """Give a replica set's annotations the deployment's and the revision it has now; whether that changed them.

    A replica set that is used again, as after `kubectl rollout undo`, remembers its former numbers.
    """
    before = dict(annotations)
    annotations.update({key: value for key, value in annotations_of(deployment).items() if key not in _NOT_COPIED})
    former = annotations.get(REVISION, "")
    if (int(former) if former.isdigit() else 0) < revision:
        annotations[REVISION] = str(revision)
        if former:
            history = [*annotations.get(HISTORY, "").split(","), former] if annotations.get(HISTORY) else [former]
            while len(",".join(history)) > _LONGEST_HISTORY:
                del history[0]
            annotations[HISTORY] = ",".join(history)
    return annotations != before


def new_replica_set(deployment: Obj, digest: str, revision: int, size: int, most: int) -> Obj:
    """The replica set for a deployment's current template, `digest` being the template's hash."""
    spec, meta = deployment["spec"], deployment["metadata"]
    template = spec["template"]
    labels = {**((template.get("metadata") or {}).get("labels") or {}), HASH: digest}
    selector = {**spec["selector"], "matchLabels": {**(spec["selector"].get("matchLabels") or {}), HASH: digest}}
    annotations: dict[str, str] = {}
    annotate(deployment, annotations, revision)
    annotations |= {DESIRED: str(spec.get("replicas", 1)), MOST: str(most)}
    made: Obj = {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": f"{meta['name']}-{digest}",
            "namespace": meta["namespace"],
            "labels": labels,
            "annotations": annotations,
            "ownerReferences": [owner_reference(deployment)],
        },
        "spec": {
            "replicas": size,
            "selector": selector,
            "template": {**template, "metadata": {**(template.get("metadata") or {}), "labels": labels}},
        },
    }
    if spec.get("minReadySeconds"):
        made["spec"]["minReadySeconds"] = spec["minReadySeconds"]
    return made


def to_forget(old: Sequence[Obj], limit: int) -> list[Obj]:
    """Old replica sets beyond the history limit, oldest revision first; those that still have pods are spared."""
    standing = [one for one in old if "deletionTimestamp" not in one["metadata"]]
    surplus = len(standing) - limit
    if surplus <= 0:
        return []
    ordered = sorted(standing, key=lambda one: (revision_of(one), age_of(one)))[:surplus]
    return [one for one in ordered if _is_idle(one)]


def _is_idle(replica_set: Obj) -> bool:
    status = replica_set.get("status", {})
    return (
        not status.get("replicas")
        and not replica_set["spec"].get("replicas", 1)
        and replica_set["metadata"].get("generation", 0) <= status.get("observedGeneration", 0)
    )
