"""The embedded Kubernetes cluster: an API server, controllers, nodes and a network in one process.

It knows nothing of labs, lessons or grading, and nothing outside this package is imported here:
it could be a distribution of its own.
"""
