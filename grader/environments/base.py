"""What every provider of environments is to the rest: a place that starts, is found again, is reset and stops."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol


class Environment(Protocol):
    """One environment of one lab. Its methods raise ProviderError or HostError, never anything of the learner's."""

    @property
    def provider(self) -> str:
        """The provider's name, such as `embedded`."""
        ...

    @property
    def namespace(self) -> str:
        """The namespace in which the lab's objects live unless they say otherwise."""
        ...

    @property
    def kubeconfig(self) -> Path:
        """The file that leads to the cluster. It need not exist before `start`."""
        ...

    def start(self) -> bool:
        """Bring it up, or find it running. True when its objects are there from before, False when it is new."""
        ...

    def alive(self) -> bool:
        """Whether it runs and answers."""
        ...

    def reset(self) -> None:
        """Bring it up with nothing in it."""
        ...

    def stop(self, *, remove: bool = False) -> None:
        """Take it down; `remove`: with all that was in it."""
        ...

    def variables(self) -> Mapping[str, str]:
        """What a shell needs in its environment to reach it; PATH is not among them."""
        ...

    def tools(self) -> Mapping[str, Path]:
        """The programs a learner works with in it, by name. Raises ToolError when one is missing, old or broken."""
        ...

    def node_hosts(self) -> Sequence[str]:
        """Where this machine reaches the nodes' ports; empty when the nodes' own addresses say so."""
        ...

    def writes(self, since: int = 0) -> Sequence[Mapping[str, Any]] | None:
        """The audit log's lines from the `since`-th on; None when the provider keeps none."""
        ...
