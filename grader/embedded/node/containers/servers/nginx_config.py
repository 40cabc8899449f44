"""nginx's configuration language: read into blocks, and turned into servers and locations.

Grammar and precedence as in nginx.org/en/docs: `beginners_guide`, `http/ngx_http_core_module#location` and
`http/server_names`. Directives that a simulated server has no use for are accepted when nginx knows them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

_TOKEN = re.compile(
    r"""\s*(?:\#[^\n]*|("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[{};]|(?:\\.|\$\{[^}]*\}|[^\s{};"'\#])+))"""
)
_MAX_DEPTH = 12

_KNOWN_WORDS = """
absolute_redirect accept_mutex access_log add_header aio alias allow auth_basic auth_basic_user_file autoindex break
charset chunked_transfer_encoding client_body_buffer_size client_body_temp_path client_body_timeout
client_header_timeout client_max_body_size daemon default_type deny directio env error_log error_page etag events
expires fastcgi_param fastcgi_pass fastcgi_temp_path geo gzip gzip_comp_level gzip_min_length gzip_proxied
gzip_types gzip_vary http if include index internal ip_hash keepalive keepalive_requests keepalive_timeout
large_client_header_buffers least_conn limit_conn limit_conn_zone limit_except limit_rate limit_req limit_req_zone
listen load_module location lock_file log_format log_not_found map master_process mime_types multi_accept
open_file_cache pid port_in_redirect proxy_buffering proxy_buffers proxy_buffer_size proxy_cache
proxy_connect_timeout proxy_http_version proxy_intercept_errors proxy_next_upstream proxy_pass proxy_pass_header
proxy_read_timeout proxy_redirect proxy_send_timeout proxy_set_header proxy_ssl_verify proxy_temp_path
real_ip_header recursive_error_pages resolver resolver_timeout return rewrite root satisfy scgi_temp_path
send_timeout sendfile server server_name server_names_hash_bucket_size server_tokens set set_real_ip_from
ssl_certificate ssl_certificate_key ssl_ciphers ssl_protocols ssl_session_cache ssl_session_timeout stub_status
sub_filter tcp_nodelay tcp_nopush try_files types types_hash_max_size underscores_in_headers upstream use user
uwsgi_temp_path worker_connections worker_processes worker_rlimit_nofile zone stream
"""
KNOWN = frozenset(_KNOWN_WORDS.split())
_FREE_BLOCKS = frozenset({"types", "map", "geo", "upstream", "split_clients"})


class ConfigError(Exception):
    """A configuration that nginx refuses; the text is what follows `[emerg] `."""


@dataclass(slots=True)
class Directive:
    """One directive with its arguments, and the block it opens."""

    name: str
    args: list[str]
    block: list[Directive] | None
    place: str


@dataclass(slots=True)
class Location:
    """A location of a server: what it matches, and its directives with those of the blocks around it."""

    kind: str
    """`=`, `^~`, `~`, `~*`, `@`, or empty for a prefix."""
    pattern: str
    settings: dict[str, list[list[str]]]


@dataclass(slots=True)
class VirtualServer:
    """A `server` block."""

    ports: dict[int, bool]
    """Port to whether this is its default server."""
    names: list[str]
    settings: dict[str, list[list[str]]]
    locations: list[Location] = field(default_factory=list)
    tls: bool = False


@dataclass(slots=True)
class Config:
    """All servers and upstreams."""

    servers: list[VirtualServer]
    upstreams: dict[str, list[str]]
    settings: dict[str, list[list[str]]]


Reader = Callable[[str], list[tuple[str, str]]]
"""Files matching a path or pattern: name and text."""


def parse_config(path: str, read: Reader) -> Config:
    """Read a configuration with what it includes. Raises ConfigError."""
    found = read(path)
    if not found:
        raise ConfigError(f'open() "{path}" failed (2: No such file or directory)')
    tree = _parse(found[0][1], path, read, 0)
    http = [directive for directive in tree if directive.name == "http"]
    if not any(directive.name == "events" for directive in tree):
        raise ConfigError('no "events" section in configuration')
    inner = [directive for block in http for directive in block.block or ()]
    settings = _settings(inner, {})
    upstreams = {
        d.args[0]: [server.args[0] for server in d.block or () if server.name == "server" and server.args]
        for d in inner
        if d.name == "upstream" and d.args
    }
    return Config([_server(d, settings) for d in inner if d.name == "server"], upstreams, settings)


def _parse(text: str, path: str, read: Reader, depth: int) -> list[Directive]:
    tokens = _tokens(text)
    directives, end = _block(tokens, path, read, depth, free=False)
    if end == "}":
        raise ConfigError(f'unexpected "}}" in {path}:{text.count(chr(10)) + 1}')
    return directives


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or match.end() == position:
            if text[position:].strip():
                position += 1
                continue
            return
        position = match.end()
        if match[1] is not None:
            yield match[1], text.count("\n", 0, match.start(1)) + 1


def _unescape(text: str) -> str:
    return re.sub(r"\\([ntr\"'\\])", lambda m: {"n": "\n", "t": "\t", "r": "\r"}.get(m[1], m[1]), text)


def _block(
    tokens: Iterator[tuple[str, int]], path: str, read: Reader, depth: int, *, free: bool
) -> tuple[list[Directive], str]:
    """Directives until `}` or the end. `free` blocks hold names that are no directives (types, map)."""
    if depth > _MAX_DEPTH:
        raise ConfigError(f"too many nested blocks or includes in {path}")
    found: list[Directive] = []
    words: list[str] = []
    line = 0
    for token, line in tokens:
        if token == "}":
            if words:
                raise ConfigError(f'unexpected "}}" in {path}:{line}')
            return found, "}"
        if token not in (";", "{"):
            words.append(_unescape(token[1:-1] if token[0] in "\"'" else token))
            continue
        if not words:
            raise ConfigError(f'unexpected "{token}" in {path}:{line}')
        name, *args = words
        place = f"{path}:{line}"
        words = []
        if not free and name not in KNOWN:
            raise ConfigError(f'unknown directive "{name}" in {place}')
        if token == "{":
            block, end = _block(tokens, path, read, depth + 1, free=name in _FREE_BLOCKS)
            if end != "}":
                raise ConfigError(f'unexpected end of file, expecting "}}" in {path}:{line}')
            found.append(Directive(name, args, block, place))
        elif name == "include" and not free and args:
            found += _include(args[0], path, read, depth, place)
        else:
            found.append(Directive(name, args, None, place))
    if words:
        raise ConfigError(f'unexpected end of file, expecting ";" or "}}" in {path}:{line}')
    return found, ""


def _include(target: str, path: str, read: Reader, depth: int, place: str) -> list[Directive]:
    name = target if target.startswith("/") else f"{path.rpartition('/')[0]}/{target}"
    files = read(name)
    if not files and "*" not in name and not name.endswith("mime.types"):
        raise ConfigError(f'open() "{name}" failed (2: No such file or directory) in {place}')
    return [directive for file, text in files for directive in _parse(text, file, read, depth + 1)]


def _settings(directives: list[Directive], outer: dict[str, list[list[str]]]) -> dict[str, list[list[str]]]:
    """Plain directives by name, over those of the block around; a name given here hides the outer ones."""
    own: dict[str, list[list[str]]] = {}
    for directive in directives:
        if directive.block is None:
            own.setdefault(directive.name, []).append(directive.args)
    inherited = {name: args for name, args in outer.items() if name not in _OWN_ONLY}
    return {**inherited, **own}


_OWN_ONLY = frozenset({"return", "proxy_pass", "alias", "try_files", "rewrite", "listen", "server_name", "deny", "set"})


def _server(directive: Directive, outer: dict[str, list[list[str]]]) -> VirtualServer:
    settings = _settings(directive.block or [], outer)
    ports: dict[int, bool] = {}
    tls = False
    for args in settings.get("listen", [["80"]]):
        digits = args[0].rpartition(":")[2] if args else "80"
        if "[" in args[0] and not digits.isdigit():
            continue
        if not digits.isdigit() or not 0 < int(digits) < 65536:
            digits = "80"
        ports[int(digits)] = "default_server" in args or ports.get(int(digits), False)
        tls = tls or "ssl" in args
    if tls and "ssl_certificate" not in settings:
        raise ConfigError(f'no "ssl_certificate" is defined for the "listen ... ssl" directive in {directive.place}')
    names = [name for args in settings.get("server_name", []) for name in args]
    server = VirtualServer(ports, names, settings, tls=tls)
    server.locations = _locations(directive.block or [], settings)
    return server


def _locations(directives: list[Directive], outer: dict[str, list[list[str]]]) -> list[Location]:
    found = []
    for directive in directives:
        if directive.name != "location" or not directive.args:
            continue
        kind, pattern = ("", directive.args[0]) if len(directive.args) == 1 else (directive.args[0], directive.args[1])
        if pattern.startswith("@"):
            kind = "@"
        if kind in ("~", "~*"):
            try:
                re.compile(pattern)
            except re.error:
                raise ConfigError(f'pcre2_compile() failed in "{pattern}" in {directive.place}') from None
        settings = _settings(directive.block or [], outer)
        found.append(Location(kind, pattern, settings))
        found += _locations(directive.block or [], settings)
    return found


def choose_server(config: Config, port: int, host: str) -> VirtualServer | None:
    """The server for a port and host name: exact, then wildcard, then the port's default, then its first."""
    candidates = [server for server in config.servers if port in server.ports]
    for server in candidates:
        if host in server.names:
            return server
    for server in candidates:
        if any(_name_matches(name, host) for name in server.names):
            return server
    return next((s for s in candidates if s.ports[port]), candidates[0] if candidates else None)


def _name_matches(name: str, host: str) -> bool:
    if name.startswith("~"):
        return re.search(name[1:], host) is not None
    if name.startswith("."):
        return host == name[1:] or host.endswith(name)
    return "*" in name and fnmatchcase(host, name)


def choose_location(server: VirtualServer, path: str) -> Location | None:
    """nginx's order: exact, longest `^~`, regular expressions in turn, longest prefix."""
    longest: Location | None = None
    for location in server.locations:
        if location.kind == "=" and location.pattern == path:
            return location
        fits = location.kind in ("", "^~") and path.startswith(location.pattern)
        if fits and (longest is None or len(location.pattern) > len(longest.pattern)):
            longest = location
    if longest is not None and longest.kind == "^~":
        return longest
    for location in server.locations:
        flags = re.IGNORECASE if location.kind == "~*" else 0
        if location.kind in ("~", "~*") and re.search(location.pattern, path, flags):
            return location
    return longest
