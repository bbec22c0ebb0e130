"""A simulated reader at work on the real service: asks for many pieces at once and rates them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count
from uuid import uuid4

from bots.messages import Failed, Inbox, Incoming, MessageRef, Place, Reader, Reply, ReplyFeed, Sent, Vote

_PLATFORM = "terminal"

Taste = Callable[[str, str], float]  # What was asked, and the text; −1 to 1.


@dataclass(frozen=True, slots=True)
class Piece:
    asked: str
    reply: Reply


@dataclass
class Crowd:
    """`at_once` prompts are under way together."""

    inbox: Inbox
    feed: ReplyFeed
    taste: Taste
    at_once: int = 32
    asked: int = 0
    accepted: int = 0
    pieces: list[Piece] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)
    _waiting: set[int] = field(default_factory=set)

    @property
    def dropped(self) -> int:
        """Prompts that were accepted and have no text."""
        return self.accepted - len(self.pieces)

    async def ask_all(
        self, requests: Iterable[str], told: Callable[[Piece], Awaitable[None]] | None = None
    ) -> list[Piece]:
        """One piece for each request, in their order; `told` hears of each as it is finished."""
        room = asyncio.Semaphore(self.at_once)

        async def one(request: str) -> Piece | None:
            async with room:
                piece = await self.ask(request)
                if piece is not None and told is not None:
                    await told(piece)
                return piece

        answers = await asyncio.gather(*(one(request) for request in requests))
        return [piece for piece in answers if piece is not None]

    async def ask(self, request: str) -> Piece | None:
        """Ask for one piece and wait for it; None if it could not be written."""
        # Each asks for itself: of one reader one prompt is written at a time.
        number = next(number for number in count() if number not in self._waiting)
        self._waiting.add(number)
        self.asked += 1
        try:
            return await self._ask(Reader(_PLATFORM, "", f"demo {number}"), request)
        finally:
            self._waiting.discard(number)

    async def _ask(self, reader: Reader, request: str) -> Piece | None:
        incoming = Incoming(f"demo:{uuid4().hex}", Place(_PLATFORM, "", "demo"), reader, request)
        accepted = await asyncio.to_thread(self.inbox.ask, incoming)
        self.accepted += 1
        async for event in self.feed.follow(accepted.prompt_id):
            if isinstance(event, Reply):
                piece = Piece(request, event)
                self.pieces.append(piece)
                await asyncio.to_thread(self._note_shown, event)
                return piece
            if isinstance(event, Failed):
                self.failed.append(event)
        return None

    async def rate(self, piece: Piece) -> float | None:
        """Tap 👍, 👎 or nothing, as the taste has it."""
        value = tap(self.taste(piece.asked, piece.reply.text))
        if value is not None:
            vote = Vote(Reader(_PLATFORM, "", "demo"), value, "button", piece.reply.completion_id)
            await asyncio.to_thread(self.inbox.rate, vote)
        return value

    def mean_score(self, pieces: Sequence[Piece]) -> float:
        return sum(self.taste(piece.asked, piece.reply.text) for piece in pieces) / len(pieces)

    def _note_shown(self, reply: Reply) -> None:
        ref = MessageRef(_PLATFORM, "demo", str(reply.prompt_id))
        self.inbox.sent(Sent(reply.prompt_id, ref, completion_id=reply.completion_id, last=True))


def tap(score: float) -> float | None:
    """A reader's thumb: up for what they clearly like, down for what they clearly do not."""
    if score >= 0.35:
        return 1.0
    return -1.0 if score <= 0.05 else None
