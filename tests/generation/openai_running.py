"""An engine on the fake vLLM, and what tests ask of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from generation.adapter_shelf import ServedVersion
from generation.engine import CHAMPION, WritingRequest
from generation.openai_engine import OpenAIEngine
from generation.openai_server import Patience, ServerAddress
from generation.prompts import ChatMessage
from generation.sampling import GREEDY, Sampling
from tests.fakes.vllm import BASE, KEY, FakeVllm

QUICK = Patience(connect=2, silence=5, whole=20, adapter=5, settle=0.1, attempts=3)
BASE_VERSION = ServedVersion("base-1")


@contextmanager
def engine_on(
    url: str, *, model: str = BASE, key: str | None = KEY, patience: Patience = QUICK, **more: Any
) -> Iterator[OpenAIEngine]:
    more.setdefault("spare", 1)
    engine = OpenAIEngine(ServerAddress(url, model, key), BASE_VERSION, patience=patience, **more)
    try:
        yield engine
    finally:
        engine.close()


def asked(
    content: str = "rain",
    *,
    tokens: int = 100,
    sampling: Sampling = GREEDY,
    lines: int | None = None,
    slot: str = CHAMPION,
) -> WritingRequest:
    messages: list[ChatMessage] = [{"role": "user", "content": content}]
    return WritingRequest(messages, 7, tokens, sampling, lines, slot)


def adapter(folder: Path, name: str) -> ServedVersion:
    """A version whose folder is there."""
    (folder / name).mkdir()
    (folder / name / "adapter_config.json").write_text("{}")
    return ServedVersion(name, str(folder / name))


def contents(vllm: FakeVllm) -> list[str]:
    return [message["content"] for body in vllm.asked for message in body["messages"]]
