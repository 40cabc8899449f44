"""nslookup, dig, host and getent: what the cluster's name server says."""

from __future__ import annotations

import ipaddress

from grader.embedded.network.dns import DnsAnswer
from grader.embedded.network.errors import NameNotFound
from grader.embedded.node.containers.call import Call

_SERVER = "10.96.0.10"


def _server(call: Call) -> str:
    return next(iter(call.container.resolver.nameservers), _SERVER)


def _reverse(name: str) -> str | None:
    """The name that a PTR question asks for, when the text is an address."""
    try:
        return ipaddress.ip_address(name).reverse_pointer
    except ValueError:
        return None


def _reachable(call: Call) -> bool:
    return call.container.network.policies.allows_dns(call.container.config.pod_ip)


async def nslookup(call: Call) -> int:
    """`nslookup [-type=T] NAME [SERVER]`: busybox asks for exactly the name given and for its search path."""
    words = [word for word in call.args if not word.startswith("-")]
    kind = next(
        (word.partition("=")[2].lower() for word in call.args if word.startswith(("-type=", "-query=", "-q="))), ""
    )
    if not words:
        return await call.fail("usage: nslookup [-type=QUERY_TYPE] NAME [DNS_SERVER]")
    server = words[1] if len(words) > 1 else _server(call)
    if not _reachable(call):
        await call.container.clock.sleep(10)
        await call.out(";; connection timed out; no servers could be reached\n\n")
        return 1
    if _is_old_busybox(call):
        return await _old_busybox(call, words[0])
    await call.out(f"Server:\t\t{server}\nAddress:\t{server}{':53' if _busybox(call) else '#53'}\n\n")
    name = words[0]
    pointer = _reverse(name)
    if pointer:
        return await _pointer(call, name, pointer)
    if _busybox(call):
        return await _busybox_answers(call, name, kind)
    return await _bind_answer(call, name, call.container.resolver.candidates(name), kind)


def _busybox(call: Call) -> bool:
    return call.container.shell_kind == "ash"


async def _pointer(call: Call, name: str, pointer: str) -> int:
    answer = call.container.network.lookup(pointer)
    if answer.pointer:
        await call.out(f"{pointer}\tname = {answer.pointer}{'' if _busybox(call) else '.'}\n\n")
        return 0
    await call.out(f"** server can't find {pointer}: NXDOMAIN\n\n")
    return 1


async def _busybox_answers(call: Call, name: str, kind: str) -> int:
    """busybox searches only for names without a dot, and fails when any of its questions was refused."""
    config = call.container.resolver
    relative = "." not in name and config.search
    asked = [f"{name}.{domain}" for domain in config.search] if relative else [name.rstrip(".")]
    code = 0
    for candidate in asked:
        answer = call.container.network.lookup(candidate)
        if answer.exists:
            await call.out("".join(_records(answer, kind)) + "\n")
            continue
        code = 1
        refusal = f"** server can't find {candidate}: NXDOMAIN\n\n"
        await call.out(refusal if kind else refusal * 2)
    return code


async def _old_busybox(call: Call, name: str) -> int:
    """busybox up to 1.28: the C library's resolver, one address a line with its name."""
    container = call.container
    server = _server(call)
    await call.out(f"Server:    {server}\nAddress 1: {server} kube-dns.kube-system.svc.cluster.local\n\n")
    try:
        answer = container.network.resolve(container.config.namespace, name, container.resolver)
    except NameNotFound:
        answer = DnsAnswer(name)
    if not answer.addresses:
        await call.err(f"nslookup: can't resolve '{name}'\n")
        return 1
    lines = [f"Name:      {name}\n"]
    for number, address in enumerate(answer.addresses, 1):
        pointer = container.network.lookup(_reverse(address) or "").pointer
        lines.append(f"Address {number}: {address}{' ' + pointer if pointer else ''}\n")
    await call.out("".join(lines))
    return 0


def _is_old_busybox(call: Call) -> bool:
    parts = call.container.spec.version.split(".")
    numbers = [int(part) for part in parts[:2] if part.isdigit()]
    return call.container.spec.tools == "busybox" and numbers != [] and numbers <= [1, 28]


def _records(answer: DnsAnswer, kind: str) -> list[str]:
    lines = [f"{source}\tcanonical name = {target}\n" for source, target in answer.aliases]
    if kind == "srv":
        return lines + [f"{answer.name}\tservice = 0 100 {s.port} {s.target}\n" for s in answer.services]
    if kind not in ("", "a", "any"):
        return lines
    return lines + [f"Name:\t{answer.canonical}\nAddress: {address}\n" for address in answer.addresses]


async def _bind_answer(call: Call, name: str, candidates: list[str], kind: str) -> int:
    """BIND's nslookup stops at the first candidate that exists."""
    for candidate in candidates:
        answer = call.container.network.lookup(candidate)
        if not answer.exists:
            continue
        lines = [f"{source}\tcanonical name = {target}.\n" for source, target in answer.aliases]
        if kind == "srv":
            lines += [f"{answer.name}\tservice = 0 100 {s.port} {s.target}.\n" for s in answer.services]
        else:
            lines += [f"Name:\t{answer.canonical}\nAddress: {address}\n" for address in answer.addresses]
        if not answer.addresses and answer.aliases:
            lines.append(f"** server can't find {answer.canonical}: NXDOMAIN\n")
        elif not answer.addresses and kind != "srv":
            lines.append(f"*** Can't find {name}: No answer\n")
        await call.out("".join(lines) + "\n")
        return 0 if answer.addresses or answer.services else 1
    await call.out(f"** server can't find {name}: NXDOMAIN\n\n")
    return 1


async def dig(call: Call) -> int:
    """`dig [@SERVER] [-x ADDRESS] [+short] [+search] NAME [TYPE]`."""
    words = [word for word in call.args if word[0] not in "+@-"]
    flags = {word for word in call.args if word.startswith("+")}
    kind = "A"
    for word in list(words):
        if word.upper() in ("A", "AAAA", "SRV", "CNAME", "PTR", "ANY", "TXT", "NS"):
            kind = word.upper()
            words.remove(word)
    if not words:
        return 0
    if not _reachable(call):
        await call.container.clock.sleep(15)
        await call.out(";; communications error: timed out\n;; no servers could be reached\n")
        return 9
    name = words[0]
    pointer = _reverse(name) if "-x" in call.args else None
    candidates = call.container.resolver.candidates(name) if "+search" in flags else [name.rstrip(".")]
    answers = [call.container.network.lookup(pointer or candidate) for candidate in candidates]
    answer = next((a for a in answers if a.exists), answers[0])
    records = _dig_records(answer, kind)
    if "+short" in flags:
        await call.out("".join(f"{value}\n" for _, _, value in records))
        return 0
    status = "NOERROR" if answer.exists else "NXDOMAIN"
    lines = [f"; <<>> DiG 9.18 <<>> {' '.join(call.args)}", ";; Got answer:"]
    lines += [f";; ->>HEADER<<- opcode: QUERY, status: {status}, id: 4242", "", ";; QUESTION SECTION:"]
    lines += [f";{answer.name}.\t\tIN\t{kind}", ""]
    if records:
        lines += [";; ANSWER SECTION:", *(f"{owner}.\t30\tIN\t{sort}\t{value}" for owner, sort, value in records), ""]
    lines += [";; Query time: 0 msec", f";; SERVER: {_server(call)}#53({_server(call)}) (UDP)", ""]
    await call.out("\n".join(lines) + "\n")
    return 0


def _dig_records(answer: DnsAnswer, kind: str) -> list[tuple[str, str, str]]:
    found = [(source, "CNAME", f"{target}.") for source, target in answer.aliases]
    if kind in ("A", "ANY"):
        found += [(answer.canonical, "A", address) for address in answer.addresses]
    if kind in ("SRV", "ANY"):
        found += [(answer.name, "SRV", f"0 100 {s.port} {s.target}.") for s in answer.services]
    if answer.pointer:
        found.append((answer.name, "PTR", f"{answer.pointer}."))
    return found


async def host(call: Call) -> int:
    """`host NAME`."""
    words = [word for word in call.args if not word.startswith("-")]
    if not words:
        return 1
    for candidate in call.container.resolver.candidates(words[0]):
        answer = call.container.network.lookup(candidate)
        if answer.exists:
            lines = [f"{source} is an alias for {target}.\n" for source, target in answer.aliases]
            lines += [f"{answer.canonical} has address {address}\n" for address in answer.addresses]
            await call.out("".join(lines))
            return 0
    await call.out(f"Host {words[0]} not found: 3(NXDOMAIN)\n")
    return 1


async def getent(call: Call) -> int:
    """`getent hosts|ahosts|passwd|group NAME`."""
    if len(call.args) < 2:
        return 1
    database, name = call.args[:2]
    container = call.container
    if database in ("passwd", "group"):
        text = (container.files.read(f"/etc/{database}") or b"").decode("utf-8", "replace")
        found = [line for line in text.splitlines() if name in line.split(":")[:3:2]]
        await call.out("".join(f"{line}\n" for line in found))
        return 0 if found else 2
    try:
        answer = container.network.resolve(container.config.namespace, name, container.resolver)
    except NameNotFound:
        return 2
    await call.out("".join(f"{address:<15} {answer.canonical}\n" for address in answer.addresses))
    return 0 if answer.addresses else 2


COMMANDS = {"nslookup": nslookup, "dig": dig, "host": host, "getent": getent}
