"""Prints the figures of the design, each beside an alternative measured in the same run.

Nothing here fails for being slow: read the numbers. `python -m bench start check` runs those only.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.api import requests_a_second
from bench.checking import five_checks
from bench.measure import Figure, table
from bench.replicas import replicas_to_ready
from bench.starting import start_to_usable

SECTIONS: dict[str, Callable[[Path], list[Figure]]] = {
    "start": start_to_usable,
    "check": five_checks,
    "replicas": replicas_to_ready,
    "api": requests_a_second,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("sections", nargs="*", choices=[*SECTIONS, []], help="all when none is named")
    wanted = parser.parse_args().sections or list(SECTIONS)
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="labyard-bench-") as folder:
        for name in wanted:
            figures += SECTIONS[name](Path(folder))
    print(table(figures))


if __name__ == "__main__":
    main()
