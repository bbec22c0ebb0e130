"""The real small model in memory, once, and an engine on it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from generation.base_models import Base
from generation.local_engine import LocalEngine
from generation.versions import LoadedVersion, base_name, load_version


@pytest.fixture(scope="session")
def live(base: Base, tmp_path_factory: pytest.TempPathFactory) -> LoadedVersion:
    """The base model in float32, where sums do not depend on what else is in the batch (to 1e-5)."""
    models: Path = tmp_path_factory.mktemp("models")
    return load_version(models, base_name(base), base, "cpu", torch.float32)


@pytest.fixture
def engine(live: LoadedVersion) -> Iterator[LocalEngine]:
    running = LocalEngine(live, max_batch=8)
    yield running
    running.close()
