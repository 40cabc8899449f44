"""The files a kubelet manages in a container: /etc/hosts, /etc/hostname and /etc/resolv.conf.

k8s.io/docs/concepts/services-networking/dns-pod-service and
k8s.io/docs/tasks/network/customize-hosts-file-for-pods.
"""

from __future__ import annotations

from dataclasses import dataclass

from grader.embedded.objects import Obj

_LOOPBACK = (
    "127.0.0.1\tlocalhost\n"
    "::1\tlocalhost ip6-localhost ip6-loopback\n"
    "fe00::0\tip6-localnet\n"
    "fe00::0\tip6-mcastprefix\n"
    "fe00::1\tip6-allnodes\n"
    "fe00::2\tip6-allrouters\n"
)
_MOST_NAMESERVERS = 3
_MOST_SEARCHES = 32


@dataclass(frozen=True, slots=True)
class Dns:
    """The cluster's name service: its address, its domain, and the server a node itself asks."""

    address: str = "10.96.0.10"
    domain: str = "cluster.local"
    upstream: str = "10.0.0.2"


def hostname_of(pod: Obj, dns: Dns) -> tuple[str, str]:
    """(host name, domain) of a pod; the domain is empty without a subdomain. Host names end at 63 letters."""
    spec, meta = pod["spec"], pod["metadata"]
    name = spec.get("hostnameOverride") or spec.get("hostname") or meta["name"][:63].rstrip("-.")
    if spec.get("subdomain") and not spec.get("hostnameOverride"):
        domain = f"{spec['subdomain']}.{meta['namespace']}.svc.{dns.domain}"
        if spec.get("setHostnameAsFQDN"):
            return f"{name}.{domain}", domain
        return name, domain
    return name, ""


def managed_files(pod: Obj, address: str, dns: Dns, node: str) -> dict[str, bytes]:
    """Path to content, the same for every container of a pod."""
    host_network = bool(pod["spec"].get("hostNetwork"))
    name, domain = (node, "") if host_network else hostname_of(pod, dns)
    return {
        "/etc/hosts": _hosts(pod, address, name, domain, host_network).encode(),
        "/etc/hostname": f"{name}\n".encode(),
        "/etc/resolv.conf": resolv_conf(pod, dns).encode(),
    }


def _hosts(pod: Obj, address: str, name: str, domain: str, host_network: bool) -> str:
    text = f"# Kubernetes-managed hosts file{' (host network)' if host_network else ''}.\n{_LOOPBACK}"
    if address and not host_network:
        short = name.split(".", 1)[0]
        text += f"{address}\t{short}.{domain}\t{short}\n" if domain else f"{address}\t{name}\n"
    aliases = pod["spec"].get("hostAliases") or ()
    if aliases:
        text += "\n# Entries added by HostAliases.\n"
        for alias in aliases:
            text += "\t".join([alias["ip"], *(alias.get("hostnames") or ())]) + "\n"
    return text


def resolv_conf(pod: Obj, dns: Dns) -> str:
    """The resolver's configuration by dnsPolicy and dnsConfig."""
    spec = pod["spec"]
    policy = spec.get("dnsPolicy", "ClusterFirst")
    servers: list[str] = []
    searches: list[str] = []
    options: dict[str, str | None] = {}
    in_cluster = policy == "ClusterFirstWithHostNet" or (policy == "ClusterFirst" and not spec.get("hostNetwork"))
    if in_cluster:
        namespace = pod["metadata"]["namespace"]
        servers = [dns.address]
        searches = [f"{namespace}.svc.{dns.domain}", f"svc.{dns.domain}", dns.domain]
        options = {"ndots": "5"}
    elif policy != "None":
        servers = [dns.upstream]
    extra = spec.get("dnsConfig") or {}
    servers = list(dict.fromkeys([*servers, *(extra.get("nameservers") or ())]))[:_MOST_NAMESERVERS]
    searches = list(dict.fromkeys([*searches, *(extra.get("searches") or ())]))[:_MOST_SEARCHES]
    for option in extra.get("options") or ():
        options[option["name"]] = option.get("value")
    text = f"search {' '.join(searches)}\n" if searches else ""
    text += "".join(f"nameserver {server}\n" for server in servers)
    if options:
        words = [name if value is None else f"{name}:{value}" for name, value in options.items()]
        text += f"options {' '.join(words)}\n"
    return text
