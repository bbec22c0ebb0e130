"""A text that takes six minutes is in sight all the while, and ends as one message."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from itertools import pairwise
from time import monotonic

import pytest

from bots.messages import Event
from tests.bots.telegram_running import ANNA, CHAT, CLUB, running
from tests.fakes.inbox import MemoryInbox
from tests.fakes.slack import SlackServer
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_chats import Fields

QUEUED, CLOSED, ALL = 120, 300, 360  # Seconds, to: first word, end of Slack's stream, last word.
STEP = 2  # Seconds.


class Clock:
    """Goes by itself, and on by as much as the test says."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def __call__(self) -> float:
        return monotonic() + self._ahead

    def passes(self, seconds: float) -> None:
        self._ahead += seconds


@pytest.fixture
async def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """What the event loop and the bots go by."""
    clock = Clock()
    monkeypatch.setattr(asyncio.get_running_loop(), "time", clock)
    for name in ("courier", "claims", "telegram_drafts", "telegram_surface"):
        monkeypatch.setattr(f"bots.{name}.monotonic", clock)
    return clock


class WatchedInbox(MemoryInbox):
    """Knows what whoever follows is done with."""

    def __init__(self) -> None:
        super().__init__()
        self.done = 0

    async def follow(self, prompt_id: int) -> AsyncIterator[Event]:
        async for event in super().follow(prompt_id):
            yield event
            with self._changed:
                self.done += 1
                self._changed.notify_all()

    async def shown(self, text: str) -> None:
        """Returns once the text so far is shown, or left out."""
        before = self.done
        self.write(1, text)
        await self.until(lambda: self.done > before, f"“{text}” to be dealt with")


@pytest.fixture
def inbox() -> WatchedInbox:
    return WatchedInbox()


def minutes(clock: Clock) -> Iterator[tuple[int, str]]:
    """They pass: the seconds so far, and the text."""
    for second in range(STEP, ALL + STEP, STEP):
        clock.passes(STEP)
        yield second, " ".join(f"word{number}" for number in range(QUEUED, second, STEP))


class TimedTelegram(FakeTelegram):
    """Knows when it was told what to show of an answer."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.knows_drafts = True
        self.clock = clock
        self.told_at: list[float] = []

    @property
    def silence(self) -> float:
        """Seconds since then."""
        return self.clock() - self.told_at[-1]

    @property
    def pauses(self) -> list[float]:
        return [after - before for before, after in pairwise(self.told_at)]

    async def _do_sendMessageDraft(self, fields: Fields) -> bool:  # noqa: N802 - Telegram's names, as below.
        self.told_at.append(self.clock())
        return await super()._do_sendMessageDraft(fields)

    async def _do_editMessageText(self, fields: Fields) -> Fields | bool:  # noqa: N802
        self.told_at.append(self.clock())
        return await super()._do_editMessageText(fields)


@pytest.fixture
async def telegram(clock: Clock) -> AsyncIterator[TimedTelegram]:
    async with TimedTelegram(clock) as server:
        yield server


async def test_in_a_private_chat_a_draft_never_fades_and_one_message_follows(
    telegram: TimedTelegram, inbox: WatchedInbox, clock: Clock
) -> None:
    async with running(telegram, inbox, edit_interval=3.0):
        await telegram.says("/story rain", by=ANNA)
        await inbox.asked()
        await inbox.followed(1)
        for _, text in minutes(clock):
            if text:
                await inbox.shown(text)
            await telegram.until(lambda: telegram.silence < 20, "the draft to be shown again")
        assert telegram.drafts[-1] == (CHAT["id"], 1, text)
        inbox.finish(1, text)
        await inbox.delivered(1)

    assert [(message.chat, message.history) for message in telegram.chats.sent] == [(CHAT, [text])]
    assert sum(telegram.pauses) > ALL - STEP
    assert max(telegram.pauses) < 25  # Telegram forgets a draft after thirty seconds.


async def test_in_a_group_one_message_grows_without_haste(
    telegram: TimedTelegram, inbox: WatchedInbox, clock: Clock
) -> None:
    async with running(telegram, inbox, edit_interval=3.0):
        await telegram.says("/story rain", by=ANNA, chat=CLUB)
        message = await telegram.message("Writing…", CLUB)
        await inbox.followed(1)
        for _, text in minutes(clock):
            if text:
                await inbox.shown(text)
                assert telegram.silence < 3 + STEP
        pauses = telegram.pauses
        inbox.finish(1, text)
        await inbox.delivered(1)

    assert [(one, one.text) for one in telegram.chats.sent] == [(message, text)]
    assert min(pauses) >= 3


@pytest.mark.usefixtures("slack_bot")
async def test_in_a_slack_thread_the_message_goes_on_after_its_stream(
    slack: SlackServer, inbox: WatchedInbox, clock: Clock
) -> None:
    slack.mention("rain")
    [message] = await slack.posted()
    await inbox.followed(1)
    for second, text in minutes(clock):
        if second == CLOSED:
            assert message.streaming
            slack.end_streams()
        if text:
            await inbox.shown(text)
            assert message.shown.endswith(text)
    assert not message.streaming
    inbox.finish(1, text)
    await inbox.delivered(1)

    assert [(one, one.shown) for one in slack.bot_messages] == [(message, text)]
