"""The engine writes many texts at once, each as if it were alone."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from threading import Thread
from time import monotonic
from typing import Any

import pytest
import torch

from generation import running_batch
from generation.engine import CANARY, CHAMPION, EngineClosed, EngineFull, WritingFailed, WritingRequest
from generation.errand import Slices
from generation.forms import FORMS
from generation.lane import Job, Lane
from generation.local_engine import LocalEngine
from generation.packed_pass import PackedPass
from generation.prompts import messages_for, render
from generation.running_batch import Row
from generation.sampling import GREEDY, Sampling
from generation.schedule import UNHURRIED
from generation.text_cache import BLOCK, Shelves, TextState
from generation.token_choice import Draw, choose
from generation.versions import LoadedVersion
from tests.deadline import DEADLINE
from tests.generation.wrapped import Wrapped

THEMES = ("rain", "an old bridge over a river in the north", "bread", "the first snow of the year", "a cat")


def asked(theme: str, seed: int = 7, tokens: int = 8, sampling: Sampling = GREEDY) -> WritingRequest:
    return WritingRequest(messages_for(FORMS["poem"], theme), seed, tokens, sampling)


def alone(version: LoadedVersion, request: WritingRequest) -> str:
    """What transformers' own `generate` writes for one request by itself."""
    prompt = torch.tensor([render(version.tokenizer, request.messages)], device=version.model.device)
    written = version.model.generate(
        prompt, attention_mask=torch.ones_like(prompt), do_sample=False, max_new_tokens=request.max_new_tokens
    )
    return version.decode(written[0, prompt.shape[1] :].tolist()).strip()


def test_greedy_texts_of_a_mixed_batch_equal_generate_run_alone(whole: LoadedVersion) -> None:
    engine = LocalEngine(whole, max_batch=8)
    requests = [asked(theme, tokens=4 + 4 * i) for i, theme in enumerate(THEMES)]
    tickets = [engine.submit(request) for request in requests]
    texts = [ticket.result(DEADLINE).text for ticket in tickets]
    assert texts == [alone(whole, request) for request in requests]
    engine.close()


def test_a_text_that_joins_a_running_batch_equals_generate_run_alone(
    engine: LocalEngine, live: LoadedVersion
) -> None:
    first = engine.submit(asked("rain", tokens=20))
    next(iter(first.snapshots(every=0)))
    long_theme = "a very long train that crosses " + "one bridge after another " * 12
    late = [engine.submit(asked(theme)) for theme in (long_theme, "bread")]
    texts = [ticket.result(DEADLINE).text for ticket in late]
    assert texts == [alone(live, asked(theme)) for theme in (long_theme, "bread")]
    assert first.result(DEADLINE).text == alone(live, asked("rain", tokens=20))


def test_the_same_seed_writes_the_same_text_whatever_else_is_in_the_batch(engine: LocalEngine) -> None:
    by_itself = engine.submit(asked("rain", sampling=Sampling())).result(DEADLINE)
    crowd = [engine.submit(asked(theme, seed=i, sampling=Sampling())) for i, theme in enumerate(THEMES)]
    again = engine.submit(asked("rain", sampling=Sampling()))
    assert again.result(DEADLINE).text == by_itself.text
    assert len({ticket.result(DEADLINE).text for ticket in crowd}) == len(THEMES)


def test_another_seed_writes_another_text(engine: LocalEngine) -> None:
    tickets = [engine.submit(asked("rain", seed=seed, sampling=Sampling())) for seed in range(3)]
    assert len({ticket.result(DEADLINE).text for ticket in tickets}) == 3


def test_snapshots_grow_into_the_text(engine: LocalEngine) -> None:
    ticket = engine.submit(asked("rain", tokens=16))
    seen = list(ticket.snapshots(every=0))
    text = ticket.result(DEADLINE).text
    assert len(seen) > 5
    assert all(text.startswith(snapshot.strip()) for snapshot in seen)


def test_a_cancelled_text_stops_and_the_others_go_on(engine: LocalEngine) -> None:
    stopped, other = engine.submit(asked("rain", tokens=400)), engine.submit(asked("bread"))
    next(iter(stopped.snapshots()))
    stopped.cancel()
    assert stopped.result(DEADLINE).finish_reason == "cancelled"
    assert other.result(DEADLINE).finish_reason in {"stop", "length"}


def test_more_texts_than_fit_wait_and_are_all_written(live: LoadedVersion) -> None:
    narrow = LocalEngine(live, max_batch=2)
    tickets = [narrow.submit(asked(theme, tokens=6)) for theme in THEMES]
    assert all(ticket.result(DEADLINE).tokens == 6 for ticket in tickets)
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
    before = engine.submit(asked("rain", tokens=16))
    next(iter(before.snapshots(every=0)))
    engine.install(replace(live, name="v0002"))
    after = engine.submit(asked("bread"))
    assert after.result(DEADLINE).version == "v0002"
    assert before.result(DEADLINE).version == live.name
    assert before.result(DEADLINE).tokens == 16


def test_a_long_prompt_of_a_new_version_holds_up_no_text_of_the_old_one(
    engine: LocalEngine, live: LoadedVersion
) -> None:
    widths: list[int] = []
    watching = live.model.register_forward_pre_hook(
        lambda _, __, inputs: widths.append(inputs["input_ids"].shape[1]), with_kwargs=True
    )
    draining = engine.submit(asked("rain", tokens=200))
    assert [snapshot for snapshot, _ in zip(draining.snapshots(every=0), range(8), strict=False)]
    engine.install(replace(live, name="v0002"))
    widths.clear()
    engine.submit(asked("a train over " + "one bridge after another, " * 60, tokens=1)).result(DEADLINE)
    watching.remove()
    draining.cancel()
    assert max(widths) < UNHURRIED / 2
    engine.close()


def test_writing_ends_after_the_wanted_number_of_lines(whole: LoadedVersion) -> None:
    engine = LocalEngine(whole)
    request = replace(asked("rain", tokens=200), stop_after_lines=2)
    assert len([line for line in engine.submit(request).result(90).text.splitlines() if line.strip()]) <= 2
    engine.close()


def test_a_closed_engine_says_so(live: LoadedVersion) -> None:
    closing = LocalEngine(live)
    under_way = closing.submit(asked("rain", tokens=400))
    closing.close()
    with pytest.raises(EngineClosed):
        under_way.result(DEADLINE)
    with pytest.raises(EngineClosed):
        closing.submit(asked("rain"))


class Choking(Wrapped):
    """The real model, except that it cannot read one token."""

    def __init__(self, model: Any, token: int) -> None:
        super().__init__(model)
        self._token = token

    def __call__(self, input_ids: torch.Tensor, **more: Any) -> Any:
        if (input_ids == self._token).any():
            raise torch.OutOfMemoryError("no memory is left")
        return self._model(input_ids=input_ids, **more)


def test_a_prompt_that_cannot_be_read_fails_alone(live: LoadedVersion) -> None:
    choking = Choking(live.model, live.tokenizer.encode(" zebra")[0])
    engine = LocalEngine(
        replace(live, runnable=replace(live.runnable, new_pass=partial(PackedPass, choking)))
    )
    healthy = engine.submit(asked("rain", tokens=12))
    next(iter(healthy.snapshots(every=0)))
    poisoned = engine.submit(asked("a zebra"))
    with pytest.raises(WritingFailed):
        poisoned.result(DEADLINE)
    assert healthy.result(DEADLINE).text == alone(live, asked("rain", tokens=12))
    engine.close()


class BreakingOff(Wrapped):
    """The real model, except that its first pass over one token ends after the first of its layers."""

    def __init__(self, model: Any, token: int) -> None:
        super().__init__(model)
        self._token, self._breaks = token, 1

    def __call__(self, input_ids: torch.Tensor, **more: Any) -> Any:
        if (input_ids == self._token).any() and self._breaks:
            self._breaks -= 1
            hook = self._model.model.layers[1].register_forward_pre_hook(self._stop)
            try:
                return self._model(input_ids=input_ids, **more)
            finally:
                hook.remove()
        return self._model(input_ids=input_ids, **more)

    def _stop(self, *_: Any) -> None:
        raise torch.OutOfMemoryError("no memory is left")


def test_what_a_failed_text_has_read_is_not_reused(live: LoadedVersion) -> None:
    breaking = BreakingOff(live.model, live.tokenizer.encode(" zebra")[0])
    engine = LocalEngine(
        replace(live, runnable=replace(live.runnable, new_pass=partial(PackedPass, breaking)))
    )
    with pytest.raises(WritingFailed):
        engine.submit(asked("a zebra")).result(DEADLINE)
    assert engine.submit(asked("a zebra")).result(DEADLINE).text == alone(live, asked("a zebra"))
    engine.close()


@pytest.mark.parametrize("sampling", [GREEDY, Sampling()])
def test_without_memory_for_all_texts_at_once_each_next_word_is_chosen_alone_and_is_the_same(
    live: LoadedVersion, monkeypatch: pytest.MonkeyPatch, sampling: Sampling
) -> None:
    def narrow(logits: torch.Tensor, draws: Sequence[Draw], *more: frozenset[int]) -> list[int | None]:
        chosen = choose(logits, draws, *more)
        if len(draws) > 1:
            raise torch.OutOfMemoryError("no memory is left")
        return chosen

    engine = LocalEngine(live)
    requests = [asked(theme, tokens=5, sampling=sampling) for theme in THEMES[:2]]
    expected = [engine.submit(request).result(DEADLINE).text for request in requests]
    monkeypatch.setattr(running_batch, "choose", narrow)
    tickets = [engine.submit(request) for request in requests]
    assert [ticket.result(DEADLINE).text for ticket in tickets] == expected
    engine.close()


def test_a_text_without_room_on_its_shelf_fails_alone(
    live: LoadedVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = Shelves.put

    def full(shelves: Shelves, text: TextState) -> None:
        if text.need > 1000:
            raise torch.OutOfMemoryError("no memory is left")
        put(shelves, text)

    monkeypatch.setattr(Shelves, "put", full)
    engine = LocalEngine(live)
    long, short = engine.submit(asked("bread", tokens=1000)), engine.submit(asked("rain"))
    with pytest.raises(WritingFailed, match="no memory"):
        long.result(DEADLINE)
    assert short.result(DEADLINE).text == alone(live, asked("rain"))
    engine.close()


class Nonsense(Wrapped):
    """The real model, except that its logits are no numbers where it has read one token."""

    def __init__(self, model: Any, token: int) -> None:
        super().__init__(model)
        self._token = token

    def __call__(self, input_ids: torch.Tensor, logits_to_keep: torch.Tensor, **more: Any) -> Any:
        output = self._model(input_ids=input_ids, logits_to_keep=logits_to_keep, **more)
        output.logits[0, input_ids[0][logits_to_keep] == self._token] = float("nan")
        return output


def test_logits_that_are_no_numbers_fail_their_text_alone(whole: LoadedVersion) -> None:
    bread, rain = (whole.tokenizer.encode(alone(whole, asked(theme))) for theme in ("bread", "rain"))
    nonsense = Nonsense(whole.model, next(token for token in bread if token not in rain))
    engine = LocalEngine(
        replace(whole, runnable=replace(whole.runnable, new_pass=partial(PackedPass, nonsense)))
    )
    failing, other = engine.submit(asked("bread")), engine.submit(asked("rain"))
    with pytest.raises(WritingFailed, match="not finite"):
        failing.result(DEADLINE)
    assert other.result(DEADLINE).text == alone(whole, asked("rain"))
    engine.close()


def test_a_prompt_that_cannot_fit_is_refused_and_the_rest_is_written_within_the_budget(
    live: LoadedVersion,
) -> None:
    engine = LocalEngine(live, cache_bytes=live.runnable.cache_for(300))
    with pytest.raises(WritingFailed, match=r"does not fit: cache_mb has to be \d+"):
        engine.submit(asked("rain", tokens=4000))
    tickets = [engine.submit(asked(theme, tokens=6)) for theme in THEMES]
    assert [ticket.result(DEADLINE).tokens for ticket in tickets] == [6] * len(THEMES)
    engine.close()


def test_a_text_ends_where_the_models_context_ends(live: LoadedVersion) -> None:
    prompt = len(render(live.tokenizer, asked("rain").messages))
    engine = LocalEngine(replace(live, context=prompt + 5))
    written = engine.submit(asked("rain", tokens=50)).result(DEADLINE)
    assert (written.tokens, written.finish_reason) == (5, "length")
    with pytest.raises(WritingFailed, match="context"):
        engine.submit(asked("rain and snow and wind and sun and hail"))
    engine.close()


def test_more_than_the_queue_holds_is_refused_in_so_many_words(live: LoadedVersion) -> None:
    engine = LocalEngine(live, max_batch=1, max_waiting=1)
    first = engine.submit(asked("rain", tokens=20))
    next(iter(first.snapshots(every=0)))
    second = engine.submit(asked("bread", tokens=4))
    with pytest.raises(EngineFull):
        engine.submit(asked("snow"))
    assert second.result(DEADLINE).tokens == 4
    engine.close()


def test_what_came_first_is_written_first_whichever_version_writes_it(live: LoadedVersion) -> None:
    engine = LocalEngine(live, max_batch=1)
    engine.install(replace(live, name="v0002"), CANARY)
    first = engine.submit(asked("rain", tokens=12))
    next(iter(first.snapshots(every=0)))
    begun, tickets = [], []
    for slot in (CHAMPION, CANARY) * 3:
        begun.append(monotonic())
        tickets.append(engine.submit(replace(asked("bread", tokens=2), slot=slot)))
    ended = [at + ticket.result(DEADLINE).total_ms / 1000 for at, ticket in zip(begun, tickets, strict=True)]
    assert ended == sorted(ended)
    engine.close()


def test_a_text_that_is_cancelled_while_it_waits_makes_room_at_once(live: LoadedVersion) -> None:
    engine = LocalEngine(live, max_batch=1, max_waiting=1)
    first = engine.submit(asked("rain", tokens=400))
    next(iter(first.snapshots()))
    waiting = engine.submit(asked("bread"))
    waiting.cancel()
    assert (waiting.result(0).finish_reason, waiting.result(0).text) == ("cancelled", "")
    engine.submit(asked("snow"))
    with pytest.raises(TimeoutError):
        first.result(0)
    engine.close()


def test_a_resting_version_makes_room_for_a_text_that_needs_all_of_it(live: LoadedVersion) -> None:
    engine = LocalEngine(live, cache_bytes=live.runnable.cache_for(3000))
    engine.install(replace(live, name="v0002"), CANARY)
    engine.submit(replace(asked("rain", tokens=2), slot=CANARY)).result(DEADLINE)
    large = engine.submit(asked("bread", tokens=2500))
    assert next(iter(large.snapshots(every=0)))
    large.cancel()
    engine.close()


def test_a_lane_that_rests_counts_what_it_keeps_until_it_gives_it_back(live: LoadedVersion) -> None:
    lane = Lane(live, 16 << 30)
    job = Job(Row(render(live.tokenizer, asked("rain").messages), Draw(GREEDY, 1), 2))
    assert lane.bytes == 0
    lane.waiting.append(job)
    lane.admit(1)
    while not lane.idle:
        lane.turn(0)
    assert lane.bytes == -(-len(job.row.prompt) // BLOCK) * BLOCK * live.runnable.bytes_per_token
    lane.rest()
    assert lane.bytes == 0


def test_a_canary_writes_beside_the_champion(engine: LocalEngine, live: LoadedVersion) -> None:
    engine.install(replace(live, name="v0002"), CANARY)
    tickets = [engine.submit(replace(asked(t), slot=slot)) for t in THEMES[:2] for slot in (CHAMPION, CANARY)]
    assert [ticket.result(DEADLINE).version for ticket in tickets] == [live.name, "v0002"] * 2
    engine.clear(CANARY)
    assert engine.submit(replace(asked("rain", tokens=2), slot=CANARY)).result(DEADLINE).version == live.name


def test_an_engine_keeps_its_cores_whatever_other_threads_set_before_its_first_text(
    live: LoadedVersion,
) -> None:
    def nothing() -> Slices[None]:
        yield

    def cores() -> Slices[int]:
        yield
        return torch.get_num_threads()

    engine = LocalEngine(live, threads=2)
    engine.between_steps(nothing())  # It has begun.
    another = Thread(target=torch.set_num_threads, args=(1,))
    another.start()
    another.join()
    assert engine.between_steps(cores()) == 2
    engine.close()
