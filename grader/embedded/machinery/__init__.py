"""The verbs of the API, apart from HTTP: decode, default, admit, validate, store.

`operations` is the one way objects change, for clients on the wire and for controllers alike. Nothing here
knows sockets, containers or what a controller wants.
"""
