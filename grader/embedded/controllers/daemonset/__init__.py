"""Daemon sets: the controller, on which nodes a daemon belongs, and how its pods are replaced.

Behaviour: k8s.io/docs/concepts/workloads/controllers/daemonset.
"""
