"""What containers find in their environment, volumes and managed files."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.embedded.node.kubelet.expansion import expand
from grader.embedded.node.kubelet.fields import format_map, resource_of
from grader.embedded.node.kubelet.files import Dns, managed_files, resolv_conf
from grader.embedded.objects import Obj

WEB = {"name": "web", "image": "web"}


def _pod(volumes: Any = (), **more: Any) -> dict[str, Any]:
    return {"volumes": list(volumes), "containers": [{**WEB, **more}]}


def _env(cluster: Any) -> Any:
    return cluster.runtime.containers[-1].config.env


async def test_values_refer_to_what_came_before(cluster: Any) -> None:
    env = [
        {"name": "A", "value": "1"},
        {"name": "B", "value": "a=$(A) c=$(C) $$(A)"},
        {"name": "C", "value": "3"},
        {"name": "EMPTY"},
    ]
    await cluster.run(_pod(env=env, command=["echo", "$(B)"], args=["$(NOPE)", "$(C)"]))
    assert dict(_env(cluster)) == {"A": "1", "B": "a=1 c=$(C) $(A)", "C": "3", "EMPTY": ""}
    config = cluster.runtime.containers[-1].config
    assert list(config.command) == ["echo", "a=1 c=$(C) $(A)"]
    assert list(config.args) == ["$(NOPE)", "3"]


async def test_config_maps_and_secrets(cluster: Any) -> None:
    cluster.config_map("conf", {"color": "blue", "size": "big"})
    meta = {"name": "hidden", "namespace": "default"}
    data = {"password": base64.b64encode(b"pw").decode()}
    cluster.client.create("secrets", {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "data": data})
    env = [
        {"name": "COLOR", "valueFrom": {"configMapKeyRef": {"name": "conf", "key": "color"}}},
        {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "hidden", "key": "password"}}},
        {"name": "GONE", "valueFrom": {"configMapKeyRef": {"name": "no", "key": "x", "optional": True}}},
    ]
    sources = [{"prefix": "C_", "configMapRef": {"name": "conf"}}, {"secretRef": {"name": "no", "optional": True}}]
    await cluster.run(_pod(env=env, envFrom=sources))
    assert dict(_env(cluster)) == {"COLOR": "blue", "PASSWORD": "pw", "C_color": "blue", "C_size": "big"}


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ({"configMapKeyRef": {"name": "nope", "key": "k"}}, 'configmap "nope" not found'),
        ({"secretKeyRef": {"name": "nope", "key": "k"}}, 'secret "nope" not found'),
        ({"configMapKeyRef": {"name": "conf", "key": "k"}}, "couldn't find key k in ConfigMap default/conf"),
    ],
)
async def test_what_is_missing_is_told(cluster: Any, source: Obj, why: str) -> None:
    cluster.config_map("conf", {"color": "blue"})
    await cluster.run(_pod(env=[{"name": "X", "valueFrom": source}]))
    assert cluster.container()["state"]["waiting"] == {"reason": "CreateContainerConfigError", "message": why}
    assert cluster.messages("Failed") == [f"Error: {why}"]
    assert cluster.pod()["status"]["phase"] == "Pending"


async def test_a_missing_config_map_that_appears_lets_the_pod_start(cluster: Any) -> None:
    env = [{"name": "X", "valueFrom": {"configMapKeyRef": {"name": "nope", "key": "k"}}}]
    await cluster.run(_pod(env=env))
    cluster.config_map("nope", {"k": "v"})
    await cluster.clock.settle()
    assert cluster.ready()
    assert _env(cluster)["X"] == "v"


async def test_fields_and_resources(cluster: Any) -> None:
    def field(path: str) -> Obj:
        return {"valueFrom": {"fieldRef": {"fieldPath": path}}}

    def resource(name: str, divisor: str = "0") -> Obj:
        return {"valueFrom": {"resourceFieldRef": {"resource": name, "divisor": divisor}}}

    env = [
        {"name": "NAME", **field("metadata.name")},
        {"name": "NODE", **field("spec.nodeName")},
        {"name": "IP", **field("status.podIP")},
        {"name": "HOST", **field("status.hostIP")},
        {"name": "LABEL", **field("metadata.labels['app']")},
        {"name": "CPU", **resource("requests.cpu")},
        {"name": "CPU_M", **resource("requests.cpu", "1m")},
        {"name": "MEMORY", **resource("limits.memory", "1Mi")},
        {"name": "FREE", **resource("limits.cpu")},
    ]
    resources = {"requests": {"cpu": "250m"}, "limits": {"memory": "64Mi"}}
    await cluster.run(_pod(env=env, resources=resources), labels={"app": "shop"})
    found = dict(_env(cluster))
    assert found.pop("IP") == cluster.pod()["status"]["podIP"]
    assert found == {
        "NAME": "web",
        "NODE": "one",
        "HOST": "172.18.0.2",
        "LABEL": "shop",
        "CPU": "1",
        "CPU_M": "250",
        "MEMORY": "64",
        "FREE": "4",
    }


def _service(name: str, address: str, *ports: Obj) -> Obj:
    meta = {"name": name, "namespace": "default"}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": meta,
        "spec": {"clusterIP": address, "ports": list(ports)},
    }


async def test_services_are_in_the_environment_as_links(cluster: Any) -> None:
    http, https = {"name": "http", "port": 80, "protocol": "TCP"}, {"name": "https", "port": 443, "protocol": "TCP"}
    cluster.client.create("services", _service("my-svc", "10.96.0.9", http, https))
    cluster.client.create("services", _service("headless", "None", http))
    await cluster.run(_pod())
    assert dict(_env(cluster)) == {
        "MY_SVC_SERVICE_HOST": "10.96.0.9",
        "MY_SVC_SERVICE_PORT": "80",
        "MY_SVC_SERVICE_PORT_HTTP": "80",
        "MY_SVC_SERVICE_PORT_HTTPS": "443",
        "MY_SVC_PORT": "tcp://10.96.0.9:80",
        "MY_SVC_PORT_80_TCP": "tcp://10.96.0.9:80",
        "MY_SVC_PORT_80_TCP_PROTO": "tcp",
        "MY_SVC_PORT_80_TCP_PORT": "80",
        "MY_SVC_PORT_80_TCP_ADDR": "10.96.0.9",
        "MY_SVC_PORT_443_TCP": "tcp://10.96.0.9:443",
        "MY_SVC_PORT_443_TCP_PROTO": "tcp",
        "MY_SVC_PORT_443_TCP_PORT": "443",
        "MY_SVC_PORT_443_TCP_ADDR": "10.96.0.9",
    }
    await cluster.run({**_pod(), "enableServiceLinks": False}, name="unlinked")
    assert dict(_env(cluster)) == {}


async def test_volumes_hold_what_their_sources_say(cluster: Any) -> None:
    cluster.config_map("conf", {"a": "1", "b": "2"})
    volumes = [
        {"name": "conf", "configMap": {"name": "conf", "items": [{"key": "a", "path": "sub/a.txt", "mode": 0o600}]}},
        {"name": "tmp", "emptyDir": {}},
        {
            "name": "all",
            "projected": {
                "sources": [
                    {"serviceAccountToken": {"path": "token"}},
                    {"configMap": {"name": "conf"}},
                    {"downwardAPI": {"items": [{"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}}]}},
                ]
            },
        },
    ]
    mounts = [{"name": v["name"], "mountPath": f"/{v['name']}"} for v in volumes]
    await cluster.run(_pod(volumes, volumeMounts=mounts), labels={"app": "shop"})
    config = cluster.runtime.containers[-1].config
    found = {m.path: m for m in config.mounts}
    assert dict(found["/conf"].volume.files) == {"sub/a.txt": b"1"}
    assert found["/conf"].volume.modes == {"sub/a.txt": 0o600}
    assert found["/conf"].read_only
    assert not found["/tmp"].read_only
    assert cluster.tokens == 0  # signed only when somebody looks
    assert dict(found["/all"].volume.files) == {
        "token": b"default/default/web",
        "a": b"1",
        "b": b"2",
        "labels": b'app="shop"',
    }
    assert cluster.tokens == 1


async def test_a_changed_config_map_reaches_running_pods_but_no_sub_path(cluster: Any) -> None:
    cluster.config_map("conf", {"a": "1"})
    mounts = [{"name": "conf", "mountPath": "/conf"}, {"name": "conf", "mountPath": "/a", "subPath": "a"}]
    await cluster.run(_pod([{"name": "conf", "configMap": {"name": "conf"}}], volumeMounts=mounts))
    whole, part = cluster.runtime.containers[-1].config.mounts
    cluster.change("configmaps", "conf", data={"a": "2"})
    await cluster.clock.advance(5)
    assert whole.volume.read("a") == b"1"
    await cluster.clock.advance(60)
    assert whole.volume.read("a") == b"2"
    assert part.volume.read("a") == b"1"


async def test_a_volume_that_cannot_be_mounted_is_told_and_tried_again(cluster: Any) -> None:
    await cluster.run(_pod([{"name": "conf", "configMap": {"name": "c"}}]))
    assert cluster.messages("FailedMount") == ['MountVolume.SetUp failed for volume "conf" : configmap "c" not found']
    assert cluster.container()["state"] == {"waiting": {"reason": "ContainerCreating"}}
    cluster.config_map("c", {})
    await cluster.clock.settle()
    assert cluster.ready()


async def test_kinds_of_volumes_that_are_not_simulated_are_refused(cluster: Any) -> None:
    await cluster.run(_pod([{"name": "share", "nfs": {"server": "x", "path": "/"}}]))
    assert "volumes of kind nfs are not available" in cluster.messages("FailedMount")[0]


async def test_persistent_volumes_outlive_pods(cluster: Any) -> None:
    meta = {"name": "data", "namespace": "default"}
    spec = {"volumeName": "pv"}
    cluster.client.create(
        "persistentvolumes", {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "pv"}, "spec": {}}
    )
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": meta, "spec": spec}
    cluster.client.create("persistentvolumeclaims", {**claim, "status": {"phase": "Bound"}})
    pod = _pod(
        [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}],
        volumeMounts=[{"name": "data", "mountPath": "/data"}],
    )
    await cluster.run(pod)
    cluster.runtime.containers[-1].config.mounts[0].volume.write("x", b"kept")
    cluster.client.delete("pods", "default", "web")
    await cluster.clock.settle()
    await cluster.run(pod, name="next")
    assert cluster.runtime.containers[-1].config.mounts[0].volume.read("x") == b"kept"


async def test_run_as_non_root_is_kept(cluster: Any) -> None:
    await cluster.run({**_pod(), "securityContext": {"runAsNonRoot": True}})
    waiting = cluster.container()["state"]["waiting"]
    assert waiting["reason"] == "CreateContainerConfigError"
    assert waiting["message"].startswith("container has runAsNonRoot and image will run as root (pod: ")
    await cluster.run({**_pod(), "securityContext": {"runAsNonRoot": True, "runAsUser": 1000}}, name="user")
    assert cluster.ready("user")
    assert cluster.runtime.containers[-1].config.user == 1000


def _plain(**spec: Any) -> Obj:
    return {"metadata": {"name": "web-0", "namespace": "shop"}, "spec": spec}


def test_managed_files_name_the_pod() -> None:
    files = managed_files(_plain(), "10.244.0.5", Dns(), "one")
    assert files["/etc/hostname"] == b"web-0\n"
    assert files["/etc/hosts"].startswith(b"# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n")
    assert files["/etc/hosts"].endswith(b"10.244.0.5\tweb-0\n")
    assert files["/etc/resolv.conf"] == (
        b"search shop.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n"
    )


def test_subdomains_and_aliases_are_in_the_hosts_file() -> None:
    aliases = [{"ip": "1.2.3.4", "hostnames": ["a.test", "b.test"]}]
    pod = _plain(hostname="web-0", subdomain="web", hostAliases=aliases)
    hosts = managed_files(pod, "10.244.0.5", Dns(), "one")["/etc/hosts"].decode()
    assert "10.244.0.5\tweb-0.web.shop.svc.cluster.local\tweb-0\n" in hosts
    assert hosts.endswith("\n# Entries added by HostAliases.\n1.2.3.4\ta.test\tb.test\n")


def test_dns_policies() -> None:
    config = {
        "nameservers": ["1.1.1.1"],
        "searches": ["x.test"],
        "options": [{"name": "ndots", "value": "2"}, {"name": "rotate"}],
    }
    assert resolv_conf(_plain(dnsPolicy="None", dnsConfig=config), Dns()) == (
        "search x.test\nnameserver 1.1.1.1\noptions ndots:2 rotate\n"
    )
    assert resolv_conf(_plain(dnsPolicy="Default"), Dns()) == "nameserver 10.0.0.2\n"
    assert "nameserver 10.96.0.10\nnameserver 1.1.1.1\n" in resolv_conf(_plain(dnsConfig=config), Dns())


def test_maps_are_formatted_as_go_quotes() -> None:
    assert format_map({"b": 'say "hi"\n', "a": "1"}) == 'a="1"\nb="say \\"hi\\"\\n"'


def test_resources_are_divided_and_rounded_up() -> None:
    container = {"resources": {"limits": {"memory": "100Mi"}}}
    assert resource_of({"resource": "limits.memory", "divisor": "1Gi"}, container, {}) == "1"
    assert resource_of({"resource": "requests.cpu"}, container, {}) == "0"


@given(st.text(alphabet="$()AB x", max_size=30))
def test_expansion_leaves_what_it_does_not_know(text: str) -> None:
    plain = text.replace("$", "")
    assert expand(plain, {"A": "1"}) == plain
    assert expand(f"{plain}$(A){plain}$(C)", {"A": "1"}) == f"{plain}1{plain}$(C)"
