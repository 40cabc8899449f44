"""Defaults of pod specs, wherever they are ("PodSpec v1 core" of the Kubernetes API reference)."""

from __future__ import annotations

from itertools import chain

from grader.embedded.objects import Obj
from grader.embedded.quantity import canonical_resources
from grader.embedded.schema.defaults.containers import default_container
from grader.embedded.schema.defaults.volumes import default_volume

_TEXTS = (("dnsPolicy", "ClusterFirst"), ("restartPolicy", "Always"), ("schedulerName", "default-scheduler"))


def default_template(holder: Obj) -> None:
    """Complete the pod template of a workload's spec (or of a PodTemplate) in place."""
    template = holder.setdefault("template", {})
    template.setdefault("metadata", {})
    default_pod_spec(template.setdefault("spec", {}))


def default_pod_spec(spec: Obj) -> None:
    """Complete a pod's spec in place."""
    for field, value in _TEXTS:
        if not spec.get(field):
            spec[field] = value
    if spec.get("terminationGracePeriodSeconds") is None:
        spec["terminationGracePeriodSeconds"] = 30
    if spec.get("securityContext") is None:
        spec["securityContext"] = {}
    account = spec.get("serviceAccountName") or spec.get("serviceAccount")
    if account:
        spec["serviceAccountName"] = spec["serviceAccount"] = account
    for volume in spec.get("volumes") or ():
        default_volume(volume)
    for container in chain(
        spec.get("initContainers") or (), spec.get("containers") or (), spec.get("ephemeralContainers") or ()
    ):
        default_container(container)
    if spec.get("overhead"):
        canonical_resources(spec["overhead"])
    if spec.get("resources"):
        canonical_resources(spec["resources"].get("limits"))
        canonical_resources(spec["resources"].get("requests"))
