"""Fetch updates from Telegram, and confirm them only once they are dealt with: a crash loses none."""

import asyncio
import warnings
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from telegram import Bot, Update
from telegram.error import EndPointNotFound, InvalidToken, TelegramError

from bots.telegram_patience import unless_stopped, while_known
from bots.telegram_request import TooDeep
from bots.telegram_shapes import ALLOWED_UPDATES, Unreadable, number_of, read_update

log = structlog.get_logger(__name__)

LONG_POLL = timedelta(seconds=25)
_READ_PATIENCE = 5.0  # Seconds for an answer beyond the long poll.
_MOST_UPDATES = 100  # As many as Telegram sends at once.
_REST = 1.0  # Seconds after updates that cannot be confirmed: they come again at once.

warnings.filterwarnings("ignore", message="Please use 'Bot.get_updates'")  # See `poll`.


async def poll(
    bot: Bot,
    handle: Callable[[Update], Awaitable[None]],
    stop: asyncio.Event,
    alive: Callable[[], None] = lambda: None,
) -> None:
    """Hand every update to `handle` until `stop`. `handle` must not raise. `alive`: Telegram has answered."""
    offset, limit = 0, _MOST_UPDATES
    while not stop.is_set():
        try:
            asked = while_known(bot, partial(_fetch, bot, offset, limit))
            fetched = await unless_stopped(asked, stop) or []
        except TooDeep as error:
            log.warning("cannot read an update", update_id=error.first, error="TooDeep", of=limit)
            if limit > 1:
                limit = 1  # All that came with it are fetched one by one, so that it alone is left out.
            else:
                offset, limit = max(offset, error.first + 1), _MOST_UPDATES
                await unless_stopped(asyncio.sleep(_REST), stop)
            continue
        limit = _MOST_UPDATES
        alive()
        updates = readable(fetched, bot)
        await asyncio.gather(*(_in_turn(lane, handle) for lane in lanes(updates)))
        confirmed = max([offset, *(number_of(content) + 1 for content in fetched)])
        if fetched and confirmed == offset:
            await unless_stopped(asyncio.sleep(_REST), stop)
        offset = confirmed
    if offset:
        with suppress(TelegramError, TooDeep):  # Unconfirmed, they come once more at the next start.
            await _fetch(bot, offset, 1, timedelta())


async def _fetch(bot: Bot, offset: int, limit: int, patience: timedelta = LONG_POLL) -> list[Any]:
    """Raises TooDeep, TelegramError."""
    seconds = int(patience.total_seconds())
    wanted = {"offset": offset, "limit": limit, "timeout": seconds, "allowed_updates": ALLOWED_UPDATES}
    try:
        # `Bot.get_updates` gives nothing at all, for ever, if one update among them cannot be read.
        fetched = await bot.do_api_request("get_updates", wanted, read_timeout=seconds + _READ_PATIENCE)
    except EndPointNotFound as error:  # What a refused token looks like here.
        raise InvalidToken(str(error)) from None
    if not isinstance(fetched, list):
        raise TelegramError("the server's answer is no list of updates")
    return fetched


def readable(fetched: Sequence[Any], bot: Bot) -> list[Update]:
    """The updates among what Telegram sent; what is none is left out."""
    updates = []
    for content in fetched:
        try:
            updates.append(read_update(content, bot))
        except Unreadable as error:
            log.warning("cannot read an update", update_id=number_of(content), error=str(error))
    return updates


def lane_of(update: Update) -> tuple[int, int]:
    """Chat and person."""
    chat, user = update.effective_chat, update.effective_user
    return chat.id if chat else 0, user.id if user else 0


def lanes(updates: Sequence[Update]) -> list[list[Update]]:
    """Updates of one person in one chat keep their order; all others may overtake each other."""
    by_sender: dict[tuple[int, int], list[Update]] = defaultdict(list)
    for update in updates:
        by_sender[lane_of(update)].append(update)
    return list(by_sender.values())


async def _in_turn(lane: Sequence[Update], handle: Callable[[Update], Awaitable[None]]) -> None:
    for update in lane:
        await handle(update)
