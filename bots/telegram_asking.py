"""Take requests on Telegram, and have the answers brought."""

import asyncio
from dataclasses import replace

import structlog
from telegram import CallbackQuery, MaybeInaccessibleMessage

from bots.courier import Courier
from bots.messages import Incoming, Pending, Reader, ReplyFeed
from bots.surface import Surface
from bots.telegram_account import Account
from bots.telegram_buttons import INLINE, VARIANTS_WANTED, Tap
from bots.telegram_desk import Desk
from bots.telegram_drafts import Drafts
from bots.telegram_inline import to_inline_incoming
from bots.telegram_inline_surface import InlineSurface
from bots.telegram_surface import TelegramSurface
from bots.telegram_translation import to_again
from bots.texts import placeholder, say

DRAFT_INTERVAL = 1.0  # Seconds between drafts of one text.

log = structlog.get_logger(__name__)


class Asking:
    """From a request to its answer's first sign."""

    def __init__(self, desk: Desk, feed: ReplyFeed, account: Account, edit_interval: float) -> None:
        self._desk = desk
        self._account = account
        self._edit_interval = edit_interval
        self.drafts = Drafts(desk)
        shortest = min(edit_interval, DRAFT_INTERVAL)
        self.courier = Courier(desk.inbox, feed, self._surface, edit_interval=shortest)

    async def ask(self, incoming: Incoming) -> None:
        """Hand it over. Raises Refused."""
        accepted = await asyncio.to_thread(self._desk.inbox.ask, incoming)
        if not accepted.new:
            return
        pending = Pending(accepted.prompt_id, incoming.place, incoming.reader.locale, incoming.reply_to)
        sentence = placeholder(pending.locale, queued=accepted.queued, place=accepted.place)
        self.courier.start(pending, sentence)
        if incoming.place.chat.startswith(INLINE):  # Nothing but the answer can be said there.
            return
        try:
            await self._account.say_how_it_learns(incoming.place, incoming.reader)
        except Exception as error:  # Not worth the reader's attention: it is said the next time.
            log.exception("could not ask for consent", error=type(error).__name__)

    async def again(
        self, query: CallbackQuery, message: MaybeInaccessibleMessage, wish: Tap, reader: Reader
    ) -> None:
        """More texts on the prompt of a piece. Raises Refused."""
        variants = VARIANTS_WANTED if wish.act == "variants" else 1
        if isinstance(wish.target, int):
            incoming = to_again(query, message, wish.target, self._desk.me, variants)
            await self.ask(replace(incoming, reader=reader))
        await self._desk.toast(query)

    async def stop(self, query: CallbackQuery, prompt: int, reader: Reader) -> None:
        """Stop writing the reader's own prompt; the answer's place says so."""
        stopped = await asyncio.to_thread(self._desk.inbox.cancel, reader, prompt)
        await self._desk.toast(query, say(reader.locale, "cancelled" if stopped else "nothing-to-stop"))

    async def write_inline(self, query: CallbackQuery, theme: str, reader: Reader) -> None:
        """Write in the inline message whose button was tapped. Raises Refused."""
        if not theme:
            await self._desk.toast(query, say(reader.locale, "telegram-inline-forgotten"))
            return
        await self.ask(to_inline_incoming(query, theme, reader, self._desk.me))
        await self._desk.toast(query)

    def _surface(self, pending: Pending) -> Surface:
        desk = self._desk
        if pending.place.chat.startswith(INLINE):
            return InlineSurface(desk, pending, self._edit_interval)
        return TelegramSurface(desk, pending, self.drafts, self._edit_interval)
