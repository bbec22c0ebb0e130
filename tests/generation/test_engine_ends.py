"""Every text ends for whoever waits for it: with its engine, with its prompt, or when it is cancelled."""

import gc
from collections.abc import Callable
from dataclasses import fields, replace
from functools import partial
from time import monotonic
from typing import Any
from weakref import ref

import pytest
import torch
from transformers import PreTrainedTokenizerBase

from generation import packed_pass
from generation.engine import CANARY, EngineDied, Ticket, WritingFailed, WritingRequest
from generation.local_engine import LocalEngine
from generation.packed_pass import PackedPass
from generation.sampling import GREEDY
from generation.versions import LoadedVersion
from tests.deadline import DEADLINE
from tests.generation.tiny import tiny_llama
from tests.generation.wrapped import Wrapped


def asked(theme: str, tokens: int = 400) -> WritingRequest:
    return WritingRequest([{"role": "user", "content": theme}], 1, tokens, GREEDY)


class Watched(Wrapped):
    """The real model, except that `before` is told of each pass: its number and its tokens."""

    def __init__(self, model: Any, before: Callable[[int, int], None]) -> None:
        super().__init__(model)
        self._before, self._passes = before, 0

    def __call__(self, input_ids: torch.Tensor, **more: Any) -> Any:
        self._passes += 1
        self._before(self._passes, input_ids.shape[1])
        return self._model(input_ids=input_ids, **more)


def watched(version: LoadedVersion, before: Callable[[int, int], None]) -> LoadedVersion:
    new_pass = partial(PackedPass, Watched(version.model, before))
    return replace(version, end_tokens=frozenset(), runnable=replace(version.runnable, new_pass=new_pass))


def test_who_joins_another_version_in_the_step_in_which_the_engine_dies_is_told(live: LoadedVersion) -> None:
    late: list[Ticket] = []

    def before(number: int, _: int) -> None:
        if number == 5:  # It joins in the next round, whose first pass is the champion's.
            late.append(engine.submit(replace(asked("bread"), slot=CANARY)))
        if number == 6:
            raise torch.AcceleratorError("the device is in error")

    engine = LocalEngine(watched(live, before))
    engine.install(replace(live, name="v0002"), CANARY)
    with pytest.raises(EngineDied):
        engine.submit(asked("rain")).result(DEADLINE)
    with pytest.raises(EngineDied):
        late[0].result(DEADLINE)


class Undecodable(LoadedVersion):
    """The real version, except that it has no word for texts of seven tokens."""

    def decode(self, tokens: list[int]) -> str:
        if len(tokens) == 7:
            raise TypeError("expected str, NoneType found")
        return LoadedVersion.decode(self, tokens)


def test_a_text_that_cannot_be_decoded_fails_alone(live: LoadedVersion) -> None:
    parts = {part.name: getattr(live, part.name) for part in fields(live)} | {"end_tokens": frozenset()}
    engine = LocalEngine(Undecodable(**parts))
    healthy, poisoned = engine.submit(asked("rain", tokens=20)), engine.submit(asked("bread", tokens=7))
    with pytest.raises(WritingFailed, match="NoneType"):
        poisoned.result(DEADLINE)
    assert healthy.result(DEADLINE).tokens == 20
    engine.close()


def leaves_memory(model: "ref[Any]") -> bool:
    until = monotonic() + DEADLINE
    while model() is not None and monotonic() < until:
        gc.collect()
    return model() is None


def test_a_version_that_nobody_writes_with_any_more_leaves_memory_though_nobody_asks(
    live: LoadedVersion,
) -> None:
    first, second = tiny_llama("v0001", live.tokenizer, 1), tiny_llama("v0002", live.tokenizer, 2)
    models = [ref(first.model), ref(second.model)]
    engine = LocalEngine(live)
    engine.install(first, CANARY)
    engine.install(second, CANARY)
    del first
    assert leaves_memory(models[0])
    draining = engine.submit(replace(asked("rain"), slot=CANARY))
    del second
    next(iter(draining.snapshots(every=0)))
    engine.clear(CANARY)
    assert models[1]() is not None
    draining.cancel()
    draining.result(DEADLINE)
    del draining
    assert leaves_memory(models[1])
    engine.close()


def test_a_prompt_of_no_tokens_fails_alone(
    live: LoadedVersion, tokenizer_without_template: PreTrainedTokenizerBase
) -> None:
    engine = LocalEngine(replace(live, tokenizer=tokenizer_without_template))
    with pytest.raises(WritingFailed, match="no tokens"):
        engine.submit(WritingRequest([], 1, 5, GREEDY)).result(DEADLINE)
    assert engine.submit(asked("rain", tokens=5)).result(DEADLINE).tokens
    engine.close()


def test_a_cancelled_text_makes_room_within_one_step(
    live: LoadedVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packed_pass, "_float32_rows", lambda _: 4)  # Whatever this machine rounds alike.
    widths: list[int] = []
    tickets: list[Ticket] = []

    def before(number: int, tokens: int) -> None:
        widths.append(tokens)
        if number == 2:  # One joins, for the other there is no place.
            tickets.extend(engine.submit(request) for request in (asked("bread"), asked("snow", tokens=2)))
        if number == 9:
            first.cancel()

    engine = LocalEngine(watched(live, before), max_batch=2)
    first = engine.submit(asked("rain"))
    assert first.result(DEADLINE).finish_reason == "cancelled"
    assert tickets[1].result(DEADLINE).tokens == 2
    engine.close()
    assert max(widths[7:9]) == 4  # As wide as a step of one or two texts is; reading a prompt makes it wider.
    assert max(widths[9:11]) > 4
