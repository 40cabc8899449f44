"""The cluster's own network: pod and service addresses, names, listeners, and who may reach whom.

Addresses are virtual; a connection inside the cluster never leaves the process. Real sockets exist only at
the edge: node ports and port-forwarding. Nothing here knows containers or HTTP handlers of the API.
"""
