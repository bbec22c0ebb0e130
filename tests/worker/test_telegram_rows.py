"""The Telegram bot over real rows and a real broker: what outlives a restart, and what must crash nothing."""

import asyncio
import random
import signal
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import unused_port
from structlog.testing import capture_logs

from bots.telegram import TelegramBot
from bots.telegram_webhook import HEADER, Webhook
from feedback.records import NewCompletion, NewVersion
from feedback.store import Store
from generation.forms import FORMS
from generation.sampling import Sampling
from generation.screening import Screen
from tests.bots.telegram_running import ANNA, BEN, CLUB
from tests.bots.test_telegram_hostile import DATA, KINDS, content, spoilt
from tests.deadline import DEADLINE, until
from tests.fakes.people import MemoryOperators
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_chats import BOT, Message, group
from tests.worker.broker_running import Broker, running_broker
from worker.inbox import SqlInbox
from worker.reader_accounts import SqlReaders
from worker.reply_feed import LiveReplyFeed
from worker.shared_seen import SharedSeen

VERSION = NewVersion("base", "a" * 64, "base", None, "tiny", "b" * 64, "c" * 64, "d" * 64, "candidate")
UPDATES = 300
SECRET = "only-for-the-tests"
THUMB = [{"type": "emoji", "emoji": "👍"}]


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as server:
        yield server


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with running_broker(tmp_path) as one:
        yield one


@asynccontextmanager
async def running(
    telegram: FakeTelegram,
    store: Store,
    broker: Broker,
    enqueue: Callable[[int], bool] = lambda _: True,
    webhook: Webhook | None = None,
) -> AsyncIterator[None]:
    """A bot as an adapter's process builds it; the test writes the texts."""
    inbox = SqlInbox(
        store,
        enqueue,
        lambda _: None,
        forms=FORMS,
        max_prompt_chars=2000,
        sampling=Sampling(),
        screen=Screen(),
    )
    stop, seen = asyncio.Event(), SharedSeen("telegram", broker.url)
    bot = TelegramBot(
        telegram.token,
        inbox,
        LiveReplyFeed(store, broker.url),
        FORMS.names,
        readers=SqlReaders(store, Path("nowhere"), lambda _: None),
        operators=MemoryOperators(),
        api_url=telegram.url,
        edit_interval=0.0,
        look_every=0.1,
        seen=seen,
        webhook=webhook,
    )
    task = asyncio.create_task(bot.run(stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(task, DEADLINE)
        await seen.aclose()


def write(store: Store, prompt_id: int) -> int:
    """A text for a prompt; the completion's id."""
    if VERSION.name not in [version.name for version in store.versions.all()]:
        store.versions.add(VERSION)
    claimed = store.prompts.claim(prompt_id, 60, 3)
    assert claimed is not None
    new = NewCompletion("base", 1, "Rain on the roof", 9, 9, 1.0, 2.0, "stop")
    return store.prompts.finish(prompt_id, claimed.lease, new).completion_id


def prompts(store: Store) -> list[Any]:
    return list(store.messages.undelivered("telegram"))


async def held(telegram: FakeTelegram, store: Store) -> tuple[int, Message]:
    """A prompt of Anna's in the club, and the message that holds its place."""
    await telegram.says("/poem rain", by=ANNA, chat=CLUB)
    message = await telegram.message("Writing…", CLUB)
    await until(lambda: prompts(store) and prompts(store)[0].messages, "our note of the message")
    return prompts(store)[0].prompt_id, message


async def test_a_reaction_to_what_is_being_written_outlives_a_restart(
    telegram: FakeTelegram, store: Store, broker: Broker
) -> None:
    async with running(telegram, store, broker):
        prompt_id, message = await held(telegram, store)
        await telegram.reacts(message, BEN, ["👎"])
        await telegram.reacts(message, BEN, ["👍"], ["👎"])
        await telegram.settled()
    completion = write(store, prompt_id)
    async with running(telegram, store, broker):
        await telegram.rateable(CLUB)

    assert [rating.value for rating in store.ratings.of(completion)] == [1.0]


async def test_a_group_that_moved_while_nobody_listened_is_still_the_same_group(
    telegram: FakeTelegram, store: Store, broker: Broker
) -> None:
    new = group(8)
    async with running(telegram, store, broker):
        prompt_id, message = await held(telegram, store)
        completion = write(store, prompt_id)
        await telegram.rateable(CLUB)
        moved = telegram.chats.write("", by=ANNA, chat=CLUB)
        telegram.chats.move(CLUB, new)
        await telegram.push("message", moved | {"migrate_to_chat_id": new["id"]})
        await until(lambda: store.conversations.origin(completion).chat == str(new["id"]), "the move")
    there = Message(message.id, new, message.text)
    async with running(telegram, store, broker):
        await telegram.says("shorter", by=ANNA, chat=new, answers=there)
        await until(lambda: prompts(store), "the follow-up")
        await telegram.reacts(there, BEN, ["👍"])
        await until(lambda: store.ratings.of(completion), "the rating")

    [follow_up] = prompts(store)
    assert (follow_up.kind, follow_up.instruction, follow_up.chat) == ("revise", "shorter", str(new["id"]))


async def test_ones_own_version_that_is_delivered_again_is_kept_once_even_without_the_broker(
    telegram: FakeTelegram, store: Store, broker: Broker
) -> None:
    kept = "Thank you: your version is kept."
    async with running(telegram, store, broker):
        prompt_id, _ = await held(telegram, store)
        write(store, prompt_id)
        await telegram.taps(await telegram.rateable(CLUB), "My version", ANNA)
        question = await telegram.message("✎ ", CLUB)
        version = await telegram.says("Rain, rain", by=ANNA, chat=CLUB, answers=question)
        await telegram.message(kept, CLUB)
    broker.stop()
    async with running(telegram, store, broker):
        await telegram.push("message", version["message"])
        await telegram.until(
            lambda: [message.text for message in telegram.chats.sent].count(kept) == 2, "the second answer"
        )

    assert store.erasure.holdings("telegram", str(BOT["id"]), str(ANNA["id"])).demonstrations == 1


async def test_nothing_that_is_sent_crashes_rows_or_broker(
    telegram: FakeTelegram, store: Store, broker: Broker
) -> None:
    chance = random.Random(3)
    async with running(telegram, store, broker):
        with capture_logs() as told:
            for number in range(UPDATES):
                kind = chance.choice(list(KINDS))
                body = content(kind, chance)
                await telegram.push(kind, spoilt(body, chance) if chance.random() < 0.5 else body)
                tap = {"id": f"t{number}", "from": ANNA, "chat_instance": "1", "data": chance.choice(DATA)}
                await telegram.push("callback_query", tap | {"inline_message_id": "AAA"})
            await telegram.says("/haiku the last train", by=ANNA)
            await telegram.until(lambda: telegram.confirmed > 1000 + 2 * UPDATES, "all updates")
        await until(lambda: "the last train" in [prompt.theme for prompt in prompts(store)], "the request")

    assert {line["event"] for line in told}.isdisjoint(
        {"an update could not be handled", "could not do what a reader asked for", "delivery failed"}
    )


async def test_telegram_is_answered_while_the_broker_stands_still(
    telegram: FakeTelegram, store: Store, broker: Broker
) -> None:
    hook = Webhook("https://bot.example/telegram", "127.0.0.1", unused_port(), SECRET)
    let_go = threading.Event()
    async with running(telegram, store, broker, lambda _: let_go.wait(), hook):
        await telegram.until(lambda: telegram.webhook, "the webhook to be set")
        broker.send(signal.SIGSTOP)
        try:
            update = {"update_id": 1, "message": telegram.chats.write("/poem rain", by=ANNA)}
            status = await posted(hook, update)
            kept = prompts(store)
        finally:
            broker.send(signal.SIGCONT)
            let_go.set()

    assert (status, len(kept)) == (200, 1)


async def posted(hook: Webhook, update: dict[str, Any]) -> int:
    address = f"http://{hook.listen}:{hook.port}{hook.path}"
    given, timeout = {HEADER: SECRET}, aiohttp.ClientTimeout(DEADLINE)
    async with aiohttp.request("POST", address, headers=given, json=update, timeout=timeout) as answer:
        return answer.status
