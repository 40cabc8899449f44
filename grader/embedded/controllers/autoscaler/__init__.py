"""Horizontal pod autoscalers: what the pods use, how many there should be, and how fast that may change.

Behaviour: k8s.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale.
"""
