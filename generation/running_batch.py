"""The texts that one model version is writing right now: join, step, leave."""

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import torch

from generation.forward_pass import Outcome, Piece, attempted
from generation.line_stop import end_of_lines
from generation.prefix_reuse import Prefixes, worth_waiting
from generation.schedule import Pace, Prompt, pieces
from generation.text_cache import BLOCK, PromptCache
from generation.token_choice import Draw, choose
from generation.versions import LoadedVersion


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
    read: int = 0  # Prompt tokens in the state so far.
    state: Any = None
    prompt_cache: PromptCache | None = None  # While it is read, if it is read in pieces.

    @property
    def done(self) -> bool:
        return self.finish_reason is not None or self.error is not None

    @property
    def may_begin(self) -> bool:
        """As another prompt does, of whose beginning it takes over what is known."""
        return self.read == 0 and self.prompt_cache is not None

    @property
    def unread(self) -> int:
        return len(self.prompt) - self.read

    @property
    def need(self) -> int:
        """Tokens of cache that it can come to need."""
        return len(self.prompt) + self.max_new_tokens


class RunningBatch:
    """Rows of one model, stepped together. Not thread-safe: the engine's thread owns it.

    `beginnings`: tokens of prompts that are kept for those to come.
    """

    def __init__(self, version: LoadedVersion, pace: Pace, beginnings: int) -> None:
        self._version = version
        self._forward = version.runnable.new_pass()
        self._beginnings = beginnings
        self._prefixes = Prefixes(beginnings)
        self.pace = pace
        self.rows: list[Row] = []

    @property
    def kept_columns(self) -> int:
        """Of beginnings, for texts to come."""
        return self._prefixes.columns

    @property
    def uncounted_columns(self) -> int:
        """Of places that texts have left."""
        return self._forward.uncounted

    def shrink(self) -> None:
        self._forward.shrink()

    def forget(self) -> None:
        self._prefixes = Prefixes(self._beginnings)

    def join(self, rows: Sequence[Row]) -> None:
        for row in rows:
            row.state = self._forward.new_state(len(row.prompt), row.need)
            row.prompt_cache = self._forward.prompt_cache(row.state)
        self.rows += rows

    def leave(self, row: Row) -> None:
        """Take a row out, finished or not; what it kept is free at once."""
        self.rows.remove(row)
        self._forward.release(row.state)
        row.state = None

    def step(self, elsewhere: int = 0) -> bool:
        """Write one more token of every row; rows that have just joined read (a piece of) their prompt.

        `elsewhere`: texts of other batches that wait for this step. Says whether any prompt was read.
        """
        writing = [row for row in self.rows if not row.unread]
        reading = self._reading()
        shares = self._shares(len(writing), elsewhere, reading)
        reading = [row for row, share in zip(reading, shares, strict=True) if share]
        shares = [share for share in shares if share]
        if not writing and not reading:
            return False  # None of them could begin.
        started = perf_counter()
        outcomes = self._forward.run(
            [Piece([row.draw.written[-1]], row.state) for row in writing]
            + [
                Piece(row.prompt[row.read : row.read + share], row.state, wanted=share == row.unread)
                for row, share in zip(reading, shares, strict=True)
            ]
        )
        for row, share in zip(reading, shares, strict=True):
            row.read += share
        self._advance([*writing, *reading], outcomes)
        self.pace = self.pace.after(len(writing) + sum(shares), perf_counter() - started)
        return bool(reading)

    def _shares(self, writing: int, elsewhere: int, reading: Sequence[Row]) -> list[int]:
        if not self._forward.reads_in_pieces:  # One whole prompt at a time, then.
            return [row.unread if position == 0 else 0 for position, row in enumerate(reading)]
        prompts = [Prompt(row.read, row.unread) for row in reading]
        return pieces(prompts, self.pace.tokens_to_read(writing, elsewhere), BLOCK)

    def _reading(self) -> list[Row]:
        """The rows that read now, begun with what is known of their prompts: not those whose beginning
        another is about to read."""
        reading: list[Row] = []
        for row in self.rows:
            if row.unread and (not row.may_begin or self._begun(row, reading)):
                reading.append(row)
        return reading

    def _begun(self, row: Row, reading: Sequence[Row]) -> bool:
        """Take over as much of its prompt as is known, unless it is worth to wait until these have read."""
        length, source = self._known(row)
        if any(worth_waiting(row.prompt, length, other.prompt) for other in reading):
            return False
        if source is not None:
            row.error = attempted(lambda: self._forward.begin_as(row.state, source, length))
        if row.error is None:
            row.read = length
        return row.error is None

    def _known(self, row: Row) -> tuple[int, PromptCache | None]:
        """How much of its prompt was read before or is being read, and whose that is."""
        under_way = [
            (other.prompt[: other.read], other.prompt_cache)
            for other in self.rows
            if other.read and other.prompt_cache is not None
        ]
        return self._prefixes.longest(row.prompt, under_way)

    def _advance(self, rows: Sequence[Row], outcomes: Sequence[Outcome]) -> None:
        chosen: list[tuple[Row, torch.Tensor]] = []
        for row, outcome in zip(rows, outcomes, strict=True):
            if isinstance(outcome, Exception):
                row.error = outcome
            elif outcome is not None:
                chosen.append((row, outcome))
        if not chosen:
            return
        for (row, _), token in zip(chosen, self._tokens(chosen), strict=True):
            if isinstance(token, Exception):
                row.error = token
            else:
                self._append(row, token)

    def _tokens(self, chosen: Sequence[tuple[Row, torch.Tensor]]) -> Sequence[int | Exception]:
        """The next token of each, or why there is none."""
        tokens = attempted(
            lambda: choose(
                torch.stack([logits for _, logits in chosen]),
                [row.draw for row, _ in chosen],
                self._version.newline_tokens,
            )
        )
        if isinstance(tokens, Exception):
            return [tokens] if len(chosen) == 1 else [self._tokens([one])[0] for one in chosen]
        return [NotFinite("the model's logits are not finite") if t is None else t for t in tokens]

    def _append(self, row: Row, token: int) -> None:
        if row.prompt_cache is not None:  # Read whole and without fault: others may begin with it.
            self._prefixes.keep(row.prompt, row.prompt_cache)
            row.prompt_cache = None
        if token in self._version.end_tokens:
            row.finish_reason = "stop"
            return
        row.draw.record(token)
        if len(row.draw.written) >= row.max_new_tokens:
            row.finish_reason = "length"
        if row.stop_after_lines and token in self._version.newline_tokens:
            self._look_at_lines(row, row.stop_after_lines)

    def _look_at_lines(self, row: Row, wanted: int) -> None:
        """Blank lines are none, so its text is asked: tokens do not say, such as one of spaces."""
        end = attempted(lambda: end_of_lines(self._version.decode(row.draw.written), wanted))
        if isinstance(end, Exception):
            row.error = end
        elif end is not None:
            row.finish_reason = "stop"
