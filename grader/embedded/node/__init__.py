"""Nodes: the scheduler that fills them, and kubelets that run pods as simulated containers.

A kubelet sees only the API (through `machinery.client`), the image catalogue, the container runtime and the
network; it answers the API room's questions about logs, exec, attach and port-forward.
"""
