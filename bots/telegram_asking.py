"""Take requests on Telegram, and have the answers brought."""

import asyncio
from dataclasses import replace

from telegram import CallbackQuery, MaybeInaccessibleMessage

from bots.courier import Courier
from bots.messages import Incoming, MessageRef, Pending, Reader, ReplyFeed
from bots.surface import Surface
from bots.telegram_buttons import INLINE, PLATFORM, VARIANTS_WANTED, Tap
from bots.telegram_desk import Desk
from bots.telegram_drafts import Drafts
from bots.telegram_inline import to_inline_incoming
from bots.telegram_inline_surface import InlineSurface
from bots.telegram_learning import Learning
from bots.telegram_surface import TelegramSurface
from bots.telegram_translation import to_again
from bots.texts import placeholder, say

DRAFT_INTERVAL = 1.0  # Seconds between drafts of one text.


class Asking:
    """From a request to its answer's first sign."""

    def __init__(self, desk: Desk, feed: ReplyFeed, learning: Learning, edit_interval: float) -> None:
        self._desk = desk
        self._learning = learning
        self._edit_interval = edit_interval
        self.drafts = Drafts(desk)
        shortest = min(edit_interval, DRAFT_INTERVAL)
        self.courier = Courier(
            desk.inbox,
            feed,
            self._surface,
            edit_interval=shortest,
            ended=self.drafts.end,
            where=self._where,
        )

    async def ask(self, incoming: Incoming) -> None:
        """Hand it over. Raises Refused."""
        here = self._desk.moves.current(incoming.place.chat)  # Below old messages stands the old id.
        incoming = replace(incoming, place=replace(incoming.place, chat=here))
        accepted = await asyncio.to_thread(self._desk.inbox.ask, incoming)
        if not accepted.new:
            return
        pending = Pending(accepted.prompt_id, incoming.place, incoming.reader.locale, incoming.reply_to)
        sentence = placeholder(pending.locale, queued=accepted.queued, place=accepted.place)
        self.courier.start(pending, sentence)
        self._learning.tell(incoming.place, incoming.reader)

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

    def _where(self, pending: Pending, message: str) -> MessageRef:
        """A message as Telegram names it in what it tells of it."""
        chat = pending.place.chat
        if chat.startswith(INLINE) and message != chat.removeprefix(INLINE):
            chat = pending.place.thread  # The reader, to whom goes what an inline message does not hold.
        return MessageRef(PLATFORM, self._desk.moves.current(chat), message)
