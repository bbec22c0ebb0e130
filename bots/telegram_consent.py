"""Tell each reader once that the bot learns from them, with a button to say no."""

import asyncio

import structlog
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Message

from bots.messages import Reader
from bots.readers import Readers
from bots.telegram_line import Speech
from bots.telegram_translation import to_place
from bots.texts import say

log = structlog.get_logger(__name__)


class Consent:
    """Speaks up at a reader's first /start or first rating: then there is something to learn from."""

    def __init__(self, readers: Readers, speech: Speech) -> None:
        self._readers = readers
        self._speech = speech

    async def mention(self, reader: Reader, message: Message) -> None:
        try:
            if not await asyncio.to_thread(self._readers.ask_consent, reader):
                return
        except Exception:  # The rating is kept; the sentence can wait for the next one.
            log.exception("a reader could not be asked for consent")
            return
        refuse = InlineKeyboardButton(
            say(reader.locale, "telegram-button-no-consent"), callback_data=f"k:0:{reader.user}"
        )
        place = to_place(message, message.get_bot().bot)
        self._speech.tell(place, say(reader.locale, "telegram-consent"), InlineKeyboardMarkup([[refuse]]))
