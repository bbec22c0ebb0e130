"""Refused edits, floods, impossible places and repeated updates: still exactly one answer."""

import pytest

from bots.messages import Incoming, Place, Reader
from bots.seen import SeenHere
from bots.texts import say
from tests.bots.telegram_running import ANNA, BEN, CHAT, CLUB, running
from tests.fakes.inbox import MemoryInbox
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_chats import BOT, private


@pytest.mark.parametrize(
    "refusal",
    [
        "Bad Request: can't parse entities: unexpected end",
        "Bad Request: MESSAGE_TOO_LONG",
        "Bad Request: message can't be edited",
    ],
)
async def test_a_message_that_cannot_be_edited_gives_way_to_the_answer(
    telegram: FakeTelegram, inbox: MemoryInbox, refusal: str
) -> None:
    async with running(telegram, inbox):
        await telegram.says("/poem rain", by=ANNA, chat=CLUB)
        await telegram.message("Writing…")
        await inbox.followed(1)
        telegram.chats.refused_edits = [refusal]
        inbox.finish(1, "Rain on the roof")
        await inbox.delivered(1)

    assert [message.text for message in telegram.chats.sent] == ["Rain on the roof"]


async def test_a_topic_that_cannot_be_is_a_closed_place(telegram: FakeTelegram, inbox: MemoryInbox) -> None:
    nowhere = Place("telegram", str(BOT["id"]), str(CLUB["id"]), "None")
    inbox.ask(Incoming("kept before", nowhere, Reader("telegram", nowhere.workspace, "11"), "rain"))
    async with running(telegram, inbox):
        prompt = await inbox.delivered(1)

    assert prompt.closed == "no topic: 'None'"


async def test_a_placeholder_goes_although_telegram_wants_to_be_left_alone(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    async with running(telegram, inbox):
        await telegram.says("/poem rain", by=ANNA, chat=CLUB)
        await telegram.message("Writing…")
        await inbox.followed(1)
        telegram.chats.refused_edits = ["Bad Request: message can't be edited"]
        later = '{"ok": false, "error_code": 429, "description": "later", "parameters": {"retry_after": 1}}'
        telegram.troubles = {"deleteMessage": [(429, later)]}
        inbox.finish(1, "Rain on the roof")
        await inbox.delivered(1)
        await telegram.until(lambda: len(telegram.chats.sent) == 1, "the placeholder to go")

    assert [message.text for message in telegram.chats.sent] == ["Rain on the roof"]


async def test_a_sentence_outlives_a_flood_and_no_other_chat_waits_for_it(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    async with running(telegram, inbox):
        telegram.chats.floods[CHAT["id"]] = [2]
        await telegram.says("/help", by=ANNA)
        await telegram.until(lambda: not telegram.chats.floods[CHAT["id"]], "the 429")
        await telegram.says("/help", by=BEN)
        await telegram.message("Tell me", private(BEN))
        assert not [message for message in telegram.chats.sent if message.chat["id"] == CHAT["id"]]
        await telegram.message("Tell me", CHAT)


async def test_what_comes_twice_is_said_once(telegram: FakeTelegram, inbox: MemoryInbox) -> None:
    async with running(telegram, inbox):
        update = await telegram.says("/help", by=ANNA)
        await telegram.push("message", update["message"])
        await telegram.says("/settings", by=ANNA)
        await telegram.until(lambda: len(telegram.chats.sent) > 1, "two answers")

    assert [message.text[:7] for message in telegram.chats.sent] == ["Tell me", "Setting"]


async def test_what_comes_again_after_a_restart_is_still_one_prompt(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    async with running(telegram, inbox):
        update = await telegram.says("/poem rain", by=ANNA)
        await inbox.asked()
    async with running(telegram, inbox):
        await telegram.push("message", update["message"])
        await telegram.settled()

    assert (len(inbox.prompts), inbox.duplicates) == (1, 1)


async def test_a_message_sent_through_the_bot_is_no_request(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    async with running(telegram, inbox):
        update = await telegram.says("rain …", by=ANNA, chat=private(BEN))
        through = update["message"] | {"message_id": 77, "via_bot": BOT}
        await telegram.push("message", through)
        await telegram.push("message", through | {"message_id": 78, "is_automatic_forward": True})
        await telegram.settled()

    assert len(inbox.prompts) == 1


async def test_after_a_restart_nothing_is_said_or_counted_twice(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    seen = SeenHere()  # As if it outlived the process.
    async with running(telegram, inbox, seen=seen):
        await telegram.says("/poem rain", by=ANNA)
        await inbox.asked()
        inbox.finish(1, "Rain on the roof")
        message = await telegram.rateable()
        tap = {
            "id": "t",
            "from": ANNA,
            "message": message.as_json(),
            "chat_instance": "1",
            "data": "r:1001:1",
        }
        help_wanted = await telegram.says("/help", by=ANNA)
        await telegram.push("callback_query", tap)
        await telegram.settled()
        await telegram.message("Tell me")
    async with running(telegram, inbox, seen=seen):
        await telegram.push("message", help_wanted["message"])
        await telegram.push("callback_query", tap)
        await telegram.settled()

    assert [message.text[:7] for message in telegram.chats.sent] == ["Rain on", "Tell me"]
    assert inbox.rating(1001, str(ANNA["id"])) == 1


@pytest.mark.parametrize(
    ("refusal", "shown"),
    [
        ("Bad Request: can't parse entities: unexpected end", ["Rain on the roof"]),
        ("Bad Request: BUTTON_COPY_TEXT_INVALID", ["Rain on the roof"]),
        ("Bad Request: TOPIC_CLOSED", []),
        ("Bad Request: not enough rights to send text messages to the chat", []),
    ],
)
async def test_what_is_refused_for_its_looks_is_sent_once_more_plainer(
    telegram: FakeTelegram, inbox: MemoryInbox, refusal: str, shown: list[str]
) -> None:
    telegram.knows_drafts = True
    async with running(telegram, inbox):
        await telegram.says("/poem rain", by=ANNA)
        await inbox.followed(1)
        telegram.chats.refused_sends = [refusal]
        inbox.finish(1, "Rain on the roof")
        await inbox.delivered(1)

    assert [message.text for message in telegram.chats.sent] == shown
    assert all("Copy" not in message.labels and "👍" in message.labels for message in telegram.chats.sent)


async def test_a_tap_is_answered_although_telegram_is_in_trouble(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    async with running(telegram, inbox):
        await telegram.says("/poem rain", by=ANNA)
        await inbox.asked()
        inbox.finish(1, "Rain on the roof")
        message = await telegram.rateable()
        telegram.outages["answerCallbackQuery"] = 1

        assert await telegram.toast(await telegram.taps(message, "👍", ANNA)) == say("en", "rated-up")
