"""Updates are fetched through every trouble, and confirmed only once they are dealt with."""

import asyncio
import threading

import pytest
from structlog.testing import capture_logs
from telegram import Bot

from bots.messages import Accepted, Incoming
from bots.telegram_patience import refused_for_good
from tests.bots.telegram_running import ANNA, BEN, running
from tests.fakes.inbox import MemoryInbox
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_wire import DEEP

PRIVACY = "privacy mode is on: in groups only commands and replies reach the bot"


class SlowInbox(MemoryInbox):
    """Keeps a prompt only when the test lets it."""

    def __init__(self) -> None:
        super().__init__()
        self.asking, self.go = threading.Event(), threading.Event()

    def ask(self, incoming: Incoming) -> Accepted:
        self.asking.set()
        self.go.wait(10)
        return super().ask(incoming)


async def test_an_update_is_confirmed_only_after_its_prompt_is_kept(telegram: FakeTelegram) -> None:
    inbox = SlowInbox()
    async with running(telegram, inbox):
        update = await telegram.says("/poem rain", by=ANNA)
        assert await asyncio.to_thread(inbox.asking.wait, 10)
        assert telegram.confirmed <= update["update_id"]
        inbox.go.set()
        await telegram.settled()

    assert len(inbox.prompts) == 1


async def test_updates_that_were_dealt_with_do_not_come_again_after_a_stop(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    async with running(telegram, inbox):
        update = await telegram.says("/poem rain", by=ANNA)
        await inbox.asked()

    assert telegram.confirmed > update["update_id"]


async def test_a_server_in_trouble_is_asked_again(telegram: FakeTelegram, inbox: MemoryInbox) -> None:
    telegram.outages = {
        "getMe": 1,
        "getUpdates": 1,
        "setMyCommands": 1,
        "sendMessage": 1,
        "editMessageText": 1,
    }
    async with running(telegram, inbox):
        await telegram.says("/poem rain", by=ANNA)
        await inbox.asked()
        inbox.finish(1, "Rain on the roof")
        await inbox.delivered(1)

    assert [message.text for message in telegram.chats.sent] == ["Rain on the roof"]
    assert not any(telegram.outages.values())


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, '{"ok": false, "error_code": 401, "description": "Unauthorized"}'),
        (404, '{"ok": false, "error_code": 404, "description": "Not Found"}'),
        (502, "<html>Bad Gateway</html>"),
        (500, "[]"),
        *((200, body) for body in ("{}", "[]", '{"ok": true}', '{"ok": true, "result": true}', "<html>")),
    ],
)
async def test_an_answer_that_is_none_of_telegrams_is_asked_for_again(
    telegram: FakeTelegram, inbox: MemoryInbox, status: int, body: str
) -> None:
    async with running(telegram, inbox):
        await telegram.says("/poem rain", by=ANNA)
        await inbox.asked()
        telegram.troubles = {"getUpdates": [(status, body)]}
        await telegram.says("/poem snow", by=ANNA)
        await telegram.says("/poem hail", by=ANNA)
        await inbox.asked(3)
        await telegram.settled()

    assert not telegram.troubles["getUpdates"]


@pytest.mark.parametrize("body", ["{}", '{"ok": true, "result": null}', '{"ok": true, "result": {}}'])
async def test_a_bot_that_is_not_told_who_it_is_asks_again(
    telegram: FakeTelegram, inbox: MemoryInbox, body: str
) -> None:
    telegram.troubles = {"getMe": [(200, body)]}
    async with running(telegram, inbox):
        await telegram.says("/poem rain", by=ANNA)
        await inbox.asked()


async def test_a_token_that_telegram_goes_on_refusing_is_believed_to_be_revoked(
    telegram: FakeTelegram,
) -> None:
    refused = (401, '{"ok": false, "error_code": 401, "description": "Unauthorized"}')
    async with Bot(telegram.token, base_url=f"{telegram.url}/bot") as bot:
        telegram.troubles = {"getMe": [refused] * 3}
        for_a_moment = await refused_for_good(bot, every=0)
        telegram.troubles = {"getMe": [refused] * 9}
        for_good = await refused_for_good(bot, every=0)

    assert (for_a_moment, for_good) == (False, True)


@pytest.mark.parametrize("reads_all", [False, True])
async def test_the_log_says_at_start_what_privacy_mode_hides(
    telegram: FakeTelegram, inbox: MemoryInbox, *, reads_all: bool
) -> None:
    telegram.reads_all = reads_all
    with capture_logs() as told:
        async with running(telegram, inbox):
            await telegram.says("/poem rain", by=ANNA)
            await inbox.asked()

    hidden = [line["event"] for line in told if "privacy mode" in line["event"]]
    assert hidden == ([] if reads_all else [PRIVACY])


async def test_reactions_are_asked_for_by_name(telegram: FakeTelegram, inbox: MemoryInbox) -> None:
    async with running(telegram, inbox):
        await telegram.says("/poem rain", by=BEN)
        await inbox.asked()

    assert "message_reaction" in telegram.called("getUpdates")[0]["allowed_updates"]


async def test_an_update_that_is_nested_too_deep_is_left_out_and_no_other_is(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    for text in ("/poem rain", "/poem snow"):
        await telegram.says(text, by=ANNA)
        await telegram.push("message", {"text": DEEP})
    async with running(telegram, inbox):
        prompts = await inbox.asked(2)
        await telegram.settled()

    assert [prompt.incoming.text for prompt in prompts] == ["rain", "snow"]


async def test_updates_without_a_number_are_not_asked_for_without_end(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    telegram.numberless = [{"message": {}}, {"update_id": None}, {"update_id": 2**70}, {"update_id": -5}]
    async with running(telegram, inbox):
        await telegram.until(lambda: telegram.called("getUpdates"), "a first look")
        await telegram.says("/poem rain", by=ANNA)
        await inbox.asked()
        await telegram.settled()

    assert len(telegram.called("getUpdates")) < 10
