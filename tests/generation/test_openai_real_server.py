"""The engine on a real OpenAI-compatible server: `transformers serve` with the real small model."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import httpx2
import pytest
import torch

from generation.base_models import Base
from generation.openai_engine import OpenAIEngine
from generation.openai_server import OpenAIServer, Patience, ServerAddress, ServerReport
from generation.versions import LoadedVersion
from tests.deadline import DEADLINE
from tests.generation.openai_running import engine_on
from tests.generation.test_engine import alone, asked

READY = 120.0  # Seconds: torch is imported, the model loaded.


@pytest.fixture(scope="session")
def address(base: Base, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerAddress]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    model, home = str(base.folder), tmp_path_factory.mktemp("serve")
    log = (home / "log").open("w")
    process = subprocess.Popen(  # noqa: S603 - an installed package's own command.
        [sys.executable, "-c", "from transformers.cli.transformers import main; main()", "serve", model,
         "--device", "cpu", "--dtype", "float32", "--port", port],
        env={**os.environ, "HF_HOME": str(home), "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"},
        stdout=log, stderr=log,
    )  # fmt: skip
    try:
        _until_ready(process, f"http://localhost:{port}/health")
        yield ServerAddress(f"http://localhost:{port}", model)
    finally:
        process.terminate()
        process.wait(30)
        log.close()


def _until_ready(process: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + READY
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx2.get(url).status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.1)  # Between looks; the answer decides.
    pytest.fail("transformers serve did not become ready")


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Two processes that both spin on all cores are ten times slower than two with one thread each."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def served(address: ServerAddress) -> Iterator[OpenAIEngine]:
    with engine_on(address.url, model=address.model, key=None, patience=Patience()) as engine:
        yield engine


def test_greedy_texts_of_a_real_server_equal_generate(served: OpenAIEngine, whole: LoadedVersion) -> None:
    written = served.submit(asked("rain", tokens=12)).result(DEADLINE)
    assert written.text == alone(whole, asked("rain", tokens=12))
    assert (written.tokens, written.finish_reason) == (12, "length")
    assert written.prompt_tokens > 20


def test_several_texts_at_once_are_each_written_as_if_alone(
    served: OpenAIEngine, whole: LoadedVersion
) -> None:
    requests = [asked(theme, tokens=8) for theme in ("rain", "bread", "an owl")]
    with ThreadPoolExecutor(3) as pool:
        texts = list(pool.map(lambda request: served.submit(request).result(DEADLINE).text, requests))
    assert texts == [alone(whole, request) for request in requests]


def test_the_text_of_a_real_server_is_watched_and_cut_after_its_lines(
    served: OpenAIEngine, whole: LoadedVersion
) -> None:
    request = replace(asked("rain", tokens=14), stop_after_lines=1)
    ticket = served.submit(request)
    seen = list(ticket.snapshots(every=0))
    text = ticket.result(DEADLINE).text
    assert len(seen) > 2
    assert text == alone(whole, request).split("\n")[0].strip()


def test_a_cancelled_text_makes_room_on_a_real_server(served: OpenAIEngine) -> None:
    """The server writes one text after the other: the second comes in time only if the first one stops."""
    long = served.submit(asked("rain", tokens=2000))
    next(iter(long.snapshots()))
    long.cancel()
    assert long.result(DEADLINE).finish_reason == "cancelled"
    assert served.submit(asked("bread", tokens=3)).result(DEADLINE).tokens == 3


async def test_a_real_server_that_lists_nothing_is_known_by_its_writing(address: ServerAddress) -> None:
    server = OpenAIServer(address)
    assert await server.look() == ServerReport(model=True, adapters=False)
    await server.close()
