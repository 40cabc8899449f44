"""Admission: rules for a write that look at other objects, one plugin a file.

Plugins run in the order of `plugins.py`, the mutating half of all before the validating half of any, as in
the API server (k8s.io/docs/reference/access-authn-authz/admission-controllers). What a rule can tell from
the object alone belongs to `schema`.
"""
