"""Keep what readers think of a piece on Telegram: thumbs, reasons, choices, reactions, own versions."""

import asyncio
from contextlib import suppress
from functools import partial

from telegram import (
    CallbackQuery,
    ForceReply,
    Message,
    ReplyParameters,
)

from bots.messages import MessageRef, Reader, UnknownCompletion, Vote
from bots.reaction_kept import reaction_kept
from bots.telegram_buttons import PLATFORM, Tap, with_reasons, without_reasons
from bots.telegram_desk import Desk
from bots.telegram_learning import Learning
from bots.telegram_translation import key_of, thread_of, to_place
from bots.telegram_versions import asked_about, version_question
from bots.texts import say

_REMEMBERED = 1000
# Seconds before each look for the message of a tap or a reaction: together more than a courier takes to
# come back after a crash.
_LOOKS = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
_MOMENT = 1.0  # Seconds in which a reaction is confirmed to Telegram only once it is kept.


class Rating:
    """What comes back from readers."""

    def __init__(self, desk: Desk, learning: Learning) -> None:
        self._desk = desk
        self._learning = learning
        # (chat, message) that asks for a version → the piece.
        self._wanted: dict[tuple[int, int], int | MessageRef] = {}

    async def rate(self, query: CallbackQuery, tap: Tap, reader: Reader) -> None:
        """👍 or 👎, whose reason is asked for."""
        vote = Vote(reader, tap.value, "button", tap.target, toggle=True, key=_key_of(query))
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
        await self._learning.answer(query, vote.reader, say(locale, key))
        message = _shown(query)
        if message is None:
            return
        if rated.value == -1.0:
            buttons = with_reasons(message, rated.completion_id, locale)
            await self._desk.change_buttons(message, buttons)
        elif calm := without_reasons(message):
            await self._desk.change_buttons(message, calm)

    async def explain(self, query: CallbackQuery, tap: Tap, reader: Reader) -> None:
        vote = Vote(reader, tap.value, "button", tap.target, reason=tap.reason, key=_key_of(query))
        await asyncio.to_thread(self._desk.inbox.rate, vote)
        await self._desk.toast(query, say(reader.locale, "reason-kept"))
        message = _shown(query)
        if message and (calm := without_reasons(message)):
            await self._desk.change_buttons(message, calm)

    async def choose(self, query: CallbackQuery, winner: int | MessageRef, reader: Reader) -> None:
        await asyncio.to_thread(self._desk.inbox.prefer, reader, winner, _key_of(query))
        await self._learning.answer(query, reader, say(reader.locale, "chosen"))

    async def react(self, vote: Vote) -> None:
        """Keep a reaction, after the reader's others to that message.

        Nobody can be told that it failed, so it is tried for long; but for a moment only its update, and
        with it everybody's next ones, waits for that.
        """
        key = f"reaction {vote.target} {vote.reader.user}"
        others_first, looked = self._desk.errands.busy(key), asyncio.Event()
        self._desk.errands.start(key, partial(self._keep, vote, looked))
        if not others_first:
            with suppress(TimeoutError):
                await asyncio.wait_for(looked.wait(), _MOMENT)

    async def _keep(self, vote: Vote, looked: asyncio.Event) -> None:
        """One that comes sooner than our note of the message is looked at again; in the end it was to
        somebody else's message."""
        for pause in (0.0, *_LOOKS):
            goes_on = await self._desk.errands.pause(pause)
            if await reaction_kept(self._desk.inbox, vote) or not goes_on:
                break
            looked.set()
        looked.set()

    async def ask_version(self, query: CallbackQuery, piece: int | MessageRef, reader: Reader) -> None:
        """Ask for the reader's own version, as an answer to the question."""
        await self._desk.toast(query)
        if query.message is None:
            return
        place, below = to_place(query.message, self._desk.me), query.message.message_id
        text, entities = version_question(query, piece, self._desk.me, reader.locale)

        async def ask() -> None:
            async with self._desk.calling(place.chat, "send"):
                asked = await self._desk.bot.send_message(
                    place.chat,
                    text,
                    entities=entities,
                    message_thread_id=thread_of(place),
                    reply_parameters=ReplyParameters(below, allow_sending_without_reply=True),
                    reply_markup=ForceReply(selective=True),
                )
            self._wanted[asked.chat.id, asked.message_id] = piece
            if len(self._wanted) > _REMEMBERED:
                del self._wanted[next(iter(self._wanted))]

        self._desk.errands.start(place.chat, ask)

    def version_of(self, message: Message) -> int | MessageRef | None:
        """The piece that a message is the reader's own version of."""
        question = message.reply_to_message
        if question is None or question.from_user is None or question.from_user.id != self._desk.me.id:
            return None
        remembered = self._wanted.get((question.chat.id, question.message_id))
        return remembered if remembered is not None else asked_about(question)

    async def keep_version(self, message: Message, piece: int | MessageRef, reader: Reader) -> None:
        key = key_of(message, self._desk.me)
        await asyncio.to_thread(self._desk.inbox.rewrite, reader, piece, message.text or "", key)
        place = to_place(message, self._desk.me)
        await self._desk.tell(place, say(reader.locale, "version-kept"))
        self._learning.tell(place, reader)


def _key_of(query: CallbackQuery) -> str:
    """The tap's own identity: delivered again, it is the same one."""
    return f"{PLATFORM}:{query.id}"


def _shown(query: CallbackQuery) -> Message | None:
    """The message of a tap, if Telegram still shows it to us."""
    message = query.message
    return message if isinstance(message, Message) and message.is_accessible else None
