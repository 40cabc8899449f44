"""What tests of several rooms share: an embedded cluster, started once and kept for the session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from grader.embedded import process


@pytest.fixture(scope="session")
def fast_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[process.Running]:
    """A cluster whose clock runs ahead."""
    folder = tmp_path_factory.mktemp("cluster") / "fast"
    running = process.start(folder, name="tests", clock="fast", idle=600)
    yield running
    process.stop(folder, remove=True)
