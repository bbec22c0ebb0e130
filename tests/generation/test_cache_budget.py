"""What texts keep of keys and values stays within the budget, and want of memory harms no text."""

from collections.abc import Sequence
from dataclasses import replace
from threading import Event, Thread
from typing import Any
from weakref import WeakSet

import pytest
import torch
from transformers import BambaConfig, Gemma2Config, MambaConfig

from generation.engine import WritingRequest
from generation.errand import Slices
from generation.forward_pass import Outcome, Piece
from generation.local_engine import LocalEngine
from generation.packed_pass import PackedPass
from generation.runnable import Runnable, runnable
from generation.sampling import GREEDY
from generation.single_pass import SinglePass
from generation.text_cache import PromptCache, Shelf, Shelves, TextState
from generation.versions import LoadedVersion
from tests.deadline import DEADLINE
from tests.generation.tiny import GROUPED, SIZES, tiny_llama, tiny_model

TOKENS = (60, 130, 200, 300, 420, 640, 900)  # Of texts: shelves of every width.


class Weighed(PackedPass):
    """Notes at every step the bytes of all keys and values: of texts, of prompts and of kept beginnings."""

    def __init__(self, model: Any) -> None:
        super().__init__(model)
        self.steps: list[int] = []
        self._known: WeakSet[PromptCache | Shelf] = WeakSet()

    def new_state(self, prompt_tokens: int, need: int) -> TextState:
        state = super().new_state(prompt_tokens, need)
        assert state.prompt is not None
        self._known.add(state.prompt)
        return state

    def run(self, pieces: Sequence[Piece]) -> list[Outcome]:
        self._known.update(piece.state.shelf for piece in pieces if piece.state.shelf is not None)
        layers = [pair for known in self._known for pair in known.layers.values()]
        self.steps.append(sum(kept.nbytes for pair in layers for kept in pair))
        return super().run(pieces)


@pytest.fixture
def endless(live: LoadedVersion) -> LoadedVersion:
    """A tiny model whose texts never end by themselves."""
    return replace(tiny_llama("endless", live.tokenizer, 3), end_tokens=frozenset())


def test_what_is_kept_stays_within_the_budget_at_every_step(endless: LoadedVersion) -> None:
    weighed = Weighed(endless.model)
    version = replace(endless, runnable=replace(endless.runnable, new_pass=lambda: weighed))
    budget = 6000 * endless.runnable.bytes_per_token
    engine = LocalEngine(version, cache_bytes=budget)
    asked, held = Event(), Event()

    def hold() -> Slices[None]:
        held.set()
        asked.wait()
        yield

    Thread(target=engine.between_steps, args=(hold(),)).start()
    held.wait()  # Else, on a busy machine, the first could be written before the last is asked for.
    tickets = [
        engine.submit(
            WritingRequest([{"role": "user", "content": f"{i} lamps"}], i, TOKENS[i % len(TOKENS)], GREEDY)
        )
        for i in range(70)
    ]
    asked.set()
    for ticket in tickets:  # Each makes room for one that waits.
        next(iter(ticket.snapshots(every=0)))
        ticket.cancel()
    assert {ticket.result(DEADLINE).finish_reason for ticket in tickets} <= {"cancelled", "length"}
    engine.close()
    assert budget / 3 < max(weighed.steps) <= budget


def test_a_shelf_that_cannot_be_copied_for_want_of_memory_stays_large(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shelves, texts = Shelves(), [TextState(3, 40) for _ in range(20)]
    for text in texts:
        assert text.prompt is not None
        text.prompt.write(0, torch.ones(1, 3, 8), torch.ones(1, 3, 8), 0)
        text.length = 3
        shelves.put(text)
    shelf = texts[0].shelf
    assert shelf is not None
    monkeypatch.setattr(
        Shelf, "_resized", lambda *_: torch.empty(1 << 60)
    )  # What the allocator says to that.
    for text in texts[1:]:
        shelves.remove(text)
    shelves.shrink()
    assert shelf.texts == texts[:1]
    assert len(shelf.layers[0][0]) >= len(texts)


def measured(config: Any) -> Runnable:
    found = runnable(tiny_model(config))
    assert isinstance(found.new_pass(), SinglePass)
    return found


def test_a_recurrent_state_is_counted_once_and_does_not_grow() -> None:
    mamba = measured(MambaConfig(**SIZES, state_size=8))
    state = 2 * 64 * (8 + 4) * 4  # Layers; channels, each with a state and four tokens to fold; float32.
    assert [mamba.bytes_of(need) for need in (10, 10_000)] == [state, state]


def test_of_what_is_kept_by_the_model_itself_only_keys_and_values_grow() -> None:
    gemma = measured(Gemma2Config(**GROUPED, sliding_window=6))
    assert gemma.bytes_per_token == 2 * 2 * 8 * 4  # Of one layer: the other looks back for six tokens.
    bamba = measured(
        BambaConfig(**GROUPED, attn_layer_indices=[1], mamba_n_heads=8, mamba_d_head=8, mamba_d_state=8)
    )
    assert bamba.bytes_per_token == 2 * 2 * 8 * 4
    assert bamba.bytes_per_text > 0


def test_a_small_cache_is_for_texts_and_beginnings_have_an_eighth_of_it() -> None:
    large = Runnable(lambda: PackedPass(None), bytes_per_token=512 << 10)  # Such as Llama 2 with 7B.
    assert large.beginnings(512 << 20) == 128
    assert large.cache_for(231) <= 512 << 20
    small = replace(large, bytes_per_token=22 << 10)
    assert small.beginnings(512 << 20) == 2048


def test_nothing_is_reserved_for_beginnings_that_no_text_can_take_over() -> None:
    mamba = measured(MambaConfig(**SIZES, state_size=8))
    assert mamba.beginnings(512 << 20) == 0
    assert mamba.cache_for(300) == mamba.bytes_of(300)


@pytest.mark.parametrize("need", [1, 100, 231, 5000, 20_000])
def test_the_smallest_cache_for_a_text_has_room_for_it_and_the_beginnings(need: int) -> None:
    one = Runnable(lambda: PackedPass(None), bytes_per_token=1000)
    cache = one.cache_for(need)
    free = cache - 1000 * one.beginnings(cache)
    assert one.bytes_of(need) <= free < one.bytes_of(need) + 1001
