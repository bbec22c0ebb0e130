"""Fixtures that every test folder shares: the real small model, prepared once."""

import gc
import os
import shutil
from pathlib import Path

import pytest
import torch

from feedback.database import migrate
from generation.base_models import Base, prepare_base
from generation.versions import LoadedVersion, base_name, load_version

# Set before torch is imported anywhere: tests share two cores with the services they start.
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

REPOSITORY = Path(__file__).parent.parent


def pytest_collection_finish() -> None:
    gc.freeze()  # What is imported stays: looking for garbage in it takes a third of a second each time.


@pytest.fixture(scope="session")
def base_cache() -> Path:
    """Where the prepared base model is kept between test runs, and by `make up`."""
    return REPOSITORY / ".rhapsode" / "base"


@pytest.fixture(scope="session")
def base(base_cache: Path) -> Base:
    """The default model, SmolLM2-135M-Instruct, as a verified folder."""
    return prepare_base("smollm2", base_cache)


@pytest.fixture(scope="session")
def live(base: Base, tmp_path_factory: pytest.TempPathFactory) -> LoadedVersion:
    """The base model in float32, where sums do not depend on what else is in the batch (to 1e-5)."""
    models: Path = tmp_path_factory.mktemp("models")
    return load_version(models, base_name(base), base, "cpu", torch.float32)


@pytest.fixture(scope="session")
def prepared_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with tables and no rows, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "prepared.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def promtool() -> str:
    """Prometheus' own checker (Debian: prometheus). Where it is missing, what it would check is skipped."""
    found = shutil.which("promtool")
    if found is None:
        pytest.skip("promtool is not installed: apt-get install prometheus")
    return found
