"""Small manifests."""

from __future__ import annotations

from typing import Any

from grader.embedded.objects import Obj


def template(image: str = "hellok8s:v1", app: str = "web", **spec: Any) -> Obj:
    return {"metadata": {"labels": {"app": app}}, "spec": {"containers": [{"name": "main", "image": image}], **spec}}


def deployment(name: str = "web", replicas: int = 3, image: str = "hellok8s:v1", **spec: Any) -> Obj:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": template(image, name),
            **spec,
        },
    }


def pod(name: str, **labels: str) -> Obj:
    meta = {"name": name, "labels": labels}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": template()["spec"]}
