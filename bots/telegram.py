"""The Telegram bot: connects, takes updates, hands each to who deals with it, brings the answers back."""

import asyncio
import logging
from collections.abc import Mapping, Sequence

import structlog
from telegram import LinkPreviewOptions, Message, Update, User
from telegram.error import InvalidToken
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    ContextTypes,
    Defaults,
    InlineQueryHandler,
    MessageHandler,
    MessageReactionHandler,
    filters,
)

from bots.budget import Budget, OpenBudget
from bots.courier import Courier, Surface
from bots.messages import Inbox, Pending, ReplyFeed
from bots.operators import Operators
from bots.readers import Readers
from bots.telegram_account import Account
from bots.telegram_asking import Asking
from bots.telegram_buttons import INLINE, PLATFORM
from bots.telegram_commands import Commands, register
from bots.telegram_consent import Consent
from bots.telegram_drafts import Drafts
from bots.telegram_inline import InlineSurface, Themes, offer
from bots.telegram_line import Line, Speech
from bots.telegram_polling import persistently, poll, unless_stopped
from bots.telegram_rating import Rating
from bots.telegram_seen import Seen
from bots.telegram_surface import TelegramSurface
from bots.telegram_taps import Taps
from bots.telegram_translation import VERDICTS, to_command, to_incoming, to_place, to_reader, to_sender
from bots.telegram_webhook import Webhook, WebhookServer
from bots.texts import say

log = structlog.get_logger(__name__)

Context = ContextTypes.DEFAULT_TYPE

_PATIENCE = 20.0  # Seconds for Telegram to answer a call: a message sent twice is worse than one sent late.


class TokenRefused(Exception):
    """Raised when Telegram does not know the token. The token itself is not in the message."""


class TelegramBot:
    """One bot account. `forms` are the kinds of writing; each is a command of its own.

    `reactions` says what an emoji is worth (-1 … 1), `ai_notice` that finished pieces say who wrote them.
    Without a `webhook` the bot polls. `api_url` is the root of another Bot API server, `edit_interval` the
    least time between live edits of one message, `draft_interval` between drafts of one text, `look_every`
    that between looks for undelivered answers, all in seconds.
    """

    def __init__(
        self,
        token: str,
        inbox: Inbox,
        feed: ReplyFeed,
        forms: Sequence[str],
        *,
        readers: Readers,
        operators: Operators,
        ai_notice: bool = False,
        reactions: Mapping[str, float] | None = None,
        webhook: Webhook | None = None,
        api_url: str | None = None,
        edit_interval: float = 3.0,
        draft_interval: float = 1.0,
        look_every: float = 15.0,
        budget: Budget | None = None,
    ) -> None:
        builder = Application.builder().token(token).updater(None).read_timeout(_PATIENCE)
        if api_url:
            builder = builder.base_url(f"{api_url.rstrip('/')}/bot")
        no_preview = LinkPreviewOptions(is_disabled=True)  # A link in a poem is the model's invention.
        self._application = builder.defaults(Defaults(link_preview_options=no_preview)).build()
        self._bot = self._application.bot
        self._forms = tuple(forms)
        self._webhook = webhook
        self._look_every = look_every
        self._edit_interval = edit_interval
        self._ai_notice = ai_notice
        self._seen = Seen()
        self._themes = Themes()
        self._line = Line(self._bot, budget or OpenBudget())
        self._speech = Speech(self._line)
        self._drafts = Drafts(self._line)
        self._courier = Courier(inbox, feed, self._surface, edit_interval=min(edit_interval, draft_interval))
        self._asking = Asking(inbox, readers, self._courier)
        consent, account = Consent(readers, self._speech), Account(readers, self._speech)
        self._rating = Rating(
            inbox,
            self._asking,
            self._line,
            self._speech,
            consent,
            VERDICTS if reactions is None else reactions,
        )
        self._commands = Commands(
            inbox, readers, operators, self._asking, account, consent, self._speech, self._forms
        )
        self._taps = Taps(inbox, self._asking, self._rating, account, self._themes, self._speech)
        self._attend()

    def _attend(self) -> None:
        reactions = MessageReactionHandler.MESSAGE_REACTION_UPDATED
        self._application.add_handlers(
            [
                MessageHandler(filters.UpdateType.MESSAGE, self._on_message),
                CallbackQueryHandler(self._on_tap),
                MessageReactionHandler(self._on_reaction, message_reaction_types=reactions),
                InlineQueryHandler(self._on_inline_query),
            ]
        )
        self._application.add_error_handler(self._on_error)

    async def run(self, stop: asyncio.Event) -> None:
        """Answer until `stop` is set. Raises TokenRefused."""
        # Their lines at info and debug level hold the address of each call, and so the token.
        for name in ("httpx", "httpcore", "telegram"):
            logging.getLogger(name).setLevel(logging.WARNING)
        beside: list[asyncio.Task[None]] = []
        try:
            if await unless_stopped(self._connect(), stop):
                resuming = self._courier.resume_forever(PLATFORM, self._look_every)
                beside += [asyncio.create_task(work) for work in (resuming, self._drafts.refresh_forever())]
                await self._take_updates(stop)
        except InvalidToken:
            raise TokenRefused("Telegram does not know this token") from None  # Its cause shows the token.
        finally:
            for task in beside:
                task.cancel()
            await self._courier.close()
            await self._speech.close()
            await self._application.shutdown()
            await self._bot.shutdown()  # The application leaves it open if it never got connected.

    async def _connect(self) -> bool:
        await persistently(self._application.initialize)
        if self._webhook is None:
            await persistently(self._bot.delete_webhook)  # With a webhook set, Telegram refuses polling.
        await register(self._bot, self._forms)
        log.info("telegram bot is connected", bot=self._me.username)
        if not self._me.can_read_all_group_messages:
            log.info("privacy mode is on: in groups only commands and replies reach the bot")
        return True

    async def _take_updates(self, stop: asyncio.Event) -> None:
        if self._webhook:
            await WebhookServer(self._webhook, self._bot, self._take).serve(stop)
        else:
            await poll(self._bot, self._take, stop)

    async def _take(self, update: Update) -> None:
        """Deal with an update, once. Never raises: what fails ends in `_on_error`."""
        try:
            if self._seen.first(update):
                await self._application.process_update(update)
        except Exception:  # The bot must outlive whatever a malformed update leads to.
            log.exception("an update was left out", update_id=update.update_id)

    @property
    def _me(self) -> User:
        return self._bot.bot

    def _surface(self, pending: Pending) -> Surface:
        if pending.place.chat.startswith(INLINE):
            return InlineSurface(self._line, pending, ai_notice=self._ai_notice)
        return TelegramSurface(
            self._line, pending, self._drafts, edit_interval=self._edit_interval, ai_notice=self._ai_notice
        )

    async def _on_message(self, update: Update, _: Context) -> None:
        message = update.message
        if message is None or self._moved(message) or not message.text:
            return
        command = to_command(message, self._me)
        if command and await self._commands.obey(message, command, self._me):
            return
        if command is None and await self._rating.take(message, self._me):
            return
        incoming = to_incoming(message, self._me, self._forms)
        refusal = await self._asking.ask(incoming) if incoming else None
        if incoming and refusal:
            self._speech.tell(incoming.place, refusal, quote=int(incoming.reply_to or 0) or None)

    def _moved(self, message: Message) -> bool:
        """Whether the message says that a group has become a supergroup."""
        if message.migrate_to_chat_id:
            self._line.moved(str(message.chat.id), str(message.migrate_to_chat_id))
        return bool(message.migrate_to_chat_id)

    async def _on_tap(self, update: Update, _: Context) -> None:
        if update.callback_query:
            await self._taps.take(update.callback_query, self._me)

    async def _on_reaction(self, update: Update, _: Context) -> None:
        if update.message_reaction:
            await self._rating.react(update.message_reaction, self._me)

    async def _on_inline_query(self, update: Update, _: Context) -> None:
        query = update.inline_query
        if query:
            reader = await self._asking.known(to_reader(query.from_user, self._me))
            await offer(query, self._themes, reader.locale)

    async def _on_error(self, update: object, context: Context) -> None:
        """One sentence for the reader, the whole story for the operator."""
        number = update.update_id if isinstance(update, Update) else None
        log.error("an update could not be handled", update_id=number, exc_info=context.error)
        if not isinstance(update, Update) or update.effective_user is None:
            return
        sentence = say(to_reader(update.effective_user, self._me).locale, "service-down")
        if update.callback_query:
            self._speech.toast(update.callback_query, sentence)
        elif update.message and to_sender(update.message):
            self._speech.tell(to_place(update.message, self._me), sentence)
