"""The container runtime: files, processes, output, and the programs that simulated containers run.

Shells are bashkit's; servers and network tools are Python over the cluster's network and clock. Nothing here
knows pods, probes or restarts: that is the kubelet's. Modules of `commands/` are one tool or family each,
those of `servers/` one server each.
"""
