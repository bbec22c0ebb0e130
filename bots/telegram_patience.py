"""How long Telegram is asked again, and when a refused token is believed."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from typing import Any, TypeVar

import structlog
from telegram import Bot
from telegram.error import InvalidToken, RetryAfter, TelegramError
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_random_exponential

log = structlog.get_logger(__name__)

T = TypeVar("T")

_LOOKS = 5  # So often in a row Telegram must say that it does not know a token that it knew.
_BETWEEN_LOOKS = 15.0  # Seconds: together about a minute.
_REST = 1.0  # Seconds.
# What the library raises over an answer that is none of Telegram's.
_UNREADABLE = (AttributeError, KeyError, TypeError, ValueError)


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
        retry=retry_if_exception(_may_pass), wait=_pause, before_sleep=_tell_operator, reraise=True
    )

    async def attempt() -> T:  # tenacity would not await what a decorated method returns.
        return await step()

    return await attempts(attempt)


async def while_known(bot: Bot, step: Callable[[], Awaitable[T]]) -> T:
    """The same for a bot that was signed in: whoever is in trouble may say 401 or 404 for a moment.

    Raises InvalidToken once Telegram has stood by it for about a minute.
    """
    while True:
        try:
            return await persistently(step)
        except InvalidToken:
            if await refused_for_good(bot):
                raise
        log.warning("telegram refused the token for a moment")
        await asyncio.sleep(_REST)


async def refused_for_good(bot: Bot, every: float = _BETWEEN_LOOKS) -> bool:
    """Whether Telegram says time and again that it does not know the bot's token."""
    for _ in range(_LOOKS):
        try:
            await bot.get_me()
        except InvalidToken:
            await asyncio.sleep(every)
        except (TelegramError, *_UNREADABLE):  # No word of the token.
            return False
        else:
            return False
    return True


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, (TelegramError, *_UNREADABLE)) and not isinstance(error, InvalidToken)


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
