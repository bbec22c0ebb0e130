"""Keep what readers think of a piece on Telegram: thumbs, reasons, choices, reactions, own versions."""

import asyncio
import re
from contextlib import suppress

from telegram import (
    CallbackQuery,
    ForceReply,
    Message,
    MessageEntity,
    ReplyParameters,
)
from telegram.error import TelegramError

from bots.courier import retrying
from bots.messages import Reader, UnknownCompletion, Vote
from bots.telegram_buttons import Tap, with_reasons, without_reasons
from bots.telegram_desk import Desk
from bots.telegram_translation import to_place
from bots.texts import say

_PENCIL = "✎"
_VERSION = re.compile(r"https?://t\.me/\w+\?start=v([0-9]{1,18})")
_REMEMBERED = 1000


class Rating:
    """What comes back from readers."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._wanted: dict[tuple[int, int], int] = {}  # (chat, message) that asks for a version of a piece.

    async def rate(self, query: CallbackQuery, tap: Tap, reader: Reader) -> None:
        """👍 or 👎, whose reason is asked for. Raises UnknownCompletion, as all below."""
        vote = Vote(reader, tap.value, "button", tap.target, toggle=True)
        rated = await asyncio.to_thread(self._desk.inbox.rate, vote)
        key = {1.0: "rated-up", -1.0: "rated-down"}.get(rated.value or 0, "rating-cleared")
        await self._desk.toast(query, say(reader.locale, key))
        message = _shown(query)
        if message is None:
            return
        if rated.value == -1.0:
            buttons = with_reasons(message, rated.completion_id, reader.locale)
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

    async def choose(self, query: CallbackQuery, winner: int, reader: Reader) -> None:
        await asyncio.to_thread(self._desk.inbox.prefer, reader, winner)
        await self._desk.toast(query, say(reader.locale, "chosen"))

    async def react(self, vote: Vote) -> None:
        """Keep a reaction. Nobody can be told that it failed, so it is tried for a while."""

        async def keep() -> None:
            with suppress(UnknownCompletion):  # A reaction to somebody else's message.
                await asyncio.to_thread(self._desk.inbox.rate, vote)

        await retrying(keep, Exception)

    async def ask_version(self, query: CallbackQuery, piece: int, reader: Reader) -> None:
        """Ask for the reader's own version, as an answer to the question."""
        message = _shown(query)
        if message is None:
            return
        await self._desk.toast(query)
        place, me = to_place(message, self._desk.me), self._desk.me
        # The question says which piece it is about, in a link, so that a restart forgets no question.
        link = MessageEntity(MessageEntity.TEXT_LINK, 0, 1, url=f"https://t.me/{me.username}?start=v{piece}")
        with suppress(TelegramError):  # The place is closed.
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
