"""HTTP from this machine, as the checks that ask from outside need it: one request, a bound on everything."""

from __future__ import annotations

import http.client
import socket
import ssl
from urllib.parse import urlsplit

from grader.checks.cluster import Answer

MAX_BODY = 64 * 1024


def fetch(url: str, seconds: float, headers: dict[str, str] | None = None) -> Answer:
    """GET a URL without redirects, proxies or verification of certificates.

    Status 0 with the reason when nobody answers.
    """
    parts = urlsplit(url)
    try:
        connection = _connection(parts.scheme, parts.hostname or "", parts.port, seconds)
        try:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request(
                "GET", path, headers={"User-Agent": "labyard-check", "Connection": "close", **(headers or {})}
            )
            response = connection.getresponse()
            return Answer(response.status, response.read(MAX_BODY).decode("utf-8", "replace"))
        finally:
            connection.close()
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Answer(0, _reason(error))


def _connection(scheme: str, host: str, port: int | None, seconds: float) -> http.client.HTTPConnection:
    if scheme == "https":
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return http.client.HTTPSConnection(host, port, timeout=seconds, context=context)
    return http.client.HTTPConnection(host, port, timeout=seconds)


def _reason(error: Exception) -> str:
    if isinstance(error, socket.timeout):
        return "no answer in time"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
