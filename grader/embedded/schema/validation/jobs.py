"""Rules of Jobs ("Job v1 batch" of the Kubernetes API reference)."""

from __future__ import annotations

from grader.embedded.objects import Obj
from grader.embedded.schema.field_errors import FieldError, invalid, required
from grader.embedded.schema.internal_forms import internal_form, internal_template
from grader.embedded.schema.validation import names
from grader.embedded.schema.validation.base import Validator
from grader.embedded.schema.validation.cron_jobs import CRON_JOB
from grader.embedded.schema.validation.job_specs import INDEXED, check_job_spec
from grader.embedded.schema.validation.job_status import validate_job_status
from grader.embedded.schema.validation.metadata import immutable, object_meta, object_meta_update
from grader.embedded.schema.validation.templates import mismatch
from grader.embedded.schema.validation.values import immutable_selector, label_selector, selects, shown_selector

_LABELS = (
    ("controller-uid", "uid"),
    ("job-name", "name"),
    ("batch.kubernetes.io/controller-uid", "uid"),
    ("batch.kubernetes.io/job-name", "name"),
)
_SCHEDULING = ("nodeSelector", "tolerations", "schedulingGates")


def _spec(job: Obj) -> list[FieldError]:
    spec = job.get("spec") or {}
    errors = check_job_spec(spec, "spec")
    selector = spec.get("selector")
    bad = label_selector(selector, "spec.selector")
    errors += [required("spec.selector")] if selector is None else bad
    labels = ((spec.get("template") or {}).get("metadata") or {}).get("labels")
    if not bad and not selects(selector, labels or {}):
        errors.append(mismatch(labels, "spec.template"))
    return errors


def _generated_selector(job: Obj) -> list[FieldError]:
    """Errors of a selector that should be the one made for the job, and is not."""
    spec, meta = job.get("spec") or {}, job.get("metadata") or {}
    selector = spec.get("selector")
    if spec.get("manualSelector") or selector is None:
        return []
    errors = [] if meta.get("uid") else [required("metadata.uid")]
    labels = ((spec.get("template") or {}).get("metadata") or {}).get("labels") or {}
    expected = {label: meta.get(source, "") for label, source in _LABELS}
    for label, value in expected.items():
        where = f"spec.template.metadata.labels[{label}]"
        if label not in labels:
            errors.append(required(where, f"must be '{value}'"))
        elif labels[label] != value:
            errors.append(invalid(where, dict(sorted(labels.items())), f"must be '{value}'"))
    if not label_selector(selector, "") and not selects(selector, expected):
        errors.append(invalid("spec.selector", shown_selector(selector), "`selector` not auto-generated"))
    return errors


def _create(job: Obj) -> list[FieldError]:
    spec, name = job.get("spec") or {}, (job.get("metadata") or {}).get("name", "")
    errors = object_meta(job) + _generated_selector(job) + _spec(job)
    completions = spec.get("completions")
    if spec.get("completionMode") == INDEXED and completions is not None and completions > 0:
        longest = f"{name}-{completions - 1}"
        if names.dns_label(longest):
            text = f"will not able to create pod with invalid DNS label: {longest}"
            errors.append(invalid("metadata.name", name, text))
    return errors


def _update(new: Obj, old: Obj) -> list[FieldError]:
    spec, before = new["spec"], old["spec"]
    errors = object_meta_update(new, old) + _spec(new) + _completions(spec, before)
    errors += immutable_selector(new, old) + _template(new, old)
    errors += immutable("spec.completionMode", spec.get("completionMode"), before.get("completionMode"))
    for field, kind in (("podFailurePolicy", "PodFailurePolicy"), ("successPolicy", "SuccessPolicy")):
        if field == "successPolicy":
            for plain in ("backoffLimitPerIndex", "managedBy"):
                errors += immutable(f"spec.{plain}", spec.get(plain), before.get(plain))
        if spec.get(field) != before.get(field):
            errors.append(invalid(f"spec.{field}", internal_form(kind, spec.get(field)), "field is immutable"))
    return errors


def _completions(spec: Obj, before: Obj) -> list[FieldError]:
    """Indexed jobs may change their size, completions and parallelism together."""
    now, then = spec.get("completions"), before.get("completions")
    if spec.get("completionMode") != INDEXED:
        return immutable("spec.completions", now, then)
    if now == then or now is None or now == spec.get("parallelism"):
        return []
    return [invalid("spec.completions", now, "can only be modified in tandem with spec.parallelism")]


def _template(new: Obj, old: Obj) -> list[FieldError]:
    """The template stays; while a job is suspended and has not started, where its pods run may change."""
    template, before = new["spec"].get("template") or {}, old["spec"].get("template") or {}
    if template == before:
        return []
    suspended = old["spec"].get("suspend") and not (old.get("status") or {}).get("startTime")
    if suspended and _fixed(template) == _fixed(before):
        return []
    return [invalid("spec.template", internal_template(template), "field is immutable")]


def _fixed(template: Obj) -> Obj:
    """What of a template may never change."""
    meta = {k: v for k, v in (template.get("metadata") or {}).items() if k not in ("labels", "annotations")}
    spec = {k: v for k, v in (template.get("spec") or {}).items() if k not in _SCHEDULING}
    affinity = {k: v for k, v in (spec.pop("affinity", None) or {}).items() if k != "nodeAffinity"}
    for kind in ("containers", "initContainers"):
        if spec.get(kind):
            spec[kind] = [{k: v for k, v in each.items() if k != "resources"} for each in spec[kind]]
    return {"metadata": meta, "spec": spec, "affinity": affinity}


VALIDATORS: dict[str, Validator] = {
    "jobs.batch": Validator(_create, _update, validate_job_status),
    "cronjobs.batch": CRON_JOB,
}
