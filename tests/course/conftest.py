"""A small lab to build on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

LAB = """\
apiVersion: labyard/v1
kind: Lab
metadata: {name: small, topic: kubernetes, title: A small lab}
spec:
  goal: What it is good for.
  parameters:
    replicas: {between: [3, 9], example: 5}
    color: {one_of: [red, green]}
  tasks:
    - id: run
      title: Run the pods
      text: Run __replicas__ pods of __color__ color.
      hints: [Use a deployment.]
      checks:
        - name: There are __replicas__ pods
          id: pods-run
          pods: {selector: app=web, count: __replicas__}
          within: 1m30s
        - name: They are ready
          pods: {selector: {app: web}, ready: true}
          needs: [pods-run]
          points: 3
"""


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a lab's folder: the small lab with texts replaced, and other files."""

    def write(*changes: tuple[str, str], files: dict[str, str] | None = None) -> Path:
        source = LAB
        for old, new in changes:
            assert old in source
            source = source.replace(old, new)
        folder = tmp_path / "kubernetes" / "01-small"
        for name, content in {"lab.yaml": source, **(files or {})}.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        return folder

    return write
