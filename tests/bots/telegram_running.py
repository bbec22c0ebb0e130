"""Run the real Telegram bot, with its real client, against the fake server."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from bots.telegram import TelegramBot
from bots.telegram_webhook import Webhook
from tests.fakes.inbox import MemoryInbox
from tests.fakes.people import MemoryOperators, MemoryReaders
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_chats import group, person, private

FORMS = ("poem", "haiku", "story")

ANNA, BEN, LI = person(11), person(12), person(13, "zh-hans")
CHAT = private(ANNA)
CLUB = group(7)


@asynccontextmanager
async def running(
    telegram: FakeTelegram,
    inbox: MemoryInbox,
    readers: MemoryReaders | None = None,
    operators: MemoryOperators | None = None,
    *,
    edit_interval: float = 0.0,
    look_every: float = 15.0,
    ai_notice: bool = False,
    reactions: Mapping[str, float] | None = None,
    webhook: Webhook | None = None,
) -> AsyncIterator[None]:
    stop = asyncio.Event()
    bot = TelegramBot(
        telegram.token,
        inbox,
        inbox,
        FORMS,
        # Who was told before that the bot learns is not told again: one message less in most tests.
        readers=readers or MemoryReaders(inbox, asked={str(known["id"]) for known in (ANNA, BEN, LI)}),
        operators=operators or MemoryOperators(),
        api_url=telegram.url,
        edit_interval=edit_interval,
        look_every=look_every,
        ai_notice=ai_notice,
        reactions=reactions,
        webhook=webhook,
    )
    task = asyncio.create_task(bot.run(stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(task, 10)
