"""Attention of one text is the same to the last bit whoever is beside it, whichever thread computes it."""

from collections.abc import Iterator

import pytest
import torch

from generation.packed_attention import Look, Writing
from generation.text_cache import Shelf, TextState

HEADS, GROUPS, SIZE = 3, 3, 64
TEXTS, LENGTH = 15, 96
LOOK = Look(scaling=None, window=0)


def attended(keys: torch.Tensor, values: torch.Tensor, query: torch.Tensor) -> torch.Tensor:
    """What texts with these keys and values [texts, heads, columns, size] see from their next token."""
    count = keys.shape[0]
    shelf = Shelf(keys.shape[2])
    shelf.texts = [TextState(LENGTH, LENGTH) for _ in range(count)]
    shelf.layers[0] = (keys.clone(), values.clone())
    writing = Writing(shelf, 0, torch.full((count,), LENGTH), LENGTH)
    new_keys, new_values = (kept[:, :, LENGTH].transpose(0, 1) for kept in (keys, values))
    return writing.attend(0, query, new_keys, new_values, LOOK).transpose(0, 1)


@pytest.fixture
def _two_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("_two_threads")
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
def test_a_text_sees_the_same_alone_and_among_others(dtype: torch.dtype) -> None:
    draw = torch.Generator().manual_seed(0)
    for _ in range(300):
        keys, values = (2 * torch.randn(2, TEXTS, HEADS, 128, SIZE, generator=draw)).to(dtype)
        query = (2 * torch.randn(HEADS * GROUPS, TEXTS, SIZE, generator=draw)).to(dtype)
        together = attended(keys, values, query)
        for i in range(TEXTS):
            alone = attended(keys[i : i + 1], values[i : i + 1], query[:, i : i + 1])
            assert torch.equal(alone[0], together[i])
