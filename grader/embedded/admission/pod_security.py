"""PodSecurity: the pod security standard that a namespace's labels ask for.

k8s.io/docs/concepts/security/pod-security-standards, k8s.io/docs/concepts/security/pod-security-admission.
Enforced for pods; `warn` and `audit` labels are accepted and have no effect here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from grader.embedded.admission.base import Attributes, Plugin
from grader.embedded.objects import Key, Obj, labels_of
from grader.embedded.store import Store

_LABEL = "pod-security.kubernetes.io/enforce"
_BASELINE_CAPABILITIES = frozenset(
    ("AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP",
     "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT")
)  # fmt: skip
_RESTRICTED_VOLUMES = frozenset(
    (
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "image",
        "persistentVolumeClaim",
        "projected",
        "secret",
    )
)
_SECCOMP = ("RuntimeDefault", "Localhost")

Check = Callable[[Obj], Iterator[str]]


class PodSecurity(Plugin):
    def __init__(self, store: Store) -> None:
        self._store = store

    def validate(self, request: Attributes) -> None:
        pod = request.obj
        if request.resource.key != "pods" or pod is None or request.subresource not in ("", "ephemeralcontainers"):
            return
        if request.verb != "create" and not request.subresource:
            return
        namespace = self._store.get("namespaces", Key("", request.namespace))
        labels = labels_of(namespace) if namespace else {}
        level = labels.get(_LABEL, "privileged")
        found = [text for check in _CHECKS.get(level, ()) for text in check(pod["spec"])]
        if found:
            version = labels.get(f"{_LABEL}-version", "latest")
            raise request.forbid(f'violates PodSecurity "{level}:{version}": {", ".join(found)}')


def _containers(spec: Obj) -> list[Obj]:
    groups = ("initContainers", "containers", "ephemeralContainers")
    return [container for group in groups for container in spec.get(group) or ()]


def _named(names: list[str]) -> str:
    quoted = ", ".join(f'"{name}"' for name in names)
    return f"container{'s' if len(names) > 1 else ''} {quoted}"


def _context(obj: Obj) -> Obj:
    context: Obj = obj.get("securityContext") or {}
    return context


def _host_namespaces(spec: Obj) -> Iterator[str]:
    shared = [f"{name}=true" for name in ("hostNetwork", "hostPID", "hostIPC") if spec.get(name)]
    if shared:
        yield f"host namespaces ({', '.join(shared)})"


def _privileged(spec: Obj) -> Iterator[str]:
    bad = [c["name"] for c in _containers(spec) if _context(c).get("privileged")]
    if bad:
        yield f"privileged ({_named(bad)} must not set securityContext.privileged=true)"


def _added_capabilities(spec: Obj) -> Iterator[str]:
    bad, extra = [], set()
    for container in _containers(spec):
        added = set((_context(container).get("capabilities") or {}).get("add") or ()) - _BASELINE_CAPABILITIES
        if added:
            bad.append(container["name"])
            extra |= added
    if bad:
        listed = ", ".join(f'"{name}"' for name in sorted(extra))
        yield f"non-default capabilities ({_named(bad)} must not include {listed} in securityContext.capabilities.add)"


def _host_paths(spec: Obj) -> Iterator[str]:
    bad = [v["name"] for v in spec.get("volumes") or () if "hostPath" in v]
    if bad:
        names = ", ".join(f'"{name}"' for name in bad)
        yield f"hostPath volumes (volume{'s' if len(bad) > 1 else ''} {names})"


def _host_ports(spec: Obj) -> Iterator[str]:
    bad, ports = [], []
    for container in _containers(spec):
        used = [str(p["hostPort"]) for p in container.get("ports") or () if p.get("hostPort")]
        if used:
            bad.append(container["name"])
            ports += used
    if bad:
        yield f"hostPort ({_named(bad)} use{'' if len(bad) > 1 else 's'} hostPort{'s' if len(ports) > 1 else ''} " + (
            f"{', '.join(ports)})"
        )


def _escalation(spec: Obj) -> Iterator[str]:
    bad = [c["name"] for c in _containers(spec) if _context(c).get("allowPrivilegeEscalation") is not False]
    if bad:
        yield (
            f"allowPrivilegeEscalation != false ({_named(bad)} must set securityContext.allowPrivilegeEscalation=false)"
        )


def _dropped_capabilities(spec: Obj) -> Iterator[str]:
    bad = [
        c["name"]
        for c in _containers(spec)
        if "ALL" not in ((_context(c).get("capabilities") or {}).get("drop") or ())
        or set((_context(c).get("capabilities") or {}).get("add") or ()) - {"NET_BIND_SERVICE"}
    ]
    if bad:
        yield f'unrestricted capabilities ({_named(bad)} must set securityContext.capabilities.drop=["ALL"])'


def _volume_types(spec: Obj) -> Iterator[str]:
    bad = [v for v in spec.get("volumes") or () if not (set(v) - {"name"}) <= _RESTRICTED_VOLUMES]
    if bad:
        names = ", ".join(f'"{v["name"]}"' for v in bad)
        kinds = ", ".join(f'"{kind}"' for kind in sorted({kind for v in bad for kind in v if kind != "name"}))
        several = len(bad) > 1
        yield (
            f"restricted volume types (volume{'s' if several else ''} {names} use{'' if several else 's'} "
            f"restricted volume type{'s' if ',' in kinds else ''} {kinds})"
        )


def _not_root(spec: Obj) -> Iterator[str]:
    default = _context(spec).get("runAsNonRoot")
    bad = [c["name"] for c in _containers(spec) if _context(c).get("runAsNonRoot", default) is not True]
    if bad:
        yield f"runAsNonRoot != true (pod or {_named(bad)} must set securityContext.runAsNonRoot=true)"


def _root_user(spec: Obj) -> Iterator[str]:
    bad = [c["name"] for c in _containers(spec) if _context(c).get("runAsUser") == 0]
    if _context(spec).get("runAsUser") == 0:
        yield "runAsUser=0 (pod must not set runAsUser=0)"
    elif bad:
        yield f"runAsUser=0 ({_named(bad)} must not set runAsUser=0)"


def _seccomp(spec: Obj) -> Iterator[str]:
    default = (_context(spec).get("seccompProfile") or {}).get("type")
    bad = [
        c["name"]
        for c in _containers(spec)
        if ((_context(c).get("seccompProfile") or {}).get("type") or default) not in _SECCOMP
    ]
    if bad:
        yield (
            f"seccompProfile (pod or {_named(bad)} must set securityContext.seccompProfile.type to "
            '"RuntimeDefault" or "Localhost")'
        )


_BASELINE: tuple[Check, ...] = (_added_capabilities, _host_namespaces, _host_paths, _host_ports, _privileged)
_RESTRICTED: tuple[Check, ...] = (
    _escalation, _dropped_capabilities, _volume_types, _not_root, _root_user, _seccomp,
)  # fmt: skip
_CHECKS: dict[str, tuple[Check, ...]] = {
    "baseline": _BASELINE,
    "restricted": (_host_namespaces, _host_ports, _privileged, *_RESTRICTED),
}
