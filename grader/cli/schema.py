"""`lab schema`"""

from __future__ import annotations

import json

import click


@click.command("schema")
@click.argument("file", type=click.Choice(["lab", "mistake", "texts"]), default="lab")
def command(file: str) -> None:
    """Print the JSON Schema of lab.yaml, mistake.yaml or lab.LANGUAGE.yaml, for editors."""
    from grader.course.schema import schema

    click.echo(json.dumps(schema(file), indent=2, ensure_ascii=False))
