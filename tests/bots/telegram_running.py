"""Run the real Telegram bot, with its real client, against the fake server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from bots.telegram import TelegramBot
from tests.deadline import DEADLINE
from tests.fakes.inbox import MemoryInbox
from tests.fakes.people import MemoryOperators, MemoryReaders
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_chats import Fields, Message, group, person, private

FORMS = ("poem", "haiku", "story")

ANNA, BEN, LI = person(11), person(12), person(13, "zh-hans")
CHAT = private(ANNA)
CLUB = group(7)
BUTTONS = ["👍", "👎", "↻ Again", "3 variants", "✎ My version", "Copy"]  # Below a short piece.


@asynccontextmanager
async def running(
    telegram: FakeTelegram,
    inbox: MemoryInbox,
    *,
    readers: MemoryReaders | None = None,
    operators: MemoryOperators | None = None,
    edit_interval: float = 0.0,
    look_every: float = 2 * DEADLINE,  # No test sees by looking what it should be told.
    **more: Any,
) -> AsyncIterator[None]:
    """Without `readers`, everybody has been told how the bot learns."""
    stop = asyncio.Event()
    bot = TelegramBot(
        telegram.token,
        inbox,
        inbox,
        FORMS,
        readers=readers or MemoryReaders(inbox, asked={str(reader["id"]) for reader in (ANNA, BEN, LI)}),
        operators=operators or MemoryOperators(),
        api_url=telegram.url,
        edit_interval=edit_interval,
        look_every=look_every,
        **more,
    )
    task = asyncio.create_task(bot.run(stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(task, DEADLINE)


async def poem(telegram: FakeTelegram, inbox: MemoryInbox, chat: Fields = CHAT) -> Message:
    """A finished poem with its buttons, which can be rated."""
    await telegram.says("/poem rain", by=ANNA, chat=chat)
    await inbox.asked()
    inbox.finish(1, "Rain on the roof")
    await inbox.delivered(1)
    return await telegram.rateable(chat)
