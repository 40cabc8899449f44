"""Rules of a Service's cluster addresses and IP families (k8s.io/docs/concepts/services-networking/dual-stack)."""

from __future__ import annotations

from grader.embedded.objects import Obj
from grader.embedded.schema.field_errors import FieldError, duplicate, invalid, not_supported, required
from grader.embedded.schema.validation.addresses import ip_address, is_ipv6

_FIELD = "spec.clusterIPs"
_FAMILIES = ["IPv4", "IPv6"]
_POLICIES = ["PreferDualStack", "RequireDualStack", "SingleStack"]


def is_headless(spec: Obj) -> bool:
    """Whether a service has asked for no cluster address."""
    addresses = spec.get("clusterIPs")
    return addresses == ["None"] if addresses else spec.get("clusterIP") == "None"


def cluster_addresses(spec: Obj) -> list[FieldError]:
    """Errors of `clusterIP`, `clusterIPs`, `ipFamilies` and `ipFamilyPolicy` together."""
    if spec.get("type") == "ExternalName":
        return []
    addresses: list[str] = spec.get("clusterIPs") or []
    errors = _first(spec.get("clusterIP", ""), addresses)
    errors += _families(spec)
    bad = False
    for index, address in enumerate(addresses):
        if index == 0 and address == "None":
            if len(addresses) > 1:
                errors.append(invalid(_FIELD, addresses, "'None' must be the first and only value"))
            continue
        found = ip_address(address, f"{_FIELD}[{index}]")
        bad = bad or bool(found)
        errors += found
    if len(addresses) > 2:
        errors.append(invalid(_FIELD, addresses, "may only hold up to 2 values"))
    if bad:
        return errors
    if len(addresses) > 1 and len({is_ipv6(address) for address in addresses}) < len(addresses):
        errors.append(invalid(_FIELD, addresses, "may specify no more than one IP for each IP family"))
    return errors or _family_mismatches(spec, addresses)


def _first(address: str, addresses: list[str]) -> list[FieldError]:
    if not address:
        text = "must be empty when `clusterIP` is not specified"
        return [invalid(_FIELD, addresses, text)] if addresses else []
    if not addresses:
        return [required(_FIELD)]
    return [] if addresses[0] == address else [invalid(_FIELD, addresses, "first value must match `clusterIP`")]


def _families(spec: Obj) -> list[FieldError]:
    errors: list[FieldError] = []
    seen: set[str] = set()
    for index, family in enumerate(spec.get("ipFamilies") or ()):
        field = f"spec.ipFamilies[{index}]"
        if family not in _FAMILIES:
            errors.append(not_supported(field, family, _FAMILIES))
        if family in seen:
            errors.append(duplicate(field, family))
        seen.add(family)
    policy = spec.get("ipFamilyPolicy")
    if policy is not None and policy not in _POLICIES:
        errors.append(not_supported("spec.ipFamilyPolicy", policy, _POLICIES))
    return errors


def _family_mismatches(spec: Obj, addresses: list[str]) -> list[FieldError]:
    if is_headless(spec):
        return []
    errors: list[FieldError] = []
    for index, (address, family) in enumerate(zip(addresses, spec.get("ipFamilies") or (), strict=False)):
        if is_ipv6(address) != (family == "IPv6"):
            text = f"expected an {family} value as indicated by `ipFamilies[{index}]`"
            errors.append(invalid(f"{_FIELD}[{index}]", address, text))
    return errors


def cluster_addresses_update(new: Obj, old: Obj) -> list[FieldError]:
    """Errors when a service's addresses or families changed: a second one may come and go, the first stays."""
    if "ExternalName" in (new.get("type"), old.get("type")):
        return []
    policy = new.get("ipFamilyPolicy")
    errors: list[FieldError] = []
    if not (is_headless(new) and is_headless(old)):
        errors += _kept(new.get("clusterIPs") or [], old.get("clusterIPs") or [], "clusterIPs", "clusterIP", policy)
    families, before = new.get("ipFamilies") or [], old.get("ipFamilies") or []
    return errors + _kept(families, before, "ipFamilies", "ipFamily", policy)


def _kept(new: list[str], old: list[str], field: str, word: str, policy: str | None) -> list[FieldError]:
    changed = "may not change once set"
    if len(new) == len(old):
        pairs = zip(new, old, strict=True)
        return [invalid(f"spec.{field}[{i}]", new, changed) for i, (now, was) in enumerate(pairs) if now != was]
    errors: list[FieldError] = []
    if not new:
        errors.append(invalid(f"spec.{field}[0]", new, f"primary {word} can not be unset"))
    if new and old and new[0] != old[0]:
        errors.append(invalid(f"spec.{field}[0]", new, changed))
    if len(new) < len(old) and len(new) == 1 and policy != "SingleStack":
        text = f"must be set to 'SingleStack' when releasing the secondary {word}"
        errors.append(invalid("spec.ipFamilyPolicy", policy, text))
    return errors
