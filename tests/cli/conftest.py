"""A home of a test's own, a small lab in it, and `lab` run in this process."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from grader.cli.main import run
from grader.embedded import process
from grader.workspace.state import State

LAB = """\
apiVersion: labyard/v1
kind: Lab
metadata: {name: small, topic: kubernetes, title: A small lab}
spec:
  goal: Two config maps are wanted.
  environment:
    cluster: {nodes: 1}
  parameters:
    color: {one_of: [red, green, blue], example: red}
  setup:
    manifests: [setup/given.yaml]
  tasks:
    - id: one
      title: Make the config map one
      text: Make a config map `one` with color __color__.
      hints: [Look at kubectl create configmap., "`kubectl create configmap one --from-literal=color=__color__`"]
      checks:
        - name: The config map one has its color
          id: one-there
          resource: {kind: ConfigMap, name: one, match: {data: {color: __color__}}}
          advice: Make it with kubectl create configmap.
    - id: two
      title: Make the config map two
      text: Make a config map `two`.
      hints: [The same again.]
      checks:
        - name: There is a config map two
          id: two-there
          resource: {kind: ConfigMap, name: two}
          needs: [one-there]
        - name: It was made with kubectl create
          command: {ran: ^kubectl create configmap two, wrote: {verb: create, resource: configmaps}}
          needs: [two-there]
"""

FILES = {
    "lab.yaml": LAB,
    "setup/given.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: given}\ndata: {color: __color__}\n",
    "starter/notes.txt": "The color is __color__.\n",
    "solution/commands.sh": (
        "kubectl create configmap one --from-literal=color=__color__\nkubectl create configmap two --from-literal=a=b\n"
    ),
    "mistakes/black/mistake.yaml": "about: Takes a color of its own.\nfails: [one, two]\nsays: [black]\n",
    "mistakes/black/commands.sh": "kubectl create configmap one --from-literal=color=black\n",
    "mistakes/half/mistake.yaml": "about: Forgets the second.\nfails: [two]\nsays: [there is no ConfigMap named two]\n",
    "mistakes/half/commands.sh": "kubectl create configmap one --from-literal=color=__color__\n",
}


@dataclass
class Result:
    """What one run of `lab` did."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


@dataclass
class Home:
    """A learner's home, and the lab that is in it."""

    root: Path
    lab: Path
    state: State
    _capture: pytest.CaptureFixture[str]

    def run(self, *arguments: str) -> Result:
        """Run `lab` and return what it did."""
        self._capture.readouterr()
        code = run(list(arguments))
        captured = self._capture.readouterr()
        return Result(code, captured.out, captured.err)

    @property
    def cluster(self) -> Path:
        return self.state.cluster("kubernetes/small")

    def kubectl(self, *arguments: str) -> None:
        """Run the recorded kubectl of the lab."""
        import os
        import subprocess

        variables = json.loads(self.run("env", "--output", "json").out)["variables"]
        subprocess.run(
            ["kubectl", *arguments], env={**os.environ, **variables}, check=True, capture_output=True, timeout=30
        )


@pytest.fixture
def write_lab(tmp_path: Path) -> Callable[..., Path]:
    """Write the small lab with other files put over it; None leaves a file out."""

    def write(files: dict[str, str | None] | None = None) -> Path:
        folder = tmp_path / "labs" / "kubernetes" / "01-small"
        for name, content in {**FILES, **(files or {})}.items():
            if content is not None:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_text(content, encoding="utf-8")
        return folder

    return write


@pytest.fixture
def home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write_lab: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> Iterator[Home]:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("LABYARD_LANG", "en")
    (tmp_path / "home").mkdir()
    monkeypatch.chdir(tmp_path)
    state = State(tmp_path / "state" / "labyard")
    yield Home(tmp_path / "home", write_lab(), state, capsys)
    for folder in (state.root / "clusters").glob("*/lock"):
        process.stop(folder.parent)
