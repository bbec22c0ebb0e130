"""Telegram's updates over HTTP."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp.test_utils import unused_port

from bots.messages import Rated, Vote
from bots.telegram_shapes import ALLOWED_UPDATES
from bots.telegram_webhook import HEADER, NoSecret, Webhook
from tests.bots.telegram_running import ANNA, BEN, running
from tests.deadline import DEADLINE
from tests.fakes.inbox import MemoryInbox
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_chats import Fields, Message

SECRET = "only-for-the-tests"


@asynccontextmanager
async def served(telegram: FakeTelegram, inbox: MemoryInbox) -> AsyncIterator[str]:
    """The address of a bot whose webhook is set."""
    port, telegram.webhook = unused_port(), {}
    webhook = Webhook("https://bot.example/telegram", "127.0.0.1", port, SECRET)
    async with running(telegram, inbox, webhook=webhook):
        await telegram.until(lambda: telegram.webhook, "the webhook to be set")
        yield f"http://127.0.0.1:{port}/telegram"


@pytest.fixture
async def address(telegram: FakeTelegram, inbox: MemoryInbox) -> AsyncIterator[str]:
    async with served(telegram, inbox) as one:
        yield one


async def posted(address: str, body: object, secret: str = SECRET) -> int:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {HEADER: secret}
    async with aiohttp.request("POST", address, headers=headers, data=content) as answer:
        return answer.status


async def test_an_update_is_answered_and_twice_is_once(
    telegram: FakeTelegram, inbox: MemoryInbox, address: str
) -> None:
    update = {"update_id": 1, "message": telegram.chats.write("/poem rain", by=ANNA)}
    assert [await posted(address, update) for _ in range(2)] == [200, 200]
    await telegram.message("Writing…")

    assert (len(inbox.prompts), inbox.duplicates) == (1, 0)
    assert (telegram.webhook["url"], telegram.webhook["secret_token"]) == (
        "https://bot.example/telegram",
        SECRET,
    )
    assert telegram.webhook["allowed_updates"] == ALLOWED_UPDATES
    assert not telegram.called("getUpdates")


async def test_a_reaction_that_telegram_sends_again_after_a_restart_does_not_come_back(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    thumb = [{"type": "emoji", "emoji": "👍"}]
    async with served(telegram, inbox) as address:
        await posted(address, {"update_id": 1, "message": telegram.chats.write("/poem rain", by=ANNA)})
        await inbox.asked()
        inbox.finish(1, "Rain on the roof")
        message = await telegram.rateable()
        about = {"chat": message.chat, "message_id": message.id, "user": ANNA, "date": 1}
        added = {
            "update_id": 2,
            "message_reaction": about | {"old_reaction": [], "new_reaction": thumb},
        }
        removed = {"update_id": 3, "message_reaction": about | {"old_reaction": thumb, "new_reaction": []}}
        for update in (added, removed):
            assert await posted(address, update) == 200
    async with served(telegram, inbox) as address:
        assert await posted(address, added) == 200

    assert [vote.value for vote in inbox.votes] == [1, None]
    assert inbox.rating(1001, str(ANNA["id"]), "reaction") is None


class BusyInbox(MemoryInbox):
    """Keeps Anna's verdicts only one by one, as the test lets it."""

    def __init__(self) -> None:
        super().__init__()
        self.begun: list[float | None] = []
        self.go = threading.Semaphore(0)

    def rate(self, vote: Vote) -> Rated:
        if vote.reader.user == str(ANNA["id"]):
            with self._changed:
                self.begun.append(vote.value)
                self._changed.notify_all()
            self.go.acquire(timeout=DEADLINE)
        return super().rate(vote)


async def test_taps_of_one_person_wait_for_each_other_and_for_nobody_else(telegram: FakeTelegram) -> None:
    inbox = BusyInbox()
    async with served(telegram, inbox) as address, asyncio.TaskGroup() as posting:

        async def tap(message: Message, label: str, person: Fields = ANNA) -> None:
            update_id = telegram.next_number()
            update = {"update_id": update_id, "callback_query": telegram.tap(message, label, person)}
            assert await posted(address, update) == 200

        await posted(address, {"update_id": 1, "message": telegram.chats.write("/poem rain", by=ANNA)})
        await inbox.asked()
        inbox.finish(1, "Rain on the roof")
        message = await telegram.rateable()
        posting.create_task(tap(message, "👍"))
        await inbox.until(lambda: len(inbox.begun) == 1, "the first tap")
        posting.create_task(tap(message, "👎"))
        await tap(message, "👍", BEN)  # Posted later, and held up by nothing.
        inbox.go.release()
        await inbox.until(lambda: len(inbox.begun) == 2, "the second tap")
        posting.create_task(tap(message, "👍"))
        await tap(message, "👎", BEN)
        assert inbox.begun == [1, -1]
        inbox.go.release(2)

    assert [vote.value for vote in inbox.votes if vote.reader.user == str(ANNA["id"])] == [1, -1, 1]
    assert inbox.rating(1001, str(ANNA["id"])) == 1


@pytest.mark.parametrize("secret", ["", "wrong", SECRET + "x", "sécret"])
async def test_who_does_not_know_the_secret_is_refused(
    telegram: FakeTelegram, inbox: MemoryInbox, address: str, secret: str
) -> None:
    update = {"update_id": 1, "message": telegram.chats.write("/poem rain", by=ANNA)}

    assert await posted(address, update, secret) == 403
    assert not inbox.prompts


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000])
async def test_what_is_no_json_is_refused(address: str, body: bytes) -> None:
    assert await posted(address, body) == 400


@pytest.mark.parametrize(
    "body", [None, 7, [], {}, "text", {"update_id": "x"}, {"update_id": 2, "message": 5}]
)
async def test_what_is_no_update_is_taken_and_dropped(address: str, body: object) -> None:
    assert await posted(address, body) == 200


@pytest.mark.parametrize("secret", ["", " ", "two words", "x" * 257])
def test_without_a_secret_there_is_no_webhook(secret: str) -> None:
    with pytest.raises(NoSecret):
        Webhook("https://bot.example/telegram", "127.0.0.1", 1, secret)
