"""All texts in one forward pass, packed side by side, each with its own cache."""

import sys
from collections.abc import Iterator, Sequence
from functools import cache, partial
from itertools import accumulate
from typing import Any

import structlog
import torch
from torch import nn
from torch.nn.functional import linear

from generation.forward_pass import Outcome, Piece, attempted
from generation.packed_attention import Reading, Span, Writing, packing
from generation.packed_linear import rows_of_float32
from generation.steady_products import multiple_of_rows
from generation.text_cache import BLOCK, PromptCache, Shelves, TextState

log = structlog.get_logger(__name__)

_ROWS = 2  # Products of one row take other kernels, which sum in another order: rows come in multiples.


class PackedPass:
    """All texts in one pass, each with its own cache."""

    reads_in_pieces = True
    reading_block = BLOCK  # Tokens of a prompt that attend in one call.

    def __init__(self, model: Any) -> None:
        self._model = model
        self._shelves = Shelves()
        self._rows = self._wanted_rows = _float32_rows(model) if model.dtype == torch.float32 else _ROWS

    def new_state(self, prompt_tokens: int, need: int) -> TextState:
        return TextState(prompt_tokens, need)

    def prompt_cache(self, state: TextState) -> PromptCache | None:
        return state.prompt

    def begin_as(self, state: TextState, source: PromptCache, tokens: int) -> None:
        assert state.prompt is not None  # noqa: S101 - only a text that is not read yet begins.
        state.prompt.begin_as(source, tokens)
        state.length = tokens

    def release(self, state: TextState) -> None:
        self._shelves.remove(state)

    @property
    def uncounted(self) -> int:
        return self._shelves.uncounted

    def shrink(self) -> None:
        self._shelves.shrink()

    def run(self, pieces: Sequence[Piece]) -> list[Outcome]:
        outcomes = attempted(lambda: self._together(pieces))
        if isinstance(outcomes, Exception):
            if len(pieces) == 1:
                return [outcomes]
            log.warning("a pass failed, trying its texts one by one", texts=len(pieces), error=str(outcomes))
            # One of them is to blame: nothing counts until a pass has succeeded, so each is tried alone.
            return [outcome for piece in pieces for outcome in self.run([piece])]
        return [self._kept(piece, outcome) for piece, outcome in zip(pieces, outcomes, strict=True)]

    def _kept(self, piece: Piece, outcome: Outcome) -> Outcome:
        """The outcome, once the text is where it belongs; a prompt that was read goes to a shelf."""
        piece.state.length += len(piece.tokens)
        if piece.wanted and piece.state.prompt is not None:
            no_room = attempted(lambda: self._shelves.put(piece.state))
            return no_room or outcome
        return outcome

    @torch.inference_mode()
    def _together(self, pieces: Sequence[Piece]) -> list[Outcome]:
        order = sorted(range(len(pieces)), key=lambda i: _place(pieces[i].state))
        ordered = [pieces[i] for i in order]
        tokens = [token for piece in ordered for token in piece.tokens]
        positions = [piece.state.length + i for piece in ordered for i in range(len(piece.tokens))]
        ends = accumulate(len(piece.tokens) for piece in ordered)
        wanted = [end - 1 for end, piece in zip(ends, ordered, strict=True) if piece.wanted]
        device = self._model.device
        with packing(list(self._spans(ordered))):
            output = self._model(
                input_ids=torch.tensor([_filled(tokens, self._rows)], device=device),
                position_ids=torch.tensor([_filled(positions, self._rows)], device=device),
                use_cache=False,
                logits_to_keep=torch.tensor(_filled(wanted or [0], self._wanted_rows), device=device),
            )
        logits = iter(output.logits[0])
        outcomes: dict[int, Outcome] = {i: next(logits) if pieces[i].wanted else None for i in order}
        return [outcomes[i] for i in range(len(pieces))]

    def _spans(self, pieces: Sequence[Piece]) -> Iterator[Span]:
        at = 0
        while at < len(pieces):
            state = pieces[at].state
            if state.shelf is None:
                yield Reading(state.prompt, state.length, len(pieces[at].tokens), self.reading_block)
                at += 1
                continue
            end = at + 1
            while end < len(pieces) and _place(pieces[end].state) == (
                state.shelf.columns,
                state.row + end - at,
            ):
                end += 1
            lengths = [piece.state.length for piece in pieces[at:end]]
            yield Writing(
                state.shelf, state.row, torch.tensor(lengths, device=self._model.device), max(lengths)
            )
            at = end


def _float32_rows(model: Any) -> int:
    return _plain_rows() if _has_plain_products(model) else rows_of_float32()


def _has_plain_products(model: Any) -> bool:
    """Are there weights beside those that are packed, or only looked up?"""
    return any(
        weight.dim() > 1
        for module in model.modules()
        if not isinstance(module, nn.Embedding)
        for weight in module.parameters(recurse=False)
    )


@cache
def _plain_rows() -> int:
    return multiple_of_rows(lambda weight: partial(linear, weight=weight), torch.float32)


def _place(state: TextState) -> tuple[int, int]:
    """Neighbours on a shelf go side by side; prompts being read come last."""
    return (state.shelf.columns, state.row) if state.shelf is not None else (sys.maxsize, 0)


def _filled(items: list[int], rows: int) -> list[int]:
    """With the last one repeated, so that there is a multiple of so many."""
    return items + items[-1:] * (-len(items) % rows)
