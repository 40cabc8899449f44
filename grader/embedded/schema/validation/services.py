"""Rules of Services (Kubernetes API reference: Service v1 core; k8s.io/docs/concepts/services-networking/service)."""

from __future__ import annotations

from typing import Any

from grader.embedded.objects import Obj
from grader.embedded.schema.field_errors import FieldError, duplicate, forbidden, invalid, not_supported, required
from grader.embedded.schema.validation import names, values
from grader.embedded.schema.validation.addresses import cidr, ip_address, reachable_address
from grader.embedded.schema.validation.base import Validator
from grader.embedded.schema.validation.metadata import check_labels, object_meta, object_meta_update
from grader.embedded.schema.validation.service_addresses import cluster_addresses, cluster_addresses_update, is_headless

PROTOCOLS = ["SCTP", "TCP", "UDP"]
_TYPES = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]
_KUBELET_PORT = 10250
_AFFINITY_LIMIT = 86400
_SOURCE_RANGES = "service.beta.kubernetes.io/load-balancer-source-ranges"
_TOPOLOGY_MODE = "service.kubernetes.io/topology-mode"
_TOPOLOGY_HINTS = "service.kubernetes.io/topology-aware-hints"
_BALANCER_ONLY = "may only be used when `type` is 'LoadBalancer'"


def validate_service(service: Obj) -> list[FieldError]:
    """Errors of a new service, after addresses and node ports were allocated."""
    return object_meta(service, names.dns_label) + _topology(service) + _spec(service)


def validate_service_update(new: Obj, old: Obj) -> list[FieldError]:
    """Errors of a changed service: its addresses and load balancer's class stay."""
    errors = object_meta_update(new, old)
    errors += cluster_addresses_update(new.get("spec") or {}, old.get("spec") or {})
    errors += _class_update(new.get("spec") or {}, old.get("spec") or {})
    return errors + validate_service(new)


def validate_service_status(new: Obj, old: Obj) -> list[FieldError]:
    errors = object_meta_update(new, old)
    for index, ingress in enumerate(((new.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()):
        field = f"status.loadBalancer.ingress[{index}]"
        if ingress.get("ip"):
            errors += ip_address(ingress["ip"], f"{field}.ip")
        if ingress.get("hostname"):
            errors += [
                invalid(f"{field}.hostname", ingress["hostname"], text)
                for text in names.dns_subdomain(ingress["hostname"])
            ]
    return errors


def service_port_errors(port: Obj, field: str, *, named: bool) -> list[FieldError]:
    """Errors that ports of services and of endpoints share: name, number, protocol."""
    name = port.get("name") or ""
    errors: list[FieldError] = []
    if name:
        errors += [invalid(f"{field}.name", name, text) for text in names.dns_label(name)]
    elif named:
        errors.append(required(f"{field}.name"))
    return errors


def protocol_errors(protocol: str, field: str) -> list[FieldError]:
    if not protocol:
        return [required(field)]
    return [] if protocol in PROTOCOLS else [not_supported(field, protocol, PROTOCOLS)]


def _topology(service: Obj) -> list[FieldError]:
    annotations = (service.get("metadata") or {}).get("annotations") or {}
    mode, hints = annotations.get(_TOPOLOGY_MODE), annotations.get(_TOPOLOGY_HINTS)
    if mode is None or hints is None or mode == hints:
        return []
    text = f"must match annotations[{_TOPOLOGY_HINTS}] when both are specified"
    return [invalid(f"metadata.annotations[{_TOPOLOGY_MODE}]", mode, text)]


def _spec(service: Obj) -> list[FieldError]:
    spec: Obj = service.get("spec") or {}
    kind = spec.get("type", "")
    errors: list[FieldError] = []
    if not spec.get("ports") and not is_headless(spec) and kind != "ExternalName":
        errors.append(required("spec.ports"))
    errors += _by_type(spec, kind)
    errors += _ports(spec)
    errors += check_labels(spec.get("selector"), "spec.selector")
    errors += _affinity(spec)
    errors += cluster_addresses(spec)
    for index, address in enumerate(spec.get("externalIPs") or ()):
        field = f"spec.externalIPs[{index}]"
        errors += ip_address(address, field) or reachable_address(address, field)
    if not kind:
        errors.append(required("spec.type"))
    elif kind not in _TYPES:
        errors.append(not_supported("spec.type", kind, _TYPES))
    errors += _node_ports(spec, kind)
    errors += _repeated_ports(spec)
    errors += _source_ranges(service, spec, kind)
    errors += _balancer(spec, kind)
    errors += _external_traffic(spec, kind)
    return errors + _internal_traffic(spec, kind)


def _by_type(spec: Obj, kind: str) -> list[FieldError]:
    errors: list[FieldError] = []
    if kind == "LoadBalancer":
        text = f"may not expose port {_KUBELET_PORT} externally since it is used by kubelet"
        errors += [
            invalid(f"spec.ports[{index}]", _KUBELET_PORT, text)
            for index, port in enumerate(spec.get("ports") or ())
            if port.get("port") == _KUBELET_PORT
        ]
    if kind in ("LoadBalancer", "NodePort") and is_headless(spec):
        errors.append(invalid("spec.clusterIPs[0]", "None", f"may not be set to 'None' for {kind} services"))
    if kind != "ExternalName":
        return errors
    errors += [
        forbidden(f"spec.{field}", "may not be set for ExternalName services")
        for field in ("clusterIPs", "ipFamilies", "ipFamilyPolicy")
        if spec.get(field) or (field == "ipFamilyPolicy" and spec.get(field) is not None)
    ]
    target = spec.get("externalName", "").removesuffix(".")
    if not target:
        return [*errors, required("spec.externalName")]
    return errors + [invalid("spec.externalName", target, text) for text in names.dns_subdomain(target)]


def _ports(spec: Obj) -> list[FieldError]:
    ports: list[Obj] = spec.get("ports") or []
    errors: list[FieldError] = []
    seen: set[str] = set()
    for index, port in enumerate(ports):
        field = f"spec.ports[{index}]"
        name = port.get("name") or ""
        errors += service_port_errors(port, field, named=len(ports) > 1)
        if name and name in seen:
            errors.append(duplicate(f"{field}.name", name))
        seen.add(name)
        errors += values.port_number(port.get("port", 0), f"{field}.port")
        errors += protocol_errors(port.get("protocol", ""), f"{field}.protocol")
        errors += values.port_number_or_name(port.get("targetPort", 0), f"{field}.targetPort")
        errors += application_protocol(port, field)
    return errors


def application_protocol(port: Obj, field: str) -> list[FieldError]:
    protocol = port.get("appProtocol")
    if protocol is None:
        return []
    return [invalid(f"{field}.appProtocol", protocol, text) for text in names.qualified_name(protocol)]


def _affinity(spec: Obj) -> list[FieldError]:
    affinity, config = spec.get("sessionAffinity", ""), spec.get("sessionAffinityConfig")
    field = "spec.sessionAffinityConfig"
    if not affinity:
        return [required("spec.sessionAffinity")]
    if affinity not in ("ClientIP", "None"):
        return [not_supported("spec.sessionAffinity", affinity, ["ClientIP", "None"])]
    if affinity == "None":
        return [] if config is None else [forbidden(field, "must not be set when session affinity is None")]
    when = "when session affinity type is ClientIP"
    if config is None:
        return [required(field, when)]
    if config.get("clientIP") is None:
        return [required(f"{field}.clientIP", when)]
    seconds = config["clientIP"].get("timeoutSeconds")
    if seconds is None:
        return [required(f"{field}.clientIP.timeoutSeconds", when)]
    if 0 < seconds <= _AFFINITY_LIMIT:
        return []
    text = f"must be greater than 0 and less than {_AFFINITY_LIMIT}"
    return [invalid(f"{field}.clientIP.timeoutSeconds", seconds, text)]


def _node_ports(spec: Obj, kind: str) -> list[FieldError]:
    errors: list[FieldError] = []
    ports = [(index, port) for index, port in enumerate(spec.get("ports") or ()) if port.get("nodePort")]
    if kind == "ClusterIP":
        text = "may not be used when `type` is 'ClusterIP'"
        errors += [forbidden(f"spec.ports[{index}].nodePort", text) for index, _ in ports]
    seen: set[tuple[Any, Any]] = set()
    for index, port in ports:
        key = (port.get("protocol"), port["nodePort"])
        if key in seen:
            errors.append(duplicate(f"spec.ports[{index}].nodePort", port["nodePort"]))
        seen.add(key)
    return errors


def _repeated_ports(spec: Obj) -> list[FieldError]:
    errors: list[FieldError] = []
    seen: set[tuple[str, int]] = set()
    for index, port in enumerate(spec.get("ports") or ()):
        protocol, number = port.get("protocol", ""), port.get("port", 0)
        if (protocol, number) in seen:
            shown = {"Name": "", "Protocol": protocol, "AppProtocol": None, "Port": number}
            errors.append(duplicate(f"spec.ports[{index}]", {**shown, "TargetPort": 0, "NodePort": 0}))
        seen.add((protocol, number))
    return errors


def _source_ranges(service: Obj, spec: Obj, kind: str) -> list[FieldError]:
    ranges = spec.get("loadBalancerSourceRanges")
    annotation = ((service.get("metadata") or {}).get("annotations") or {}).get(_SOURCE_RANGES)
    if ranges:
        field = "spec.LoadBalancerSourceRanges"
        found = [(text.strip(), f"{field}[{index}]") for index, text in enumerate(ranges)]
    elif annotation is not None:
        field = f"metadata.annotations[{_SOURCE_RANGES}]"
        found = [(text.strip(), field) for text in annotation.split(",")] if annotation.strip() else []
    else:
        return []
    errors = [] if kind == "LoadBalancer" else [forbidden(field, _BALANCER_ONLY)]
    for text, place in found:
        errors += cidr(text, place)
    return errors


def _balancer(spec: Obj, kind: str) -> list[FieldError]:
    errors: list[FieldError] = []
    allocate, name = spec.get("allocateLoadBalancerNodePorts"), spec.get("loadBalancerClass")
    if kind != "LoadBalancer":
        for field, value in (("allocateLoadBalancerNodePorts", allocate), ("loadBalancerClass", name)):
            if value is not None:
                errors.append(forbidden(f"spec.{field}", _BALANCER_ONLY))
        return errors
    if allocate is None:
        errors.append(required("spec.allocateLoadBalancerNodePorts"))
    if name is not None:
        errors += [invalid("spec.loadBalancerClass", name, text) for text in names.qualified_name(name)]
    return errors


def _external_traffic(spec: Obj, kind: str) -> list[FieldError]:
    policy = spec.get("externalTrafficPolicy", "")
    field = "spec.externalTrafficPolicy"
    errors: list[FieldError] = []
    external = kind in ("LoadBalancer", "NodePort") or (kind == "ClusterIP" and bool(spec.get("externalIPs")))
    if not external:
        if policy:
            errors.append(invalid(field, policy, "may only be set for externally-accessible services"))
    elif not policy:
        errors.append(required(field))
    elif policy not in ("Cluster", "Local"):
        errors.append(not_supported(field, policy, ["Cluster", "Local"]))
    port = spec.get("healthCheckNodePort", 0)
    if kind == "LoadBalancer" and policy == "Local":
        errors += values.port_number(port, "spec.healthCheckNodePort") if port else []
    elif port:
        text = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
        errors.append(invalid("spec.healthCheckNodePort", port, text))
    return errors


def _internal_traffic(spec: Obj, kind: str) -> list[FieldError]:
    policy, distribution = spec.get("internalTrafficPolicy"), spec.get("trafficDistribution")
    errors: list[FieldError] = []
    if policy is None and kind in ("NodePort", "LoadBalancer", "ClusterIP"):
        errors.append(required("spec.internalTrafficPolicy"))
    if policy is not None and policy not in ("Cluster", "Local"):
        errors.append(not_supported("spec.internalTrafficPolicy", policy, ["Cluster", "Local"]))
    known = ["PreferClose", "PreferSameNode", "PreferSameZone"]
    if distribution is not None and distribution not in known:
        errors.append(not_supported("spec.trafficDistribution", distribution, known))
    return errors


def _class_update(new: Obj, old: Obj) -> list[FieldError]:
    if new.get("type") != "LoadBalancer" or old.get("type") != "LoadBalancer":
        return []
    name = new.get("loadBalancerClass")
    if name == old.get("loadBalancerClass"):
        return []
    return [invalid("spec.loadBalancerClass", name, "may not change once set")]


VALIDATORS: dict[str, Validator] = {
    "services": Validator(validate_service, validate_service_update, validate_service_status)
}
