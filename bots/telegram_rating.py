"""Keep what readers think of a piece on Telegram: thumbs, reasons, choices, reactions, own versions."""

import asyncio
import re
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from functools import partial

from telegram import (
    CallbackQuery,
    ForceReply,
    Message,
    MessageEntity,
    ReplyParameters,
)

from bots.messages import MessageRef, Reader, UnknownCompletion, Vote
from bots.retrying import retrying
from bots.telegram_buttons import PLATFORM, Tap, with_reasons, without_reasons
from bots.telegram_desk import Desk
from bots.telegram_translation import to_place
from bots.texts import say

_PENCIL = "✎"
_VERSION = re.compile(r"https?://t\.me/\w+\?start=v([0-9]{1,18})")
_REMEMBERED = 1000
# Seconds before each look for the message of a tap or a reaction: together more than a courier takes to
# come back after a crash.
_LOOKS = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)


class Rating:
    """What comes back from readers."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._early: Counter[str] = Counter()  # Reactions that are to be looked at again.
        self._wanted: dict[tuple[int, int], int] = {}  # (chat, message) that asks for a version of a piece.

    async def rate(self, query: CallbackQuery, tap: Tap, reader: Reader) -> None:
        """👍 or 👎, whose reason is asked for."""
        vote = Vote(reader, tap.value, "button", tap.target, toggle=True, key=f"{PLATFORM}:{query.id}")
        try:
            await self._rate(query, vote)
        except UnknownCompletion:
            self._desk.errands.start(f"tap {query.id}", partial(self._rate_late, query, vote))

    async def _rate_late(self, query: CallbackQuery, vote: Vote) -> None:
        """After a crash our note of a message may come seconds after the message."""
        for pause in _LOOKS:
            await asyncio.sleep(pause)
            with suppress(UnknownCompletion):
                await self._rate(query, vote)
                return
        await self._desk.toast(query, say(vote.reader.locale, "unknown-completion"))

    async def _rate(self, query: CallbackQuery, vote: Vote) -> None:
        rated = await asyncio.to_thread(self._desk.inbox.rate, vote)
        locale = vote.reader.locale
        key = {1.0: "rated-up", -1.0: "rated-down"}.get(rated.value or 0, "rating-cleared")
        await self._desk.toast(query, say(locale, key))
        message = _shown(query)
        if message is None:
            return
        if rated.value == -1.0:
            buttons = with_reasons(message, rated.completion_id, locale)
            await self._desk.change_buttons(message, buttons)
        elif calm := without_reasons(message):
            await self._desk.change_buttons(message, calm)

    async def explain(self, query: CallbackQuery, tap: Tap, reader: Reader) -> None:
        vote = Vote(reader, tap.value, "button", tap.target, reason=tap.reason)
        await asyncio.to_thread(self._desk.inbox.rate, vote)
        await self._desk.toast(query, say(reader.locale, "slack-reason-kept"))
        message = _shown(query)
        if message and (calm := without_reasons(message)):
            await self._desk.change_buttons(message, calm)

    async def choose(self, query: CallbackQuery, winner: int | MessageRef, reader: Reader) -> None:
        await asyncio.to_thread(self._desk.inbox.prefer, reader, winner)
        await self._desk.toast(query, say(reader.locale, "chosen"))

    async def react(self, vote: Vote) -> None:
        """Keep a reaction. Nobody can be told that it failed, so it is tried for a while.

        One that comes sooner than our note of the message is looked at again, and the reader's next ones
        after it: nobody else waits for that. In the end it was to somebody else's message.
        """
        key = f"reaction {vote.target} {vote.reader.user}"
        if not self._early[key] and await self._kept(vote):
            return
        self._early[key] += 1

        async def keep_late() -> None:
            try:
                for pause in _LOOKS:
                    await asyncio.sleep(pause)
                    if await self._kept(vote):
                        break
            finally:
                self._early[key] -= 1
                self._early += Counter()  # Drops what is 0.

        self._desk.errands.start(key, keep_late)

    async def _kept(self, vote: Vote) -> bool:
        async def keep() -> bool:
            for known in self._known(vote):
                with suppress(UnknownCompletion):
                    await asyncio.to_thread(self._desk.inbox.rate, known)
                    return True
            return False

        return await retrying(keep, Exception)

    def _known(self, vote: Vote) -> list[Vote]:
        """A supergroup's messages may be known under the id that it had as a group."""
        shown = vote.target
        former = self._desk.moves.former(shown.chat) if isinstance(shown, MessageRef) else None
        if not isinstance(shown, MessageRef) or former is None:
            return [vote]
        return [vote, replace(vote, target=replace(shown, chat=former))]

    async def ask_version(self, query: CallbackQuery, piece: int, reader: Reader) -> None:
        """Ask for the reader's own version, as an answer to the question."""
        message = _shown(query)
        await self._desk.toast(query)
        if message is None:
            return
        place, me = to_place(message, self._desk.me), self._desk.me
        # The question says which piece it is about, in a link, so that a restart forgets no question.
        link = MessageEntity(MessageEntity.TEXT_LINK, 0, 1, url=f"https://t.me/{me.username}?start=v{piece}")

        async def ask() -> None:
            async with self._desk.calling(place.chat, "send"):
                asked = await self._desk.bot.send_message(
                    place.chat,
                    f"{_PENCIL} {say(reader.locale, 'telegram-version')}",
                    entities=[link],
                    message_thread_id=int(place.thread) if place.thread else None,
                    reply_parameters=ReplyParameters(message.message_id, allow_sending_without_reply=True),
                    reply_markup=ForceReply(selective=True),
                )
            self._wanted[asked.chat.id, asked.message_id] = piece
            if len(self._wanted) > _REMEMBERED:
                del self._wanted[next(iter(self._wanted))]

        self._desk.errands.start(place.chat, ask)

    def version_of(self, message: Message) -> int | None:
        """The piece that a message is the reader's own version of."""
        question = message.reply_to_message
        if question is None or question.from_user is None or question.from_user.id != self._desk.me.id:
            return None
        remembered = self._wanted.get((question.chat.id, question.message_id))
        if remembered is not None or not (question.text or "").startswith(_PENCIL):
            return remembered
        links = (_VERSION.fullmatch(entity.url or "") for entity in question.entities if entity.offset == 0)
        return next((int(link[1]) for link in links if link), None)

    async def keep_version(self, message: Message, piece: int, reader: Reader) -> None:
        await asyncio.to_thread(self._desk.inbox.rewrite, reader, piece, message.text or "")
        await self._desk.tell(to_place(message, self._desk.me), say(reader.locale, "slack-version-kept"))


def _shown(query: CallbackQuery) -> Message | None:
    """The message of a tap, if Telegram still shows it to us."""
    message = query.message
    return message if isinstance(message, Message) and message.is_accessible else None
