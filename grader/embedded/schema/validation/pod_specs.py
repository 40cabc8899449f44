"""Rules of pod specs, wherever they are ("PodSpec v1 core" of the Kubernetes API reference)."""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction

from grader.embedded.objects import Obj
from grader.embedded.quantity import canonical_quantity, parse_quantity
from grader.embedded.schema.defaults.pods import effective_request
from grader.embedded.schema.field_errors import FieldError, duplicate, forbidden, invalid, required
from grader.embedded.schema.validation import names
from grader.embedded.schema.validation.addresses import ip_address
from grader.embedded.schema.validation.container_resources import overhead, pod_resources
from grader.embedded.schema.validation.containers import (
    PodContext,
    check_containers,
    check_ephemeral_containers,
    check_init_containers,
    one_of,
)
from grader.embedded.schema.validation.metadata import check_labels
from grader.embedded.schema.validation.placement import check_affinity, check_spreading, check_tolerations
from grader.embedded.schema.validation.security_contexts import host_users, pod_security_context
from grader.embedded.schema.validation.values import MAX_INT32
from grader.embedded.schema.validation.volumes import check_volumes
from grader.embedded.schema.validation.windows import host_process, operating_system

_RESTART_POLICIES = ["Always", "OnFailure", "Never"]
_DNS_POLICIES = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"]
_PREEMPTION_POLICIES = ["PreemptLowerPriority", "Never"]
_NAMESERVER_LIMIT, _SEARCH_LIMIT, _SEARCH_SIZE = 3, 32, 2048
_OVERRIDE_LIMIT = 64


def check_pod_spec(spec: Obj, field: str, *, pod_name: str | None = None) -> list[FieldError]:
    """Errors of a pod's spec at `field`. `pod_name` is given for pods, and None for pod templates."""
    errors: list[FieldError] = []
    grace = spec.get("terminationGracePeriodSeconds")
    if grace is None:
        errors.append(required(f"{field}.terminationGracePeriodSeconds"))
    volumes: dict[str, Obj] = {}
    if spec.get("volumes"):
        volumes, found = check_volumes(spec["volumes"], f"{field}.volumes", pod_name)
        errors += found
    claims = spec.get("resourceClaims") or []
    if claims:
        errors += _resource_claims(claims, f"{field}.resourceClaims")
    pod = PodContext(
        volumes=volumes,
        claims=frozenset(claim["name"] for claim in claims if claim.get("name")),
        grace=grace,
        restart_policy=spec.get("restartPolicy", ""),
        host_users=spec.get("hostUsers") is not False,
        system=(spec.get("os") or {}).get("name"),
    )
    containers = spec.get("containers") or []
    errors += check_containers(containers, pod, f"{field}.containers")
    if spec.get("initContainers"):
        errors += check_init_containers(spec["initContainers"], containers, pod, f"{field}.initContainers")
    if spec.get("ephemeralContainers"):
        errors += check_ephemeral_containers(spec, pod, f"{field}.ephemeralContainers")
    if spec.get("resources") is not None:
        errors += _pod_level_resources(spec, pod.claims, f"{field}.resources")
    if spec.get("hostNetwork"):
        errors += _host_network_ports(containers, f"{field}.containers", is_pod=pod_name is not None)
    errors += one_of(pod.restart_policy, _RESTART_POLICIES, field, "restartPolicy")
    errors += one_of(spec.get("dnsPolicy", ""), _DNS_POLICIES, field, "dnsPolicy")
    if spec.get("nodeSelector"):
        errors += check_labels(spec["nodeSelector"], f"{field}.nodeSelector")
    errors += pod_security_context(spec, f"{field}.securityContext")
    return errors + _placement(spec, field) + _names_and_numbers(spec, field) + _remaining(spec, field)


def _placement(spec: Obj, field: str) -> list[FieldError]:
    errors: list[FieldError] = []
    if spec.get("affinity"):
        errors += check_affinity(spec["affinity"], f"{field}.affinity")
    errors += _dns_config(spec, f"{field}.dnsConfig")
    for index, gate in enumerate(spec.get("readinessGates") or ()):
        kind = gate.get("conditionType", "")
        where = f"{field}.readinessGates[{index}].conditionType"
        errors += [invalid(where, kind, text) for text in names.qualified_name(kind)]
    errors += _scheduling_gates(spec.get("schedulingGates") or [], f"{field}.schedulingGates")
    if spec.get("topologySpreadConstraints"):
        errors += check_spreading(spec["topologySpreadConstraints"], f"{field}.topologySpreadConstraints")
    errors += host_process(spec, field)
    return errors + host_users(spec, field)


def _names_and_numbers(spec: Obj, field: str) -> list[FieldError]:
    errors: list[FieldError] = []
    for name in ("serviceAccountName", "nodeName"):
        value = spec.get(name)
        if value:
            errors += [invalid(f"{field}.{name}", value, text) for text in names.dns_subdomain(value)]
    deadline = spec.get("activeDeadlineSeconds")
    if deadline is not None and not 1 <= deadline <= MAX_INT32:
        errors.append(invalid(f"{field}.activeDeadlineSeconds", deadline, names.between(1, MAX_INT32)))
    for name in ("hostname", "subdomain"):
        value = spec.get(name)
        if value:
            errors += [invalid(f"{field}.{name}", value, text) for text in names.dns_label(value)]
    if spec.get("hostnameOverride") is not None:
        errors += _hostname_override(spec, field)
    return errors


def _remaining(spec: Obj, field: str) -> list[FieldError]:
    errors: list[FieldError] = []
    if spec.get("tolerations"):
        errors += check_tolerations(spec["tolerations"], f"{field}.tolerations")
    for index, alias in enumerate(spec.get("hostAliases") or ()):
        errors += _host_alias(alias, f"{field}.hostAliases[{index}]")
    priority, runtime = spec.get("priorityClassName"), spec.get("runtimeClassName")
    if priority:
        errors += [invalid(f"{field}.priorityClassName", priority, text) for text in names.dns_subdomain(priority)]
    if runtime is not None:
        errors += [invalid(f"{field}.runtimeClassName", runtime, text) for text in names.dns_subdomain(runtime)]
    if spec.get("preemptionPolicy") is not None:
        errors += one_of(spec["preemptionPolicy"], _PREEMPTION_POLICIES, field, "preemptionPolicy")
    if spec.get("overhead"):
        errors += overhead(spec["overhead"], f"{field}.overhead")
    return errors + operating_system(spec, field)


def _resource_claims(claims: list[Obj], field: str) -> list[FieldError]:
    errors: list[FieldError] = []
    seen: set[str] = set()
    for index, claim in enumerate(claims):
        where, name = f"{field}[{index}]", claim.get("name", "")
        if not name:
            errors.append(required(f"{where}.name"))
        elif name in seen:
            errors.append(duplicate(f"{where}.name", name))
        else:
            errors += [invalid(f"{where}.name", name, text) for text in names.dns_label(name)]
            seen.add(name)
        existing, template = claim.get("resourceClaimName"), claim.get("resourceClaimTemplateName")
        choice = "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified"
        if existing is not None and template is not None:
            errors.append(invalid(where, claim, choice))
        if existing is None and template is None:
            text = "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`"
            errors.append(invalid(where, claim, text))
        for part, value in (("resourceClaimName", existing), ("resourceClaimTemplateName", template)):
            if value is not None:
                errors += [invalid(f"{where}.{part}", value, text) for text in names.dns_subdomain(value)]
    return errors


def _pod_level_resources(spec: Obj, claims: Collection[str], field: str) -> list[FieldError]:
    """Errors of the pod's own resources, which must cover those of its containers."""
    resources = spec["resources"]
    errors = pod_resources(resources, claims, field)
    requests, limits = resources.get("requests") or {}, resources.get("limits") or {}
    asked = dict.fromkeys(
        name
        for kind in ("containers", "initContainers")
        for container in spec.get(kind) or ()
        for name in (container.get("resources") or {}).get("requests") or ()
    )
    for name in asked:
        total = effective_request(spec, name)
        own = requests.get(name)
        if parse_quantity(total) > (parse_quantity(own) if own is not None else Fraction(0)):
            shown = canonical_quantity(own) if own is not None else "0"
            text = f"must be greater than or equal to aggregate container requests of {total}"
            errors.append(invalid(f"{field}.requests[{name}]", shown, text))
    for index, container in enumerate(spec.get("containers") or ()):
        for name, value in ((container.get("resources") or {}).get("limits") or {}).items():
            if name in limits and parse_quantity(value) > parse_quantity(limits[name]):
                text = f"must be less than or equal to pod limits of {canonical_quantity(limits[name])}"
                where = f"{field}.containers[{index}][{name}].limits"
                errors.append(invalid(where, canonical_quantity(value), text))
    return errors


def _host_network_ports(containers: list[Obj], field: str, *, is_pod: bool) -> list[FieldError]:
    """On the node's network a port of the node is the container's; templates may leave it open."""
    text = "must match `containerPort` when `hostNetwork` is true"
    return [
        invalid(f"{field}[{index}].ports[{number}].hostPort", port.get("hostPort", 0), text)
        for index, container in enumerate(containers)
        for number, port in enumerate(container.get("ports") or ())
        if (is_pod or port.get("hostPort")) and port.get("hostPort", 0) != port.get("containerPort", 0)
    ]


def _dns_config(spec: Obj, field: str) -> list[FieldError]:
    config = spec.get("dnsConfig")
    if spec.get("dnsPolicy") == "None":
        if config is None:
            return [required(field, "must provide `dnsConfig` when `dnsPolicy` is None")]
        if not config.get("nameservers"):
            text = "must provide at least one DNS nameserver when `dnsPolicy` is None"
            return [required(f"{field}.nameservers", text)]
    if config is None:
        return []
    servers, searches = config.get("nameservers") or [], config.get("searches") or []
    errors: list[FieldError] = []
    if len(servers) > _NAMESERVER_LIMIT:
        text = f"must not have more than {_NAMESERVER_LIMIT} nameservers"
        errors.append(invalid(f"{field}.nameservers", servers, text))
    for index, server in enumerate(servers):
        errors += ip_address(server, f"{field}.nameservers[{index}]")
    if len(searches) > _SEARCH_LIMIT:
        errors.append(invalid(f"{field}.searches", searches, f"must not have more than {_SEARCH_LIMIT} search paths"))
    if len(" ".join(searches)) > _SEARCH_SIZE:
        text = f"must not have more than {_SEARCH_SIZE} characters (including spaces) in the search list"
        errors.append(invalid(f"{field}.searches", searches, text))
    for index, search in enumerate(searches):
        domain = search.removesuffix(".")
        if search != ".":
            found = names.underscored_subdomain(domain)
            errors += [invalid(f"{field}.searches[{index}]", domain, text) for text in found]
    errors += [
        required(f"{field}.options[{index}]", "must not be empty")
        for index, option in enumerate(config.get("options") or ())
        if not option.get("name")
    ]
    return errors


def _scheduling_gates(gates: list[Obj], field: str) -> list[FieldError]:
    errors: list[FieldError] = []
    seen: set[str] = set()
    for index, gate in enumerate(gates):
        name, where = gate.get("name", ""), f"{field}[{index}]"
        errors += [invalid(where, name, text) for text in names.qualified_name(name)]
        if name in seen:
            errors.append(duplicate(where, name))
        seen.add(name)
    return errors


def _hostname_override(spec: Obj, field: str) -> list[FieldError]:
    name, where = spec["hostnameOverride"], f"{field}.hostnameOverride"
    errors = [invalid(where, name, text) for text in names.dns_subdomain(name)]
    if len(name) > _OVERRIDE_LIMIT:
        errors.append(invalid(where, name, names.at_most(_OVERRIDE_LIMIT)))
    if spec.get("setHostnameAsFQDN"):
        errors.append(forbidden(where, "may not be specified when `setHostnameAsFQDN` is true"))
    if spec.get("hostNetwork"):
        errors.append(forbidden(where, "may not be specified when `hostNetwork` is true"))
    return errors


def _host_alias(alias: Obj, field: str) -> list[FieldError]:
    errors = ip_address(alias.get("ip", ""), f"{field}.ip")
    for index, name in enumerate(alias.get("hostnames") or ()):
        errors += [invalid(f"{field}.hostnames[{index}]", name, text) for text in names.dns_subdomain(name)]
    return errors
