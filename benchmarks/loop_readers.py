"""Readers of one taste who rate what the service writes, and one who is against them."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from statistics import fmean, pstdev

from bots.messages import Reader, Vote
from retrain.reader import Reader as Taste
from worker.crowd import Crowd, Piece

_READERS = 6  # Of one taste.
_GOOD, _POOR, _MOOD = 0.5, -0.25, 0.4  # In spreads; the deviation of one's mood from piece to piece.
AGAINST = 0.25  # Share of the pieces that the adversary also rates.


@dataclass(frozen=True, slots=True)
class Usual:
    """The scores of pieces that readers are used to: by these they judge, be they strict or soon pleased."""

    mean: float
    spread: float

    @classmethod
    def of(cls, scores: Sequence[float]) -> "Usual":
        return cls(fmean(scores), pstdev(scores) or 1.0)

    def thumb(self, score: float, mood: float = 0.0) -> float | None:
        """Up for what is clearly better than usual, down for what is worse, or none. `mood` in spreads."""
        above = (score - self.mean) / self.spread + mood
        if above >= _GOOD:
            return 1.0
        return -1.0 if above <= _POOR else None


@dataclass
class Readers:
    """They share a taste but for their moods; one is against it."""

    taste: Taste
    usual: Usual
    crowd: Crowd
    against: float = AGAINST
    random: Random = field(default_factory=lambda: Random(1))  # noqa: S311 - no secret.
    given: int = 0

    def rate(self, piece: Piece) -> None:
        """One of them reads it, and perhaps the adversary."""
        number = self.random.randrange(_READERS)
        score = self.taste(piece.asked, piece.reply.text)
        self._tap(f"reader {number}", self.usual.thumb(score, self.random.gauss(0, _MOOD)), piece)
        if self.random.random() < self.against:
            thumb = self.usual.thumb(score)
            self._tap("adversary", None if thumb is None else -thumb, piece)

    def _tap(self, name: str, value: float | None, piece: Piece) -> None:
        if value is None:
            return
        reader = Reader("terminal", "", name)
        self.crowd.inbox.rate(Vote(reader, value, "button", piece.reply.completion_id))
        self.given += name != "adversary"


async def rated(readers: Readers, asked: Iterator[str], ratings: int, at_once: int) -> None:
    """Ask and rate until so many taps were given."""
    until = readers.given + ratings

    async def one() -> None:
        while readers.given < until:
            piece = await readers.crowd.ask(next(asked))
            if piece is not None:
                await asyncio.to_thread(readers.rate, piece)

    await asyncio.gather(*(one() for _ in range(at_once)))
