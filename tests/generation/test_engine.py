"""The engine writes many texts at once, each as if it were alone."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
import torch

from generation.engine import EngineClosed, WritingFailed, WritingRequest
from generation.local_engine import LocalEngine
from generation.prompts import messages_for, render
from generation.sampling import GREEDY, Sampling
from generation.versions import LoadedVersion

THEMES = ("rain", "an old bridge over a river in the north", "bread", "the first snow of the year", "a cat")


def asked(theme: str, seed: int = 7, tokens: int = 24, sampling: Sampling = GREEDY) -> WritingRequest:
    return WritingRequest(messages_for("poem", theme), seed, tokens, sampling)


def alone(version: LoadedVersion, request: WritingRequest) -> str:
    """What transformers' own `generate` writes for one request by itself."""
    prompt = torch.tensor([render(version.tokenizer, request.messages)])
    written = version.model.generate(
        prompt, attention_mask=torch.ones_like(prompt), do_sample=False, max_new_tokens=request.max_new_tokens
    )
    return version.decode(written[0, prompt.shape[1] :].tolist()).strip()


def test_greedy_texts_of_a_mixed_batch_equal_generate_run_alone(
    engine: LocalEngine, live: LoadedVersion
) -> None:
    requests = [asked(theme, tokens=8 + 9 * i) for i, theme in enumerate(THEMES)]
    tickets = [engine.submit(request) for request in requests]
    assert [ticket.result(60).text for ticket in tickets] == [alone(live, request) for request in requests]


def test_a_text_that_joins_a_running_batch_equals_generate_run_alone(
    engine: LocalEngine, live: LoadedVersion
) -> None:
    first = engine.submit(asked("rain", tokens=40))
    next(iter(first.snapshots()))
    long_theme = "a very long train that crosses " + "one bridge after another " * 12
    late = [engine.submit(asked(theme)) for theme in (long_theme, "bread")]
    assert [t.result(60).text for t in late] == [alone(live, asked(theme)) for theme in (long_theme, "bread")]
    assert first.result(60).text == alone(live, asked("rain", tokens=40))


def test_the_same_seed_writes_the_same_text_whatever_else_is_in_the_batch(engine: LocalEngine) -> None:
    by_itself = engine.submit(asked("rain", sampling=Sampling())).result(60)
    crowd = [engine.submit(asked(theme, seed=i, sampling=Sampling())) for i, theme in enumerate(THEMES)]
    again = engine.submit(asked("rain", sampling=Sampling()))
    assert again.result(60).text == by_itself.text
    assert len({ticket.result(60).text for ticket in crowd}) == len(THEMES)


def test_another_seed_writes_another_text(engine: LocalEngine) -> None:
    texts = {
        engine.submit(asked("rain", seed=seed, sampling=Sampling())).result(60).text for seed in range(3)
    }
    assert len(texts) == 3


def test_snapshots_grow_into_the_text(engine: LocalEngine) -> None:
    ticket = engine.submit(asked("rain", tokens=30))
    seen = list(ticket.snapshots(every=0))
    text = ticket.result(60).text
    assert len(seen) > 5
    assert all(text.startswith(snapshot.strip()) for snapshot in seen)


def test_a_cancelled_text_stops_and_the_others_go_on(engine: LocalEngine) -> None:
    stopped, other = engine.submit(asked("rain", tokens=400)), engine.submit(asked("bread"))
    next(iter(stopped.snapshots()))
    stopped.cancel()
    assert stopped.result(60).finish_reason == "cancelled"
    assert other.result(60).finish_reason in {"stop", "length"}


def test_more_texts_than_fit_wait_and_are_all_written(live: LoadedVersion) -> None:
    narrow = LocalEngine(live, max_batch=2)
    tickets = [narrow.submit(asked(theme, tokens=6)) for theme in THEMES]
    assert all(ticket.result(60).tokens == 6 for ticket in tickets)
    narrow.close()


def test_requests_from_many_threads_are_all_written(engine: LocalEngine) -> None:
    with ThreadPoolExecutor(12) as pool:
        texts = list(
            pool.map(lambda i: engine.submit(asked("rain", seed=i, tokens=5)).result(90).text, range(12))
        )
    assert len(set(texts)) == 1


def test_a_swap_lets_texts_under_way_end_with_their_own_version(
    engine: LocalEngine, live: LoadedVersion
) -> None:
    before = engine.submit(asked("rain", tokens=40))
    next(iter(before.snapshots()))
    engine.install(replace(live, name="v0002"))
    after = engine.submit(asked("bread"))
    assert after.result(60).version == "v0002"
    assert before.result(60).version == live.name
    assert before.result(60).tokens == 40


def test_writing_ends_after_the_wanted_number_of_lines(engine: LocalEngine) -> None:
    request = replace(asked("rain", tokens=200), stop_after_lines=2)
    assert len([line for line in engine.submit(request).result(90).text.splitlines() if line.strip()]) <= 2


def test_a_closed_engine_says_so(live: LoadedVersion) -> None:
    closing = LocalEngine(live)
    under_way = closing.submit(asked("rain", tokens=400))
    closing.close()
    with pytest.raises(EngineClosed):
        under_way.result(10)
    with pytest.raises(EngineClosed):
        closing.submit(asked("rain"))


class Choking:
    """The real model, except that it cannot read one token."""

    def __init__(self, model: Any, token: int) -> None:
        self._model, self._token = model, token
        self.device, self.config = model.device, model.config

    def __call__(self, input_ids: torch.Tensor, **more: Any) -> Any:
        if (input_ids == self._token).any():
            raise RuntimeError("out of memory")
        return self._model(input_ids=input_ids, **more)


def test_a_prompt_that_cannot_be_read_fails_alone(live: LoadedVersion) -> None:
    token = live.tokenizer.encode(" zebra")[0]
    engine = LocalEngine(replace(live, model=Choking(live.model, token)))
    healthy = engine.submit(asked("rain", tokens=20))
    next(iter(healthy.snapshots()))
    poisoned = engine.submit(asked("a zebra"))
    with pytest.raises(WritingFailed):
        poisoned.result(60)
    assert healthy.result(60).text == alone(live, asked("rain", tokens=20))
    engine.close()
