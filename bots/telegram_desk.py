"""What all parts of the Telegram bot share: who reads, how to say a sentence, what was seen before."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

import structlog
from telegram import Bot, CallbackQuery, Chat, InlineKeyboardMarkup, Message, User
from telegram.error import TelegramError

from bots.budget import Budget, OpenBudget
from bots.messages import Inbox, Place, Reader, Refused, UnknownCompletion
from bots.operators import Operators
from bots.readers import Readers
from bots.telegram_translation import to_reader
from bots.texts import say

log = structlog.get_logger(__name__)

REMEMBERED = 10_000  # Taps, so that one that Telegram delivers twice counts once.

Tell = Callable[[str], Awaitable[None]]


@dataclass
class Desk:
    """One bot account and what stands behind it."""

    bot: Bot
    inbox: Inbox
    readers: Readers
    operators: Operators
    forms: Sequence[str]
    ai_notice: bool = False
    budget: Budget = field(default_factory=OpenBudget)
    _recent: dict[str, None] = field(default_factory=dict)

    @property
    def me(self) -> User:
        return self.bot.bot

    def first(self, key: str) -> bool:
        """False for what has come before."""
        if key in self._recent:
            return False
        self._recent[key] = None
        if len(self._recent) > REMEMBERED:
            del self._recent[next(iter(self._recent))]
        return True

    async def reader(self, person: User | Chat) -> Reader:
        """Who it is, with the language that they have settled, else Telegram's for them."""
        reader = to_reader(person, self.me)
        try:
            settings = await asyncio.to_thread(self.readers.settings, reader)
        except Exception as error:  # Telegram knows a language as well.
            log.exception("could not look up a reader's settings", error=type(error).__name__)
            return reader
        return replace(reader, locale=settings.language) if settings.language else reader

    async def tell(self, place: Place, sentence: str, markup: InlineKeyboardMarkup | None = None) -> None:
        """Say something in a place; a place that is closed is no error."""
        thread = int(place.thread) if place.thread else None
        try:
            await self.bot.send_message(place.chat, sentence, message_thread_id=thread, reply_markup=markup)
        except TelegramError as error:
            log.warning("a sentence did not reach its chat", why=str(error))

    async def toast(self, query: CallbackQuery, sentence: str | None = None) -> None:
        """Answer a tap, which Telegram waits for."""
        try:
            await query.answer(sentence[:200] if sentence else None)
        except TelegramError as error:  # Too old, mostly: the reader has stopped waiting for it.
            log.info("a tap was not answered", why=str(error))

    async def change(self, query: CallbackQuery, sentence: str, markup: InlineKeyboardMarkup | None) -> None:
        """Put something else into the message whose button was tapped."""
        if not query.message:
            return
        chat, message = query.message.chat.id, query.message.message_id
        try:
            await self.bot.edit_message_text(sentence, chat, message, reply_markup=markup)
        except TelegramError as error:
            log.info("a message was not changed", why=str(error))

    async def change_buttons(self, message: Message, markup: InlineKeyboardMarkup) -> None:
        """Put other buttons below a message."""
        try:
            await self.bot.edit_message_reply_markup(message.chat.id, message.message_id, reply_markup=markup)
        except TelegramError as error:
            log.info("buttons were not changed", why=str(error))

    async def attempt(self, tell: Tell, reader: Reader, step: Callable[[], Awaitable[None]]) -> None:
        """Do what a reader asked for, and tell them if it cannot be done: one sentence, whatever broke."""
        try:
            await step()
        except UnknownCompletion:
            await tell(say(reader.locale, "unknown-completion"))
        except Refused as refused:
            await tell(say(reader.locale, refused.reason, **refused.facts))
        except Exception as error:
            log.exception("could not do what a reader asked for", error=type(error).__name__)
            await tell(say(reader.locale, "service-down"))
