"""The fastest way to run a model that is seen to compute what the model itself computes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import structlog
import torch

from generation.cuda_pass import CudaPass
from generation.forward_pass import ForwardPass, Outcome, Piece
from generation.packed_attention import NAME
from generation.packed_pass import PackedPass
from generation.single_pass import SinglePass, WholePass
from generation.state_size import state_size
from generation.text_cache import columns_counted

log = structlog.get_logger(__name__)

# What a model may object to when it is run in a way that it was not made for.
_OBJECTIONS = (ValueError, TypeError, AttributeError, KeyError, RuntimeError, NotImplementedError)
_LENGTHS = (
    57,
    40,
)  # Tokens of the texts that are tried: longer than one block of a prompt, and a part of one.


_BEGINNINGS = 2048  # Tokens of beginnings, at most, that are kept for the prompts to come.
_THEIR_SHARE = 8  # One part in so many of the cache, at most: texts need the rest.


@dataclass(frozen=True, slots=True)
class Runnable:
    """A model with the way to run it."""

    new_pass: Callable[[], ForwardPass]
    bytes_per_token: int  # Of what is kept of a text.
    bytes_per_text: int = 0  # Of that, what does not grow with it.
    reads_in_pieces: bool = True

    def bytes_of(self, need: int) -> int:
        """Of cache, for a text that can come to hold so many tokens."""
        return self.bytes_per_text + columns_counted(need) * self.bytes_per_token

    def beginnings(self, cache_bytes: int) -> int:
        """Tokens of prompts' beginnings that are kept for reuse, of so much cache."""
        if not self.reads_in_pieces:
            return 0
        return min(_BEGINNINGS, cache_bytes // _THEIR_SHARE // self.bytes_per_token)

    def cache_for(self, need: int) -> int:
        """The smallest cache in which such a text has room beside the beginnings."""
        text = self.bytes_of(need)
        if not self.reads_in_pieces:
            return text
        share = -(-text // (_THEIR_SHARE - 1))
        return text + min(share, _BEGINNINGS * self.bytes_per_token)


_Way = type[PackedPass] | type[SinglePass] | type[WholePass]
# What works for a model works for all versions of it: they differ in their weights only. That nothing works
# is not kept, for weights that are no numbers look the same.
_found: dict[tuple[str, torch.dtype, torch.device], tuple[_Way, int, int]] = {}


def runnable(model: Any) -> Runnable:
    """Packed if the model computes the same that way, tried on two texts; else one text after the other."""
    kind = (model.config.to_json_string(use_diff=False), model.dtype, model.device)
    if (found := _found.get(kind)) is None:
        way = _way(model)
        found = way, *_size(way, model)
        if way is not WholePass:
            _found[kind] = found
    elif issubclass(found[0], PackedPass):
        model.set_attn_implementation(NAME)
    way, per_text, per_token = found
    return Runnable(partial(way, model), per_token, per_text, way.reads_in_pieces)


def _way(model: Any) -> _Way:
    kind = model.config.get_text_config().model_type
    expected = _expected(model)
    packed = CudaPass if model.device.type == "cuda" else PackedPass
    if _may_pack(model.config.get_text_config()) and _packs(model, packed, expected):
        return packed
    log.info("texts are written one after the other: the model cannot be packed", model=kind)
    if _same(SinglePass(model), model, expected):
        return SinglePass
    log.warning("texts are read anew at every step: the model keeps no state", model=kind)
    return WholePass


def _may_pack(config: Any) -> bool:
    """Is every layer attention that we know, with positions that do not depend on the other texts?"""
    kinds = set(getattr(config, "layer_types", None) or ["full_attention"])
    rope = getattr(config, "rope_parameters", None) or {}
    per_layer = [value for value in rope.values() if isinstance(value, dict)] or [rope]
    return (
        kinds <= {"full_attention", "sliding_attention"}
        and not getattr(config, "attn_logit_softcapping", None)
        and all(one.get("rope_type") not in {"dynamic", "longrope"} for one in per_layer)
    )


def _packs(model: Any, packed: type[PackedPass], expected: Sequence[torch.Tensor]) -> bool:
    before = model.config._attn_implementation  # noqa: SLF001 - transformers has a setter only.
    try:
        model.set_attn_implementation(NAME)
        if _same(packed(model), model, expected):
            return True
    except _OBJECTIONS:
        pass  # It does not take another attention, or not these arguments.
    model.set_attn_implementation(before)
    return False


def _texts(model: Any) -> list[list[int]]:
    vocabulary = model.config.get_text_config().vocab_size
    return [[(7 * i + 3 * n) % vocabulary for i in range(n)] for n in _LENGTHS]


@torch.inference_mode()
def _expected(model: Any) -> list[torch.Tensor]:
    """The logits that each text gets alone and at once, by the model's own attention: another one may leave
    something out, such as attention sinks, in every way that it is called."""
    read = (torch.tensor([text], device=model.device) for text in _texts(model))
    return [model(input_ids=ids, use_cache=False).logits[0, -1].float() for ids in read]


@torch.inference_mode()
def _same(forward: ForwardPass, model: Any, expected: Sequence[torch.Tensor]) -> bool:
    """Do two texts, one step of each at a time, get the logits that are expected?"""
    texts = _texts(model)
    states = [forward.new_state(len(text), len(text)) for text in texts]
    cuts = [0, 4, -1, None] if forward.reads_in_pieces else [0, -1, None]
    outcomes: Sequence[Outcome] = []
    for start, end in pairwise(cuts):
        outcomes = forward.run([Piece(t[start:end], s, end != 4) for t, s in zip(texts, states, strict=True)])
    rounding = 1e-3 if model.dtype == torch.float32 else 0.06  # bfloat16 is seen to be off by 0.024.
    return all(
        isinstance(got, torch.Tensor) and _close(got.float(), logits, rounding)
        for got, logits in zip(outcomes, expected, strict=True)
    )


def _close(got: torch.Tensor, expected: torch.Tensor, rounding: float) -> bool:
    """Equal up to rounding: another attention would be off by a good part of the logits' spread."""
    return bool((got - expected).std() <= rounding * expected.std())


def _size(way: _Way, model: Any) -> tuple[int, int]:
    """Bytes of what is kept, in all layers, for each text and for each of its tokens."""
    if way is WholePass:
        return 0, 0
    return state_size(model) if way is SinglePass else (0, _bytes_per_token(model))


def _bytes_per_token(model: Any) -> int:
    """Of keys and values on shelves."""
    forward = PackedPass(model)
    state = forward.new_state(1, 1)
    forward.run([Piece([0], state, wanted=False)])
    layers = state.prompt.layers.values() if state.prompt else ()
    return sum(kept.shape[0] * kept.shape[2] * kept.element_size() for pair in layers for kept in pair)
