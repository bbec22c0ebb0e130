"""What all parts of the Telegram bot share: who reads, how to say a sentence, what was seen before."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from functools import partial

import structlog
from telegram import Bot, CallbackQuery, Chat, InlineKeyboardMarkup, Message, ReplyParameters, User
from telegram.constants import CallbackQueryLimit

from bots.budget import Act, Budget, Call, OpenBudget
from bots.incidents import apology
from bots.messages import Inbox, Place, Reader, Refused
from bots.operators import Operators
from bots.readers import Readers
from bots.retrying import recording
from bots.seen import Seen, SeenHere
from bots.telegram_buttons import PLATFORM
from bots.telegram_calling import Moves, answering, calling
from bots.telegram_errands import Errands, Step
from bots.telegram_translation import thread_of, to_reader
from bots.texts import say

log = structlog.get_logger(__name__)

LONGEST_TOAST = int(CallbackQueryLimit.ANSWER_CALLBACK_QUERY_TEXT_LENGTH)

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
    errands: Errands = field(default_factory=Errands)
    moves: Moves = field(default_factory=Moves)
    seen: Seen = field(default_factory=SeenHere)

    @property
    def me(self) -> User:
        return self.bot.bot

    async def reader(self, person: User | Chat) -> Reader:
        """Who it is, with the language that they have settled, else Telegram's for them."""
        reader = to_reader(person, self.me)
        try:
            settings = await asyncio.to_thread(self.readers.settings, reader)
        except Exception as error:  # Telegram knows a language as well.
            log.exception("could not look up a reader's settings", error=type(error).__name__)
            return reader
        return replace(reader, locale=settings.language) if settings.language else reader

    async def tell(
        self,
        place: Place,
        sentence: str,
        markup: InlineKeyboardMarkup | None = None,
        *,
        quote: int | None = None,
    ) -> None:
        """Say something in a place, if it is open."""
        self.errands.start(place.chat, self.saying(place, sentence, markup, quote=quote))

    def saying(
        self,
        place: Place,
        sentence: str,
        markup: InlineKeyboardMarkup | None = None,
        *,
        quote: int | None = None,
    ) -> Step:
        """What it takes to say something. Raises what a refusal means for a delivery."""
        quoted = ReplyParameters(quote, allow_sending_without_reply=True) if quote else None

        async def send() -> None:
            chat = self.moves.current(place.chat)
            thread = thread_of(place)
            async with self.calling(chat, "send"):
                await self.bot.send_message(
                    chat, sentence, message_thread_id=thread, reply_markup=markup, reply_parameters=quoted
                )

        return send

    async def toast(self, query: CallbackQuery, sentence: str | None = None) -> None:
        """Answer a tap, which Telegram waits for."""

        async def answer() -> None:
            with answering("a tap"):
                await query.answer(sentence[:LONGEST_TOAST] if sentence else None)

        self.errands.start(f"tap {query.id}", answer)  # It waits for nothing else in the chat.

    async def change(self, query: CallbackQuery, sentence: str, markup: InlineKeyboardMarkup | None) -> None:
        """Put something else into the message whose button was tapped."""
        if not query.message:
            return
        chat, message = str(query.message.chat.id), query.message.message_id

        async def edit() -> None:
            async with self.calling(chat, "edit"):
                await self.bot.edit_message_text(sentence, chat, message, reply_markup=markup)

        self.errands.start(chat, edit)

    async def change_buttons(self, message: Message, markup: InlineKeyboardMarkup) -> None:
        """Put other buttons below a message."""
        chat = str(message.chat.id)

        async def edit() -> None:
            async with self.calling(chat, "edit"):
                await self.bot.edit_message_reply_markup(chat, message.message_id, reply_markup=markup)

        self.errands.start(chat, edit)

    def calling(self, chat: str, act: Act, *, live: bool = False) -> AbstractAsyncContextManager[None]:
        """Call Telegram about a chat. Raises what its refusal means for a delivery."""
        return calling(self.budget, Call(chat, act, live, group=chat.startswith("-")), self.moved)

    def moved(self, old: str, new: str) -> None:
        """A group has become a supergroup: what was asked and said there is looked for under its new id."""
        if self.moves.current(old) == new:
            return
        self.moves.note(old, new)
        group = Place(PLATFORM, str(self.me.id), old)

        async def keep() -> None:
            await recording(partial(asyncio.to_thread, self.inbox.moved, group, new))

        self.errands.start(f"move {old}", keep)

    async def attempt(self, tell: Tell, reader: Reader, step: Step) -> None:
        """Do what a reader asked for, and tell them if it cannot be done: one sentence, whatever broke."""
        try:
            await step()
        except Refused as refused:
            await tell(say(reader.locale, refused.reason, **refused.facts))
        except Exception as error:  # noqa: BLE001 - Whatever broke, it is logged and said.
            await tell(apology(reader.locale, error))
