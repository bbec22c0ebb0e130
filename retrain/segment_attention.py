"""Attention over samples packed in one row, each over the shared beginning and itself only.

With a mask over the whole row, most of what is computed is thrown away: a quarter of a training step.
Registered with transformers as an attention implementation, so that any model that takes one can run it
(https://huggingface.co/docs/transformers/attention_interface). Outside of `attending` it is plain SDPA.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn.utils.rnn import pad_sequence
from transformers import AttentionInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import AttentionMaskInterface, sdpa_mask

_NAME = "segments"


@dataclass(frozen=True, slots=True)
class Segments:
    """A row of tokens: `shared` of them that all see, then those of each sample."""

    shared: int
    lengths: tuple[int, ...]


_SEGMENTS: ContextVar[Segments | None] = ContextVar("segments", default=None)


@contextmanager
def attending(model: Any, segments: Segments) -> Iterator[None]:
    """Within this, a forward pass of the model over one row is a pass over these segments.

    Raises ValueError if the model takes no other attention than its own.
    """
    before = model.config._attn_implementation  # noqa: SLF001 - transformers has a setter only.
    model.set_attn_implementation(_NAME)
    token = _SEGMENTS.set(segments)
    try:
        yield
    finally:
        _SEGMENTS.reset(token)
        model.set_attn_implementation(before)


def _attend(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    **options: Any,
) -> tuple[torch.Tensor, None]:
    """Queries [1, heads, row, head size] → [1, row, heads, head size]."""
    segments = _SEGMENTS.get()
    if segments is None:
        return sdpa_attention_forward(module, query, key, value, attention_mask, **options)[0], None
    shared = segments.shared
    first_keys, first_values = key[:, :, :shared], value[:, :, :shared]
    parts = []
    if shared:
        mask = _seen(0, shared, query.device)
        output, _ = sdpa_attention_forward(
            module, query[:, :, :shared], first_keys, first_values, mask, **options
        )
        parts.append(output[0])
    samples = len(segments.lengths)
    output, _ = sdpa_attention_forward(
        module,
        _side_by_side(query, segments),
        torch.cat([first_keys.expand(samples, -1, -1, -1), _side_by_side(key, segments)], 2),
        torch.cat([first_values.expand(samples, -1, -1, -1), _side_by_side(value, segments)], 2),
        _seen(shared, max(segments.lengths), query.device),
        **options,
    )
    parts += [one[:length] for one, length in zip(output, segments.lengths, strict=True)]
    return torch.cat(parts)[None], None


def _side_by_side(row: torch.Tensor, segments: Segments) -> torch.Tensor:
    """[1, heads, row, head size] → [samples, heads, longest, head size], without what is shared."""
    own = torch.split(row[0, :, segments.shared :].transpose(0, 1), list(segments.lengths))
    return pad_sequence(list(own), batch_first=True).transpose(1, 2)


def _seen(before: int, tokens: int, device: torch.device) -> torch.Tensor:
    """Which columns each token sees, [1, 1, tokens, before + tokens]: all before, and none after itself."""
    return torch.ones(tokens, before + tokens, dtype=torch.bool, device=device).tril(before)[None, None]


def _masks(*arguments: Any, **options: Any) -> torch.Tensor | None:
    """transformers' own masks, except for segments, which need none."""
    return None if _SEGMENTS.get() is not None else sdpa_mask(*arguments, **options)


AttentionInterface.register(_NAME, _attend)
AttentionMaskInterface.register(_NAME, _masks)
