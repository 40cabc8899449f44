"""Addresses of pods: each node has a block of 10.244.0.0/16, and more blocks once it holds more pods than fit in one.

Handed out in turn, as the host-local CNI plugin does: an address that came back is not used again before the
others have been.
"""

from __future__ import annotations

from collections import deque

_USABLE = range(2, 255)
_BLOCKS = 256


class AddressesExhaustedError(Exception):
    """Every block of the pod network is taken."""

    def __init__(self) -> None:
        super().__init__("the pod network 10.244.0.0/16 has no address left: delete pods, or use fewer")


class PodAddresses:
    """Who has which pod address."""

    def __init__(self) -> None:
        self._blocks: dict[str, list[int]] = {}
        self._free: dict[str, deque[str]] = {}
        self._taken: dict[str, str] = {}
        self._next_block = 0

    def register(self, node: str) -> str:
        """Give a node its block; returns it as `spec.podCIDR` has it."""
        if node not in self._blocks:
            self._grow(node)
        return f"10.244.{self._blocks[node][0]}.0/24"

    def assign(self, node: str) -> str:
        """A free address of a node. Raises AddressesExhaustedError."""
        self.register(node)
        free = self._free[node]
        while True:
            if not free:
                self._grow(node)
            address = free.popleft()
            if address not in self._taken:
                self._taken[address] = node
                return address

    def take(self, node: str, address: str) -> None:
        """Keep an address that a pod has already, after a restart."""
        self.register(node)
        self._taken[address] = node

    def release(self, address: str) -> None:
        """Give an address back."""
        node = self._taken.pop(address, None)
        if node is not None:
            self._free[node].append(address)

    def taken(self, address: str) -> bool:
        return address in self._taken

    def node_of(self, address: str) -> str | None:
        """The node whose pod has an address."""
        return self._taken.get(address)

    def _grow(self, node: str) -> None:
        if self._next_block >= _BLOCKS:
            raise AddressesExhaustedError
        block = self._next_block
        self._next_block += 1
        self._blocks.setdefault(node, []).append(block)
        self._free.setdefault(node, deque()).extend(f"10.244.{block}.{last}" for last in _USABLE)
