"""Persistent volumes: binding claims, making volumes on demand, and keeping what is in use.

k8s.io/docs/concepts/storage/persistent-volumes
"""
