"""One place on Telegram: send and edit messages, and say what Telegram's refusals mean."""

import os
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta

from telegram import Bot, InlineKeyboardMarkup, ReplyParameters
from telegram.constants import MessageLimit
from telegram.error import BadRequest, ChatMigrated, Forbidden, RetryAfter, TelegramError

from bots.budget import Act, Budget, Call, within
from bots.courier import DeliveryFailed, MessageGone, PlaceClosed
from bots.messages import Pending, Reply
from bots.splitting import parts, utf16_length
from bots.telegram_buttons import keyboard, stop_button
from bots.texts import say

# The library warns on every RetryAfter until this is set: then it gives a timedelta.
os.environ.setdefault("PTB_TIMEDELTA", "true")

_GONE = ("message to edit not found", "message can't be edited", "message_id_invalid")


def translated(error: TelegramError) -> Exception:
    """What an error means for a delivery."""
    if isinstance(error, RetryAfter):
        wait = error.retry_after
        seconds = wait.total_seconds() if isinstance(wait, timedelta) else wait
        return DeliveryFailed(str(error), retry_after=seconds)
    if isinstance(error, Forbidden | ChatMigrated):
        return PlaceClosed(str(error))
    if isinstance(error, BadRequest):  # Before NetworkError, of which the library derives it.
        gone = any(sign in str(error).lower() for sign in _GONE)
        return MessageGone(str(error)) if gone else PlaceClosed(str(error))
    return DeliveryFailed(f"{type(error).__name__}: {error}")


def with_mark(text: str, reply: Reply | None, notice: str = "") -> str:
    """The last part with the mark of its form and a notice below it. What must give way is the mark."""
    if reply is None:
        return text
    mark = f"— {reply.mark}" if reply.mark else ""
    for below in filter(None, ("\n".join(filter(None, (mark, notice))), notice, mark)):
        marked = f"{text}\n\n{below}"
        if utf16_length(marked) <= MessageLimit.MAX_TEXT_LENGTH:
            return marked
    return text


def message_parts(text: str, notice: str = "") -> list[str]:
    """The text in messages, each with room for the notice, which must not be lost to a text's length.

    Telegram refuses blank messages, so a blank part is left out and a blank text is a dash.
    """
    room = utf16_length(f"\n\n{notice}") if notice else 0
    pieces = parts(text, MessageLimit.MAX_TEXT_LENGTH - room, utf16_length)
    return [piece for piece in pieces if piece.strip()] or ["—"]


@asynccontextmanager
async def calling(budget: Budget, call: Call) -> AsyncIterator[None]:
    """Call Telegram inside the budget. Raises what its refusal means for the delivery."""
    async with within(budget, call):
        try:
            yield
        except TelegramError as error:
            if "message is not modified" not in str(error).lower():
                raise translated(error) from error


class TelegramSurface:
    """Where one prompt's answer is shown. The first message quotes the reader's, if that is wanted."""

    def __init__(self, bot: Bot, pending: Pending, budget: Budget, *, ai_notice: bool = False) -> None:
        self._bot = bot
        self._chat = pending.place.chat
        self._thread = int(pending.place.thread) if pending.place.thread else None
        self._locale = pending.locale
        self._quote = int(pending.reply_to) if pending.reply_to and not pending.sent else None
        self._budget = budget
        self._stop = stop_button(pending.prompt_id, pending.locale)
        self._notice = say(pending.locale, "ai-written") if ai_notice else ""

    def parts(self, text: str) -> list[str]:
        return message_parts(text, self._notice)

    async def hold(self, sentence: str) -> str:
        return await self._send(sentence, self._stop)

    async def show(self, message: str, text: str) -> None:
        await self._edit(message, self.parts(text)[0], self._stop, live=True)

    async def send(self, text: str, reply: Reply | None) -> str:
        return await self._send(with_mark(text, reply, self._notice), self._keyboard(reply))

    async def edit(self, message: str, text: str, reply: Reply | None) -> None:
        await self._edit(message, with_mark(text, reply, self._notice), self._keyboard(reply))

    async def _send(self, text: str, buttons: InlineKeyboardMarkup | None) -> str:
        quote = ReplyParameters(self._quote, allow_sending_without_reply=True) if self._quote else None
        async with self._within("send"):
            message = await self._bot.send_message(
                self._chat,
                text,
                message_thread_id=self._thread,
                reply_parameters=quote,
                reply_markup=buttons,
            )
        self._quote = None
        return str(message.message_id)

    async def _edit(
        self, message: str, text: str, buttons: InlineKeyboardMarkup | None, *, live: bool = False
    ) -> None:
        async with self._within("edit", live=live):
            await self._bot.edit_message_text(text, self._chat, int(message), reply_markup=buttons)

    def _keyboard(self, reply: Reply | None) -> InlineKeyboardMarkup | None:
        return keyboard(reply, self._locale) if reply else None

    def _within(self, act: Act, *, live: bool = False) -> AbstractAsyncContextManager[None]:
        return calling(self._budget, Call(self._chat, act, live, group=self._chat.startswith("-")))
