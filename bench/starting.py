"""From command to usable kubectl."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from bench.measure import Figure, cluster, megabytes, seconds
from grader.embedded import process


def start_to_usable(folder: Path) -> list[Figure]:
    """`lab cluster start` until the first `kubectl get` has answered; and a cluster's memory."""
    environment = {**os.environ, "XDG_STATE_HOME": str(folder / "state"), "KUBECACHEDIR": str(folder / "cache")}

    def lab(*arguments: str) -> None:
        subprocess.run(["lab", "cluster", *arguments], env=environment, check=True, capture_output=True)

    def start() -> None:
        lab("start", "--name", "bench")

    def stop() -> None:
        lab("stop", "--name", "bench")

    start()
    stop()
    taken = []
    for _ in range(5):
        taken.append(seconds(start, 1))
        stop()
    bare = seconds(lambda: _bare(folder), 3)
    floor = seconds(lambda: subprocess.run(["lab", "--version"], check=True, capture_output=True), 3)
    with cluster(folder, "memory") as running:
        get = seconds(lambda: _kubectl(running, "get", "pods"), 5)
        memory = megabytes(running.pid)
    none = seconds(lambda: subprocess.run(["kubectl", "version", "--client"], check=True, capture_output=True), 3)
    return [
        Figure("lab cluster start", f"{sorted(taken)[2]:.2f} s", "0.6 s", f"lab --version alone {floor:.2f} s"),
        Figure("  the cluster's process alone", f"{bare:.2f} s"),
        Figure("kubectl get pods", f"{get * 1000:.0f} ms", "", f"kubectl version --client {none * 1000:.0f} ms"),
        Figure("memory of an idle cluster", f"{memory:.0f} MB", "90 MB"),
    ]


def _bare(folder: Path) -> None:
    place = folder / "clusters" / "bare"
    process.start(place, name="bare", idle=600)
    process.stop(place)


def _kubectl(running: process.Running, *arguments: str) -> None:
    environment = {**os.environ, "KUBECONFIG": str(running.kubeconfig), "KUBECACHEDIR": str(running.folder / "cache")}
    subprocess.run(["kubectl", *arguments], env=environment, check=True, capture_output=True)
