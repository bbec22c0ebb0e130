"""Run the real Telegram bot, with its real client, against the fake server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bots.telegram import TelegramBot
from tests.fakes.inbox import MemoryInbox
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_chats import group, person, private

FORMS = ("poem", "haiku", "story")

ANNA, BEN, LI = person(11), person(12), person(13, "zh-hans")
CHAT = private(ANNA)
CLUB = group(7)


@asynccontextmanager
async def running(
    telegram: FakeTelegram, inbox: MemoryInbox, *, edit_interval: float = 0.0, look_every: float = 15.0
) -> AsyncIterator[None]:
    stop = asyncio.Event()
    bot = TelegramBot(
        telegram.token,
        inbox,
        inbox,
        FORMS,
        api_url=telegram.url,
        edit_interval=edit_interval,
        look_every=look_every,
    )
    task = asyncio.create_task(bot.run(stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(task, 10)
