"""Stateful sets: the controller, what identity a pod has, and the order in which pods come and go.

Behaviour: k8s.io/docs/concepts/workloads/controllers/statefulset.
"""
