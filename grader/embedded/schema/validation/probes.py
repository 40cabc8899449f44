"""Rules of probes and lifecycle handlers ("Probe" and "LifecycleHandler v1 core" of the Kubernetes API reference)."""

from __future__ import annotations

from collections.abc import Callable

from grader.embedded.objects import Obj
from grader.embedded.schema.field_errors import FieldError, forbidden, invalid, not_supported, required
from grader.embedded.schema.validation import names
from grader.embedded.schema.validation.values import not_negative, port_number_or_name

_SCHEMES = ["HTTP", "HTTPS"]
_NUMBERS = ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold")
_SIGNALS_UP_TO_31 = (
    "ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT STOP SYS TERM TRAP "
    "TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ RTMIN RTMAX"
)
STOP_SIGNALS = frozenset(
    [f"SIG{name}" for name in _SIGNALS_UP_TO_31.split()]
    + [f"SIGRTMIN+{number}" for number in range(1, 16)]
    + [f"SIGRTMAX-{number}" for number in range(1, 15)]
)


def check_probes(container: Obj, field: str, grace: int | None, system: str | None) -> list[FieldError]:
    """Errors of a container's lifecycle handlers and probes. `grace` and `system` are the pod's."""
    errors: list[FieldError] = []
    if container.get("lifecycle") is not None:
        errors += _lifecycle(container["lifecycle"], f"{field}.lifecycle", grace)
        errors += _stop_signal(container["lifecycle"], f"{field}.lifecycle.stopSignal", system)
    probe = container.get("livenessProbe")
    if probe is not None:
        errors += _probe(probe, f"{field}.livenessProbe") + _must_be_one(probe, f"{field}.livenessProbe")
    probe = container.get("readinessProbe")
    if probe is not None:
        errors += _probe(probe, f"{field}.readinessProbe")
        own_grace = probe.get("terminationGracePeriodSeconds")
        if own_grace is not None:
            where = f"{field}.readinessProbe.terminationGracePeriodSeconds"
            errors.append(invalid(where, own_grace, "must not be set for readinessProbes"))
    probe = container.get("startupProbe")
    if probe is not None:
        errors += _probe(probe, f"{field}.startupProbe") + _must_be_one(probe, f"{field}.startupProbe")
    return errors


def _must_be_one(probe: Obj, field: str) -> list[FieldError]:
    threshold = probe.get("successThreshold", 0)
    return [] if threshold == 1 else [invalid(f"{field}.successThreshold", threshold, "must be 1")]


def _probe(probe: Obj, field: str) -> list[FieldError]:
    errors = _handler(probe, field, ("exec", "httpGet", "tcpSocket", "grpc"), None)
    for number in _NUMBERS:
        value = probe.get(number)
        if value is not None and value < 0:
            errors += not_negative(value, f"{field}.{number}")
    grace = probe.get("terminationGracePeriodSeconds")
    if grace is not None and grace <= 0:
        errors.append(invalid(f"{field}.terminationGracePeriodSeconds", grace, "must be greater than 0"))
    return errors


def _lifecycle(lifecycle: Obj, field: str, grace: int | None) -> list[FieldError]:
    errors: list[FieldError] = []
    for moment in ("postStart", "preStop"):
        if lifecycle.get(moment) is not None:
            kinds = ("exec", "httpGet", "tcpSocket", "sleep")
            errors += _handler(lifecycle[moment], f"{field}.{moment}", kinds, grace)
    return errors


def _stop_signal(lifecycle: Obj, field: str, system: str | None) -> list[FieldError]:
    signal = lifecycle.get("stopSignal")
    if signal is None:
        return []
    if system is None:
        return [forbidden(field, "may not be set for containers with empty `spec.os.name`")]
    supported = sorted(STOP_SIGNALS) if system == "linux" else ["SIGKILL", "SIGTERM"]
    return [] if signal in supported else [not_supported(field, signal, supported)]


def _handler(handler: Obj, field: str, kinds: tuple[str, ...], grace: int | None) -> list[FieldError]:
    errors: list[FieldError] = []
    found = False
    for kind in kinds:
        action = handler.get(kind)
        if action is None:
            continue
        if found:
            errors.append(forbidden(f"{field}.{kind}", "may not specify more than 1 handler type"))
            continue
        found = True
        errors += (
            _sleep(action, f"{field}.sleep", grace) if kind == "sleep" else _ACTIONS[kind](action, f"{field}.{kind}")
        )
    if not found:
        errors.append(required(field, "must specify a handler type"))
    return errors


def _exec(action: Obj, field: str) -> list[FieldError]:
    return [] if action.get("command") else [required(f"{field}.command")]


def _http_get(action: Obj, field: str) -> list[FieldError]:
    errors: list[FieldError] = []
    if not action.get("path"):
        errors.append(required(f"{field}.path"))
    errors += port_number_or_name(action.get("port", 0), f"{field}.port")
    scheme = action.get("scheme", "")
    if scheme not in _SCHEMES:
        errors.append(not_supported(f"{field}.scheme", scheme, _SCHEMES))
    for header in action.get("httpHeaders") or ():
        name = header.get("name", "")
        errors += [invalid(f"{field}.httpHeaders", name, text) for text in names.header_name(name)]
    return errors


def _tcp_socket(action: Obj, field: str) -> list[FieldError]:
    return port_number_or_name(action.get("port", 0), f"{field}.port")


def _sleep(action: Obj, field: str, grace: int | None) -> list[FieldError]:
    seconds = action.get("seconds", 0)
    if grace is None or 0 <= seconds <= grace:
        return []
    text = f"must be non-negative and less than terminationGracePeriodSeconds ({grace})"
    return [invalid(field, seconds, text)]


_ACTIONS: dict[str, Callable[[Obj, str], list[FieldError]]] = {
    "exec": _exec,
    "httpGet": _http_get,
    "tcpSocket": _tcp_socket,
    "grpc": _tcp_socket,
}
