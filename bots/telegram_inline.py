"""Inline mode: offer to write while somebody types elsewhere, and write only once the button is tapped."""

from collections.abc import Callable, Sequence
from hashlib import sha256
from time import monotonic
from typing import Protocol

from telegram import (
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InputTextMessageContent,
    User,
)
from telegram.constants import InlineKeyboardButtonLimit, InlineQueryLimit

from bots.messages import Incoming, Place, Reader
from bots.telegram_buttons import INLINE, PLATFORM
from bots.texts import say

CACHED = 30  # Seconds that Telegram may answer the same query itself.
KEPT = 3600  # Seconds after it was typed, or tapped last: most of what is typed is never sent.
_REMEMBERED = 10_000  # Themes too long for a button.


class LongThemes(Protocol):
    """Themes by a key to them, each for `KEPT` seconds."""

    async def keep(self, key: str, theme: str) -> None: ...

    async def find(self, key: str) -> str | None:
        """None if it is forgotten."""


class LongThemesHere:
    """Known to one process, until it ends."""

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._themes: dict[str, tuple[float, str]] = {}  # With when each is forgotten, the newest last.
        self._now = now

    async def keep(self, key: str, theme: str) -> None:
        self._themes.pop(key, None)
        self._themes[key] = (self._now() + KEPT, theme)
        self._forget()

    async def find(self, key: str) -> str | None:
        self._forget()
        _, theme = self._themes.get(key, (0.0, None))
        return theme

    def _forget(self) -> None:
        while self._themes:
            oldest = next(iter(self._themes))
            if len(self._themes) <= _REMEMBERED and self._now() < self._themes[oldest][0]:
                return
            del self._themes[oldest]


class Themes:
    """A theme in a button's 64 bytes: itself if it fits, else a key to it."""

    def __init__(self, long: LongThemes) -> None:
        self._long = long

    async def data(self, theme: str) -> str:
        """What the button for a theme says."""
        data = f"i:{theme}"
        if len(data.encode()) <= InlineKeyboardButtonLimit.MAX_CALLBACK_DATA:
            return data
        key = _key(theme)
        await self._long.keep(key, theme)
        return f"I:{key}"

    async def theme(self, data: str) -> str | None:
        """None if it is no such button; "" if the theme is forgotten."""
        if data.startswith("i:"):
            return data[2:]
        return await self._tapped(data[2:]) if data.startswith("I:") else None

    async def _tapped(self, key: str) -> str:
        """Whoever was told to come back later may tap again."""
        theme = await self._long.find(key)
        if theme is None:
            return ""
        await self._long.keep(key, theme)
        return theme


async def offers(typed: str, themes: Themes, locale: str) -> Sequence[InlineQueryResultArticle]:
    """What can be done with what is typed so far: nothing is written yet."""
    theme = " ".join(_readable(typed).split()).removeprefix("/")[: InlineQueryLimit.MAX_QUERY_LENGTH]
    if not theme:
        return []
    data = await themes.data(theme)
    write = InlineKeyboardButton(say(locale, "telegram-button-write"), callback_data=data)
    return [
        InlineQueryResultArticle(
            _key(theme),
            say(locale, "telegram-inline-title", theme=theme),
            InputTextMessageContent(say(locale, "telegram-inline-asked", theme=theme)),
            reply_markup=InlineKeyboardMarkup([[write]]),
            description=say(locale, "telegram-inline-hint"),
        )
    ]


def to_inline_incoming(query: CallbackQuery, theme: str, reader: Reader, me: User) -> Incoming:
    """One request per inline message, however often and by however many its button is tapped."""
    message = str(query.inline_message_id)
    place = Place(PLATFORM, str(me.id), INLINE + message, reader.user)
    return Incoming(f"{PLATFORM}:{me.id}:{INLINE}{message}", place, reader, theme)


def _readable(typed: str) -> str:
    """Without halves of characters, which cannot be sent."""
    return typed.encode("utf-8", "ignore").decode()


def _key(theme: str) -> str:
    return sha256(theme.encode("utf-8", "surrogatepass")).hexdigest()[:32]
