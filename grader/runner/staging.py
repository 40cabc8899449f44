"""A lab on its stage: the environment with the set-up in it, the workspace, and the record of how things stood."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grader.checks.base import Baseline, Context
from grader.checks.cluster import Cluster
from grader.checks.diagnosis import owner, ready, terminating
from grader.commands import Command, CommandError, Completed, run
from grader.course.lab import Lab
from grader.environments.base import Environment
from grader.errors import LabError
from grader.language import text
from grader.workspace.folder import copy_filled
from grader.workspace.recording import Recording


@dataclass
class Stage:
    """One lab in one environment. `session` is where its own files go: recorded commands, filled-in set-up."""

    lab: Lab
    environment: Environment
    workspace: Path
    session: Path
    recording: Recording = field(init=False)

    def __post_init__(self) -> None:
        self.recording = Recording(self.session)

    def variables(self, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
        """The whole environment of a learner's shell: recording tools first on PATH, and the cluster's variables."""
        self.recording.install(self.environment.tools())
        own = str(self.recording.bin)
        path = [part for part in environ.get("PATH", os.defpath).split(os.pathsep) if part != own]
        return {**environ, **self.environment.variables(), "PATH": os.pathsep.join([own, *path])}

    def set_up(self) -> Baseline:
        """Apply the lab's set-up, and note how things stand. Raises LabError when the set-up itself is wrong."""
        setup = self.lab.spec.setup
        if setup.manifests or setup.commands:
            folder = self.session / "prepared"
            copy_filled(self.lab.folder / "setup", folder / "setup", self.lab.values, overwrite=True)
            self._apply(folder)
        return self.note()

    def _apply(self, folder: Path) -> None:
        setup = self.lab.spec.setup
        variables = self.variables()
        lines = []
        if setup.manifests:
            missing = [name for name in setup.manifests if not (folder / name).is_file()]
            if missing:
                raise LabError(
                    text("the set-up's file {file} is missing", file=missing[0]),
                    text("Add it below the lab's folder setup/, or correct spec.setup.manifests."),
                    str(self.lab.folder / "lab.yaml"),
                )
            files = " ".join(f"-f '{name}'" for name in setup.manifests)
            lines.append(f"kubectl apply {files}")
        script = "\n".join(["set -euo pipefail", *lines, *setup.commands])
        try:
            run(Command(["bash", "-c", script], cwd=folder, env=variables), timeout=setup.timeout).check()
        except CommandError as error:
            raise LabError(
                text("the set-up failed: {problem}", problem=error.problem),
                text("Correct spec.setup; `lab verify {lab}` runs it.", lab=self.lab.id),
                str(self.lab.folder / "lab.yaml"),
            ) from error

    def note(self) -> Baseline:
        """How things stand now."""
        cluster = self.cluster()
        version = cluster.version("Pod")
        pods = {
            pod["metadata"]["uid"]: {
                "name": pod["metadata"]["name"],
                "namespace": pod["metadata"]["namespace"],
                "owner": owner(pod).get("name", ""),
                "ready": ready(pod),
            }
            for pod in cluster.objects("Pod", "*")
            if not terminating(pod)
        }
        writes = self.environment.writes() or ()
        return Baseline(pods, version, len(self.recording.commands()), len(writes))

    def cluster(self) -> Cluster:
        """The cluster, for checks."""
        return Cluster.at(self.environment.kubeconfig, self.environment.namespace)

    def context(self, baseline: Baseline) -> Context:
        """What the lab's checks may look at now."""
        return Context(
            cluster=self.cluster(),
            workspace=self.workspace,
            folder=self.lab.folder,
            values=self.lab.values,
            baseline=baseline,
            commands=self.recording.commands(baseline.commands),
            writes=self.environment.writes(baseline.writes),
            kubeconfig=self.environment.kubeconfig,
            node_hosts=self.environment.node_hosts(),
        )

    def play(
        self, script: Path, *, strict: bool, timeout: float = 120.0, on_output: Callable[[str], None] | None = None
    ) -> Completed:
        """Run a `commands.sh` in the workspace.

        `strict`: it ends at the first command that fails, and says which. With `on_output`, the script's lines are
        echoed among what they print.
        """
        prelude = self.session / "prelude.sh"
        prelude.parent.mkdir(parents=True, exist_ok=True)
        lines = ["unset BASH_ENV", *(_STRICT if strict else ()), *(["set -v"] if on_output else ())]
        prelude.write_text("\n".join(lines) + "\n", encoding="utf-8")
        command = Command(["bash", str(script)], self.workspace, {**self.variables(), "BASH_ENV": str(prelude)})
        return run(command, timeout=timeout, on_output=on_output)


_STRICT = (
    "set -Eeo pipefail",
    """trap 'printf "%s, line %s: \\`%s\\` ended with code %s\\n" "${0##*/}" "$LINENO" "$BASH_COMMAND" "$?" >&2' ERR""",
)


def kept(baseline: Baseline) -> dict[str, Any]:
    """A baseline as JSON, to be kept."""
    return {
        "pods": dict(baseline.pods),
        "version": baseline.version,
        "commands": baseline.commands,
        "writes": baseline.writes,
    }


def restored(found: Mapping[str, Any]) -> Baseline:
    """A baseline that was kept."""
    return Baseline(found.get("pods", {}), found.get("version", ""), found.get("commands", 0), found.get("writes", 0))
