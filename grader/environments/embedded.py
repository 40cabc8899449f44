"""The provider `embedded`: a cluster in one process of this machine, kept in a folder."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from grader.embedded import process
from grader.environments.kubectl import Kubectl, locate
from grader.errors import ProviderError, host_error
from grader.language import text

MAX_AUDIT = 64 * 1024 * 1024


@dataclass
class EmbeddedCluster:
    """An embedded cluster for one lab. `folder` keeps its objects; `cache` is where kubectl's cache and our own go."""

    folder: Path
    name: str
    cache: Path
    nodes: int = 2
    images: Sequence[Path] = ()
    clock: Literal["real", "fast"] = "real"
    idle: float | None = 4 * 3600
    provider: str = "embedded"
    namespace: str = "default"
    _kubectl: Kubectl | None = field(default=None, repr=False)

    @property
    def kubeconfig(self) -> Path:
        return self.folder / "kubeconfig"

    def start(self) -> bool:
        kept = (self.folder / "kubeconfig").exists()
        try:
            process.start(
                self.folder, name=self.name, nodes=self.nodes, clock=self.clock, idle=self.idle, images=self.images
            )
        except process.ProcessError as error:
            raise ProviderError(
                text("The embedded cluster did not start: {reason}", reason=str(error)),
                text(
                    "Run `lab doctor`; what the cluster itself said is in {log}.", log=str(self.folder / "server.log")
                ),
            ) from error
        except OSError as error:
            raise host_error(error) from error
        return kept

    def alive(self) -> bool:
        return process.find(self.folder) is not None

    def reset(self) -> None:
        self.stop(remove=True)
        self.start()

    def stop(self, *, remove: bool = False) -> None:
        try:
            process.stop(self.folder, remove=remove)
        except process.ProcessError as error:
            raise ProviderError(
                text("The embedded cluster did not stop: {reason}", reason=str(error)),
                text("End its process by hand; its number is in {file}.", file=str(self.folder / "running.json")),
            ) from error
        except OSError as error:
            raise host_error(error) from error

    def variables(self) -> Mapping[str, str]:
        return {
            "KUBECONFIG": str(self.kubeconfig),
            "KUBECACHEDIR": str(self.cache / "kubectl"),
            "KUBERC": "off",
            "KUBECTL_KUBERC": "false",
        }

    def tools(self) -> Mapping[str, Path]:
        self._kubectl = self._kubectl or locate(self.cache)
        return {"kubectl": self._kubectl.path}

    def node_hosts(self) -> Sequence[str]:
        running = process.find(self.folder)
        return () if running is None else (running.node_address,)

    def writes(self, since: int = 0) -> Sequence[Mapping[str, Any]] | None:
        try:
            with (self.folder / "audit.jsonl").open("rb") as file:
                lines = file.read(MAX_AUDIT).splitlines()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise host_error(error) from error
        return [json.loads(line) for line in lines[since:] if line.endswith(b"}")]
