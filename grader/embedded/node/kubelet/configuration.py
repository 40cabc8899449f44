"""What a kubelet asks the runtime for: a container of a pod, with everything resolved."""

from __future__ import annotations

from collections.abc import Mapping

from grader.embedded.node.amounts import amount
from grader.embedded.node.kubelet.expansion import expand
from grader.embedded.node.kubelet.references import MissingError
from grader.embedded.node.kubelet.volumes import PodVolumes, is_projected
from grader.embedded.node.runtime import ContainerConfig, ImageInfo, Mount, Runtime
from grader.embedded.objects import Obj


def container_config(
    pod: Obj,
    container: Obj,
    *,
    hostname: str,
    address: str,
    environment: Mapping[str, str],
    volumes: PodVolumes,
    files: Mapping[str, bytes],
    image: ImageInfo,
    runtime: Runtime,
) -> ContainerConfig:
    """The runtime's configuration. Raises MissingError for a user that policy refuses or a mount of no volume."""
    meta = pod["metadata"]
    user, group = _identity(pod, container, image)
    security = container.get("securityContext") or {}
    limits = (container.get("resources") or {}).get("limits") or {}
    command, args = container.get("command"), container.get("args")
    return ContainerConfig(
        pod_uid=meta["uid"],
        pod_name=meta["name"],
        namespace=meta["namespace"],
        name=container["name"],
        hostname=hostname,
        pod_ip=address,
        image=container["image"],
        command=[expand(word, environment) for word in command] if command else None,
        args=[expand(word, environment) for word in args] if args else None,
        env=environment,
        working_dir=container.get("workingDir") or None,
        user=user,
        group=group,
        mounts=_mounts(pod, container, environment, volumes, runtime),
        files=files,
        stdin=bool(container.get("stdin")),
        stdin_once=bool(container.get("stdinOnce")),
        tty=bool(container.get("tty")),
        termination_message_path=container.get("terminationMessagePath") or "/dev/termination-log",
        read_only_root=bool(security.get("readOnlyRootFilesystem")),
        node=pod["spec"]["nodeName"],
        memory_limit=amount("memory", limits["memory"]) if "memory" in limits else None,
        stop_signal=(container.get("lifecycle") or {}).get("stopSignal"),
    )


def _identity(pod: Obj, container: Obj, image: ImageInfo) -> tuple[int | None, int | None]:
    """(user, group) to run as. Raises MissingError when runAsNonRoot forbids it."""
    security = {**(pod["spec"].get("securityContext") or {}), **(container.get("securityContext") or {})}
    user: int | None = security.get("runAsUser")
    group: int | None = security.get("runAsGroup")
    if security.get("runAsNonRoot"):
        meta = pod["metadata"]
        where = f'(pod: "{meta["name"]}_{meta["namespace"]}({meta["uid"]})", container: {container["name"]})'
        if user == 0:
            raise MissingError(f"container's runAsUser breaks non-root policy {where}")
        if user is None and image.user is None:
            name = image.user_name
            raise MissingError(
                f"container has runAsNonRoot and image has non-numeric user ({name}), "
                f"cannot verify user is non-root {where}"
            )
        if user is None and image.user == 0:
            raise MissingError(f"container has runAsNonRoot and image will run as root {where}")
    return user, group


def _mounts(
    pod: Obj, container: Obj, environment: Mapping[str, str], volumes: PodVolumes, runtime: Runtime
) -> list[Mount]:
    wanted = container.get("volumeMounts")
    if not wanted:
        return []
    kinds = {volume["name"]: volume for volume in pod["spec"].get("volumes") or ()}
    mounts = []
    for mount in wanted:
        volume = volumes.made.get(mount["name"])
        if volume is None:
            raise MissingError(f'cannot find volume "{mount["name"]}" to mount into container "{container["name"]}"')
        below = expand(mount["subPathExpr"], environment) if mount.get("subPathExpr") else mount.get("subPath") or ""
        projected = is_projected(kinds[mount["name"]])
        if below and projected:
            # A subPath is bound to the file that is there now: it does not follow updates.
            taken = {p: volume.read(p) or b"" for p in volume.paths() if p == below or p.startswith(f"{below}/")}
            volume = runtime.volume(taken)
        mounts.append(Mount(mount["mountPath"], volume, below, bool(mount.get("readOnly")) or projected))
    return mounts
