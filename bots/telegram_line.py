"""Telegram, called within its budget: what its refusals mean, and sentences that nobody waits for."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import structlog
from telegram import Bot, CallbackQuery, ForceReply, InlineKeyboardMarkup, ReplyParameters
from telegram.error import BadRequest, ChatMigrated, Forbidden, RetryAfter, TelegramError

from bots.budget import Act, Budget, Call, within
from bots.courier import DeliveryFailed, MessageGone, PlaceClosed, retrying
from bots.messages import Place

log = structlog.get_logger(__name__)

# The library warns on every RetryAfter until this is set: then it gives a timedelta.
os.environ.setdefault("PTB_TIMEDELTA", "true")

CLOSING_PATIENCE = 5.0  # Seconds for sentences that are on their way when the bot stops.
_GONE = ("message to edit not found", "message can't be edited", "message_id_invalid")
_TOAST = 200  # Characters that Telegram shows above a chat.


def translated(error: TelegramError) -> Exception:
    """What an error means for a delivery."""
    if isinstance(error, RetryAfter):
        wait = error.retry_after
        seconds = wait.total_seconds() if isinstance(wait, timedelta) else wait
        return DeliveryFailed(str(error), retry_after=seconds)
    if isinstance(error, Forbidden):
        return PlaceClosed(str(error))
    if isinstance(error, BadRequest):  # Before NetworkError, of which the library derives it.
        gone = any(sign in str(error).lower() for sign in _GONE)
        return MessageGone(str(error)) if gone else PlaceClosed(str(error))
    return DeliveryFailed(f"{type(error).__name__}: {error}")


class Line:
    """The way to Telegram's chats. A group that became a supergroup is found under its new id."""

    def __init__(self, bot: Bot, budget: Budget) -> None:
        self.bot = bot
        self._budget = budget
        self._new_ids: dict[str, str] = {}

    def moved(self, old: str, new: str) -> None:
        self._new_ids[old] = new

    def current(self, chat: str) -> str:
        return self._new_ids.get(chat, chat)

    def former(self, chat: str) -> str | None:
        """The id that a supergroup had as a group, if we saw it change."""
        return next((old for old, new in self._new_ids.items() if new == chat), None)

    @asynccontextmanager
    async def within(self, chat: str, act: Act, *, live: bool = False) -> AsyncIterator[None]:
        """Call Telegram inside the budget. Raises what its refusal means for a delivery."""
        async with within(self._budget, Call(chat, act, live, group=chat.startswith("-"))):
            try:
                yield
            except ChatMigrated as error:
                self.moved(chat, str(error.new_chat_id))
                raise DeliveryFailed("the group has a new id") from error
            except TelegramError as error:
                if "message is not modified" not in str(error).lower():
                    raise translated(error) from error


class Speech:
    """What the bot says besides its texts. Said in the background: no update waits for another chat."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._bot = line.bot
        self._said: set[asyncio.Task[None]] = set()

    def tell(
        self,
        place: Place,
        sentence: str,
        markup: InlineKeyboardMarkup | ForceReply | None = None,
        *,
        quote: int | None = None,
    ) -> None:
        """Say a sentence, below the message that it quotes."""
        quoted = ReplyParameters(quote, allow_sending_without_reply=True) if quote else None
        thread = int(place.thread) if place.thread else None

        async def send() -> None:
            chat = self._line.current(place.chat)
            async with self._line.within(chat, "send"):
                await self._bot.send_message(
                    chat, sentence, message_thread_id=thread, reply_parameters=quoted, reply_markup=markup
                )

        self._start(send)

    def hand_over(self, place: Place, name: str, content: bytes) -> None:
        """Send a document."""

        async def send() -> None:
            async with self._line.within(place.chat, "send"):
                await self._bot.send_document(place.chat, content, filename=name)

        self._start(send)

    def turn(self, place: Place, message: int, page: str, markup: InlineKeyboardMarkup | None) -> None:
        """Show another page in a message of ours."""

        async def edit() -> None:
            async with self._line.within(place.chat, "edit"):
                await self._bot.edit_message_text(page, place.chat, message, reply_markup=markup)

        self._start(edit)

    def relabel(self, place: Place, message: int, markup: InlineKeyboardMarkup) -> None:
        """Show other buttons below a message of ours."""

        async def edit() -> None:
            async with self._line.within(place.chat, "edit", live=True):
                await self._bot.edit_message_reply_markup(place.chat, message, reply_markup=markup)

        self._start(edit)

    def toast(self, query: CallbackQuery, sentence: str | None = None) -> None:
        """Answer a tap. Too late mostly means that the reader has stopped waiting for it."""

        async def answer() -> None:
            try:
                await self._bot.answer_callback_query(query.id, sentence[:_TOAST] if sentence else None)
            except TelegramError as error:
                log.info("a tap was not answered", why=str(error))

        self._start(answer)

    async def close(self) -> None:
        if self._said:
            _, late = await asyncio.wait(self._said, timeout=CLOSING_PATIENCE)
            for task in late:
                task.cancel()

    def _start(self, step: Callable[[], Awaitable[None]]) -> None:
        task = asyncio.create_task(_persistently(step))
        self._said.add(task)
        task.add_done_callback(self._said.discard)


async def _persistently(step: Callable[[], Awaitable[None]]) -> None:
    try:
        await retrying(step, DeliveryFailed)
    except (DeliveryFailed, MessageGone, PlaceClosed) as error:
        log.warning("a sentence did not reach its chat", why=str(error))
    except Exception:
        log.exception("a sentence could not be said")
