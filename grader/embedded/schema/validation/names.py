"""Formats of names and of other short texts, with the API server's words for what is wrong with them.

Each rule takes a text and returns messages, none when the text is good
(k8s.io/docs/concepts/overview/working-with-objects/names; k8s.io/apimachinery, package util/validation).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable

NameRule = Callable[[str], list[str]]

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_QUALIFIED = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"

_HTTP_PATH = r"[A-Za-z0-9/\-._~%!$&'()*+,;=:]+"

_is_http_path = re.compile(_HTTP_PATH).fullmatch
_is_label = re.compile(_LABEL).fullmatch
_is_subdomain = re.compile(_SUBDOMAIN).fullmatch
_is_underscored = re.compile(r"_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*").fullmatch
_is_1035 = re.compile("[a-z]([-a-z0-9]*[a-z0-9])?").fullmatch
_is_wildcard = re.compile(rf"\*\.{_SUBDOMAIN}").fullmatch
_is_qualified = re.compile(_QUALIFIED).fullmatch
_is_label_value = re.compile(f"({_QUALIFIED})?").fullmatch
_is_config_key = re.compile("[-._a-zA-Z0-9]+").fullmatch
_is_percent = re.compile("[0-9]+%").fullmatch
_is_header = re.compile("[-A-Za-z0-9]+").fullmatch
_is_environment = re.compile("[\x20-\x3c\x3e-\x7e]+").fullmatch
_is_port_name = re.compile("[-a-z0-9]+").fullmatch
_has_letter = re.compile("[a-z]").search


def _regex_error(rule: str, pattern: str, *examples: str) -> str:
    quoted = " or ".join(f"'{example}', " for example in examples)
    return f"{rule} (e.g. {quoted}regex used for validation is '{pattern}')"


LABEL_WORDS = _regex_error(
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', "
    "and must start and end with an alphanumeric character",
    _LABEL,
    "my-name",
    "123-abc",
)
SUBDOMAIN_WORDS = _regex_error(
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', "
    "and must start and end with an alphanumeric character",
    _SUBDOMAIN,
    "example.com",
)
_UNDERSCORED_WORDS = _regex_error(
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', "
    "and must start and end with an alphanumeric character",
    r"_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*",
    "example.com",
)
_1035_WORDS = _regex_error(
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', "
    "start with an alphabetic character, and end with an alphanumeric character",
    "[a-z]([-a-z0-9]*[a-z0-9])?",
    "my-name",
    "abc-123",
)
_WILDCARD_WORDS = _regex_error(
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, "
    "which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
    rf"\*\.{_SUBDOMAIN}",
    "*.example.com",
)
_QUALIFIED_WORDS = _regex_error(
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
    _QUALIFIED,
    "MyName",
    "my.name",
    "123-abc",
)
_LABEL_VALUE_WORDS = _regex_error(
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', "
    "and must start and end with an alphanumeric character",
    f"({_QUALIFIED})?",
    "MyValue",
    "my_value",
    "12345",
)
_CONFIG_KEY_WORDS = _regex_error(
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
    "[-._a-zA-Z0-9]+",
    "key.name",
    "KEY_NAME",
    "key-name",
)
_PERCENT_WORDS = _regex_error(
    "a valid percent string must be a numeric string followed by an ending '%'", "[0-9]+%", "1%", "93%"
)
_HEADER_WORDS = _regex_error(
    "a valid HTTP header must consist of alphanumeric characters or '-'", "[-A-Za-z0-9]+", "X-Header-Name"
)
_ENVIRONMENT_WORDS = "a valid environment variable name must consist only of printable ASCII characters other than '='"


def at_most(length: int) -> str:
    """The words for a text that is too long."""
    return f"must be no more than {length} characters"


def between(low: int, high: int) -> str:
    return f"must be between {low} and {high}, inclusive"


def dns_label(text: str) -> list[str]:
    """An RFC 1123 label: a container's or a namespace's name."""
    errors = [] if len(text) <= 63 else [at_most(63)]
    if not _is_label(text):
        errors.append(LABEL_WORDS)
    return errors


def dns_subdomain(text: str) -> list[str]:
    """An RFC 1123 subdomain: what most objects are called."""
    errors = [] if len(text) <= 253 else [at_most(253)]
    if not _is_subdomain(text):
        errors.append(SUBDOMAIN_WORDS)
    return errors


def underscored_subdomain(text: str) -> list[str]:
    """A subdomain in which underscores are fine: a search domain."""
    errors = [] if len(text) <= 253 else [at_most(253)]
    if not _is_underscored(text):
        errors.append(_UNDERSCORED_WORDS)
    return errors


def dns_1035_label(text: str) -> list[str]:
    """An RFC 1035 label, which starts with a letter: a service's name."""
    errors = [] if len(text) <= 63 else [at_most(63)]
    if not _is_1035(text):
        errors.append(_1035_WORDS)
    return errors


def wildcard_subdomain(text: str) -> list[str]:
    """`*.` and a subdomain: an ingress host."""
    errors = [] if len(text) <= 253 else [at_most(253)]
    if not _is_wildcard(text):
        errors.append(_WILDCARD_WORDS)
    return errors


def path_segment(text: str) -> list[str]:
    """Whatever fits between two slashes of a URL: names of roles and of custom objects of odd kinds."""
    if text in (".", ".."):
        return [f"may not be '{text}'"]
    return [f"may not contain '{sign}'" for sign in "/%" if sign in text]


def masked(prefix: str) -> str:
    """A `generateName` as a name that ends well: a trailing dash is followed by random letters later."""
    return prefix[:-2] + "a" if len(prefix) > 1 and prefix.endswith("-") else prefix


def qualified_name(text: str) -> list[str]:
    """A label's or annotation's key, a resource's name: `name` or `prefix/name`."""
    parts = text.split("/")
    errors: list[str] = []
    if len(parts) > 2:
        return [
            f"a qualified name {_QUALIFIED_WORDS} with an optional DNS subdomain prefix and '/' "
            "(e.g. 'example.com/MyName')"
        ]
    if len(parts) == 2:
        if not parts[0]:
            errors.append("prefix part must be non-empty")
        else:
            errors.extend(f"prefix part {message}" for message in dns_subdomain(parts[0]))
    name = parts[-1]
    if not name:
        errors.append("name part must be non-empty")
    elif len(name) > 63:
        errors.append("name part must be no more than 63 bytes")
    if not _is_qualified(name):
        errors.append(f"name part {_QUALIFIED_WORDS}")
    return errors


def label_value(text: str) -> list[str]:
    errors = [] if len(text) <= 63 else ["must be no more than 63 bytes"]
    if not _is_label_value(text):
        errors.append(_LABEL_VALUE_WORDS)
    return errors


def config_key(text: str) -> list[str]:
    """A key in the data of a ConfigMap or Secret, which may become a file's name."""
    errors = [] if len(text) <= 253 else [at_most(253)]
    if not _is_config_key(text):
        errors.append(_CONFIG_KEY_WORDS)
    if text in (".", ".."):
        errors.append(f"must not be '{text}'")
    elif text.startswith(".."):
        errors.append("must not start with '..'")
    return errors


def environment_name(text: str) -> list[str]:
    """The name of an environment variable."""
    return [] if _is_environment(text) else [_ENVIRONMENT_WORDS]


def header_name(text: str) -> list[str]:
    return [] if _is_header(text) else [_HEADER_WORDS]


def http_path(text: str) -> list[str]:
    """The signs that a path of a URL may have, without a leading slash."""
    return [] if _is_http_path(text) else [f"Invalid path (regex used for validation is '{_HTTP_PATH}')"]


def percent(text: str) -> list[str]:
    return [] if _is_percent(text) else [_PERCENT_WORDS]


def port_number(number: int) -> list[str]:
    return [] if 1 <= number <= 65535 else [between(1, 65535)]


def port_name(text: str) -> list[str]:
    """An IANA service name: the name of a container's port."""
    errors = [] if len(text) <= 15 else [at_most(15)]
    if not _is_port_name(text):
        errors.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
    if not _has_letter(text):
        errors.append("must contain at least one letter (a-z)")
    if "--" in text:
        errors.append("must not contain consecutive hyphens")
    if text.startswith("-") or text.endswith("-"):
        errors.append("must not begin or end with a hyphen")
    return errors


def ip_address(text: str) -> list[str]:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return ["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"]
    return []


def ip_network(text: str) -> list[str]:
    """A CIDR; host bits may be set."""
    try:
        ipaddress.ip_interface(text if "/" in text else "?")
    except ValueError:
        return ["must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"]
    return []
