"""Kubelets: one for each node, over shared code. They run the pods that are bound to their nodes.

In here: pod workers, what a container is given (environment, volumes, files), probes, hooks, statuses, node
objects. How a container works inside belongs to the runtime; how an address is reached, to the network; which
node a pod goes to, to the scheduler.
"""

from __future__ import annotations

from grader.embedded.node.kubelet.kubelets import Kubelets
from grader.embedded.node.kubelet.nodes import NodeConfig

__all__ = ["Kubelets", "NodeConfig"]
