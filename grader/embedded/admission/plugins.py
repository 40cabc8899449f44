"""The plugins, in the order in which they run."""

from __future__ import annotations

from grader.embedded.admission.base import Chain
from grader.embedded.admission.defaults import DefaultClasses, StorageProtection
from grader.embedded.admission.limit_ranges import LimitRanger
from grader.embedded.admission.namespaces import NamespaceLifecycle
from grader.embedded.admission.pod_security import PodSecurity
from grader.embedded.admission.pods import DefaultTolerationSeconds, Priority, RuntimeClass
from grader.embedded.admission.quotas import ResourceQuota
from grader.embedded.admission.service_accounts import ServiceAccount
from grader.embedded.store import Store


def builtin(store: Store) -> Chain:
    """The chain of a default API server, as far as its plugins matter to a client."""
    return Chain(
        [
            NamespaceLifecycle(store),
            LimitRanger(store),
            ServiceAccount(store),
            PodSecurity(store),
            Priority(store),
            DefaultTolerationSeconds(),
            DefaultClasses(store),
            StorageProtection(),
            RuntimeClass(store),
            ResourceQuota(store),
        ]
    )
