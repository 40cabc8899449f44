"""Controller revisions: the templates that stateful and daemon sets had ("ControllerRevision v1 apps")."""

from __future__ import annotations

from collections.abc import Callable

import orjson

from grader.embedded.controllers.adoption import Orphans, claim, selector_matcher
from grader.embedded.controllers.hashing import fnv32a, safe_encode
from grader.embedded.machinery.client import Client
from grader.embedded.objects import Obj, clone, key_of, owner_reference

_REVISIONS = "controllerrevisions.apps"


def number_of(revision: Obj) -> int:
    number: int = revision["revision"]
    return number


class RevisionHistory:
    """The revisions of one kind's objects. `label` carries a revision's hash."""

    def __init__(self, client: Client, orphans: Orphans, label: str) -> None:
        self._client = client
        self._orphans = orphans
        self._label = label

    def of(self, owner: Obj) -> list[Obj]:
        """An object's revisions, oldest first."""
        found = claim(self._client, owner, selector_matcher(owner), self._orphans)
        return sorted(found, key=lambda revision: (number_of(revision), revision["metadata"]["creationTimestamp"]))

    def current(self, owner: Obj, history: list[Obj], collisions: int) -> tuple[Obj, int]:
        """The revision of the object's template, made or made the latest if it is not; and the count of collisions.

        `history` is brought up to date.
        """
        data = {"spec": {"template": {**owner["spec"]["template"], "$patch": "replace"}}}
        known = next((revision for revision in reversed(history) if revision["data"] == data), None)
        number = number_of(history[-1]) + 1 if history else 1
        if known is None:
            made, collisions = self._create(owner, data, number, collisions)
            history.append(made)
            return made, collisions
        if known is not history[-1]:
            history.remove(known)
            changed = clone(known)
            changed["revision"] = number
            known = self._client.update(_REVISIONS, changed)
            history.append(known)
        return known, collisions

    def _create(self, owner: Obj, data: Obj, number: int, collisions: int) -> tuple[Obj, int]:
        meta = owner["metadata"]
        text = orjson.dumps(data, option=orjson.OPT_SORT_KEYS)
        while True:
            digest = safe_encode(str(fnv32a(text + collisions.to_bytes(4, "little"))))
            name = f"{meta['name']}-{digest}"
            if self._client.get(_REVISIONS, meta["namespace"], name) is None:
                break
            collisions += 1
        labels = dict((owner["spec"]["template"].get("metadata") or {}).get("labels") or {})
        revision: Obj = {
            "apiVersion": "apps/v1",
            "kind": "ControllerRevision",
            "metadata": {
                "name": name,
                "namespace": meta["namespace"],
                "labels": {**labels, self._label: digest},
                "ownerReferences": [owner_reference(owner)],
            },
            "data": clone(data),
            "revision": number,
        }
        if meta.get("annotations"):
            revision["metadata"]["annotations"] = dict(meta["annotations"])
        return self._client.create(_REVISIONS, revision), collisions

    def forget(self, history: list[Obj], limit: int, in_use: Callable[[Obj], bool]) -> None:
        """Delete the oldest revisions beyond a limit; those in use do not count."""
        idle = [revision for revision in history if not in_use(revision)]
        for revision in idle[: max(len(idle) - limit, 0)]:
            self._client.delete(_REVISIONS, *key_of(revision), uid=revision["metadata"]["uid"])

    def hash_of(self, revision: Obj) -> str:
        """The value of the revision's hash label."""
        digest: str = revision["metadata"]["labels"][self._label]
        return digest
