"""Whatever fails between a request and its answer: one visible answer, and its rating is kept.

All processes are real, as `rhapsode up` starts them. Slack, Telegram and the server that holds the model
are fakes behind HTTP, so that a text can be stopped in its middle.
"""

import asyncio
import itertools
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio

from bots.texts import say
from tests.deadline import until
from tests.fakes.slack import SlackServer
from tests.fakes.slack_workspace import APP_TOKEN, BOT_TOKEN
from tests.fakes.telegram import FakeTelegram
from tests.fakes.vllm import BASE, KEY, FakeVllm
from tests.worker.chats import Chat, SlackChat, TelegramChat, rating_of
from tests.worker.conftest import Service, start, stop

pytestmark = pytest.mark.asyncio(loop_scope="module")

_numbers = itertools.count(100)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as server:
        server.knows_drafts = True
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def slack() -> AsyncIterator[SlackServer]:
    async with SlackServer.started() as server:
        yield server


@pytest.fixture(scope="module")
def vllm() -> Iterator[FakeVllm]:
    with FakeVllm() as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(
    telegram: FakeTelegram,
    slack: SlackServer,
    vllm: FakeVllm,
    base_cache: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Service]:
    home: Path = tmp_path_factory.mktemp("home")
    settings = {
        "ENGINE": "openai",
        "OPENAI_URL": vllm.url,
        "OPENAI_MODEL": BASE,
        "OPENAI_API_KEY": KEY,
        "TELEGRAM_TOKEN": telegram.token,
        "TELEGRAM_API_URL": telegram.url,
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_APP_TOKEN": APP_TOKEN,
        "SLACK_API_URL": f"{slack.url}/api/",
    }
    lines = [f"RHAPSODE_{name}={value}\n" for name, value in settings.items()]
    (home / ".env").write_text("".join(lines))
    running = await asyncio.to_thread(start, home, base_cache)
    yield running
    vllm.let_go()
    await asyncio.to_thread(stop, running)


@pytest.fixture
def chats(telegram: FakeTelegram, slack: SlackServer) -> Sequence[Chat]:
    """A reader whom no other test has, in every kind of chat."""
    return (
        TelegramChat(telegram, next(_numbers)),
        TelegramChat(telegram, next(_numbers), in_group=True),
        SlackChat(slack, next(_numbers)),
    )


async def half_written(service: Service, vllm: FakeVllm, chats: Sequence[Chat]) -> None:
    """Ask everywhere; return while the texts are being written and their place is held."""
    vllm.hold()
    texts = len(vllm.asked)
    for chat in chats:
        await chat.ask()
    await until(lambda: all(held(service, chat) for chat in chats), "couriers")
    await until(lambda: len(vllm.asked) >= texts + len(chats), "texts under way")


def held(service: Service, chat: Chat) -> bool:
    """Whether a courier has it under way, and the answer's place is held: by a message of which the store
    knows, or by a draft. A message that is sent just before its bot is killed would stay beside another."""
    known = first_of(service, "SELECT count(*) FROM message WHERE chat = ?", chat)
    placed = bool(chat.shown() or chat.live()) and known == len(chat.shown())
    return placed and courier_of(service, chat) is not None


def courier_of(service: Service, chat: Chat) -> str | None:
    found = first_of(service, "SELECT courier FROM prompt WHERE chat = ?", chat)
    return str(found) if found else None


def first_of(service: Service, query: str, chat: Chat) -> object:
    with closing(sqlite3.connect(service.home / "rhapsode.db")) as database:
        found = database.execute(query, (chat.id,)).fetchone()
    return found[0] if found else None


def noted(service: Service, chat: Chat) -> bool:
    """Whether the store knows which message shows the answer; a bot killed before that sends it again."""
    answers, messages = chat.answers(), service.parts.store.messages
    return bool(answers and messages.completion_shown_in(chat.platform, chat.id, answers[-1]))


def liked(service: Service, chat: Chat, answer: str) -> bool:
    return rating_of(service.parts.store, chat, answer) == [1.0]


async def answered_once(service: Service, vllm: FakeVllm, chats: Sequence[Chat]) -> None:
    """One answer for each, and a like of it is kept."""
    for chat in chats:
        await until(chat.answers, f"an answer on {chat.platform}")
    for chat in chats:
        await chat.like(chat.answers()[-1])
    for chat in chats:
        answer = chat.answers()[-1]
        await until(partial(liked, service, chat, answer), "the like")
        assert len(chat.answers()) == 1
        assert chat.shown().count(vllm.text) == 1


async def test_a_bot_that_dies_in_the_middle_goes_on_where_it_was(
    service: Service, vllm: FakeVllm, chats: Sequence[Chat]
) -> None:
    await half_written(service, vllm, chats)
    for name in ("worker telegram", "worker slack"):
        service.child(name).send_signal(signal.SIGKILL)
    vllm.let_go()
    await answered_once(service, vllm, chats)

    assert [len(chat.shown()) for chat in chats] == [1] * len(chats)


async def test_a_writer_that_dies_in_the_middle_is_followed_by_another(
    service: Service, vllm: FakeVllm, chats: Sequence[Chat]
) -> None:
    await half_written(service, vllm, chats)
    service.child("worker writer").send_signal(signal.SIGKILL)
    vllm.let_go()
    await answered_once(service, vllm, chats)

    assert [len(chat.shown()) for chat in chats] == [1] * len(chats)


async def test_a_writer_that_hangs_longer_than_its_lease_writes_nothing_twice(
    service: Service, vllm: FakeVllm, chats: Sequence[Chat]
) -> None:
    await half_written(service, vllm, chats)
    writer = service.child("worker writer")
    writer.suspend()
    store = service.parts.store
    await until(lambda: store.prompts.due(timedelta()), "leases to lapse")
    writer.resume()
    vllm.let_go()
    await answered_once(service, vllm, chats)


async def test_a_broker_that_dies_in_the_middle_costs_only_live_text(
    service: Service, vllm: FakeVllm, chats: Sequence[Chat]
) -> None:
    await half_written(service, vllm, chats)
    service.child("valkey").send_signal(signal.SIGKILL)
    vllm.let_go()
    await answered_once(service, vllm, chats)

    assert [len(chat.shown()) for chat in chats] == [1] * len(chats)


async def test_refusals_for_a_while_only_delay(
    service: Service, vllm: FakeVllm, chats: Sequence[Chat]
) -> None:
    await half_written(service, vllm, chats)
    for chat in chats:
        chat.flood(1, 1)
    vllm.let_go()
    await answered_once(service, vllm, chats)

    assert [len(chat.shown()) for chat in chats] == [1] * len(chats)


async def test_a_chat_that_is_to_be_left_alone_delays_no_other(
    service: Service, vllm: FakeVllm, telegram: FakeTelegram
) -> None:
    stormy, calm = TelegramChat(telegram, next(_numbers)), TelegramChat(telegram, next(_numbers))
    await half_written(service, vllm, [stormy])
    stormy.flood(*[600] * 9)  # What was on its way together is refused together.
    vllm.let_go()
    await until(stormy.was_refused, "the refusal")
    await calm.ask()
    await answered_once(service, vllm, [calm])

    assert stormy.answers() == []


async def test_what_cannot_be_edited_any_more_is_sent(
    service: Service, vllm: FakeVllm, chats: Sequence[Chat]
) -> None:
    await half_written(service, vllm, chats)
    for chat in chats:
        chat.lock()
    vllm.let_go()
    await answered_once(service, vllm, chats)


async def test_what_was_deleted_is_sent_again(
    service: Service, vllm: FakeVllm, chats: Sequence[Chat]
) -> None:
    await half_written(service, vllm, chats)
    for chat in chats:
        chat.delete()
    vllm.let_go()
    await answered_once(service, vllm, chats)

    assert [len(chat.shown()) for chat in chats] == [1] * len(chats)


async def test_a_chat_that_is_closed_in_the_middle_is_given_up(
    service: Service, vllm: FakeVllm, chats: Sequence[Chat]
) -> None:
    await half_written(service, vllm, chats)
    for chat in chats:
        chat.close()
    vllm.let_go()
    messages = service.parts.store.messages

    def pending(chat: Chat) -> bool:
        return chat.id in [prompt.chat for prompt in messages.undelivered(chat.platform)]

    await until(lambda: not any(pending(chat) for chat in chats), "the end of it")
    assert not any(chat.answers() for chat in chats)


async def test_the_same_message_again_and_again_is_one_request(
    service: Service, vllm: FakeVllm, chats: Sequence[Chat]
) -> None:
    await half_written(service, vllm, chats)
    for chat in (*chats, *chats):
        await chat.ask_again_as_a_duplicate()
    vllm.let_go()
    await answered_once(service, vllm, chats)

    assert [len(chat.shown()) for chat in chats] == [1] * len(chats)


async def test_a_like_of_what_was_sent_before_a_restart_is_kept(
    service: Service, vllm: FakeVllm, chats: Sequence[Chat]
) -> None:
    await half_written(service, vllm, chats)
    vllm.let_go()
    for chat in chats:
        await until(partial(noted, service, chat), "an answer that is noted")
    for name in ("worker telegram", "worker slack"):
        service.child(name).send_signal(signal.SIGKILL)
    await answered_once(service, vllm, chats)


@asynccontextmanager
async def second_processes(
    service: Service, telegram: FakeTelegram, slack: SlackServer
) -> AsyncIterator[None]:
    """Another `rhapsode telegram` and another `rhapsode slack` beside those of the service."""
    menus, sockets = len(telegram.called("setMyCommands")), slack.socket.connections
    started = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-m", "worker", name, env=service.environment, cwd=service.home
        )
        for name in ("telegram", "slack")
    ]
    try:
        await until(lambda: len(telegram.called("setMyCommands")) > menus, "a second Telegram bot")
        await until(lambda: slack.socket.connections > sockets, "a second Slack bot")
        yield
    finally:
        for process in started:
            process.terminate()
            await process.wait()


async def test_what_hangs_is_taken_over_by_another_process_and_shows_nothing_when_it_wakes(
    service: Service, vllm: FakeVllm, telegram: FakeTelegram, slack: SlackServer, chats: Sequence[Chat]
) -> None:
    await half_written(service, vllm, chats)
    first = [courier_of(service, chat) for chat in chats]
    hanging = [service.child(name) for name in ("worker telegram", "worker slack")]
    async with second_processes(service, telegram, slack):
        assert [courier_of(service, chat) for chat in chats] == first
        for process in hanging:
            process.suspend()
        await until(lambda: not {courier_of(service, chat) for chat in chats} & {*first}, "another courier")
        vllm.let_go()
        for chat in chats:
            await until(chat.answers, f"an answer on {chat.platform}")
        told = len(service.lines)
        for process in hanging:
            process.resume()
        woken = partial(lines_about, service, told, "another process delivers")
        await until(lambda: woken() >= len(chats), "the first couriers to give up")
    await answered_once(service, vllm, chats)

    assert [len(chat.shown()) for chat in chats] == [1] * len(chats)


def lines_about(service: Service, since: int, what: str) -> int:
    return sum(what in line for line in service.lines[since:])


def shows(chat: Chat, sentence: str) -> bool:
    return sentence in (*chat.shown(), *chat.live())


async def test_who_asks_while_the_broker_hangs_is_told_and_answered_later(
    service: Service, vllm: FakeVllm, chats: Sequence[Chat]
) -> None:
    broker = service.child("valkey")
    noted = say("en", "waiting-for-broker")
    broker.suspend()
    try:
        for chat in chats:
            await chat.ask()
        for chat in chats:
            await until(partial(shows, chat, noted), f"a word on {chat.platform}")
    finally:
        broker.resume()
    vllm.let_go()
    await answered_once(service, vllm, chats)

    assert [len(chat.shown()) for chat in chats] == [1] * len(chats)


async def test_a_database_that_is_locked_for_a_while_only_delays(
    service: Service, vllm: FakeVllm, slack: SlackServer, chats: Sequence[Chat]
) -> None:
    *writing, asking = chats
    await half_written(service, vllm, writing)
    with closing(sqlite3.connect(service.home / "rhapsode.db", isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        await asking.ask()
        vllm.let_go()
        await until(lambda: not +vllm.under_way, "the end of the writing")
        await until(slack.socket.all_acknowledged, "Slack's acknowledgements")
        database.execute("ROLLBACK")
    await answered_once(service, vllm, chats)

    assert [len(chat.shown()) for chat in chats] == [1] * len(chats)
