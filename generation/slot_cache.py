"""Keys and values of a running batch: rows are slots, and every row ends at the same column.

A row that joins with p tokens lies in columns [end - p, end); what lies before it is masked. One step
writes one column for all rows, in place, so nothing is copied while the batch is stable. Columns that no
row uses any more are dropped from the left.
"""

import torch
from transformers.cache_utils import Cache, CacheLayerMixin, DynamicCache

_GROWTH = 256  # Columns added at a time.


class SlotLayer(CacheLayerMixin):  # type: ignore[no-untyped-call] # transformers' base is not annotated.
    """One layer's keys and values, each [rows, heads, columns, head size], written in place at `end`."""

    is_sliding = False
    is_croppable = False

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.rows = 0
        self.end = 0
        self._kept: list[torch.Tensor] = []  # Keys, then values; empty until the first row joins.

    def lazy_initialization(self, key_states: torch.Tensor, value_states: torch.Tensor) -> None:
        self.dtype, self.device = key_states.dtype, key_states.device
        self._kept = [new.new_zeros(0, new.shape[1], 0, new.shape[3]) for new in (key_states, value_states)]
        self.is_initialized = True

    def update(
        self,
        key_states: torch.Tensor,
        value_states: torch.Tensor,
        *args: object,  # noqa: ARG002 - transformers passes what other caches need.
        **kwargs: object,  # noqa: ARG002
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Write one step's keys and values, [rows, heads, 1, head size], and return all of them."""
        end = self.end + key_states.shape[-2]
        self.reserve(self.rows, end)
        for kept, new in zip(self._kept, (key_states, value_states), strict=True):
            kept[: self.rows, :, self.end : end] = new
        self.end = end
        keys, values = (kept[: self.rows, :, :end] for kept in self._kept)
        return keys, values

    def reserve(self, rows: int, columns: int) -> None:
        """Make room for so many rows and columns, keeping what is there."""
        self._kept = [_grown(kept, rows, columns) for kept in self._kept]

    def shift(self, by: int) -> None:
        """Move all columns right (left if negative) by so many."""
        self.reserve(self.rows, self.end + by)
        for kept in self._kept:
            moved = kept[: self.rows, :, max(0, -by) : self.end].clone()
            kept[: self.rows, :, max(0, by) : self.end + by] = moved
        self.end += by

    def add(self, keys: torch.Tensor, values: torch.Tensor) -> None:
        """Append rows whose columns end at `end`: [new rows, heads, columns ≤ end, head size]."""
        if not self.is_initialized:
            self.lazy_initialization(keys, values)
        rows, start = self.rows + keys.shape[0], self.end - keys.shape[2]
        self.reserve(rows, self.end)
        for kept, new in zip(self._kept, (keys, values), strict=True):
            kept[self.rows : rows, :, start : self.end] = new
        self.rows = rows

    def remove(self, row: int) -> None:
        """Drop a row; the last one takes its place."""
        self.rows -= 1
        for kept in self._kept:
            kept[row] = kept[self.rows]

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        return self.end + query_length, 0

    def get_seq_length(self) -> int:
        return self.end

    def get_max_length(self) -> int:
        return -1


def _grown(kept: torch.Tensor, rows: int, columns: int) -> torch.Tensor:
    if rows <= kept.shape[0] and columns <= kept.shape[2]:
        return kept
    wanted = (max(rows, kept.shape[0]), max(kept.shape[2], -(-columns // _GROWTH) * _GROWTH))
    # Zeros, not empty: masked columns still pass through the matrix product, where NaN times 0 is NaN.
    grown = kept.new_zeros(wanted[0], kept.shape[1], wanted[1], kept.shape[3])
    grown[: kept.shape[0], :, : kept.shape[2]] = kept
    return grown


class SlotCache(Cache):
    """All layers of a running batch, with the column where each row starts."""

    def __init__(self, layers: int) -> None:
        self._slots = [SlotLayer() for _ in range(layers)]
        super().__init__(layers=list(self._slots))
        self.starts: list[int] = []
        self.end = 0

    def add(self, prefilled: DynamicCache, lengths: list[int]) -> None:
        """Append rows prefilled together, left-padded, with so many tokens each."""
        longest = max(lengths)
        if not self.starts or longest > self.end:
            self._move_end(longest - self.end)
        for slot, (keys, values, *_) in zip(self._slots, prefilled, strict=True):
            slot.add(keys, values)
        self.starts += [self.end - length for length in lengths]

    def remove(self, row: int) -> None:
        for slot in self._slots:
            slot.remove(row)
        self.starts[row] = self.starts[-1]
        self.starts.pop()
        if self.starts and min(self.starts) >= _GROWTH:
            self._move_end(-min(self.starts))

    def step_inputs(self, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
        """Attention mask [rows, end + 1] and positions [rows, 1] of the next step; then the end advances."""
        starts = torch.tensor(self.starts, device=device)[:, None]
        mask = (torch.arange(self.end + 1, device=device)[None, :] >= starts).long()
        positions = self.end - starts
        self.end += 1
        return mask, positions

    def _move_end(self, by: int) -> None:
        for slot in self._slots:
            if slot.is_initialized and slot.rows:
                slot.shift(by)
            else:
                slot.end += by
        self.end += by
        self.starts = [start + by for start in self.starts]
