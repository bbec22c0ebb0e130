"""What tests of the chat adapters start from."""

from collections.abc import AsyncIterator

import pytest

from tests.bots import slack_running
from tests.bots.telegram_running import running
from tests.fakes.inbox import MemoryInbox
from tests.fakes.slack import SlackServer
from tests.fakes.telegram import FakeTelegram


@pytest.fixture
def inbox() -> MemoryInbox:
    return MemoryInbox()


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as server:
        yield server


@pytest.fixture
async def telegram_bot(telegram: FakeTelegram, inbox: MemoryInbox) -> AsyncIterator[None]:
    """The bot runs as long as the test."""
    async with running(telegram, inbox):
        yield


@pytest.fixture
async def slack() -> AsyncIterator[SlackServer]:
    async with SlackServer.started() as server:
        yield server


@pytest.fixture
async def slack_bot(slack: SlackServer, inbox: MemoryInbox) -> AsyncIterator[None]:
    """The bot runs as long as the test."""
    async with slack_running.running(slack, inbox):
        yield
