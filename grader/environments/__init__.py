"""Where labs run. Each provider is a module of its own, ignorant of the others; `base.py` is what they all are.

A provider gives an environment and takes it away. It knows nothing of tasks, checks or points.
"""
