"""Attention over samples packed in one row, each over the shared beginning and itself only.

With a mask over the whole row, most of what is computed is thrown away: a quarter of a training step.
Any model that takes another attention can run it (`generation/scoped_attention.py`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn.utils.rnn import pad_sequence
from transformers.integrations.sdpa_attention import sdpa_attention_forward

from generation.scoped_attention import ScopedAttention

_NAME = "segments"


@dataclass(frozen=True, slots=True)
class Segments:
    """A row of tokens: `shared` of them that all see, then those of each sample."""

    shared: int
    lengths: tuple[int, ...]


def _attend(
    segments: Segments,
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    options: dict[str, Any],
) -> torch.Tensor:
    """Queries [1, heads, row, head size] → [1, row, heads, head size]."""
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
    return torch.cat(parts)[None]


def _side_by_side(row: torch.Tensor, segments: Segments) -> torch.Tensor:
    """[1, heads, row, head size] → [samples, heads, longest, head size], without what is shared."""
    own = torch.split(row[0, :, segments.shared :].transpose(0, 1), list(segments.lengths))
    return pad_sequence(list(own), batch_first=True).transpose(1, 2)


def _seen(before: int, tokens: int, device: torch.device) -> torch.Tensor:
    """Which columns each token sees, [1, 1, tokens, before + tokens]: all before, and none after itself."""
    return torch.ones(tokens, before + tokens, dtype=torch.bool, device=device).tril(before)[None, None]


_ATTENTION = ScopedAttention[Segments](_NAME, _attend)


@contextmanager
def attending(model: Any, segments: Segments) -> Iterator[None]:
    """Within this, a forward pass of the model over one row is a pass over these segments.

    Raises ValueError if the model takes no other attention than its own.
    """
    before = model.config._attn_implementation  # noqa: SLF001 - transformers has a setter only.
    model.set_attn_implementation(_NAME)
    try:
        with _ATTENTION.over(segments):
            yield
    finally:
        model.set_attn_implementation(before)
