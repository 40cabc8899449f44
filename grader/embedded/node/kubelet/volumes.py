"""Volumes: made for a pod before its containers, shared by them, and kept as long as their kind is kept.

k8s.io/docs/concepts/storage/volumes. Persistent volumes and host paths outlive pods; the rest goes with its pod.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from grader.embedded.machinery.client import Client
from grader.embedded.node.kubelet.environment import PodFacts
from grader.embedded.node.kubelet.fields import FieldError
from grader.embedded.node.kubelet.projections import PROJECTED_KINDS, Projector, TokenFor
from grader.embedded.node.kubelet.references import MissingError
from grader.embedded.node.runtime import Runtime, Volume
from grader.embedded.objects import Obj

_HOST_FOLDERS = frozenset(
    [
        *("/", "/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/mnt", "/opt", "/proc", "/root", "/run", "/sbin"),
        *("/srv", "/sys", "/tmp", "/usr", "/var", "/var/lib", "/var/log"),
    ]
)
_MADE_WHEN_ABSENT = ("", "DirectoryOrCreate", "FileOrCreate")
_TYPE_WORDS = {
    "Directory": "a directory",
    "File": "a file",
    "Socket": "a socket file",
    "CharDevice": "a character device",
    "BlockDevice": "a block device",
}


class MountError(Exception):
    """Volumes of a pod that cannot be set up yet: (volume name, why) of each."""

    def __init__(self, failures: list[tuple[str, str]]) -> None:
        super().__init__(failures[0][1])
        self.failures = failures


def is_projected(volume: Obj) -> bool:
    """Whether the kubelet itself writes the volume's files."""
    return any(kind in volume for kind in PROJECTED_KINDS)


@dataclass(slots=True)
class PodVolumes:
    """A pod's volumes by name. `made` says which exist; they are made once."""

    made: dict[str, Volume] = field(default_factory=dict)

    def read(self, name: str, path: str) -> bytes | None:
        """A file of one volume."""
        volume = self.made.get(name)
        return None if volume is None else volume.read(path)


class VolumeManager:
    """Makes volumes for the pods of all nodes."""

    def __init__(self, client: Client, runtime: Runtime, token_for: TokenFor) -> None:
        self._client = client
        self._runtime = runtime
        self._token_for = token_for
        self._persistent: dict[str, Volume] = {}
        self._host: dict[tuple[str, str], Volume] = {}

    def mount(self, pod: Obj, volumes: PodVolumes, facts: PodFacts) -> None:
        """Make what is not made yet. Raises MountError with all that failed; the others are made."""
        failures: list[tuple[str, str]] = []
        for volume in pod["spec"].get("volumes") or ():
            name = volume["name"]
            if name in volumes.made:
                continue
            try:
                volumes.made[name] = self._make(pod, volume, facts)
            except (MissingError, FieldError) as error:
                failures.append((name, str(error)))
        if failures:
            raise MountError(failures)

    def refresh(self, pod: Obj, volumes: PodVolumes, facts: PodFacts) -> None:
        """Bring the files of projected volumes up to date; what is missing by now stays as it was."""
        for volume in pod["spec"].get("volumes") or ():
            made = volumes.made.get(volume["name"])
            if made is None or not is_projected(volume):
                continue
            try:
                files, modes = Projector(self._client, self._token_for, pod, facts).project(volume)
            except (MissingError, FieldError):
                continue
            made.replace(files, modes or None)

    def forget(self, persistent_volume: str) -> None:
        """A persistent volume is gone: so are its files."""
        self._persistent.pop(persistent_volume, None)

    def _make(self, pod: Obj, volume: Obj, facts: PodFacts) -> Volume:
        if is_projected(volume):
            files, modes = Projector(self._client, self._token_for, pod, facts).project(volume)
            made = self._runtime.volume(files)
            if modes:
                made.replace(files, modes)
            return made
        if "emptyDir" in volume:
            return self._runtime.volume(in_memory=(volume["emptyDir"] or {}).get("medium") == "Memory")
        if "hostPath" in volume:
            return self._host_path(pod["spec"]["nodeName"], volume["hostPath"])
        if "persistentVolumeClaim" in volume:
            return self._claimed(pod, volume["persistentVolumeClaim"]["claimName"])
        if "ephemeral" in volume:
            return self._claimed(pod, f"{pod['metadata']['name']}-{volume['name']}")
        kind = next((key for key in volume if key != "name"), "")
        raise MissingError(
            f"volumes of kind {kind} are not available on this cluster's nodes: "
            "use emptyDir, hostPath, configMap, secret, projected or a persistentVolumeClaim"
        )

    def _host_path(self, node: str, source: Mapping[str, str]) -> Volume:
        path = source["path"].rstrip("/") or "/"
        kind = source.get("type") or ""
        place = (node, path)
        if place not in self._host:
            there = path in _HOST_FOLDERS and kind == "Directory"
            if kind not in _MADE_WHEN_ABSENT and not there:
                raise MissingError(f"hostPath type check failed: {path} is not {_TYPE_WORDS.get(kind, kind)}")
            self._host[place] = self._runtime.volume()
        return self._host[place]

    def _claimed(self, pod: Obj, name: str) -> Volume:
        claim = self._client.get("persistentvolumeclaims", pod["metadata"]["namespace"], name)
        if claim is None:
            raise MissingError(f'persistentvolumeclaim "{name}" not found')
        bound = claim["spec"].get("volumeName")
        if not bound or (claim.get("status") or {}).get("phase") != "Bound":
            raise MissingError("PVC is not bound")
        persistent = self._client.get("persistentvolumes", "", bound)
        if persistent is None:
            raise MissingError(f'persistentvolume "{bound}" not found')
        if "hostPath" in persistent["spec"]:
            return self._host_path(pod["spec"]["nodeName"], {**persistent["spec"]["hostPath"], "type": ""})
        if bound not in self._persistent:
            self._persistent[bound] = self._runtime.volume()
        return self._persistent[bound]
