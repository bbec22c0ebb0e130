"""Inline mode: offer to write while somebody types elsewhere, and write only once they tap the button."""

from collections import OrderedDict
from hashlib import sha256

from telegram import (
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQuery,
    InlineQueryResultArticle,
    InputTextMessageContent,
    User,
)
from telegram.constants import InlineKeyboardButtonLimit

from bots.courier import MessageGone, PlaceClosed
from bots.messages import Incoming, Pending, Place, Reader, Reply
from bots.telegram_buttons import INLINE, PLATFORM, inline_keyboard, keyboard
from bots.telegram_line import Line
from bots.telegram_surface import message_parts, with_notice
from bots.texts import say

_REMEMBERED = 10_000  # Themes too long for a button, the oldest forgotten first.
_SECONDS = 30  # That Telegram may answer the same query itself.


class Themes:
    """A theme in a button's 64 bytes: itself if it fits, else the key to it."""

    def __init__(self) -> None:
        self._long: OrderedDict[str, str] = OrderedDict()

    def data(self, theme: str) -> str:
        if len(data := f"i:{theme}") and len(data.encode()) <= InlineKeyboardButtonLimit.MAX_CALLBACK_DATA:
            return data
        key = sha256(theme.encode()).hexdigest()[:32]
        self._long[key] = theme
        self._long.move_to_end(key)
        if len(self._long) > _REMEMBERED:
            self._long.popitem(last=False)
        return f"I:{key}"

    def theme(self, data: str) -> str | None:
        """None if it is no such button, or an old one."""
        if data.startswith("i:"):
            return data[2:]
        return self._long.get(data[2:]) if data.startswith("I:") else None


async def offer(query: InlineQuery, themes: Themes, locale: str) -> None:
    """Answer what is typed so far: nothing is written yet. Raises TelegramError."""
    theme = " ".join(query.query.split()).removeprefix("/")
    results = []
    if theme:
        write = InlineKeyboardButton(say(locale, "telegram-button-write"), callback_data=themes.data(theme))
        results.append(
            InlineQueryResultArticle(
                sha256(theme.encode()).hexdigest()[:32],
                say(locale, "telegram-inline-title", theme=theme),
                InputTextMessageContent(say(locale, "telegram-inline-asked", theme=theme)),
                reply_markup=InlineKeyboardMarkup([[write]]),
                description=say(locale, "telegram-inline-hint"),
            )
        )
    await query.get_bot().answer_inline_query(query.id, results, cache_time=_SECONDS, is_personal=True)


def to_inline_incoming(query: CallbackQuery, theme: str, reader: Reader, me: User) -> Incoming | None:
    """One request per inline message, however often its button is tapped."""
    if not query.inline_message_id:
        return None
    message = query.inline_message_id
    place = Place(PLATFORM, str(me.id), INLINE + message, reader.user)
    return Incoming(f"{PLATFORM}:{me.id}:{INLINE}{message}", place, reader, theme)


class InlineSurface:
    """An inline message. It can only be edited, so what does not fit goes to the reader in private."""

    def __init__(self, line: Line, pending: Pending, *, ai_notice: bool) -> None:
        self._line = line
        self._pending = pending
        self._message = pending.place.chat.removeprefix(INLINE)
        self._notice = say(pending.locale, "ai-written") if ai_notice else ""
        self._first = not pending.sent

    def parts(self, text: str) -> list[str]:
        return message_parts(text, self._notice)

    async def hold(self, sentence: str) -> str:
        return await self.send(sentence, None)

    async def show(self, message: str, text: str) -> None:
        await self._edit(message, self.parts(text)[0], None, live=True)

    async def send(self, text: str, reply: Reply | None) -> str:
        if self._first:
            self._first = False
            try:
                await self._edit(self._message, text, reply)
            except MessageGone as gone:
                raise PlaceClosed(str(gone)) from gone
            return self._message
        reader = self._pending.place.thread
        markup = keyboard(reply, self._pending.locale) if reply else None
        async with self._line.within(reader, "send"):
            shown = with_notice(text, reply, self._notice)
            message = await self._line.bot.send_message(reader, shown, reply_markup=markup)
        return f"{reader}:{message.message_id}"

    async def edit(self, message: str, text: str, reply: Reply | None) -> None:
        await self._edit(message, text, reply)

    async def _edit(self, message: str, text: str, reply: Reply | None, *, live: bool = False) -> None:
        chat, _, number = message.rpartition(":")
        markup = inline_keyboard(reply, self._pending.locale) if reply else None
        shown = with_notice(text, reply, self._notice)
        async with self._line.within(chat or self._pending.place.chat, "edit", live=live):
            if chat:
                await self._line.bot.edit_message_text(shown, chat, int(number), reply_markup=markup)
            else:
                await self._line.bot.edit_message_text(shown, inline_message_id=message, reply_markup=markup)
