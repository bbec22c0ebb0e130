"""Refused edits, moved groups, floods and repeated updates: still exactly one answer."""

import pytest

from bots.messages import Incoming, Place, Reader
from bots.seen import SeenHere
from bots.texts import say
from tests.bots.telegram_running import ANNA, BEN, CHAT, CLUB, running
from tests.fakes.inbox import MemoryInbox
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_chats import BOT, Fields, group, private


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


async def test_a_group_that_becomes_a_supergroup_gets_its_answer_and_its_reactions_count(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    new = group(8)
    async with running(telegram, inbox):
        await telegram.says("/poem rain", by=ANNA, chat=CLUB)
        await telegram.message("Writing…")
        await inbox.followed(1)
        telegram.chats.move(CLUB, new)
        inbox.finish(1, "Rain on the roof")
        await inbox.delivered(1)
        message = await telegram.rateable(new)
        await telegram.reacts(message, ANNA, ["👍"])
        await inbox.until(lambda: inbox.rating(1001, str(ANNA["id"]), "reaction") == 1, "the rating")

    assert message.text == "Rain on the roof"


async def test_what_is_asked_and_said_in_a_group_that_moves_is_noted_under_its_new_id(
    telegram: FakeTelegram, inbox: MemoryInbox
) -> None:
    old, new = str(CLUB["id"]), group(8)
    async with running(telegram, inbox):
        await telegram.says("/poem rain", by=ANNA, chat=CLUB)
        await telegram.message("Writing…")
        await inbox.followed(1)
        telegram.chats.move(CLUB, new)
        inbox.finish(1, "Rain on the roof")
        await inbox.delivered(1)
        await inbox.until(lambda: inbox.moves == {old: str(new["id"])}, "the move")

    assert [sent.ref.chat for sent in inbox.prompts[1].sent] == [old, str(new["id"])]


@pytest.mark.parametrize(
    ("chat", "field"), [(CLUB, "migrate_to_chat_id"), (group(8), "migrate_from_chat_id")]
)
async def test_telegrams_word_of_a_move_is_kept_from_either_chat(
    telegram: FakeTelegram, inbox: MemoryInbox, chat: Fields, field: str
) -> None:
    other = group(8) if chat is CLUB else CLUB
    async with running(telegram, inbox):
        said = telegram.chats.write("", by=ANNA, chat=chat)
        await telegram.push("message", said | {field: other["id"]})
        await inbox.until(lambda: inbox.moves == {str(CLUB["id"]): str(group(8)["id"])}, "the move")


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
        await inbox.until(lambda: inbox.rating(1001, str(ANNA["id"]), "reaction") == 1, "the rating")

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

    assert inbox.rating(1001, str(ANNA["id"]), "reaction") == 1
