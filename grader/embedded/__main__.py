"""`python -m grader.embedded FOLDER`: serve the cluster of a folder until it is stopped or idle."""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import sys
from pathlib import Path


def main() -> int:
    """Serve; the last line on standard error says why a start failed."""
    parser = argparse.ArgumentParser(prog="python -m grader.embedded")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--name", default="labyard")
    parser.add_argument("--nodes", type=int, default=2)
    parser.add_argument("--no-kubelet", action="store_true")
    parser.add_argument("--idle", default="never", help="seconds without a request after which to end, or never")
    parser.add_argument("--clock", choices=("real", "fast"), default="real")
    parser.add_argument("--images", type=Path, action="append", default=[])
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")

    from grader.embedded.journal import JournalError
    from grader.embedded.process import ProcessError
    from grader.embedded.server import ServerOptions, serve

    gc.freeze()  # what was imported lives as long as the process: do not walk it again and again
    options = ServerOptions(
        folder=arguments.folder,
        name=arguments.name,
        nodes=arguments.nodes,
        kubelet=not arguments.no_kubelet,
        idle=None if arguments.idle == "never" else float(arguments.idle),
        clock=arguments.clock,
        images=arguments.images,
    )
    try:
        asyncio.run(serve(options))
    except (ProcessError, JournalError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
