"""The Telegram bot: updates in, prompts and votes to the inbox, answers back through the courier."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress

import structlog
from telegram import BotCommand, CallbackQuery, LinkPreviewOptions, Message, Update, User
from telegram.error import InvalidToken, TelegramError
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    ContextTypes,
    Defaults,
    MessageHandler,
    MessageReactionHandler,
    filters,
)

from bots.budget import Budget, OpenBudget
from bots.courier import Courier, retrying
from bots.messages import Inbox, Incoming, Pending, Place, Reader, Refused, ReplyFeed, UnknownCompletion, Vote
from bots.telegram_buttons import PLATFORM, VARIANTS_WANTED, Tap, to_tap
from bots.telegram_polling import persistently, poll, unless_stopped
from bots.telegram_surface import TelegramSurface
from bots.telegram_translation import (
    to_again,
    to_command,
    to_incoming,
    to_place,
    to_reader,
    to_vote,
)
from bots.texts import LOCALES, placeholder, say

log = structlog.get_logger(__name__)

Context = ContextTypes.DEFAULT_TYPE


class TokenRefused(Exception):
    """Raised when Telegram does not know the token. The token itself is not in the message."""


class TelegramBot:
    """One bot account. `forms` are the kinds of writing; each is a command of its own.

    `api_url` is the root of another Bot API server, `edit_interval` the least time between live edits
    of one message, `look_every` that between looks for undelivered answers, both in seconds.
    """

    def __init__(
        self,
        token: str,
        inbox: Inbox,
        feed: ReplyFeed,
        forms: Sequence[str],
        *,
        api_url: str | None = None,
        edit_interval: float = 3.0,
        look_every: float = 15.0,
        budget: Budget | None = None,
    ) -> None:
        builder = Application.builder().token(token).updater(None)
        if api_url:
            builder = builder.base_url(f"{api_url.rstrip('/')}/bot")
        no_preview = LinkPreviewOptions(is_disabled=True)  # A link in a poem is the model's invention.
        self._application = builder.defaults(Defaults(link_preview_options=no_preview)).build()
        self._bot = self._application.bot
        self._inbox = inbox
        self._forms = tuple(forms)
        self._look_every = look_every
        budget = budget or OpenBudget()
        self._courier = Courier(
            inbox,
            feed,
            lambda pending: TelegramSurface(self._bot, pending, budget),
            edit_interval=edit_interval,
        )
        self._application.add_handlers(
            [
                MessageHandler(filters.UpdateType.MESSAGE & filters.TEXT, self._on_message),
                CallbackQueryHandler(self._on_tap),
                MessageReactionHandler(
                    self._on_reaction,
                    message_reaction_types=MessageReactionHandler.MESSAGE_REACTION_UPDATED,
                ),
            ]
        )
        self._application.add_error_handler(self._on_error)

    async def run(self, stop: asyncio.Event) -> None:
        """Answer until `stop` is set. Raises TokenRefused."""
        # Their lines at info and debug level hold the address of each call, and so the token.
        for name in ("httpx", "httpcore", "telegram"):
            logging.getLogger(name).setLevel(logging.WARNING)
        resuming = None
        try:
            if await unless_stopped(self._connect(), stop):
                resuming = asyncio.create_task(self._courier.resume_forever(PLATFORM, self._look_every))
                await poll(self._bot, self._application.process_update, stop)
        except InvalidToken:
            raise TokenRefused("Telegram does not know this token") from None  # Its cause shows the token.
        finally:
            if resuming:
                resuming.cancel()
            await self._courier.close()
            await self._application.shutdown()
            await self._bot.shutdown()  # The application leaves it open if it never got connected.

    async def _connect(self) -> bool:
        await persistently(self._application.initialize)
        await persistently(self._bot.delete_webhook)  # With a webhook set, Telegram refuses polling.
        for locale in LOCALES:
            commands = [BotCommand(form, say(locale, "telegram-command", form=form)) for form in self._forms]
            help_command = BotCommand("help", say(locale, "telegram-command", form="help"))
            try:
                await self._bot.set_my_commands(
                    [*commands, help_command], language_code=None if locale == "en" else locale
                )
            except TelegramError as error:
                log.warning("commands are not listed in Telegram's menu", locale=locale, why=str(error))
        log.info("telegram bot is connected", bot=self._me.username)
        if not self._me.can_read_all_group_messages:
            log.info("privacy mode is on: in groups only commands and replies reach the bot")
        return True

    @property
    def _me(self) -> User:
        return self._bot.bot

    async def _on_message(self, update: Update, _: Context) -> None:
        message = update.message
        if message is None:
            return
        command = to_command(message, self._me)
        if command and command.addressed and command.name in ("start", "help"):
            forms = " ".join(f"/{form}" for form in self._forms)
            locale = to_reader(message.from_user, self._me).locale if message.from_user else "en"
            await self._tell(to_place(message, self._me), say(locale, "telegram-help", forms=forms))
            return
        incoming = to_incoming(message, self._me, self._forms)
        if incoming:
            try:
                await self._ask(incoming)
            except Refused as refused:
                await self._tell(incoming.place, say(incoming.reader.locale, refused.reason, **refused.facts))

    async def _on_tap(self, update: Update, _: Context) -> None:
        query = update.callback_query
        if query is None:
            return
        reader = to_reader(query.from_user, self._me)
        match to_tap(query):
            case Tap("rate") as tap:
                await self._toast(query, await self._rate(tap, reader))
            case Tap("choose", int(winner)):
                await self._toast(query, await self._choose(winner, reader))
            case Tap(act, int(completion_id)) if isinstance(query.message, Message):
                count = VARIANTS_WANTED if act == "variants" else 1
                wish = to_again(query, query.message, completion_id, self._me, count)
                await self._again(query, wish)
            case _:
                await self._toast(query, say(reader.locale, "unknown-completion"))

    async def _on_reaction(self, update: Update, _: Context) -> None:
        vote = to_vote(update.message_reaction, self._me) if update.message_reaction else None
        if vote:
            await retrying(lambda: self._keep(vote), Exception)  # Nobody could be told to react again.

    async def _on_error(self, update: object, context: Context) -> None:
        """One sentence for the reader, the whole story for the operator."""
        number = update.update_id if isinstance(update, Update) else None
        log.error("an update could not be handled", update_id=number, exc_info=context.error)
        if not isinstance(update, Update) or update.effective_user is None:
            return
        sentence = say(update.effective_user.language_code or "en", "service-down")
        if update.callback_query:
            await self._toast(update.callback_query, sentence)
        elif update.message:
            await self._tell(to_place(update.message, self._me), sentence)

    async def _ask(self, incoming: Incoming) -> None:
        accepted = await asyncio.to_thread(self._inbox.ask, incoming)
        if accepted.new:
            pending = Pending(accepted.prompt_id, incoming.place, incoming.reader.locale, incoming.reply_to)
            sentence = placeholder(pending.locale, queued=accepted.queued, place=accepted.place)
            self._courier.start(pending, sentence)

    async def _again(self, query: CallbackQuery, incoming: Incoming) -> None:
        sentence = None
        try:
            await self._ask(incoming)
        except Refused as refused:
            sentence = say(incoming.reader.locale, refused.reason, **refused.facts)
        await self._toast(query, sentence)

    async def _rate(self, tap: Tap, reader: Reader) -> str:
        vote = Vote(reader, tap.value, "button", tap.target, toggle=True)
        try:
            rated = await asyncio.to_thread(self._inbox.rate, vote)
        except UnknownCompletion:
            return say(reader.locale, "unknown-completion")
        if rated.value is None:
            return say(reader.locale, "rating-cleared")
        return say(reader.locale, "rated-up" if rated.value > 0 else "rated-down")

    async def _choose(self, winner: int, reader: Reader) -> str:
        try:
            await asyncio.to_thread(self._inbox.prefer, reader, winner)
        except UnknownCompletion:
            return say(reader.locale, "unknown-completion")
        return say(reader.locale, "chosen")

    async def _keep(self, vote: Vote) -> None:
        with suppress(UnknownCompletion):  # A reaction to somebody else's message.
            await asyncio.to_thread(self._inbox.rate, vote)

    async def _tell(self, place: Place, sentence: str) -> None:
        thread = int(place.thread) if place.thread else None
        try:
            await self._bot.send_message(place.chat, sentence, message_thread_id=thread)
        except TelegramError as error:
            log.warning("a sentence did not reach its chat", why=str(error))

    async def _toast(self, query: CallbackQuery, sentence: str | None) -> None:
        try:
            await query.answer(sentence)
        except TelegramError as error:  # Too old, mostly: the reader has stopped waiting for it.
            log.info("a tap was not answered", why=str(error))
