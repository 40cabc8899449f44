"""The scheduler: which node a pod goes to, and why it goes to none.

k8s.io/docs/concepts/scheduling-eviction/kube-scheduler. Filters say where a pod can go, scores where it goes
best, preemption whom it may displace. Nothing here starts anything: that is the kubelet's.
"""

from __future__ import annotations

from grader.embedded.node.scheduler.scheduler import Scheduler

__all__ = ["Scheduler"]
