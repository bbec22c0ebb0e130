"""Readers of one taste who rate what the service writes, and one who is against them."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from bots.messages import Reader, Vote
from retrain.reader import Reader as Taste
from worker.crowd import Crowd, Piece, tap

_READERS, _MOOD = 6, 0.15  # Of one taste; the deviation of one reader's mood from one piece to the next.
AGAINST = 0.25  # Share of the pieces that the adversary also rates.


@dataclass
class Readers:
    """They share a taste but for their moods; one is against it."""

    taste: Taste
    crowd: Crowd
    against: float = AGAINST
    random: Random = field(default_factory=lambda: Random(1))  # noqa: S311 - no secret.
    given: int = 0

    def rate(self, piece: Piece) -> None:
        """One of them reads it, and perhaps the adversary."""
        number = self.random.randrange(_READERS)
        score = self.taste(piece.asked, piece.reply.text)
        self._tap(f"reader {number}", tap(score + self.random.gauss(0, _MOOD)), piece)
        if self.random.random() < self.against:
            self._tap("adversary", tap(-score), piece)

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
