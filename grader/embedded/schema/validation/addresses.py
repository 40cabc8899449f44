"""Rules of IP addresses and networks, as objects of the network carry them.

Addresses are read as leniently as the API server reads those of its older kinds: IPv4 octets may have leading zeros.
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache

from grader.embedded.schema.field_errors import FieldError, invalid

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

ADDRESS_WORDS = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
NETWORK_WORDS = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"

_LEADING_ZEROS = re.compile(r"(^|\.)0+(?=[0-9])")


@lru_cache(maxsize=1024)
def parse_address(text: str) -> Address | None:
    """The address a text stands for; None when it is none. Zones (`fe80::1%eth0`) are refused."""
    if len(text) > 64 or "%" in text or "/" in text:
        return None
    plain = text if ":" in text else _LEADING_ZEROS.sub(r"\1", text)
    try:
        found = ipaddress.ip_address(plain)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found


@lru_cache(maxsize=1024)
def parse_network(text: str) -> Network | None:
    """The network of a CIDR, host bits cleared; None when it is none."""
    address, slash, prefix = text.partition("/")
    found = parse_address(address)
    if found is None or not slash or not (prefix.isascii() and prefix.isdecimal()) or len(prefix) > 3:
        return None
    if ":" in address and found.version == 4:
        return None
    try:
        return ipaddress.ip_network(f"{found}/{int(prefix)}", strict=False)
    except ValueError:
        return None


def is_ipv6(text: str) -> bool:
    found = parse_address(text)
    return found is not None and found.version == 6


def ip_address(text: str, field: str) -> list[FieldError]:
    return [] if parse_address(text) else [invalid(field, text, ADDRESS_WORDS)]


def cidr(text: str, field: str) -> list[FieldError]:
    return [] if parse_network(text) else [invalid(field, text, NETWORK_WORDS)]


def reachable_address(text: str, field: str) -> list[FieldError]:
    """Errors of an address that traffic is sent to: it must be another machine's."""
    found = parse_address(text)
    if found is None:
        return [invalid(field, text, "must be a valid IP address")]
    errors: list[FieldError] = []
    if found.is_unspecified:
        errors.append(invalid(field, text, f"may not be unspecified ({text})"))
    if found.is_loopback:
        errors.append(invalid(field, text, "may not be in the loopback range (127.0.0.0/8, ::1/128)"))
    if found in _LINK_LOCAL[found.version]:
        errors.append(invalid(field, text, "may not be in the link-local range (169.254.0.0/16, fe80::/10)"))
    if found in _LINK_LOCAL_MULTICAST[found.version]:
        errors.append(invalid(field, text, "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"))
    return errors


_LINK_LOCAL = {4: ipaddress.ip_network("169.254.0.0/16"), 6: ipaddress.ip_network("fe80::/10")}
_LINK_LOCAL_MULTICAST = {4: ipaddress.ip_network("224.0.0.0/24"), 6: ipaddress.ip_network("ff02::/16")}
