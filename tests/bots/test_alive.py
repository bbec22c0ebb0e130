"""A bot gives signs of life while it is connected to its platform, and none while it is not."""

import asyncio

from aiohttp.test_utils import unused_port

from bots.telegram_webhook import Webhook
from tests.bots import slack_running, telegram_running
from tests.deadline import DEADLINE
from tests.fakes.inbox import MemoryInbox
from tests.fakes.slack import SlackServer
from tests.fakes.telegram import FakeTelegram


class Signs:
    """Of life; a test waits for the next one."""

    def __init__(self) -> None:
        self.count = 0
        self._given = asyncio.Event()

    def __call__(self) -> None:
        self.count += 1
        self._given.set()

    async def next(self) -> None:
        self._given.clear()
        await asyncio.wait_for(self._given.wait(), DEADLINE)


async def test_slack_over_a_socket_is_alive_while_it_is_connected(
    slack: SlackServer, inbox: MemoryInbox
) -> None:
    signs = Signs()
    async with slack_running.running(slack, inbox, alive=signs):
        await signs.next()


async def test_slack_over_http_is_alive_while_it_serves(slack: SlackServer, inbox: MemoryInbox) -> None:
    signs = Signs()
    async with slack_running.serving(slack, inbox, alive=signs):
        await signs.next()


async def test_telegram_is_alive_when_a_poll_was_answered(telegram: FakeTelegram, inbox: MemoryInbox) -> None:
    signs = Signs()
    telegram.outages["getUpdates"] = 2
    async with telegram_running.running(telegram, inbox, alive=signs):
        await telegram.until(lambda: telegram.outages["getUpdates"] == 0, "polls that failed")
        assert signs.count == 0
        await telegram.until(lambda: len(telegram.called("getUpdates")) > 1, "a poll")
        await telegram.says("/help", by=telegram_running.ANNA)
        await signs.next()


async def test_telegram_over_a_webhook_is_alive_while_it_serves(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    signs = Signs()
    webhook = Webhook("https://bot.example/telegram", "127.0.0.1", unused_port(), "only-for-the-tests")
    async with telegram_running.running(telegram, inbox, webhook=webhook, alive=signs):
        await signs.next()
