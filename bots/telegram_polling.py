"""Fetch updates from Telegram, and confirm them only once they are dealt with: a crash loses none."""

import asyncio
import warnings
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, TypeVar

import structlog
from telegram import Bot, Update
from telegram.error import EndPointNotFound, InvalidToken, RetryAfter, TelegramError
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_random_exponential

log = structlog.get_logger(__name__)

T = TypeVar("T")

# Telegram withholds reactions unless they are named.
ALLOWED_UPDATES = [
    Update.MESSAGE,
    Update.CALLBACK_QUERY,
    Update.MESSAGE_REACTION,
    Update.MY_CHAT_MEMBER,
    Update.INLINE_QUERY,
]
LONG_POLL = timedelta(seconds=25)
_READ_PATIENCE = 5.0  # Seconds for an answer beyond the long poll.

warnings.filterwarnings("ignore", message="Please use 'Bot.get_updates'")  # See `poll`.


async def unless_stopped(work: Coroutine[Any, Any, T], stop: asyncio.Event) -> T | None:
    """The result of the work, or None if `stop` comes first: the work is cancelled then."""
    working, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((working, stopping), return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        for task in (working, stopping):
            task.cancel()
        await asyncio.gather(working, stopping, return_exceptions=True)


async def persistently(step: Callable[[], Awaitable[T]]) -> T:
    """Repeat until Telegram answers, ever more patiently. Raises InvalidToken, which no patience cures."""
    attempts = AsyncRetrying(
        retry=retry_if_exception(lambda e: isinstance(e, TelegramError) and not isinstance(e, InvalidToken)),
        wait=_pause,
        before_sleep=_tell_operator,
        reraise=True,
    )

    async def attempt() -> T:  # tenacity would not await what a decorated method returns.
        return await step()

    return await attempts(attempt)


async def poll(bot: Bot, handle: Callable[[Update], Awaitable[None]], stop: asyncio.Event) -> None:
    """Hand every update to `handle` until `stop`. `handle` must not raise."""
    offset = 0

    async def fetch() -> list[Any]:
        wanted = {"offset": offset, "timeout": int(LONG_POLL.total_seconds())}
        try:
            # `Bot.get_updates` gives nothing at all, for ever, if one update among them cannot be read.
            fetched = await bot.do_api_request(
                "get_updates",
                wanted | {"allowed_updates": ALLOWED_UPDATES},
                read_timeout=LONG_POLL.total_seconds() + _READ_PATIENCE,
            )
        except EndPointNotFound as error:  # What a refused token looks like here.
            raise InvalidToken(str(error)) from None
        return fetched if isinstance(fetched, list) else []

    while not stop.is_set():
        fetched = await unless_stopped(persistently(fetch), stop)
        if fetched:
            updates = readable(fetched, bot)
            await asyncio.gather(*(_in_turn(lane, handle) for lane in lanes(updates)))
            offset = max([offset, *(number + 1 for number in map(_number, fetched))])
    if offset:
        with suppress(TelegramError):  # Unconfirmed, they come once more at the next start.
            await bot.get_updates(offset, timeout=0, limit=1, allowed_updates=ALLOWED_UPDATES)


def readable(fetched: Sequence[Any], bot: Bot) -> list[Update]:
    """The updates among what Telegram sent; what is none is left out."""
    updates = []
    for content in fetched:
        try:
            update = Update.de_json(content, bot)
            lane_of(update)
            updates.append(update)
        except Exception as error:  # noqa: BLE001 - Whatever the library stumbles over.
            log.warning("cannot read an update", update_id=_number(content), error=type(error).__name__)
    return updates


def _number(content: Any) -> int:
    number = content.get("update_id") if isinstance(content, dict) else None
    return number if isinstance(number, int) else -1


def lane_of(update: Update) -> tuple[int, int]:
    """Chat and person. Raises TypeError or ValueError for an update that names something else as such."""
    chat, user = update.effective_chat, update.effective_user
    return int(chat.id) if chat else 0, int(user.id) if user else 0


def lanes(updates: Sequence[Update]) -> list[list[Update]]:
    """Updates of one person in one chat keep their order; all others may overtake each other."""
    by_sender: dict[tuple[int, int], list[Update]] = defaultdict(list)
    for update in updates:
        by_sender[lane_of(update)].append(update)
    return list(by_sender.values())


async def _in_turn(lane: Sequence[Update], handle: Callable[[Update], Awaitable[None]]) -> None:
    for update in lane:
        await handle(update)


def _pause(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    pause = wait_random_exponential(multiplier=0.5, max=30)(state)
    if isinstance(error, RetryAfter):
        wait = error.retry_after
        return max(pause, wait.total_seconds() if isinstance(wait, timedelta) else wait)
    return pause


def _tell_operator(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    log.warning(
        "telegram does not answer", error=type(error).__name__, why=str(error), tries=state.attempt_number
    )
