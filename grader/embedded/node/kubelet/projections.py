"""What config map, secret, downward API and projected volumes hold.

Kubernetes API reference: ConfigMapVolumeSource, SecretVolumeSource, DownwardAPIVolumeSource and
ProjectedVolumeSource v1 core.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from grader.embedded.machinery.client import Client
from grader.embedded.node.kubelet.environment import PodFacts
from grader.embedded.node.kubelet.fields import FieldError, container_named, field_of, resource_of
from grader.embedded.node.kubelet.references import CONFIG_MAPS, SECRETS, MissingError, Reference, content
from grader.embedded.objects import Obj

_DEFAULT_MODE = 0o644
_NO_KEY = {
    CONFIG_MAPS: "configmap references non-existent config key",
    SECRETS: "references non-existent secret key",
}
PROJECTED_KINDS = ("configMap", "secret", "downwardAPI", "projected")

TokenFor = Callable[[str, str, Obj], str]
"""(namespace, service account, pod) to a bearer token."""

Content = bytes | Callable[[], bytes]


class LazyFiles(Mapping[str, bytes]):
    """Files whose content is made when it is first read: a token costs a signature, and few containers look."""

    __slots__ = ("_files",)

    def __init__(self, files: dict[str, Content]) -> None:
        self._files = files

    def __getitem__(self, path: str) -> bytes:
        found = self._files[path]
        if not isinstance(found, bytes):
            found = self._files[path] = found()
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


class Projector:
    """Makes the files of one pod's volume. `token_for` gives service account tokens."""

    def __init__(self, client: Client, token_for: TokenFor, pod: Obj, facts: PodFacts) -> None:
        self._client = client
        self._token_for = token_for
        self._pod = pod
        self._namespace: str = pod["metadata"]["namespace"]
        self._facts = facts
        self._files: dict[str, Content] = {}
        self._modes: dict[str, int] = {}

    def project(self, volume: Obj) -> tuple[Mapping[str, bytes], dict[str, int]]:
        """(files, modes) of a volume of one of `PROJECTED_KINDS`. Raises MissingError and FieldError."""
        kind = next(k for k in PROJECTED_KINDS if k in volume)
        source = volume[kind] or {}
        mode = source.get("defaultMode", _DEFAULT_MODE)
        if kind == "projected":
            for part in source.get("sources") or ():
                for name, handler in _SOURCES.items():
                    if name in part:
                        handler(self, part[name] or {}, mode)
        else:
            _SOURCES[kind](self, source, mode)
        return LazyFiles(self._files), self._modes

    def _put(self, path: str, value: Content, mode: int) -> None:
        self._files[path] = value
        if mode != _DEFAULT_MODE:
            self._modes[path] = mode

    def _keys(self, resource: str, source: Obj, mode: int) -> None:
        name = source.get("name") or source.get("secretName") or ""
        optional = bool(source.get("optional"))
        values = content(self._client, self._namespace, Reference(resource, name), optional)
        if values is None:
            return
        if not source.get("items"):
            for key, value in values.items():
                self._put(key, value, mode)
            return
        for item in source["items"]:
            if item["key"] not in values:
                if optional:
                    continue
                raise MissingError(f"{_NO_KEY[resource]}: {item['key']}")
            self._put(item["path"], values[item["key"]], item.get("mode", mode))

    def _config_map(self, source: Obj, mode: int) -> None:
        self._keys(CONFIG_MAPS, source, mode)

    def _secret(self, source: Obj, mode: int) -> None:
        self._keys(SECRETS, source, mode)

    def _downward(self, source: Obj, mode: int) -> None:
        for item in source.get("items") or ():
            self._put(item["path"], self._downward_item(item).encode(), item.get("mode", mode))

    def _downward_item(self, item: Obj) -> str:
        if "fieldRef" in item:
            value = field_of(self._pod, item["fieldRef"]["fieldPath"])
            if value is None:
                raise FieldError(f"unsupported fieldPath: {item['fieldRef']['fieldPath']}")
            return value
        reference = item["resourceFieldRef"]
        container = container_named(self._pod, reference.get("containerName", ""))
        if container is None:
            raise FieldError(f"container {reference.get('containerName', '')} not found")
        return resource_of(reference, container, self._facts.allocatable)

    def _token(self, source: Obj, mode: int) -> None:
        account = self._pod["spec"].get("serviceAccountName") or "default"
        pod, namespace, token_for = self._pod, self._namespace, self._token_for
        self._put(source.get("path") or "token", lambda: token_for(namespace, account, pod).encode(), mode)

    def _trust_bundle(self, source: Obj, mode: int) -> None:
        name = source.get("name") or source.get("signerName") or ""
        found = self._client.get("clustertrustbundles.certificates.k8s.io", "", name)
        if found is None:
            if source.get("optional"):
                return
            raise MissingError(f'clustertrustbundle "{name}" not found')
        self._put(source["path"], str((found.get("spec") or {}).get("trustBundle", "")).encode(), mode)


_SOURCES: dict[str, Callable[[Projector, Obj, int], None]] = {
    "configMap": Projector._config_map,
    "secret": Projector._secret,
    "downwardAPI": Projector._downward,
    "serviceAccountToken": Projector._token,
    "clusterTrustBundle": Projector._trust_bundle,
}
