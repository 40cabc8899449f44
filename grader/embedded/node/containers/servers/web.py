"""What web servers share: content types, dates, and files served from a folder of the container."""

from __future__ import annotations

import posixpath
import time
from hashlib import blake2b
from urllib.parse import unquote

TYPES = {
    "html": "text/html",
    "htm": "text/html",
    "css": "text/css",
    "js": "application/javascript",
    "json": "application/json",
    "txt": "text/plain",
    "xml": "text/xml",
    "svg": "image/svg+xml",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "ico": "image/x-icon",
    "pdf": "application/pdf",
    "wasm": "application/wasm",
}


def content_type(path: str, default: str = "application/octet-stream") -> str:
    """The type of a file by its name's ending."""
    return TYPES.get(path.rpartition(".")[2].lower() if "." in path else "", default)


def http_date(seconds: float) -> str:
    """Time as HTTP headers have it."""
    return time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(seconds))


def log_time(seconds: float) -> str:
    """Time as access logs have it."""
    return time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(seconds))


def entity_tag(data: bytes) -> str:
    return f'"{blake2b(data, digest_size=6).hexdigest()}-{len(data):x}"'


def clean_path(path: str) -> str:
    """A request's path decoded and without `..`; never outside the root."""
    decoded = unquote(path).replace("\0", "")
    normal = posixpath.normpath("/" + decoded.lstrip("/"))
    return normal + "/" if decoded.endswith("/") and normal != "/" else normal


def combined_log(source: str, moment: float, method: str, target: str, status: int, size: int, agent: str) -> str:
    """A line in the combined log format, without a referrer."""
    return f'{source} - - [{log_time(moment)}] "{method} {target} HTTP/1.1" {status} {size} "-" "{agent or "-"}"'
