from __future__ import annotations

from time import perf_counter

from grader.embedded.schema.types import Schema, TypeInfo


def field_type(kind: TypeInfo, path: str) -> TypeInfo:
    for name in path.split("."):
        kind = kind.element if name == "*" else kind.fields[name].type
    return kind


def test_tables_know_lists_maps_and_merge_keys() -> None:
    kind = Schema.load().kind("apps/v1", "Deployment")
    assert kind is not None
    pod_spec = field_type(kind, "spec.template.spec")
    containers = pod_spec.fields["containers"]
    assert (containers.merge_key, containers.strategies) == ("name", {"merge"})
    assert containers.type.keys == ("name",)
    ports = field_type(pod_spec, "containers.*.ports")
    assert ports.keys == ("containerPort", "protocol")
    assert ports.key_defaults == {"protocol": "TCP"}
    assert field_type(pod_spec, "containers.*.command").atomic
    assert field_type(kind, "spec.selector").atomic
    assert field_type(kind, "metadata.finalizers").is_set
    assert pod_spec.fields["volumes"].strategies == {"merge", "retainKeys"}


def test_tables_know_what_go_makes_of_fields() -> None:
    kind = Schema.load().kind("apps/v1", "Deployment")
    assert kind is not None
    spec = kind.fields["spec"].type
    assert spec.text == "v1.DeploymentSpec"
    assert spec.fields["replicas"].pointer
    assert {field.name for field in spec.always} == {"selector", "strategy", "template"}


def test_every_served_kind_has_a_table() -> None:
    from grader.embedded.resources import Resources

    schema = Schema.load()
    for resource in Resources.builtin():
        assert schema.knows(resource.api_version, resource.kind), resource
        for sub in resource.subresources:
            version = f"{sub.group}/{sub.version}" if sub.group else sub.version
            assert sub.name in ("proxy", "attach", "exec", "portforward", "log") or schema.knows(version, sub.kind), sub


def test_all_tables_can_be_built() -> None:
    schema = Schema.load()
    seen: set[int] = set()
    waiting = [schema.kind(*name.rsplit("/", 1)) for name in schema.kinds()]
    while waiting:
        found = waiting.pop()
        if found is None or id(found) in seen:
            continue
        seen.add(id(found))
        waiting.append(found.element)
        waiting.extend(field.type for field in found.fields.values())
    assert len(seen) > 500


def test_unknown_kinds_have_none() -> None:
    assert Schema.load().kind("v1", "Nonsense") is None


def test_loading_is_quick() -> None:
    best = min(_timed() for _ in range(5))
    assert best < 0.03


def _timed() -> float:
    start = perf_counter()
    Schema.load()
    return perf_counter() - start
