"""Reactions on Telegram become ratings, whenever they come and however often."""

import threading

import pytest
from tenacity import wait_none

from bots import retrying
from bots.messages import Rated, Vote
from tests.bots.telegram_running import ANNA, BEN, CLUB, poem, running
from tests.fakes.inbox import MemoryInbox
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_chats import Message

ANNA_ID = str(ANNA["id"])
COMPLETION = 1001  # Of the first prompt.


@pytest.mark.usefixtures("telegram_bot")
async def test_a_reaction_rates_and_its_removal_clears(telegram: FakeTelegram, inbox: MemoryInbox) -> None:
    message = await poem(telegram, inbox)
    await telegram.reacts(message, ANNA, ["❤"])
    await inbox.until(lambda: inbox.rating(COMPLETION, ANNA_ID, "reaction") == 1, "a heart")
    await telegram.reacts(message, ANNA, ["👎"], ["❤"])
    await inbox.until(lambda: inbox.rating(COMPLETION, ANNA_ID, "reaction") == -1, "a thumb down")
    await telegram.reacts(message, ANNA, [], ["👎"])
    await inbox.until(lambda: inbox.rating(COMPLETION, ANNA_ID, "reaction") is None, "no rating")

    assert inbox.rating(COMPLETION, ANNA_ID, "button") is None


@pytest.mark.usefixtures("telegram_bot")
async def test_a_reaction_to_a_strangers_message_is_ignored(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    await poem(telegram, inbox, CLUB)
    shown = len(telegram.chats.sent)
    await telegram.reacts(Message(999, CLUB, "not ours"), BEN, ["👍"])
    await telegram.settled()

    assert (inbox.ratings, len(telegram.chats.sent)) == ({}, shown)


@pytest.mark.usefixtures("telegram_bot")
async def test_a_reaction_outlives_a_short_trouble(telegram: FakeTelegram, inbox: MemoryInbox) -> None:
    message = await poem(telegram, inbox)
    inbox.broken = RuntimeError("the database is gone")
    await telegram.reacts(message, ANNA, ["🔥"])
    await inbox.until(lambda: inbox.tries > 0, "a try")
    inbox.broken = None

    await inbox.until(lambda: inbox.rating(COMPLETION, ANNA_ID, "reaction") == 1, "the rating")


@pytest.mark.usefixtures("telegram_bot")
async def test_a_reaction_is_tried_for_longer_than_a_sentence(
    telegram: FakeTelegram, inbox: MemoryInbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retrying, "_BACK_OFF", wait_none())  # Ten minutes are long for a test.
    message = await poem(telegram, inbox)
    inbox.broken = RuntimeError("the database is gone")
    await telegram.reacts(message, ANNA, ["🔥"])
    await inbox.until(lambda: inbox.tries > retrying.ATTEMPTS, "more tries")
    inbox.broken = None

    await inbox.until(lambda: inbox.rating(COMPLETION, ANNA_ID, "reaction") == 1, "the rating")


async def test_a_reaction_that_is_quicker_than_our_own_note_counts_and_so_does_the_next(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    async with running(telegram, inbox):
        await telegram.says("/poem rain", by=ANNA, chat=CLUB)
        message = await telegram.message("Writing…")
        await telegram.reacts(message, ANNA, ["👎"])
        await telegram.reacts(message, ANNA, ["👍"], ["👎"])
        await telegram.settled()
        inbox.finish(1, "Rain on the roof")
        await inbox.until(lambda: inbox.rating(COMPLETION, ANNA_ID, "reaction") == 1, "the rating")

    assert [vote.value for vote in inbox.votes] == [-1, 1]


async def test_a_reaction_to_what_is_being_written_counts_once_it_is_however_often_the_bot_restarts(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    async with running(telegram, inbox):
        await telegram.says("/poem rain", by=ANNA, chat=CLUB)
        message = await telegram.message("Writing…")
        await inbox.until(lambda: bool(inbox.prompts[1].sent), "our note of the message")
        await telegram.reacts(message, ANNA, ["👍"])
        await telegram.settled()
    async with running(telegram, inbox):
        inbox.finish(1, "Rain on the roof")
        await inbox.delivered(1)

    assert inbox.rating(COMPLETION, ANNA_ID, "reaction") == 1


class Stuck(MemoryInbox):
    """Keeps a rating only when the test lets it."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()

    def rate(self, vote: Vote) -> Rated:
        self.go.wait(10)
        return super().rate(vote)


async def test_nobody_waits_for_a_reaction_that_cannot_be_kept_yet(telegram: FakeTelegram) -> None:
    inbox = Stuck()
    async with running(telegram, inbox):
        message = await poem(telegram, inbox)
        await telegram.reacts(message, ANNA, ["👍"])
        await telegram.says("/help", by=BEN)
        await telegram.message("Tell me")
        await telegram.settled()
        assert not inbox.votes
        inbox.go.set()
        await inbox.until(lambda: inbox.rating(COMPLETION, ANNA_ID, "reaction") == 1, "the rating")
