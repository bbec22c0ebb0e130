"""An engine on the real small model."""

from collections.abc import Iterator

import pytest

from generation.local_engine import LocalEngine
from generation.versions import LoadedVersion


@pytest.fixture
def engine(live: LoadedVersion) -> Iterator[LocalEngine]:
    running = LocalEngine(live, max_batch=8)
    yield running
    running.close()
