"""How much a model keeps of a text that is run by itself: measured, for only the model knows its shape."""

from collections.abc import Iterator
from typing import Any

import torch

from generation.forward_pass import Piece
from generation.single_pass import SinglePass

# Tokens. What grows more slowly later, as sliding windows do, is counted as if it went on.
_LENGTHS = (40, 57)


def state_size(model: Any) -> tuple[int, int]:
    """Bytes for each text, and for each of its tokens: recurrent states do not grow."""
    short, long = (_bytes_after(model, length) for length in _LENGTHS)
    per_token = max(0, -(-(long - short) // (_LENGTHS[1] - _LENGTHS[0])))
    return max(0, short - per_token * _LENGTHS[0]), per_token


def _bytes_after(model: Any, length: int) -> int:
    forward = SinglePass(model)
    state = forward.new_state(length, length)
    for tokens in ([0] * (length - 1), [0]):  # As most steps leave it: by one token.
        forward.run([Piece(tokens, state, wanted=False)])
    storages = (tensor.untyped_storage() for tensor in _tensors(state.kept, set()))
    return sum({storage.data_ptr(): storage.nbytes() for storage in storages}.values())


def _tensors(kept: Any, seen: set[int]) -> Iterator[torch.Tensor]:
    """All that is in there, however it is wrapped."""
    if id(kept) in seen or isinstance(kept, type | torch.nn.Module):
        return
    seen.add(id(kept))
    if isinstance(kept, torch.Tensor):
        yield kept
        return
    parts = kept.values() if isinstance(kept, dict) else getattr(kept, "__dict__", {}).values()
    for part in kept if isinstance(kept, list | tuple) else parts:
        yield from _tensors(part, seen)
