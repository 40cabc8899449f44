"""A cluster as checks see it: objects, lists, changes as they come, proxied requests, logs and exec.

JSON throughout.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from grader.checks.kube import Connection, connect
from grader.errors import ProviderError
from grader.language import text

Obj = dict[str, Any]

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


class ApiError(Exception):
    """The API server refused. `status` is the HTTP code, `message` its own words."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status
        self.message = message


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


@dataclass(frozen=True)
class Change:
    """An event of a watch. `kind` is ADDED, MODIFIED or DELETED."""

    kind: str
    object: Obj


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
            yield from _events(response, end, tick)
        finally:
            _hang_up(response)

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
        try:
            client = websocket_call(  # type: ignore[no-untyped-call]
                self._connection.configuration,
                "GET",
                url,
                query_params=query,
                headers=self._headers(),
                _preload_content=False,
            )
            client.run_forever(timeout=seconds)
            ended = not client.is_open()
            output = str(client.read_all())
            code = client.returncode if ended else None
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


def _hang_up(response: Any) -> None:
    """Close a streamed answer at once, though a thread still reads it."""
    with suppress(Exception):  # it may have ended by itself
        response.shutdown()
    response.close()


def _events(response: Any, end: float, tick: float) -> Iterator[Change | None]:
    """Lines of a watch as changes. The socket's own timeout gives the ticks."""
    reader = _Lines(response)
    while time.monotonic() < end:
        line = reader.next(tick)
        if line is None:
            return
        if not line:
            yield None
            continue
        event = json.loads(line)
        if event["type"] == "ERROR":
            raise ApiError(event["object"].get("code", 500), event["object"].get("message", ""))
        if event["type"] != "BOOKMARK":
            yield Change(event["type"], event["object"])


class _Lines:
    """Lines of a streamed answer, read by a thread so that waiting for the next can be given up without losing any."""

    def __init__(self, response: Any) -> None:
        from queue import SimpleQueue

        self._queue: SimpleQueue[bytes | None] = SimpleQueue()

        threading.Thread(target=self._read, args=(response,), daemon=True).start()

    def _read(self, response: Any) -> None:
        rest = b""
        with suppress(Exception):  # a stream that breaks is a stream that ended
            for piece in response.stream(65536):
                *lines, rest = (rest + piece).split(b"\n")
                for line in lines:
                    self._queue.put(line)
        self._queue.put(None)

    def next(self, seconds: float) -> bytes | None:
        """The next line, an empty one when none came in time, None at the end."""
        from queue import Empty

        try:
            return self._queue.get(timeout=seconds)
        except Empty:
            return b""


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
