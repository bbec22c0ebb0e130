"""An inline message as the place of an answer: the bot is not in that chat, it can only edit."""

from time import monotonic

from bots.messages import Pending, Reply
from bots.surface import MessageGone, PlaceClosed
from bots.telegram_buttons import INLINE, inline_keyboard, keyboard
from bots.telegram_desk import Desk
from bots.telegram_surface import message_parts, with_mark
from bots.texts import say


class InlineSurface:
    """What does not fit into the one message goes to the reader in private."""

    def __init__(self, desk: Desk, pending: Pending, edit_interval: float) -> None:
        self._edit_interval = edit_interval
        self._next_edit = 0.0
        self._desk = desk
        self._bot = desk.bot
        self._place = pending.place
        self._message = pending.place.chat.removeprefix(INLINE)
        self._reader = pending.place.thread  # So `to_inline_incoming` says who tapped.
        self._locale = pending.locale
        self._notice = say(pending.locale, "ai-written") if desk.ai_notice else ""
        self._empty = not pending.sent

    def parts(self, text: str) -> list[str]:
        return message_parts(text, self._notice)

    async def hold(self, sentence: str) -> str:
        return await self.send(sentence, None)

    async def show(self, message: str, text: str) -> None:  # noqa: ARG002 - there is only one.
        if monotonic() >= self._next_edit:
            self._next_edit = monotonic() + self._edit_interval
            await self._edit(self.parts(text)[0], None, live=True)

    async def send(self, text: str, reply: Reply | None) -> str:
        if not self._empty:
            return await self._send_in_private(text, reply)
        try:
            await self._edit(text, reply)
        except MessageGone as gone:
            raise PlaceClosed(str(gone)) from gone
        self._empty = False
        return self._message

    async def edit(self, message: str, text: str, reply: Reply | None) -> None:
        if message == self._message:
            await self._edit(text, reply)
            return
        buttons = keyboard(reply, self._locale) if reply else None
        async with self._desk.calling(self._reader, "edit"):
            shown = with_mark(text, reply, self._notice)
            await self._bot.edit_message_text(shown, self._reader, int(message), reply_markup=buttons)

    async def _send_in_private(self, text: str, reply: Reply | None) -> str:
        buttons = keyboard(reply, self._locale) if reply else None
        async with self._desk.calling(self._reader, "send"):
            shown = with_mark(text, reply, self._notice)
            message = await self._bot.send_message(self._reader, shown, reply_markup=buttons)
        return str(message.message_id)

    async def _edit(self, text: str, reply: Reply | None, *, live: bool = False) -> None:
        buttons = inline_keyboard(reply, self._locale) if reply else None
        async with self._desk.calling(self._place.chat, "edit", live=live):
            await self._bot.edit_message_text(
                with_mark(text, reply, self._notice), inline_message_id=self._message, reply_markup=buttons
            )
