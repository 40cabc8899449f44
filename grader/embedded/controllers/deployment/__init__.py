"""Deployments: the controller, one rollout's steps, and the pure parts, which are arithmetic, status and revisions.

Behaviour: k8s.io/docs/concepts/workloads/controllers/deployment. Pods are the replica set controller's business.
"""
