"""The command `lab`: one file a verb, each imported when it is used. `main` is the entry point.

Verbs find, start and ask; how things are graded, kept and shown is the business of the rooms below.
"""

from __future__ import annotations


def main() -> None:
    """Run `lab` with the process' arguments and exit with its code.

    Being asked to end is taken as an interruption, so that scratch clusters are removed and nothing is lost.
    """
    import signal

    from grader.cli.main import run

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    raise SystemExit(run())
