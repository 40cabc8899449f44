"""Defaults of PodTemplates; ControllerRevisions have none (Kubernetes API reference, pages of these names)."""

from __future__ import annotations

from collections.abc import Callable

from grader.embedded.objects import Obj
from grader.embedded.schema.defaults.pod_specs import default_template

DEFAULTS: dict[str, Callable[[Obj], None]] = {"podtemplates": default_template}
