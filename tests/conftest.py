"""Fixtures that every test folder shares: the real small model, prepared once."""

import gc
import os
from pathlib import Path

import pytest
import structlog
import torch
from torch import nn

from feedback.database import migrate
from generation.base_copy import load_model
from generation.base_models import Base, prepare_base
from generation.versions import LoadedVersion, base_name, load_tokenizer, load_version
from tests.installed import SKIP, installed

# Set before torch is imported anywhere: tests share two cores with the services they start.
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

REPOSITORY = Path(__file__).parent.parent
_LAYERS = (*range(7), 27, 28, 29)  # Of the default model's 30: fewer would write one text for all prompts.


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        SKIP, action="store_true", help="Skip tests whose programs are not installed, instead of failing."
    )
    parser.addoption("--pictures", metavar="FOLDER", help="Where the pictures of the studio go.")


def pytest_configure() -> None:
    # Plain tracebacks, as the processes log them: the richer ones take seconds each to be drawn.
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], plain])


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
def shallow_base(base: Base, tmp_path_factory: pytest.TempPathFactory) -> Base:
    """The default model by some of its layers: it computes as the whole one does, in a third of the time."""
    folder = tmp_path_factory.mktemp("shallow") / "shallow"
    model = load_model(base, "cpu", torch.float32)
    model.model.layers = nn.ModuleList(model.model.layers[number] for number in _LAYERS)
    model.config.num_hidden_layers = len(_LAYERS)
    model.save_pretrained(str(folder))
    load_tokenizer(base).save_pretrained(str(folder))
    return prepare_base(str(folder), tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def whole(base: Base, tmp_path_factory: pytest.TempPathFactory) -> LoadedVersion:
    """The base model in float32, where sums do not depend on what else is in the batch (to 1e-5)."""
    return load_version(tmp_path_factory.mktemp("models"), base_name(base), base, "cpu", torch.float32)


@pytest.fixture(scope="session")
def live(shallow_base: Base, tmp_path_factory: pytest.TempPathFactory) -> LoadedVersion:
    """The same by some of its layers: where it does not matter how well it writes."""
    models: Path = tmp_path_factory.mktemp("models")
    return load_version(models, base_name(shallow_base), shallow_base, "cpu", torch.float32)


@pytest.fixture(scope="session")
def prepared_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with tables and no rows, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "prepared.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def promtool(request: pytest.FixtureRequest) -> str:
    """Prometheus' own checker."""
    return installed(request.config, ("promtool",), "make promtool")
