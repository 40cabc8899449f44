"""What the server says of itself: version, health, and where to look for more."""

from __future__ import annotations

from grader.embedded.objects import Obj

VERSION: Obj = {
    "major": "1",
    "minor": "36",
    "emulationMajor": "1",
    "emulationMinor": "36",
    "minCompatibilityMajor": "1",
    "minCompatibilityMinor": "35",
    "gitVersion": "v1.36.0",
    "gitCommit": "",
    "gitTreeState": "clean",
    "buildDate": "2026-04-22T00:00:00Z",
    "goVersion": "go1.26",
    "compiler": "gc",
    "platform": "linux/amd64",
}

_CHECKS = ("ping", "log", "etcd", "informer-sync", "poststarthook/start-apiserver-admission-initializer")
HEALTH = frozenset({"/healthz", "/readyz", "/livez", "/healthz/ping", "/readyz/ping", "/livez/ping", "/healthz/etcd"})


def health(path: str, verbose: bool) -> str:
    """`ok`, or the list of checks with `?verbose`."""
    if not verbose:
        return "ok"
    name = path.split("/")[1]
    return "".join(f"[+]{check} ok\n" for check in _CHECKS) + f"{name} check passed\n"
