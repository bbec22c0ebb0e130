"""Say notices in their channels: each once, whichever process is at work."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Protocol, TypeVar

import structlog
from tenacity import stop_before_delay

from bots.courier import CLOSING_PATIENCE
from bots.notice_words import words_of
from bots.notices import Notice, NoticeBoard
from bots.retrying import recording, retrying
from bots.surface import DeliveryFailed, MessageGone, PlaceClosed
from bots.texts import say

log = structlog.get_logger(__name__)

T = TypeVar("T")

PATIENCE = 60.0  # Seconds for which a platform that does not take it is tried again.
KEPT = 300.0  # Seconds that a herald has for what it has taken: all its tries, and more.
LOOK_EVERY = 15.0  # Seconds.


class Channel(Protocol):
    """A platform's way to say something of its own. Raises DeliveryFailed, PlaceClosed."""

    async def post(self, notice: Notice, text: str) -> str:
        """Post a text. Returns the message's id."""

    async def illustrate(self, notice: Notice, title: str) -> None:
        """Post the notice's picture below its message."""


class Herald:
    """Takes the notices of one platform and workspace."""

    def __init__(self, board: NoticeBoard, platform: str, workspace: str, channel: Channel) -> None:
        self._board = board
        self._platform = platform
        self._workspace = workspace
        self._channel = channel
        self._name = secrets.token_hex(8)

    async def announce_forever(self, every: float = LOOK_EVERY) -> None:
        while True:
            await self.announce()
            await asyncio.sleep(every)

    async def announce(self) -> None:
        """Say what is to be said now."""
        try:
            due = await asyncio.to_thread(self._board.take, self._platform, self._workspace, self._name, KEPT)
        except Exception:  # Whoever looks must outlive a database that is away.
            log.exception("could not look for notices", platform=self._platform)
            return
        for notice in due:
            await self._to_its_end(asyncio.create_task(self._say(notice)))

    async def _to_its_end(self, saying: asyncio.Task[None]) -> None:
        """A stop between a message and its record would have it said twice."""
        try:
            await asyncio.shield(saying)
        except asyncio.CancelledError:
            await asyncio.wait({saying}, timeout=CLOSING_PATIENCE)
            saying.cancel()
            raise

    async def _say(self, notice: Notice) -> None:
        try:
            notice = await self._posted(notice)
        except PlaceClosed as closed:
            await self._given_up(notice, closed)
        except Exception as error:  # It is taken up again, here or elsewhere.
            log.exception("a notice could not be said", notice=notice.id, error=type(error).__name__)
        else:
            await self._illustrate(notice)

    async def _posted(self, notice: Notice) -> Notice:
        """The notice with the message that says it."""
        if notice.posted:
            return notice
        text = words_of(notice)
        message = await _tried(lambda: self._channel.post(notice, text))
        await self._record(lambda: self._board.posted(notice, message))
        return replace(notice, posted=message)

    async def _illustrate(self, notice: Notice) -> None:
        title = say(notice.locale, "digest-plot")
        try:
            if notice.picture:
                await _tried(lambda: self._channel.illustrate(notice, title))
        except (DeliveryFailed, MessageGone, PlaceClosed) as failed:  # What it says is said.
            await self._given_up(notice, failed)
        else:
            await self._record(lambda: self._board.done(notice))

    async def _given_up(self, notice: Notice, why: Exception) -> None:
        log.warning("a notice did not reach its channel", notice=notice.id, why=str(why))
        await self._record(lambda: self._board.done(notice, str(why)))

    async def _record(self, keep: Callable[[], None]) -> None:
        async def record() -> None:
            await asyncio.to_thread(keep)

        # Whatever the database's trouble: the message is out, and what is not recorded is said again.
        await recording(record)


async def _tried(step: Callable[[], Awaitable[T]]) -> T:
    return await retrying(step, DeliveryFailed, stop=stop_before_delay(PATIENCE))
