"""Streaming subresources of pods: logs, exec, attach, port-forward, and the proxy to what listens in them."""
