"""`lab new`"""

from __future__ import annotations

import re
from pathlib import Path

import click

from grader.cli.session import Cli
from grader.errors import UsageError, host_error
from grader.language import text


@click.command("new")
@click.argument("name")
@click.option("--topic", default="kubernetes", show_default=True)
@click.option("--number", type=click.IntRange(1, 99), default=1, show_default=True, help="Its place in the topic.")
@click.option(
    "--in", "root", type=click.Path(path_type=Path), default=Path("labs"), show_default=True, help="The labs folder."
)
@click.pass_obj
def command(cli: Cli, name: str, topic: str, number: int, root: Path) -> None:
    """Make the files of a lab called NAME: one that loads, to be filled with life and then proved."""
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        raise UsageError(
            text("{name} is no name for a lab.", name=name),
            text("Use lower-case words joined by hyphens, such as rolling-updates."),
        )
    folder = root / topic / f"{number:02d}-{name}"
    if folder.exists():
        raise UsageError(text("{folder} exists already.", folder=str(folder)), text("Choose another name or number."))
    try:
        for path, content in _files(name, topic, number).items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content, encoding="utf-8")
    except OSError as error:
        raise host_error(error) from error
    cli.say(text("Made {folder}. Fill it, then prove it:", folder=str(folder)), fg="green")
    cli.say(f"  lab verify {folder}")


def _files(name: str, topic: str, number: int) -> dict[str, str]:
    title = name.replace("-", " ").capitalize()
    manifest = _MANIFEST.format(name=name, topic=topic, title=title, lesson=f"{number:02d}-{name}")
    return {
        "lab.yaml": manifest,
        "lab.zh-TW.yaml": _TEXTS,
        "starter/pod.yaml": _POD,
        "solution/commands.sh": "kubectl apply -f pod.yaml\nkubectl wait pod/web --for=condition=Ready --timeout=60s\n",
        "mistakes/another-name/mistake.yaml": "about: Calls the pod something else.\nfails: [run]\nsays: [web]\n",
        "mistakes/another-name/commands.sh": "sed 's/name: web/name: wep/' pod.yaml | kubectl apply -f -\n",
        "mistakes/wrong-image/mistake.yaml": "about: Mistypes the image's name.\nfails: [run]\nsays: [ngnix]\n",
        "mistakes/wrong-image/commands.sh": "sed 's/image: nginx/image: ngnix/' pod.yaml | kubectl apply -f -\n",
    }


_MANIFEST = """\
apiVersion: labyard/v1
kind: Lab
metadata:
  name: {name}
  topic: {topic}
  title: {title}
  lesson: {lesson}
  minutes: 10
  difficulty: easy
spec:
  goal: |
    What the learner gets out of it.
  environment:
    cluster: {{nodes: 1}}
  tasks:
    - id: run
      title: Run a pod
      text: |
        Run a pod named `web` with the image `nginx`.
      hints:
        - The workspace has a manifest.
        - "`kubectl apply -f pod.yaml`"
      checks:
        - id: pod-ready
          name: The pod web is ready
          pods: {{pod: web, count: 1, ready: true}}
          within: 30s
        - id: its-image
          name: It runs nginx
          image: {{pod: web, running: nginx}}
          needs: [pod-ready]
"""

_TEXTS = """\
apiVersion: labyard/v1
kind: LabTexts
title: 執行 Pod
goal: |
  學習者會學到什麼。
tasks:
  run:
    title: 執行一個 Pod
    text: |
      用映像檔 `nginx` 執行一個名為 `web` 的 Pod。
    hints:
      - 工作目錄裡有一份 manifest。
      - "`kubectl apply -f pod.yaml`"
    checks:
      pod-ready: Pod web 已就緒
      its-image: 它執行 nginx
"""

_POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
    - name: nginx
      image: nginx
"""
