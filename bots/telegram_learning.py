"""Tell readers on Telegram, once each, how the bot learns from them: where they are spoken to anyway."""

import asyncio
from functools import partial

import structlog
from telegram import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import ChatType

from bots.messages import Place, Reader
from bots.telegram_buttons import INLINE, WAY_IN, WAY_OUT
from bots.telegram_calling import answering
from bots.telegram_desk import LONGEST_TOAST, Desk
from bots.telegram_translation import to_place
from bots.texts import say

log = structlog.get_logger(__name__)


class Learning:
    """What did not reach a reader is said the next time."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def tell(self, place: Place, reader: Reader) -> None:
        """In a message, with the way out of it below, or the way in where nobody is learned from unasked."""
        if not place.chat.startswith(INLINE):  # Nothing but the answer can be said there.
            self._desk.errands.start(f"consent {reader.user}", partial(self._tell, place, reader))

    async def answer(self, query: CallbackQuery, reader: Reader, sentence: str) -> None:
        """Answer a tap that rates."""
        message = query.message
        if message and message.chat.type == ChatType.PRIVATE:
            await self._desk.toast(query, sentence)
            self.tell(to_place(message, self._desk.me), reader)
        else:
            answer = partial(self._answer_alone, query, reader, sentence)
            self._desk.errands.start(f"tap {query.id}", answer)

    async def _answer_alone(self, query: CallbackQuery, reader: Reader, sentence: str) -> None:
        """Others read along: who has not heard of it closes what nobody else is shown."""
        first = await self._first_word(reader)
        with answering("a tap"):
            await query.answer(f"{sentence} {first}".strip()[:LONGEST_TOAST], show_alert=bool(first))
            if first:
                await asyncio.to_thread(self._desk.readers.ask_consent, reader)

    async def _first_word(self, reader: Reader) -> str:
        """ "" if they have heard of it, or nobody can say: the tap is answered all the same."""
        readers = self._desk.readers
        try:
            if await asyncio.to_thread(readers.consent_asked, reader):
                return ""
            settings = await asyncio.to_thread(readers.settings, reader)
        except Exception as error:  # What was rated is kept.
            log.exception("could not ask for consent", error=type(error).__name__)
            return ""
        return say(reader.locale, "telegram-consent-beside", consent="yes" if settings.consent else "no")

    async def _tell(self, place: Place, reader: Reader) -> None:
        readers = self._desk.readers
        if await asyncio.to_thread(readers.consent_asked, reader):
            return
        consent = (await asyncio.to_thread(readers.settings, reader)).consent
        text = say(reader.locale, "telegram-consent" if consent else "telegram-consent-wanted")
        label = say(reader.locale, "button-learn", consent="no" if consent else "yes")
        button = InlineKeyboardButton(label, callback_data=WAY_OUT if consent else WAY_IN)
        await self._desk.saying(place, text, InlineKeyboardMarkup([[button]]))()
        await asyncio.to_thread(readers.ask_consent, reader)
