"""How each kind of check is judged, from the live system, and why it does not hold.

One module a kind, named as the kind; `table.py` registers them. They ask the cluster through the `kubernetes` package
with whatever kubeconfig the environment gave, and know nothing of who provides it. Waiting, needs and points are the
runner's work and not here.
"""
