"""The Telegram bot: updates in, prompts and votes to the inbox, answers back through the courier."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import Any

import structlog
from telegram import LinkPreviewOptions
from telegram.error import InvalidToken, TelegramError
from telegram.ext import Application, Defaults

from bots.budget import Budget, OpenBudget
from bots.herald import Herald
from bots.messages import Inbox, ReplyFeed
from bots.notices import NoticeBoard
from bots.operators import Operators
from bots.readers import Readers
from bots.seen import Seen, SeenHere
from bots.telegram_account import Account
from bots.telegram_asking import Asking
from bots.telegram_buttons import PLATFORM
from bots.telegram_commands import Commands, menu
from bots.telegram_desk import Desk
from bots.telegram_inline import LongThemes, LongThemesHere
from bots.telegram_learning import Learning
from bots.telegram_listening import Listening
from bots.telegram_notices import TelegramChannel
from bots.telegram_patience import persistently, unless_stopped, while_known
from bots.telegram_polling import poll
from bots.telegram_rating import Rating
from bots.telegram_request import PollingRequest, TelegramRequest
from bots.telegram_shapes import ALLOWED_UPDATES
from bots.telegram_translation import VERDICTS
from bots.telegram_webhook import Webhook, serving
from bots.texts import LOCALES
from bots.together import until_one_ends

log = structlog.get_logger(__name__)


_LOOK = 10.0  # Seconds between two signs of life while Telegram is the one that calls.
_PATIENCE = 20.0  # Seconds for an answer: what is sent again too early is shown twice.


class TokenRefused(Exception):
    """Raised when Telegram does not know the token. The token itself is not in the message."""


class TelegramBot:
    """One bot account. `forms` are the kinds of writing; each is a command of its own.

    `api_url` is the root of another Bot API server, `edit_interval` the least time between live edits
    of one message, `look_every` that between looks for undelivered answers, both in seconds.
    `reactions` says what an emoji is worth (-1 … 1); `ai_notice` says below each piece what wrote it.
    Without a `webhook` the bot polls. `alive` is called whenever Telegram was heard, or is listened to.
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
        look_every: float = 15.0,
        budget: Budget | None = None,
        seen: Seen | None = None,
        themes: LongThemes | None = None,
        alive: Callable[[], None] = lambda: None,
        notices: NoticeBoard | None = None,
    ) -> None:
        requests = TelegramRequest(read_timeout=_PATIENCE)
        builder = Application.builder().token(token).updater(None).request(requests)
        builder = builder.get_updates_request(PollingRequest())
        if api_url:
            builder = builder.base_url(f"{api_url.rstrip('/')}/bot")
        no_preview = LinkPreviewOptions(is_disabled=True)  # A link in a poem is the model's invention.
        self._application = builder.defaults(Defaults(link_preview_options=no_preview)).build()
        self._bot = self._application.bot
        self._forms = tuple(forms)
        self._look_every = look_every
        self._webhook = webhook
        self._alive = alive
        self._notices = notices
        self._desk = desk = Desk(
            self._bot,
            inbox,
            readers,
            operators,
            self._forms,
            ai_notice=ai_notice,
            budget=budget or OpenBudget(),
            seen=seen or SeenHere(),
        )
        account, learning = Account(desk), Learning(desk)
        asking = Asking(desk, feed, learning, edit_interval)
        self._courier, self._drafts = asking.courier, asking.drafts
        commands = Commands(desk, asking, account)
        verdicts = VERDICTS if reactions is None else reactions
        kept = themes or LongThemesHere()
        rating = Rating(desk, learning)
        listening = Listening(desk, asking, commands, account, rating, verdicts, kept)
        listening.attend(self._application)

    async def run(self, stop: asyncio.Event) -> None:
        """Answer until `stop` is set. Raises TokenRefused."""
        # Their lines at info and debug level hold the address of each call, and so the token.
        for name in ("httpx", "httpcore", "telegram"):
            logging.getLogger(name).setLevel(logging.WARNING)
        try:
            if await unless_stopped(self._connect(), stop):
                await until_one_ends(self._listen(stop), *self._beside())
        except InvalidToken:
            raise TokenRefused("Telegram does not know this token") from None  # Its cause shows the token.
        finally:
            await self._courier.close()
            await self._desk.errands.close()
            await self._application.shutdown()
            await self._bot.shutdown()  # The application leaves it open if it never got connected.

    def _beside(self) -> list[Coroutine[Any, Any, None]]:
        """What goes on as long as the bot listens."""
        resuming = self._courier.resume_forever(PLATFORM, self._look_every, str(self._bot.id))
        heralding = [self._herald(self._notices)] if self._notices else []
        return [resuming, self._drafts.refresh_forever(), *heralding]

    async def _herald(self, board: NoticeBoard) -> None:
        herald = Herald(board, PLATFORM, str(self._bot.id), TelegramChannel(self._desk))
        await herald.announce_forever(self._look_every)

    async def _listen(self, stop: asyncio.Event) -> None:
        webhook, handle = self._webhook, self._application.process_update
        if webhook is None:
            await poll(self._bot, handle, stop, self._alive)
            return
        async with serving(webhook, self._bot, handle):
            set_it = partial(
                self._bot.set_webhook,
                webhook.url,
                allowed_updates=ALLOWED_UPDATES,
                secret_token=webhook.secret,
            )
            await unless_stopped(while_known(self._bot, set_it), stop)
            while not stop.is_set():
                self._alive()
                await unless_stopped(asyncio.sleep(_LOOK), stop)

    async def _connect(self) -> bool:
        await persistently(self._application.initialize)
        if self._webhook is None:
            await while_known(self._bot, self._bot.delete_webhook)  # With one set, Telegram refuses polling.
        for locale in LOCALES:
            try:
                await self._bot.set_my_commands(
                    menu(locale, self._forms), language_code=None if locale == "en" else locale
                )
            except TelegramError as error:
                log.warning("commands are not listed in Telegram's menu", locale=locale, why=str(error))
        me = self._bot.bot
        log.info("telegram bot is connected", bot=me.username)
        if not me.can_read_all_group_messages:
            log.info("privacy mode is on: in groups only commands and replies reach the bot")
        return True
