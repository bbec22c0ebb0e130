"""Attention over texts of any lengths packed into one row of tokens, each over its own cache only.

Any model that takes another attention can run it (`scoped_attention.py`). Outside of `packing` it is plain
SDPA.

What is computed for a text does not depend, not even in its rounding, on what it is packed with: the order of
a sum may change with the sizes of a product, so each is of a size that follows from the text alone. A prompt
attends in blocks of its positions, each to the columns up to its end, and a text that is being written
attends to the whole width of its shelf, unless that is seen to make no difference.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch.nn.functional import pad, scaled_dot_product_attention

from generation.scoped_attention import ScopedAttention
from generation.steady_attention import STEP, steady
from generation.text_cache import BLOCK, PromptCache, Shelf

NAME = "packed"
# Queries of one call come in multiples of these: SDPA's buffers of two threads lie one behind the other, and
# whole cache lines (64 bytes) keep each aligned; how a sum is rounded follows its alignment.
_QUERIES = 8


@dataclass(frozen=True, slots=True)
class Reading:
    """The next tokens of a prompt: `start` of them are in its cache already."""

    cache: PromptCache
    start: int
    tokens: int
    block: int = BLOCK  # Queries of one call, the same for all prompts of a model.
    _masks: dict[tuple[int, int, int], torch.Tensor] = field(default_factory=dict)

    def attend(
        self, layer: int, query: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, look: "Look"
    ) -> torch.Tensor:
        """Queries [heads, tokens, head size] → the same shape."""
        self.cache.write(layer, keys, values, self.start)
        kept_keys, kept_values = self.cache.layers[layer]
        # Heads that share keys are laid out as more queries, so that keys need not be repeated.
        queries = query.reshape(keys.shape[0], -1, *query.shape[1:])
        attended = query.new_empty(*queries.shape[:3], values.shape[2])
        for at in range(self.start - self.start % self.block, self.start + self.tokens, self.block):
            end = at + self.block
            columns = min(end, kept_keys.shape[1])
            here = slice(max(at, self.start) - self.start, min(end, self.start + self.tokens) - self.start)
            rows = slice(here.start + self.start - at, here.stop + self.start - at)
            block = queries.new_zeros(*queries.shape[:2], self.block, queries.shape[3])
            block[:, :, rows] = queries[:, :, here]
            output = scaled_dot_product_attention(
                block.flatten(1, 2)[None],
                kept_keys[None, :, :columns],
                kept_values[None, :, :columns],
                attn_mask=self._mask(at, columns, block.shape[1], look.window, query),
                scale=look.scaling,
            )
            attended[:, :, here] = output[0].reshape(*block.shape[:3], -1)[:, :, rows]
        return attended.flatten(0, 1)

    def _mask(self, at: int, columns: int, groups: int, window: int, like: torch.Tensor) -> torch.Tensor:
        """For a block's queries, once for each head of a group: [groups * block, columns up to its end]."""
        key = (at, groups, window)
        if key not in self._masks:
            ages = torch.arange(at, at + self.block, device=like.device)[:, None]
            self._masks[key] = _mask(ages, columns, window, like.dtype).repeat(groups, 1)
        return self._masks[key]


@dataclass(frozen=True, slots=True)
class Writing:
    """The last token of neighbouring texts on a shelf: rows `first` … `first` + tokens - 1."""

    shelf: Shelf
    first: int
    lengths: torch.Tensor  # [rows], tokens in the cache before this one.
    longest: int
    _masks: dict[int, torch.Tensor] = field(default_factory=dict)
    _places: dict[int, torch.Tensor] = field(default_factory=dict)

    @property
    def tokens(self) -> int:
        return self.lengths.shape[0]

    def attend(
        self, layer: int, query: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, look: "Look"
    ) -> torch.Tensor:
        """Queries [heads, rows, head size] → the same shape."""
        kept_keys, kept_values = self.shelf.layers[layer]
        places = self._places_of(keys.shape[0], query.device)
        for kept, new in ((kept_keys, keys), (kept_values, values)):
            kept.view(-1, kept.shape[3]).index_copy_(0, places, new.transpose(0, 1).flatten(0, 1))
        heads, count, size = query.shape
        folded = query.transpose(0, 1).reshape(count, keys.shape[0], -1, size)
        groups = folded.shape[2]
        folded = pad(folded, (0, 0, 0, -groups % _QUERIES))
        columns = self._columns(folded)
        rows = slice(self.first, self.first + self.tokens)
        output = scaled_dot_product_attention(
            folded,
            kept_keys[rows, :, :columns],
            kept_values[rows, :, :columns],
            attn_mask=self._mask(columns, look.window, query.dtype),
            scale=look.scaling,
        )
        return output[:, :, :groups].reshape(count, heads, values.shape[2]).transpose(0, 1)

    def _columns(self, queries: torch.Tensor) -> int:
        """As few as the longest text needs, if that changes nothing for the others."""
        whole = self.shelf.columns
        if queries.device.type == "cpu" and not steady(*queries.shape[2:], queries.dtype, whole):
            return whole
        return min(-(-(self.longest + 1) // STEP) * STEP, whole)

    def _places_of(self, heads: int, device: torch.device) -> torch.Tensor:
        """Where the new keys go on the shelf, seen as one column: [rows * heads]."""
        if heads not in self._places:
            rows = torch.arange(self.first, self.first + self.tokens, device=device)[:, None]
            each = rows * heads + torch.arange(heads, device=device)
            self._places[heads] = (each * self.shelf.columns + self.lengths[:, None]).flatten()
        return self._places[heads]

    def _mask(self, columns: int, window: int, dtype: torch.dtype) -> torch.Tensor:
        if window not in self._masks:
            mask = _mask(self.lengths[:, None], columns, window, dtype)
            self._masks[window] = mask[:, None, None]
        return self._masks[window]


Span = Reading | Writing


@dataclass(frozen=True, slots=True)
class Look:
    """How a layer attends: its scale (None: by head size), and how many tokens back it sees (0: all)."""

    scaling: float | None
    window: int


def _mask(positions: torch.Tensor, columns: int, window: int, dtype: torch.dtype) -> torch.Tensor:
    """What to add to the scores of queries at these positions, [queries, columns]: 0 or minus infinity."""
    ages = positions - torch.arange(columns, device=positions.device)
    seen = (ages >= 0) & (ages < window) if window else ages >= 0
    return torch.zeros(seen.shape, dtype=dtype, device=seen.device).masked_fill_(~seen, float("-inf"))


def _attend(
    spans: Sequence[Span],
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    options: dict[str, Any],
) -> torch.Tensor:
    """Queries [1, heads, tokens, head size] → [1, tokens, heads, head size]."""
    layer: Any = module.layer_idx
    look = Look(options.get("scaling"), options.get("sliding_window") or 0)
    attended = query.new_zeros(query.shape[1], query.shape[2], value.shape[3])
    at = 0
    for span in spans:
        here = slice(at, at + span.tokens)
        attended[:, here] = span.attend(layer, query[0, :, here], key[0, :, here], value[0, :, here], look)
        at += span.tokens
    return attended.transpose(0, 1)[None]


_ATTENTION = ScopedAttention[Sequence[Span]](NAME, _attend)


def packing(spans: Sequence[Span]) -> AbstractContextManager[None]:
    """Within this, a forward pass of [1, all spans' tokens] is a pass over these spans."""
    return _ATTENTION.over(spans)
