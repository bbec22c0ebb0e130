"""Engines: one on the real small model, one on a fake server."""

from collections.abc import Iterator

import pytest
from transformers import PreTrainedTokenizerBase

from generation.base_models import Base
from generation.local_engine import LocalEngine
from generation.openai_engine import OpenAIEngine
from generation.versions import LoadedVersion, load_tokenizer
from tests.fakes.vllm import FakeVllm
from tests.generation.openai_running import engine_on


@pytest.fixture
def engine(live: LoadedVersion) -> Iterator[LocalEngine]:
    running = LocalEngine(live, max_batch=8)
    yield running
    running.close()


@pytest.fixture
def tokenizer_without_template(base: Base) -> PreTrainedTokenizerBase:
    tokenizer = load_tokenizer(base)
    tokenizer.chat_template = None
    return tokenizer


@pytest.fixture
def vllm() -> Iterator[FakeVllm]:
    with FakeVllm() as server:
        yield server
    assert server.wrongs == []


@pytest.fixture
def remote(vllm: FakeVllm) -> Iterator[OpenAIEngine]:
    with engine_on(vllm.url) as engine:
        yield engine
