"""Starting, finding and stopping a cluster's process. Light: nothing of the cluster itself is imported here.

A cluster lives in a folder: its objects, its log, its kubeconfig, and `running.json` while a process serves
it. The process holds a lock on `lock` for as long as it lives, so a stale file is never taken for a cluster.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Literal

_POLL = 0.01
_STOP_PATIENCE = 5.0
_HOLD_PATIENCE = 0.5


class ProcessError(Exception):
    """The cluster's process could not be started or stopped; the text has its own words and the remedy."""


@dataclass(frozen=True, slots=True)
class Running:
    """A cluster that answers.

    `url` is the API's address on the loopback interface; `node_address` is where this machine has the nodes' ports.
    """

    name: str
    folder: Path
    url: str
    kubeconfig: Path
    pid: int
    node_address: str


def start(
    folder: Path,
    *,
    name: str,
    nodes: int = 2,
    kubelet: bool = True,
    idle: float | None = 4 * 3600,
    clock: Literal["real", "fast"] = "real",
    images: Sequence[Path] = (),
    timeout: float = 30,
) -> Running:
    """Start the cluster of a folder, or return the one that runs; it is usable when this returns.

    `idle` seconds without a request end the process (None: never). Raises ProcessError.
    """
    found = find(folder)
    if found is not None:
        return found
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        log = (folder / "server.log").open("ab")
    except OSError as error:
        raise ProcessError(
            f"{folder} cannot be written ({error.strerror}); make room or choose another place"
        ) from error
    argv = [sys.executable, "-m", "grader.embedded", str(folder), "--name", name, "--nodes", str(nodes)]
    argv += ["--clock", clock, "--idle", "never" if idle is None else str(idle)]
    argv += [] if kubelet else ["--no-kubelet"]
    argv += [part for path in images for part in ("--images", str(path))]
    with log:
        began = log.tell()
        child = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, start_new_session=True, cwd="/"
        )
    try:
        return _await_ready(folder, child, timeout, began)
    except BaseException:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        raise


def _await_ready(folder: Path, child: subprocess.Popen[bytes], timeout: float, began: int) -> Running:
    """The child closes its standard output once it serves."""
    assert child.stdout is not None
    os.set_blocking(child.stdout.fileno(), False)
    deadline = time.monotonic() + timeout
    with child.stdout:
        while time.monotonic() < deadline:
            if child.stdout.read() == b"" or child.poll() is not None:
                break
            time.sleep(_POLL)
    found = find(folder)
    if found is not None:
        return found
    words = _last_words(folder, began)
    if child.poll() is None:
        raise ProcessError(f"the cluster did not become ready within {timeout:g} s: {words}; see {folder}/server.log")
    raise ProcessError(f"the cluster could not start: {words}; see {folder}/server.log")


def _last_words(folder: Path, began: int) -> str:
    try:
        with (folder / "server.log").open("rb") as file:
            file.seek(began)
            lines = file.read().decode("utf-8", "replace").strip().splitlines()
    except OSError:
        lines = []
    return lines[-1].strip() if lines else "it said nothing"


def find(folder: Path) -> Running | None:
    """The process that serves a folder's cluster, or None."""
    if not _is_held(folder):
        return None
    try:
        facts = json.loads((folder / "running.json").read_bytes())
    except (OSError, ValueError):
        return None
    address = facts.get("node_address", "127.0.0.1")
    return Running(facts["name"], folder, facts["url"], folder / "kubeconfig", facts["pid"], address)


def stop(folder: Path, *, remove: bool = False) -> bool:
    """End the process of a folder's cluster; with `remove` its objects go too. Raises ProcessError.

    Returns whether there was a process.
    """
    was = _is_held(folder)
    if was:
        _end(folder)
    if remove and folder.exists():
        try:
            shutil.rmtree(folder)
        except OSError as error:
            raise ProcessError(f"{folder} cannot be removed ({error}); remove it by hand") from error
    return was


def _end(folder: Path) -> None:
    """SIGTERM, then SIGKILL for one that does not listen."""
    deadline = time.monotonic() + _STOP_PATIENCE
    for number in (signal.SIGTERM, signal.SIGKILL):
        pid = _holder(folder)
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        while _is_held(folder) and time.monotonic() < deadline:
            time.sleep(_POLL)
        if not _is_held(folder):
            return
        deadline = time.monotonic() + _STOP_PATIENCE
    raise ProcessError(f"the process of {folder} does not end; kill it by hand (its number is in {folder}/lock)")


def _holder(folder: Path) -> int | None:
    with suppress(OSError, ValueError):
        return int((folder / "lock").read_text())
    return None


def _is_held(folder: Path) -> bool:
    try:
        with (folder / "lock").open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


# The server's side


def hold(folder: Path) -> IO[str]:
    """Take a folder for this process; it is given back when the process ends. Raises ProcessError when it is taken."""
    file = (folder / "lock").open("a+")
    deadline = time.monotonic() + _HOLD_PATIENCE
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:  # a server, or somebody who only looks whether there is one
            if time.monotonic() > deadline:
                file.close()
                raise ProcessError("another process serves this cluster already; stop it first") from None
            time.sleep(_POLL)
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def announce(running: Running) -> None:
    """Say where the cluster is, for `find`."""
    facts = {k: v for k, v in asdict(running).items() if k in ("name", "url", "pid", "node_address")}
    scratch = running.folder / ".running.json"
    scratch.write_text(json.dumps(facts))
    scratch.replace(running.folder / "running.json")
