"""Replays what kubectl printed on a real cluster, and compares after taking out what differs from run to run."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
_STAND_INS: Sequence[tuple[re.Pattern[str], str]] = [
    (re.compile(pattern), stand_in)
    for pattern, stand_in in (
        (r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "<uid>"),
        (r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)", "<time>"),
        (r"\b[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}", "<time>"),
        (r"(?:sha256:)?\b[0-9a-f]{64}\b", "<digest>"),
        (rf"-[{_LETTERS}]{{8,10}}-[{_LETTERS}]{{5}}\b", "-<hash>-<id>"),
        (rf"-[{_LETTERS}]{{8,10}}\b", "-<hash>"),
        (rf"=[{_LETTERS}]{{8,10}}\b", "=<hash>"),
        (r"-\d{8}\b", "-<tick>"),
        (rf"-[{_LETTERS}]{{5}}\b", "-<id>"),
        (r"\b(?:\d{1,3}\.){3}\d{1,3}\b", "<ip>"),
        (r":(?!30001)3[0-2]\d{3}(?=/(?:TCP|UDP))", ":<nodeport>"),
        (r"\(x\d+ over [0-9a-z]+\)", "(xN over <age>)"),
        (r"(?<![\w.:/-])\d+[dhmsy](?:\d+[hms])?(?![\w.-])", "<age>"),
    )
]
_VOLATILE = frozenset(
    ("uid", "resourceVersion", "creationTimestamp", "managedFields", "selfLink", "containerID", "imageID", "hostIP",
     "hostIPs", "pod-template-hash", "observedGeneration")
)  # fmt: skip
_TABLE = re.compile(r"(NAME|NAMESPACE|LAST SEEN|REVISION)\b")


@dataclass(frozen=True)
class Difference:
    """A step whose answer differs."""

    number: int
    command: str
    recorded: Any
    here: Any

    def __str__(self) -> str:
        return f"step {self.number}: {self.command}\n  recorded: {self.recorded}\n  here:     {self.here}"


class Replay:
    """One scenario against one cluster, in a namespace and a folder of its own."""

    def __init__(self, scenario: Mapping[str, Any], kubeconfig: Path, folder: Path, path: str) -> None:
        self._scenario = scenario
        self._namespace = f"s-{scenario['name']}"
        self._work = folder / "w"
        self._names = {self._namespace: "<namespace>", str(folder): "<dir>"}
        self._environment = {**os.environ, "HOME": str(folder), "LC_ALL": "C.UTF-8", "PATH": path,
                             "KUBECONFIG": str(kubeconfig), "KUBECACHEDIR": str(folder / "cache")}  # fmt: skip
        self._kubeconfig = folder / "kubeconfig"

    def run(self) -> Iterator[Difference]:
        """Every step; those that differ come out."""
        self._prepare()
        for number, step in enumerate(self._scenario["steps"], 1):
            here = self._until(step) if "until" in step else self._once(step)
            if here != step["expect"]:
                yield Difference(number, step.get("run") or step["until"], step["expect"], here)
        self._shell(f"kubectl delete namespace {self._namespace} --wait=false")
        for command in self._scenario.get("cleanup", ()):
            self._shell(command)

    def _prepare(self) -> None:
        config = json.loads(self._shell("kubectl config view --raw --flatten -o json").stdout)
        for context in config["contexts"]:
            context["context"]["namespace"] = self._namespace
        self._kubeconfig.write_text(json.dumps(config))
        self._environment["KUBECONFIG"] = str(self._kubeconfig)
        self._work.mkdir()
        for name, text in self._scenario.get("files", {}).items():
            path = self._work / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        created = self._shell(f"kubectl create namespace {self._namespace}")
        assert created.returncode == 0, created.stderr
        self._reach("kubectl get serviceaccount default -o name", "serviceaccount/default", 10)
        nodes = self._shell("kubectl get nodes -o jsonpath='{.items[*].metadata.name}'").stdout
        self._names.update(dict.fromkeys(nodes.split(), "<node>"))

    def _shell(self, command: str) -> subprocess.CompletedProcess[str]:
        folder = self._work if self._work.exists() else self._work.parent
        return subprocess.run(
            ["bash", "-c", command], cwd=folder, env=self._environment, capture_output=True, text=True, timeout=150
        )

    def _reach(self, command: str, wanted: str, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while self._shell(command).stdout.strip() != wanted:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.1)
        return True

    def _until(self, step: Mapping[str, Any]) -> dict[str, bool]:
        return {"reached": self._reach(step["until"], str(step["equals"]), step.get("within", 60))}

    def _once(self, step: Mapping[str, Any]) -> dict[str, Any]:
        done = self._shell(step["run"])
        found: dict[str, Any] = {}
        for part in step.get("compare", ("exit", "stdout", "stderr")):
            if part == "exit":
                found[part] = done.returncode
            elif part == "stdout":
                found[part] = _sorted_table(self._lines(done.stdout))
            elif part == "lines":
                found[part] = sorted(self._lines(done.stdout))
            elif part == "json":
                found[part] = self._tidy(json.loads(done.stdout))
            else:
                found[part] = self._lines(done.stderr)
        return found

    def _lines(self, text: str) -> list[str]:
        for name, stand_in in self._names.items():
            text = re.sub(rf"(?<![\w-]){re.escape(name)}(?![\w-])", stand_in, text)
        for pattern, stand_in in _STAND_INS:
            text = pattern.sub(stand_in, text)
        lines = (" ".join(line.split()) for line in text.strip().splitlines())
        return [line for line in lines if line]

    def _tidy(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._tidy(part) for key, part in sorted(value.items()) if key not in _VOLATILE}
        if isinstance(value, list):
            parts = [self._tidy(part) for part in value]
            if parts and all(isinstance(part, dict) and "type" in part for part in parts):
                parts.sort(key=lambda part: str(part["type"]))
            return parts
        return "\n".join(self._lines(value)) if isinstance(value, str) else value


def _sorted_table(lines: list[str]) -> list[str]:
    return [lines[0], *sorted(lines[1:])] if lines and _TABLE.match(lines[0]) else lines


def load(path: Path) -> dict[str, Any]:
    """A recorded scenario."""
    scenario: dict[str, Any] = yaml.safe_load(path.read_text())
    return scenario
