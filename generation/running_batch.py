"""The texts that one model version is writing right now: join, step, leave."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from transformers import DynamicCache

from generation.slot_cache import SlotCache
from generation.token_choice import Draw, choose


class NotFinite(Exception):
    """Raised for a row whose logits are not finite numbers."""


@dataclass(slots=True, eq=False)
class Row:
    """One text under way."""

    prompt: list[int]
    draw: Draw
    max_new_tokens: int
    stop_after_lines: int | None = None
    finish_reason: str | None = None  # "stop" or "length" once it is whole.
    error: Exception | None = None
    lines: int = field(default=0)

    @property
    def done(self) -> bool:
        return self.finish_reason is not None or self.error is not None


class RunningBatch:
    """Rows of one model, stepped together. Not thread-safe: the engine's thread owns it."""

    def __init__(self, model: Any, end_tokens: frozenset[int], newline_tokens: frozenset[int]) -> None:
        self._model = model
        self._end_tokens = end_tokens
        self._newline_tokens = newline_tokens
        self._device: torch.device = model.device
        self._cache = SlotCache(model.config.num_hidden_layers)
        self.rows: list[Row] = []

    @torch.inference_mode()
    def join(self, rows: Sequence[Row]) -> None:
        """Read the new rows' prompts and write their first token."""
        longest = max(len(row.prompt) for row in rows)
        padded = [[0] * (longest - len(row.prompt)) + row.prompt for row in rows]
        mask = [[0] * (longest - len(row.prompt)) + [1] * len(row.prompt) for row in rows]
        attention = torch.tensor(mask, device=self._device)
        prefilled = DynamicCache()
        output = self._model(
            input_ids=torch.tensor(padded, device=self._device),
            attention_mask=attention,
            position_ids=(attention.cumsum(-1) - 1).clamp(min=0),
            past_key_values=prefilled,
            use_cache=True,
            logits_to_keep=1,
        )
        self._cache.add(prefilled, [len(row.prompt) for row in rows])
        self.rows += rows
        self._advance(rows, output.logits[:, -1])

    @torch.inference_mode()
    def step(self) -> None:
        """Write one more token of every row."""
        mask, positions = self._cache.step_inputs(self._device)
        last = torch.tensor([[row.draw.written[-1]] for row in self.rows], device=self._device)
        output = self._model(
            input_ids=last,
            attention_mask=mask,
            position_ids=positions,
            past_key_values=self._cache,
            use_cache=True,
        )
        self._advance(self.rows, output.logits[:, -1])

    @torch.inference_mode()
    def leave(self, row: Row) -> None:
        """Take a row out, finished or not."""
        index = self.rows.index(row)
        self._cache.remove(index)
        self.rows[index] = self.rows[-1]
        self.rows.pop()

    def _advance(self, rows: Sequence[Row], logits: torch.Tensor) -> None:
        for row, token in zip(rows, choose(logits, [row.draw for row in rows]), strict=True):
            if token is None:
                row.error = NotFinite("the model's logits are not finite")
            elif token in self._end_tokens:
                row.finish_reason = "stop"
            else:
                self._append(row, token)

    def _append(self, row: Row, token: int) -> None:
        after_line = bool(row.draw.written) and row.draw.written[-1] not in self._newline_tokens
        row.draw.record(token)
        if token in self._newline_tokens and after_line:
            row.lines += 1
        if row.stop_after_lines is not None and row.lines >= row.stop_after_lines:
            row.finish_reason = "stop"
        elif len(row.draw.written) >= row.max_new_tokens:
            row.finish_reason = "length"
