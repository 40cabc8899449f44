"""A cluster as checks see it: objects, lists, changes as they come, proxied requests, logs and exec.

JSON throughout.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from grader.checks.kube import Connection, connect
from grader.checks.streaming import ApiError, Change, Obj, events, hang_up
from grader.errors import ProviderError
from grader.language import text

__all__ = ["Answer", "ApiError", "Change", "Cluster", "Obj", "Ran"]

USER_AGENT = "labyard-check"
_TIMEOUT = (3.0, 15.0)

_COLLECTIONS = {
    "Pod": ("v1", "pods", True),
    "Service": ("v1", "services", True),
    "Endpoints": ("v1", "endpoints", True),
    "ConfigMap": ("v1", "configmaps", True),
    "Secret": ("v1", "secrets", True),
    "Event": ("v1", "events", True),
    "Namespace": ("v1", "namespaces", False),
    "Node": ("v1", "nodes", False),
    "ServiceAccount": ("v1", "serviceaccounts", True),
    "Deployment": ("apps/v1", "deployments", True),
    "ReplicaSet": ("apps/v1", "replicasets", True),
    "EndpointSlice": ("discovery.k8s.io/v1", "endpointslices", True),
}


@dataclass(frozen=True)
class Answer:
    """An HTTP answer. Status 0: nobody answered, and `body` says why."""

    status: int
    body: str


@dataclass(frozen=True)
class Ran:
    """What a command in a container did."""

    code: int | None
    output: str


class Cluster:
    """One cluster through one kubeconfig. Answers are remembered until `fresh()`; safe to use from several threads.

    Raises ProviderError when the cluster does not answer: that is nobody's wrong answer.
    """

    def __init__(self, connection: Connection, namespace: str = "default") -> None:
        self._connection = connection
        self.namespace = namespace
        self._known: dict[str, Any] = {}
        self._lock = threading.Lock()

    @classmethod
    def at(cls, kubeconfig: Path, namespace: str = "default") -> Cluster:
        """The cluster of a kubeconfig's current context."""
        return cls(connect(kubeconfig), namespace)

    def fresh(self) -> Cluster:
        """The same cluster with nothing remembered: what one look at it sees."""
        return Cluster(self._connection, self.namespace)

    @property
    def host(self) -> str:
        """The API server's URL."""
        return self._connection.host

    def get(self, path: str, **query: Any) -> Any:
        """The JSON at a path. Raises ApiError when refused."""
        url = f"{path}?{urlencode(query)}" if query else path
        with self._lock:
            if url in self._known:
                return self._known[url]
        body, status = self._read(url)
        if status >= 400:
            raise ApiError(status, _message(body))
        found = json.loads(body)
        with self._lock:
            self._known[url] = found
        return found

    def objects(self, kind: str, namespace: str | None = None, selector: str | None = None, api: str = "") -> list[Obj]:
        """Objects of a kind in a namespace (this cluster's own unless given, `*` for all), by label selector."""
        query = {"labelSelector": selector} if selector else {}
        items: list[Obj] = self.get(self.path(kind, namespace, api), **query).get("items") or []
        return items

    def find(self, kind: str, name: str, namespace: str | None = None, api: str = "") -> Obj | None:
        """One object, or None when there is none of that name."""
        try:
            found: Obj = self.get(f"{self.path(kind, namespace, api)}/{quote(name)}")
        except ApiError as error:
            if error.status == 404:
                return None
            raise
        return found

    def path(self, kind: str, namespace: str | None = None, api: str = "") -> str:
        """The path of a kind's collection. Raises ApiError(404) when the cluster does not serve the kind."""
        version, plural, namespaced = self._collection(kind, api)
        root = f"/apis/{version}" if "/" in version else f"/api/{version}"
        if not namespaced or namespace == "*":
            return f"{root}/{plural}"
        return f"{root}/namespaces/{quote(namespace or self.namespace)}/{plural}"

    def _collection(self, kind: str, api: str) -> tuple[str, str, bool]:
        known = _COLLECTIONS.get(kind)
        if known and api in ("", known[0]):
            return known
        listing = self.get(f"/apis/{api}" if "/" in api else f"/api/{api or 'v1'}")
        for resource in listing.get("resources", []):
            if resource["kind"] == kind and "/" not in resource["name"]:
                return api or "v1", resource["name"], resource["namespaced"]
        raise ApiError(404, f"the cluster serves no kind {kind} in {api or 'v1'}")

    def changes(
        self, kind: str, seconds: float, namespace: str | None = None, *, since: str = "", tick: float = 0.25
    ) -> Iterator[Change | None]:
        """What changes in a collection within `seconds` of the cluster's time; None after each `tick` without change.

        The server ends the watch, so that waiting is in the cluster's time. Raises ApiError(410) when `since` is a
        version that its history no longer covers.
        """
        query = {"watch": "true", "timeoutSeconds": max(round(seconds), 1), "allowWatchBookmarks": "true"}
        query["resourceVersion"] = since or str(self.version(kind, namespace))
        end = time.monotonic() + max(seconds, 1) + 2
        response = self._request(f"{self.path(kind, namespace)}?{urlencode(query)}", timeout=(3.0, max(seconds, 1) + 5))
        try:
            if response.status >= 400:
                raise ApiError(response.status, _message(response.data))
            yield from events(response, end, tick)
        finally:
            hang_up(response)

    def version(self, kind: str, namespace: str | None = None) -> str:
        """The resource version of a collection now."""
        body, _ = self._read(f"{self.path(kind, namespace)}?limit=1")
        return str(json.loads(body).get("metadata", {}).get("resourceVersion", "0"))

    def proxy(self, path: str, headers: dict[str, str] | None = None, seconds: float = 3.0) -> Answer:
        """A GET through the API server's proxy: `services/web:80/proxy/` or `pods/web:80/proxy/` of this namespace."""
        try:
            response = self._request(path, headers=headers, timeout=(3.0, seconds + 2))
        except ProviderError as error:
            return Answer(0, str(error.problem))
        body = response.data.decode("utf-8", "replace")
        if response.status >= 400 and _is_status(body):
            return Answer(0, _message(body))
        return Answer(response.status, body)

    def logs(self, pod: Obj, container: str | None, *, previous: bool = False, tail: int = 1000) -> str:
        """A container's log. Raises ApiError when there is none (yet)."""
        query: dict[str, Any] = {"tailLines": tail, **({"container": container} if container else {})}
        body, status = self._read(
            f"{_pod_path(pod)}/log?{urlencode({**query, **({'previous': 'true'} if previous else {})})}"
        )
        if status >= 400:
            raise ApiError(status, _message(body))
        return body.decode("utf-8", "replace")

    def exec(self, pod: Obj, container: str | None, command: list[str], seconds: float) -> Ran:
        """Run a command in a container.

        A code of None: it did not end in time. Raises ApiError when it cannot start.
        """
        from kubernetes.client.exceptions import ApiException
        from kubernetes.stream.ws_client import websocket_call

        query = [("command", word) for word in command] + [("stdout", "true"), ("stderr", "true")]
        query += [("container", container)] if container else []
        url = f"{self.host}{_pod_path(pod)}/exec"
        lowered = {name.lower(): value for name, value in self._connection.headers.items()}  # as the package looks for
        try:
            client = websocket_call(  # type: ignore[no-untyped-call]
                self._connection.for_websockets(),
                "GET",
                url,
                query_params=query,
                headers=lowered,
                _preload_content=False,
            )
            client.run_forever(timeout=seconds)
            code = _exit_code(client)  # before reading: that forgets the channel it is in
            output = str(client.read_all())
            client.close()
        except ApiException as error:
            raise ApiError(error.status or 500, str(error.reason)) from error
        return Ran(code, output)

    def _read(self, url: str) -> tuple[bytes, int]:
        response = self._request(url)
        return response.data, response.status

    def _headers(self, more: dict[str, str] | None = None) -> dict[str, str]:
        return {"User-Agent": USER_AGENT, "Accept": "application/json", **self._connection.headers, **(more or {})}

    def _request(self, url: str, headers: dict[str, str] | None = None, timeout: tuple[float, float] = _TIMEOUT) -> Any:
        from kubernetes.client.exceptions import ApiException
        from urllib3.exceptions import HTTPError

        try:
            return self._connection.rest.request(
                "GET", f"{self.host}{url}", headers=self._headers(headers), _request_timeout=timeout
            ).response
        except (HTTPError, ApiException, OSError) as error:
            raise ProviderError(
                text("The cluster at {host} does not answer ({reason}).", host=self.host, reason=_reason(error)),
                text("Run `lab start` again: it brings the cluster back with its objects."),
            ) from error


def _exit_code(client: Any) -> int | None:
    """How an exec ended; None while it runs, and when the connection ended without a word about it."""
    try:
        code: int | None = client.returncode
    except (TypeError, KeyError, IndexError, ValueError):
        return None
    return code


def _pod_path(pod: Obj) -> str:
    return f"/api/v1/namespaces/{quote(pod['metadata']['namespace'])}/pods/{quote(pod['metadata']['name'])}"


def _message(body: bytes | str) -> str:
    """The words of a Status, or of anything else that was answered."""
    source = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
    try:
        return str(json.loads(source)["message"])
    except (ValueError, KeyError, TypeError):
        return source.strip()[:300]


def _is_status(body: str) -> bool:
    return '"kind":"Status"' in body.replace(" ", "")[:200]


def _reason(error: Exception) -> str:
    """The innermost cause of a failed request, in few words."""
    words = str(getattr(error, "reason", None) or error)
    return words.split("]")[-1].strip(" )>'\"") or type(error).__name__
