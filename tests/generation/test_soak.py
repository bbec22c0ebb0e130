"""Hundreds of requests with random cancels and swaps: each ends once, by one version, and as if alone."""

import random

from generation.engine import Ticket, WritingRequest, Written
from generation.local_engine import LocalEngine
from generation.sampling import Sampling
from generation.versions import LoadedVersion
from tests.deadline import DEADLINE
from tests.generation.tiny import tiny_llama

REQUESTS = 300


def asked(draw: random.Random, number: int) -> WritingRequest:
    words = " ".join(draw.choices(("rain", "bread", "snow", "an old bridge"), k=draw.randint(1, 60)))
    return WritingRequest([{"role": "user", "content": words}], number, draw.randint(1, 40), Sampling())


def test_whatever_happens_every_text_is_its_own(live: LoadedVersion) -> None:
    versions = {f"v{i}": tiny_llama(f"v{i}", live.tokenizer, seed=i) for i in range(3)}
    draw = random.Random(5)
    engine = LocalEngine(versions["v0"], max_batch=12, cache_bytes=8 << 20)
    submitted: list[tuple[WritingRequest, Ticket, bool]] = []
    for number in range(REQUESTS):
        request, cancelled = asked(draw, number), draw.random() < 0.2
        ticket = engine.submit(request)
        submitted.append((request, ticket, cancelled))
        if cancelled:
            draw.choice(submitted)[1].cancel()
            ticket.cancel()
        if draw.random() < 0.05:
            engine.install(versions[draw.choice(list(versions))])
    written = [(request, ticket.result(120)) for request, ticket, _ in submitted]
    engine.close()
    whole = [(request, text) for request, text in written if text.finish_reason != "cancelled"]
    assert len(whole) > REQUESTS / 2
    assert len({text.version for _, text in whole}) == len(versions)
    for request, text in draw.sample(whole, 40):
        assert again(versions[text.version], request).text == text.text


def again(version: LoadedVersion, request: WritingRequest) -> Written:
    """The request alone in a fresh engine."""
    engine = LocalEngine(version, max_batch=1)
    written = engine.submit(request).result(DEADLINE)
    engine.close()
    return written
