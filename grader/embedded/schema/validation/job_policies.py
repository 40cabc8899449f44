"""Rules of when a job has failed and when it has succeeded.

("PodFailurePolicy" and "SuccessPolicy v1 batch" of the Kubernetes API reference.)
"""

from __future__ import annotations

import re
from itertools import pairwise

from grader.embedded.objects import Obj
from grader.embedded.schema.field_errors import (
    ErrorType,
    FieldError,
    duplicate,
    invalid,
    not_supported,
    required,
    too_long,
    too_many,
)
from grader.embedded.schema.validation import names
from grader.embedded.schema.validation.values import not_negative

_ACTIONS = ["Count", "FailIndex", "FailJob", "Ignore"]
_OPERATORS = ["In", "NotIn"]
_STATUSES = ["False", "True", "Unknown"]
_RULE_LIMIT, _CODE_LIMIT, _PATTERN_LIMIT, _SUCCESS_LIMIT = 20, 255, 20, 20
_INDEXES_LIMIT = 64 * 1024
_is_number = re.compile("[+-]?[0-9]{1,18}", re.ASCII).fullmatch


def _of_rule(field: str, words: str) -> FieldError:
    """An invalid rule that is not printed with its error."""
    return FieldError(ErrorType.INVALID, field, ..., words)


def _choice(value: str, allowed: list[str], field: str) -> list[FieldError]:
    if not value:
        listed = " ".join(f'"{each}"' for each in allowed)
        return [required(field, f"valid values: [{listed}]")]
    return [] if value in allowed else [not_supported(field, value, allowed)]


def check_failure_policy(spec: Obj, field: str) -> list[FieldError]:
    """Errors of `podFailurePolicy`."""
    rules = spec["podFailurePolicy"].get("rules") or []
    errors: list[FieldError] = []
    if len(rules) > _RULE_LIMIT:
        errors.append(too_many(f"{field}.rules", len(rules), _RULE_LIMIT))
    pod = (spec.get("template") or {}).get("spec") or {}
    known = {each.get("name") for kind in ("containers", "initContainers") for each in pod.get(kind) or ()}
    for index, rule in enumerate(rules):
        where, action = f"{field}.rules[{index}]", rule.get("action", "")
        if action == "FailIndex":
            if spec.get("backoffLimitPerIndex") is None:
                errors.append(invalid(f"{where}.action", action, "requires the backoffLimitPerIndex to be set"))
        else:
            errors += _choice(action, _ACTIONS, f"{where}.action")
        errors += _failure_rule(rule, known, where)
    return errors


def _failure_rule(rule: Obj, known: set[str | None], field: str) -> list[FieldError]:
    codes, patterns = rule.get("onExitCodes"), rule.get("onPodConditions") or []
    errors: list[FieldError] = []
    if codes is not None:
        errors += _exit_codes(codes, known, f"{field}.onExitCodes")
    if len(patterns) > _PATTERN_LIMIT:
        errors.append(too_many(f"{field}.onPodConditions", len(patterns), _PATTERN_LIMIT))
    for index, pattern in enumerate(patterns):
        where, kind = f"{field}.onPodConditions[{index}]", pattern.get("type", "")
        errors += [invalid(f"{where}.type", kind, text) for text in names.qualified_name(kind)]
        errors += _choice(pattern.get("status", ""), _STATUSES, f"{where}.status")
    if codes is not None and patterns:
        errors.append(_of_rule(field, "specifying both OnExitCodes and OnPodConditions is not supported"))
    if codes is None and not patterns:
        errors.append(_of_rule(field, "specifying one of OnExitCodes and OnPodConditions is required"))
    return errors


def _exit_codes(codes: Obj, known: set[str | None], field: str) -> list[FieldError]:
    operator, values, name = codes.get("operator", ""), codes.get("values") or [], codes.get("containerName")
    errors = _choice(operator, _OPERATORS, f"{field}.operator")
    if name is not None and name not in known:
        text = "must be one of the container or initContainer names in the pod template"
        errors.append(invalid(f"{field}.containerName", name, text))
    where = f"{field}.values"
    if not values:
        errors.append(invalid(where, codes.get("values"), "at least one value is required"))
    elif len(values) > _CODE_LIMIT:
        errors.append(too_many(where, len(values), _CODE_LIMIT))
    seen: set[int] = set()
    for index, value in enumerate(values):
        if operator == "In" and value == 0:
            errors.append(invalid(f"{where}[{index}]", value, "must not be 0 for the In operator"))
        if value in seen:
            errors.append(duplicate(f"{where}[{index}]", value))
        seen.add(value)
    if any(before > after for before, after in pairwise(values)):
        errors.append(invalid(where, values, "must be ordered"))
    return errors


def check_success_policy(spec: Obj, field: str) -> list[FieldError]:
    """Errors of the `successPolicy` of an indexed job."""
    rules, where = spec["successPolicy"].get("rules") or [], f"{field}.rules"
    errors: list[FieldError] = []
    if not rules:
        text = "at least one rules must be specified when the successPolicy is specified"
        errors.append(required(where, text))
    if len(rules) > _SUCCESS_LIMIT:
        errors.append(too_many(where, len(rules), _SUCCESS_LIMIT))
    for index, rule in enumerate(rules):
        errors += _success_rule(rule, spec.get("completions") or 0, f"{where}[{index}]")
    return errors


def _success_rule(rule: Obj, completions: int, field: str) -> list[FieldError]:
    count, indexes = rule.get("succeededCount"), rule.get("succeededIndexes")
    errors: list[FieldError] = []
    if count is None and indexes is None:
        text = "at least one of succeededCount or succeededIndexes must be specified"
        errors.append(required(field, text))
    total = 0
    if indexes is not None:
        where = f"{field}.succeededIndexes"
        if len(indexes) > _INDEXES_LIMIT:
            errors.append(too_long(where, _INDEXES_LIMIT))
        try:
            total = count_indexes(indexes, completions)
        except ValueError as trouble:
            errors.append(invalid(where, indexes, f"error parsing succeededIndexes: {trouble}"))
    if count is not None:
        where = f"{field}.succeededCount"
        errors += not_negative(count, where)
        if count > completions:
            text = f"must be less than or equal to {completions} (the number of specified completions)"
            errors.append(invalid(where, count, text))
        if indexes is not None and count > total:
            of = "the number of indexes in the specified succeededIndexes field"
            errors.append(invalid(where, count, f"must be less than or equal to {total} ({of})"))
    return errors


def count_indexes(text: str, completions: int) -> int:
    """How many indexes a text such as `0,2-5` names. Raises ValueError, in the server's words."""
    total, last = 0, -1
    for interval in text.split(",") if text else ():
        ends = interval.split("-")
        if len(ends) > 2:
            words = "violates the requirement that an index interval can have at most two parts separated by '-'"
            raise ValueError(f'the fragment "{interval}" {words}')
        first, final = _index(ends[0], completions), _index(ends[-1], completions)
        if len(ends) == 2 and first >= final:
            raise ValueError(f"non-increasing order, previous: {first}, current: {final}")
        if last >= first:
            raise ValueError(f"non-increasing order, previous: {last}, current: {first}")
        total += final - first + 1
        last = final
    return total


def _index(text: str, completions: int) -> int:
    if not _is_number(text):
        raise ValueError(f'cannot convert string to integer for index: "{text}"')
    if int(text) >= completions:
        raise ValueError(f'too large index: "{text}"')
    return int(text)
