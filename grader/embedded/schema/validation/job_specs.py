"""Rules of the specs of jobs, also within cron jobs ("JobSpec v1 batch" of the Kubernetes API reference)."""

from __future__ import annotations

from grader.embedded.objects import Obj
from grader.embedded.schema.field_errors import FieldError, invalid, not_supported, required, too_long
from grader.embedded.schema.internal_forms import internal_form
from grader.embedded.schema.validation import names
from grader.embedded.schema.validation.job_policies import check_failure_policy, check_success_policy
from grader.embedded.schema.validation.templates import check_template
from grader.embedded.schema.validation.values import not_negative

INDEXED = "Indexed"
_MODES = ["NonIndexed", INDEXED]
_PARALLELISM_LIMIT = 100_000
_FAILED_INDEXES_LIMIT = 100_000
_COMPLETIONS_SOFT_LIMIT = 100_000
_LIMIT_OF_HIGH_COMPLETIONS = 10_000
_MANAGED_BY_LIMIT = 63
_NUMBERS = (
    "parallelism",
    "completions",
    "activeDeadlineSeconds",
    "backoffLimit",
    "ttlSecondsAfterFinished",
    "backoffLimitPerIndex",
    "maxFailedIndexes",
)


def check_job_spec(spec: Obj, field: str) -> list[FieldError]:
    """Errors of a job's spec at `field`, but for its selector."""
    errors = [error for name in _NUMBERS for error in not_negative(spec.get(name), f"{field}.{name}")]
    if spec.get("maxFailedIndexes") is not None and spec.get("backoffLimitPerIndex") is None:
        errors.append(required(f"{field}.backoffLimitPerIndex", "when maxFailedIndexes is specified"))
    if spec.get("managedBy") is not None:
        errors += _managed_by(spec["managedBy"], f"{field}.managedBy")
    errors += _completion_mode(spec, field)
    policy = spec.get("podFailurePolicy")
    if policy is not None:
        errors += check_failure_policy(spec, f"{field}.podFailurePolicy")
    success = spec.get("successPolicy")
    if success is not None:
        if spec.get("completionMode") != INDEXED:
            shown = internal_form("SuccessPolicy", success)
            errors.append(invalid(f"{field}.successPolicy", shown, "requires indexed completion mode"))
        else:
            errors += check_success_policy(spec, f"{field}.successPolicy")
    replacement, allowed = spec.get("podReplacementPolicy"), ["Failed", "TerminatingOrFailed"]
    if policy is not None:
        allowed = ["Failed"]
    if replacement is not None and replacement not in allowed:
        errors.append(not_supported(f"{field}.podReplacementPolicy", replacement, allowed))
    template = spec.get("template") or {}
    errors += check_template(template, f"{field}.template")
    return errors + _restart_policy(spec, f"{field}.template.spec.restartPolicy")


def _managed_by(value: str, field: str) -> list[FieldError]:
    domain, _, path = value.partition("/")
    errors: list[FieldError] = []
    if not value:
        errors.append(required(field))
    elif not domain or not path:
        text = 'must be a domain-prefixed path (such as "acme.io/foo")'
        errors.append(invalid(field, value, text))
    else:
        errors += [invalid(field, domain, text) for text in names.dns_subdomain(domain)]
        errors += [invalid(field, path, text) for text in names.http_path(path)]
    if len(value) > _MANAGED_BY_LIMIT:
        errors.append(too_long(field, _MANAGED_BY_LIMIT))
    return errors


def _completion_mode(spec: Obj, field: str) -> list[FieldError]:
    mode = spec.get("completionMode")
    errors: list[FieldError] = []
    if mode is not None and mode not in _MODES:
        errors.append(not_supported(f"{field}.completionMode", mode, _MODES))
    if mode == INDEXED:
        errors += _indexed(spec, field)
    if mode in (None, "NonIndexed"):
        errors += [
            invalid(f"{field}.{name}", spec[name], "requires indexed completion mode")
            for name in ("backoffLimitPerIndex", "maxFailedIndexes")
            if spec.get(name) is not None
        ]
    return errors


def _indexed(spec: Obj, field: str) -> list[FieldError]:
    completions, parallelism, failed = (spec.get(n) for n in ("completions", "parallelism", "maxFailedIndexes"))
    errors: list[FieldError] = []
    if completions is None:
        errors.append(required(f"{field}.completions", f"when completion mode is {INDEXED}"))
    if parallelism is not None and parallelism > _PARALLELISM_LIMIT:
        text = f"must be less than or equal to {_PARALLELISM_LIMIT} when completion mode is {INDEXED}"
        errors.append(invalid(f"{field}.parallelism", parallelism, text))
    if failed is not None:
        where = f"{field}.maxFailedIndexes"
        if completions is not None and failed > completions:
            errors.append(invalid(where, failed, "must be less than or equal to completions"))
        if failed > _FAILED_INDEXES_LIMIT:
            errors.append(invalid(where, failed, f"must be less than or equal to {_FAILED_INDEXES_LIMIT}"))
    if (
        completions is not None
        and completions > _COMPLETIONS_SOFT_LIMIT
        and spec.get("backoffLimitPerIndex") is not None
    ):
        errors += _many_indexes(parallelism, failed, field)
    return errors


def _many_indexes(parallelism: int | None, failed: int | None, field: str) -> list[FieldError]:
    errors: list[FieldError] = []
    if failed is None:
        text = f"must be specified when completions is above {_COMPLETIONS_SOFT_LIMIT}"
        errors.append(required(f"{field}.maxFailedIndexes", text))
    words = (
        f"must be less than or equal to {_LIMIT_OF_HIGH_COMPLETIONS} when completions are above "
        f"{_COMPLETIONS_SOFT_LIMIT} and used with backoff limit per index"
    )
    for name, value in (("parallelism", parallelism), ("maxFailedIndexes", failed)):
        if value is not None and value > _LIMIT_OF_HIGH_COMPLETIONS:
            errors.append(invalid(f"{field}.{name}", value, words))
    return errors


def _restart_policy(spec: Obj, field: str) -> list[FieldError]:
    """Pods of a job come to an end."""
    policy = ((spec.get("template") or {}).get("spec") or {}).get("restartPolicy", "")
    if policy in ("", "Always"):
        return [required(field, 'valid values: "OnFailure", "Never"')]
    if policy not in ("OnFailure", "Never"):
        return [not_supported(field, policy, ["OnFailure", "Never"])]
    if spec.get("podFailurePolicy") is not None and policy != "Never":
        return [invalid(field, policy, 'only "Never" is supported when podFailurePolicy is specified')]
    return []
