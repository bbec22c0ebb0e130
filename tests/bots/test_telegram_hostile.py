"""Thousands of updates as nobody should send them go through the real Application."""

import random
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.bots.telegram_running import ANNA, CHAT, CLUB
from tests.fakes.inbox import MemoryInbox
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_chats import BOT, Fields

pytestmark = pytest.mark.usefixtures("telegram_bot")

UPDATES = 2000
TEXTS = [
    "/poem rain",
    "/stop",
    "/mydata",
    "/variants ٣",
    "/again@",
    "/",
    "@rhapsode_bot",
    "\u202e\x00",
    "/\ud83d",
    "/rhapsode",
    "雨" * 5000,
]
DATA = [
    "r:1:1",
    "r:1:2",
    "i:rain",
    "I:none",
    "c:1",
    "a:99999999999999999999",
    "s:1",
    "e:1",
    "data:really",
    "lang:xx",
    "y:1:dull",
    "",
    "\x00",
    "\ud83d",
    "i:\ud83d",
]
LEAVES: list[Any] = [None, "", "x", -1, 0, 2**70, 1.5, True, [], {}, [[]], {"id": 1}, "\ud83d", "x" * 10_000]
KINDS = {
    "message": "message",
    "edited_message": "message",
    "channel_post": "message",
    "callback_query": "query",
    "message_reaction": "reaction",
    "my_chat_member": "member",
    "inline_query": "query",
    "no_such_kind": "message",
}


def message(chance: random.Random) -> Fields:
    text = chance.choice(TEXTS)
    entities = [{"type": "bot_command", "offset": chance.choice([0, 0, 0, 3, -1, 9999]), "length": 5}]
    body: Fields = {
        "message_id": chance.randrange(5001, 5009),
        "date": 1,
        "chat": chance.choice([CHAT, CLUB]),
    }
    return body | {"from": chance.choice([ANNA, BOT]), "text": text, "entities": entities} | service(chance)


def service(chance: random.Random) -> Fields:
    more: list[Fields] = [
        {},
        {"migrate_to_chat_id": -1},
        {"sticker": {}},
        {"pinned_message": {"message_id": 1, "date": 0, "chat": CLUB}},
        {"reply_to_message": {"message_id": 1, "date": 1, "chat": CHAT, "from": BOT, "text": "✎"}},
        {"new_chat_members": [BOT]},
        {"is_topic_message": True},
        {"is_topic_message": True, "message_thread_id": chance.choice([0, -1, 5])},
    ]
    return chance.choice(more)


def content(kind: str, chance: random.Random) -> Fields:
    match KINDS[kind]:
        case "query":
            shown = chance.choice([message(chance), {"message_id": 1, "date": 0, "chat": CHAT}, None])
            data = {"data": chance.choice(DATA), "chat_instance": "1", "query": "x", "offset": ""}
            return {"id": str(chance.random()), "from": ANNA, "message": shown} | data
        case "reaction":
            kinds: list[Any] = [[], [{"type": "emoji", "emoji": "👍"}], [{"type": "paid"}], [{"type": "new"}]]
            old, new = chance.choice(kinds), chance.choice(kinds)
            about = {"chat": CHAT, "message_id": 1, "date": 1, "user": chance.choice([ANNA, None])}
            return about | {"old_reaction": old, "new_reaction": new}
        case "member":
            member = {"user": BOT, "status": chance.choice(["member", "left", "kicked", "new"])}
            return {
                "chat": CLUB,
                "from": ANNA,
                "date": 1,
                "old_chat_member": member,
                "new_chat_member": member,
            }
        case _:
            return message(chance)


def spoilt(body: Fields, chance: random.Random) -> Fields:
    """One field somewhere in it is lost, or something else."""
    body, key = dict(body), chance.choice(list(body))
    if isinstance(body[key], dict) and body[key] and chance.random() < 0.5:
        return body | {key: spoilt(body[key], chance)}
    if chance.random() < 0.3:
        del body[key]
        return body
    return body | {key: chance.choice(LEAVES)}


@pytest.mark.parametrize("seed", [1])
async def test_nothing_crashes_and_no_reader_sees_a_traceback(
    telegram: FakeTelegram, inbox: MemoryInbox, seed: int
) -> None:
    chance = random.Random(seed)
    await telegram.says("hello", by=ANNA)
    with capture_logs() as told:  # To print thousands of complaints takes longer than all the rest.
        for _ in range(UPDATES):
            kind = chance.choice(list(KINDS))
            body = content(kind, chance)
            await telegram.push(kind, spoilt(body, chance) if chance.random() < 0.7 else body)
        await telegram.says("/haiku the last train", by=ANNA)
        await telegram.until(lambda: telegram.confirmed > 1000 + UPDATES, "all updates to be confirmed")

    assert {line["event"] for line in told}.isdisjoint({"an update could not be handled", "delivery failed"})
    assert any(prompt.incoming.text == "the last train" for prompt in inbox.prompts.values())
    shown = "\n".join(message.text for message in telegram.chats.sent)
    assert not any(sign in shown for sign in ("Traceback", "Error", "Exception", ".py"))
