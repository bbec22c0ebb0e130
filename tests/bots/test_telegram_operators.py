"""What only listed operators may do from Telegram."""

from collections.abc import AsyncIterator

import pytest

from tests.bots.telegram_running import ANNA, CLUB, LI, running
from tests.fakes.inbox import MemoryInbox
from tests.fakes.people import MemoryOperators
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_chats import private


@pytest.fixture
def operators() -> MemoryOperators:
    return MemoryOperators({str(ANNA["id"])})


@pytest.fixture(autouse=True)
async def bot(telegram: FakeTelegram, inbox: MemoryInbox, operators: MemoryOperators) -> AsyncIterator[None]:
    async with running(telegram, inbox, operators=operators):
        yield


async def test_operators_see_how_it_goes_and_may_pause(
    telegram: FakeTelegram, operators: MemoryOperators
) -> None:
    await telegram.says("/pause", by=ANNA)
    await telegram.message("Paused: I take no new requests.")
    await telegram.says("/status", by=ANNA)
    status = await telegram.message("Live: v0002-cafe, on trial: –")
    assert "Writers: 1, waiting: 2, being written: 3." in status.text
    assert status.text.endswith("Paused: I take no new requests.")
    await telegram.says("/resume", by=ANNA)
    await telegram.message("I take requests again.")

    assert not operators.paused


@pytest.mark.parametrize("command", ["/version", "/rhapsode version", "/rhapsode@rhapsode_bot VERSION"])
async def test_operators_see_which_version_is_live(telegram: FakeTelegram, command: str) -> None:
    await telegram.says(command, by=ANNA, chat=CLUB if "@" in command else None)

    assert (await telegram.message("Live: v0002-cafe")).text == "Live: v0002-cafe, on trial: –"


async def test_in_a_group_an_operators_command_must_name_the_bot(telegram: FakeTelegram) -> None:
    await telegram.says("/status", by=ANNA, chat=CLUB)
    await telegram.settled()

    assert not telegram.chats.sent


@pytest.mark.parametrize("command", ["/status", "/pause", "/resume", "/version", "/rhapsode pause"])
async def test_nobody_else_may(telegram: FakeTelegram, operators: MemoryOperators, command: str) -> None:
    await telegram.says(command, by=LI)

    await telegram.message("只有本服务的管理员才能这样做。", private(LI))
    assert not operators.paused
